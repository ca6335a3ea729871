"""What is left of an utterance when its values are taken, given by its meaning to free text and to yes-or-no slots.

"It's our anniversary" is near to "a birthday" in the description of `wishes`, "my husband's on a breathing machine" to "medical device".
Only optional text is filled so: what is required is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.engine.brains.form import lexicon
from antiphon.engine.brains.form.kinds.base import Candidate
from antiphon.engine.brains.form.kinds.enum import option_words
from antiphon.engine.brains.form.lexicon import COMMON, FILLERS, listed
from antiphon.engine.brains.form.meaning import shared
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.telling import tells
from antiphon.engine.brains.form.tokens import Heard, hear, stem

TEXT_BAR = 0.42
"""Cosine from which words belong to a free text."""
_SURELY = 0.5
"""The same for words that name what the tool is about: "a quiet room" where a room is reserved."""
BOOLEAN_BAR = 0.4
_PARTS = frozenset(listed("and but because so while"))
_STARTS = FILLERS | _PARTS | frozenset(listed("also with that which who it's"))
_ASIDE = re.compile(
    r",? (?:if|when) (?:mentioned|known|given|they say so|offered|they set a limit|any|wanted)\b.*$",
    re.IGNORECASE,
)
_TAKES_BACK = frozenset(listed("sorry no actually wait rather"))
_HANGING = frozenset(
    listed(
        "a an the my our your his her its for to of on at in with and or about from is are some this that "
        "new old need needs want wants another next both other good"
    )
)
_NEEDS = re.compile(
    r"^(?:and )?(?:i|we)(?:'d| would|'ll| will)? (?:also )?(?:need|want|like|have) (?:to have )?",
    re.IGNORECASE,
)
_MAKE = re.compile(r"\b(?:make|model|brand|breed)\b", re.IGNORECASE)
_OWN = frozenset(listed("my our a an the his her"))
_HAS = frozenset(listed("have has got still fine working works"))
_IS = frozenset(
    listed("is are was keep keeps make makes look looks feel feels doesn't don't won't still only")
)
_HAVE_IT = frozenset(listed("have get having getting like want need"))
"""Before "the brakes checked": what is wished, not what is told."""
_DENIES = frozenset(listed("not no without don't isn't nobody none never doesn't"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that no value took."""

    first: int
    last: int
    text: str
    of_the_tool: bool = False
    """It names what the tool is about: rather a wish for the tool than something told."""
    stated: bool = False
    """Something is told of what the tool is about: "the brakes squeal"."""


def told_of(heard: Heard, options: set[int], used: set[int]) -> set[int]:
    """Of the words taken for options, those of which something is told: "the brakes squeal"; they may be part of a text as well."""
    out: set[int] = set()
    for first in sorted(options):
        last = first
        while last in options:
            last += 1
        whose = heard.norms[first - 1 : first] in (("the",), ("my",), ("our",))
        if first - 1 in options or not whose or (first > 1 and heard.norms[first - 2] in _HAVE_IT):
            continue
        end = last
        while (
            end < len(heard)
            and end not in used
            and heard.norms[end] not in _PARTS
            and not heard.tokens[end - 1].stop
        ):
            end += 1
        verb = heard.norms[last : last + 1]
        tells = set(heard.norms[last:end]) - COMMON
        if tells and verb and (verb[0] in _IS or verb[0] not in COMMON):
            out |= set(range(first, last))
    return out


def phrases(heard: Heard, used: set[int], form: Form, told: Collection[int] = ()) -> list[Phrase]:
    """The runs between taken values, pauses and conjunctions that say something and do not wish for the tool.

    `told`: words for what the tool is about, of which something is told.
    """
    verbs = lexicon.ACTIONS.get(form.action, frozenset()) | {form.verb}
    nouns = {stem(n) for n in form.nouns}
    nouns |= {stem(w) for s in form.slots for option in s.options for w in option_words(option) if len(w) > 3}
    out: list[Phrase] = []
    first = 0
    for at in range(len(heard) + 1):
        ends = (
            at == len(heard)
            or at in used
            or heard.norms[at] in _PARTS
            or bool(at and heard.tokens[at - 1].stop)
        )
        if not ends:
            continue
        start = first
        while start < at and heard.norms[start] in _STARTS:
            start += 1
        words = heard.norms[start:at]
        named = {w for w in words if stem(w) in nouns}
        telling = [w for w in words if w not in COMMON | named and not any(c.isdigit() for c in w)]
        wishes = set(words) & verbs
        stated = bool(set(range(start, at)) & set(told))
        cut = (
            at in used
            and bool(words)
            and (
                words[-1] in _HANGING or words[-1].endswith("'s") or bool({"its", "their"} & set(words[-2:]))
            )
        )
        taken_back = at < len(heard) and heard.norms[at] in _TAKES_BACK
        if not cut and not taken_back and len(words) >= 2 and telling and not wishes:
            out.append(
                Phrase(
                    start,
                    at,
                    " ".join(heard.tokens[k].text for k in range(start, at)),
                    bool(named) and not stated,
                    stated,
                )
            )
        first = at + 1 if at in used or (at < len(heard) and heard.norms[at] in _PARTS) else at
    return out


