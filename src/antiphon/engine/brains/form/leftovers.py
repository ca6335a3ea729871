"""What is left of an utterance when its values are taken, given by its meaning to free text and to yes-or-no slots.

"It's our anniversary" is near to "a birthday" in the description of `wishes`, "my husband's on a breathing machine" to "medical device".
Only optional text is filled so: what is required is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.engine.brains.form import lexicon
from antiphon.engine.brains.form.kinds.base import Candidate
from antiphon.engine.brains.form.kinds.enum import option_words
from antiphon.engine.brains.form.lexicon import COMMON, FILLERS, listed
from antiphon.engine.brains.form.meaning import shared
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.tokens import Heard, hear, stem

TEXT_BAR = 0.42
"""Cosine from which words belong to a free text."""
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
_WHY = re.compile(r"\b(?:reason|why|cause)\b", re.IGNORECASE)
_ANYTHING = re.compile(r"\b(?:should know|anything else|notes?|comments?|remarks?)\b", re.IGNORECASE)
_STATES = re.compile(
    r"^(?:(?:because|as|since) )?(?:i|i'm|i've|i'll|we|we're|we've|it|it's|there's|there is|my|our|he|she|she's|he's|something)\b"
)
_THING = re.compile(r"^(?:it|it's|there's|there is|something|the \w+(?:'s)?|he's|she's) \w+")
_NEEDS = re.compile(
    r"^(?:and )?(?:i|we)(?:'d| would|'ll| will)? (?:also )?(?:need|want|like|have) (?:to have )?",
    re.IGNORECASE,
)
_WISHES = re.compile(
    r"^(?:i|we)(?: want|'d| would| need|'ll| think| thought)\b|^(?:can|could|may|please|give|get|let)\b"
)
_MAKE = re.compile(r"\b(?:make|model|brand|breed)\b", re.IGNORECASE)
_OWN = frozenset(listed("my our a an the his her"))
_HAS = frozenset(listed("have has got still fine working works"))
_DENIES = frozenset(listed("not no without don't isn't nobody none never doesn't"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that no value took."""

    first: int
    last: int
    text: str


def phrases(heard: Heard, used: set[int], form: Form) -> list[Phrase]:
    """The runs between taken values, pauses and conjunctions that say something and do not wish for the tool."""
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
        telling = [w for w in words if w not in COMMON and not any(c.isdigit() for c in w)]
        wishes = (set(words) & verbs) or ({stem(w) for w in words} & nouns)
        cut = (
            at in used
            and bool(words)
            and (
                words[-1] in _HANGING or words[-1].endswith("'s") or bool({"its", "their"} & set(words[-2:]))
            )
        )
        taken_back = at < len(heard) and heard.norms[at] in _TAKES_BACK
        if not cut and not taken_back and len(words) >= 2 and telling and not wishes:
            out.append(Phrase(start, at, " ".join(heard.tokens[k].text for k in range(start, at))))
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
        if slot is None or score < TEXT_BAR:
            open_to = [s for s in slots if form and _takes_anything(s, phrase, trade)]
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


def _takes_anything(slot: Slot, phrase: Phrase, trade: frozenset[str]) -> bool:
    if _WISHES.search(phrase.text.lower()):
        return False
    about = f"{slot.title} {slot.description}"
    words = phrase.text.lower().split()
    states = bool(_STATES.search(phrase.text.lower())) and len(words) >= 3
    mine = words[0] in {"my", "our"} and stem(words[1].removesuffix("'s")) in trade
    of_a_thing = (mine or bool(_THING.search(phrase.text.lower()))) and len(words) >= 4
    return (states and bool(_WHY.search(about))) or (of_a_thing and bool(_ANYTHING.search(about)))


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