def of_text(
    slots: Sequence[Slot], found: Sequence[Phrase], form: Form | None
) -> list[tuple[Slot, Candidate]]:
    """Phrases for optional free text: the nearest slot takes each, several are joined.

    With a form, slots for anything ("what the mechanic should know") take statements too.
    """
    trade = frozenset(hear(form.description).stems) if form else frozenset()
    out: dict[str, tuple[Slot, Candidate]] = {}
    for phrase in found:
        near = [(_near(phrase.text, slot), slot) for slot in slots]
        score, slot = max(near, key=lambda pair: pair[0], default=(0.0, None))
        why = f"means what '{slot.title}' is for ({score:.2f})" if slot else ""
        if slot is None or score < (_SURELY if phrase.of_the_tool else TEXT_BAR):
            open_to = [
                s
                for s in slots
                if form and not phrase.of_the_tool and tells(s, phrase.text, trade, stated=phrase.stated)
            ]
            if len(open_to) != 1:
                continue
            slot, why = open_to[0], "a statement beside the wish"
        before = out.get(slot.path)
        if before is None:
            out[slot.path] = slot, Candidate(phrase.text, phrase.first, phrase.last, 0.55, why)
        else:
            joined = f"{before[1].value}, {phrase.text}"
            out[slot.path] = slot, Candidate(joined, before[1].first, phrase.last, 0.55, why)
    return list(out.values())


def of_make(heard: Heard, slots: Sequence[Slot], used: set[int]) -> list[tuple[Slot, Candidate]]:
    """Proper names for free text that asks for a make or model: "my Ford Fiesta", "it's a Golf"."""
    slot = next((s for s in slots if _MAKE.search(s.description)), None)
    if slot is None:
        return []
    for first in range(1, len(heard)):
        if heard.norms[first - 1] not in _OWN or first in used:
            continue
        last = first
        while last < len(heard) and last not in used and heard.tokens[last].text[:1].isupper():
            last += 1
            if heard.tokens[last - 1].stop:
                break
        if last > first and len(heard.norms[first]) > 1:
            text = " ".join(token.text.strip(".,;:!?") for token in heard.tokens[first:last])
            return [(slot, Candidate(text, first, last, 0.6, f"a name after '{heard.norms[first - 1]}'"))]
    return []


def of_boolean(
    heard: Heard, slots: Sequence[Slot], found: Sequence[Phrase], form: Form
) -> list[tuple[Slot, Candidate]]:
    """Phrases that mean what a yes-or-no slot is about."""
    out = []
    of_all = {stem(w) for w in COMMON} | set(hear(form.description).stems)
    for slot in slots:
        scored = [(_near(phrase.text, slot), phrase) for phrase in found]
        score, phrase = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        if phrase is not None and score >= BOOLEAN_BAR:
            words = heard.part(phrase.first, phrase.last)
            denied = bool(_DENIES & set(words.norms))
            about = hear(slot.description)
            if _DENIES & set(about.norms):  # "whether the neighbours are without power"
                if denied and not set(words.stems) & set(about.stems) - of_all:
                    continue  # "we've got no power at all" tells nothing of the neighbours
                denied = not denied and bool(_HAS & set(words.norms))
            out.append(
                (
                    slot,
                    Candidate(not denied, phrase.first, phrase.last, 0.6, f"'{phrase.text}' ({score:.2f})"),
                )
            )
    return out


def _near(text: str, slot: Slot) -> float:
    text = _NEEDS.sub("", text)
    told = _ASIDE.sub("", slot.description)
    parts = [
        slot.title,
        told,
        *(p.strip() for p in re.split(r",| or ", told) if len(p.split()) < len(told.split())),
    ]
    stems = {stem(w) for w in text.lower().split()}
    partly = stems & set(slot.title_stems)
    if partly == set(slot.title_stems[-1:]) and len(slot.title_stems) > 1:
        return 0.0  # "bring the car in" is no courtesy car
    if partly and slot.kind == "text":
        parts = parts[1:]  # nor does it say which car
    vectors = shared().vectors([text, *(p for p in parts if p)])
    return float(np.max(vectors[1:] @ vectors[0])) if len(vectors) > 1 else 0.0
