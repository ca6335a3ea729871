"""Booleans: "yes", "no", and the thing itself: "insured", "without insurance"."""

from __future__ import annotations

import re
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate, Context
from antiphon.engine.brains.form.lexicon import NO, YES, listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard, stem

_NOT = frozenset(["not", "no", "without", "don't", "isn't", "never", "un", "non", "doesn't"])
_HOLLOW = frozenset(listed("is has needs need want wants with include included should allow be are"))


_CONSENT = re.compile(r"\b(?:accept|approv|agree|confirm|consent|allow)", re.IGNORECASE)
_AGREES = re.compile(
    r"\b(?:go ahead|go for it|have it done|do it|get on with|get it done|"
    r"(?:is|it's|that's|sounds) (?:fine|alright|all right|okay|ok|good)|fine by|"
    r"fine with|alright with|okay with|accept|approve|agree|happy with|please do)\b"
)
_REFUSES = re.compile(
    r"\b(?:too (?:dear|expensive|much|high)|(?:don't|do not|won't|not) (?:want|do|have|accept|approve|agree|go ahead)|"
    r"turn (?:it )?down|declines?|"
    r"reject|refuse|no thanks|leave it|rather not)\b"
)
_ALL_OF = re.compile(r"\b(?:whole|all|entire|every|everybody|everyone)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|just) (?:us|me|our|my|ours|mine|here)\b(?: \w+)?")


_NEEDED = frozenset(listed("necessary needed required important wanted"))


def _denied_after(heard: Heard, i: int) -> bool:
    """For example "breakfast isn't necessary", "the alarm is not needed"."""
    after = heard.norms[i + 1 : i + 5]
    verb = next((k for k, word in enumerate(after) if word in _NEEDED), 0)
    return any(word in _NOT or word.endswith("n't") for word in after[:verb])


class Boolean:
    """The kind `boolean`."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Yes or no as the answer; elsewhere the title's own word, with or without a "not" near it."""
        found: list[Candidate] = []
        marks = [s for w, s in zip(slot.title.split(), slot.title_stems, strict=True) if w not in _HOLLOW]
        for i, mark in enumerate(heard.stems):
            near_by = set(heard.stems[max(0, i - 3) : i + 4])
            if (
                mark in marks
                and len(mark) > 2
                and (mark == marks[0] or len(marks) == 1)
                and set(marks) <= near_by
            ):
                near = heard.norms[max(0, i - 4) : i]
                denied = any(w in _NOT or w.endswith("n't") for w in near) or _denied_after(heard, i)
                found.append(Candidate(not denied, i, i + 1, 0.85, f"'{heard.said(max(0, i - 2), i + 1)}'"))
        found = found or self._implied(heard, slot)
        if context.asked and not found:
            for i, word in enumerate(heard.norms):
                if word in NO or heard.starts(i, "i", "don't"):
                    return [Candidate(False, i, i + 1, 0.9, word)]
                if word in YES or word in {"do", "is", "would", "am"} and i == len(heard) - 1:
                    return [Candidate(True, i, i + 1, 0.9, word)]
        return found

    def _implied(self, heard: Heard, slot: Slot) -> list[Candidate]:
        """Consent ("go ahead", "too dear for me") where consent is what is asked; "only our flat" where all of something is."""
        text = " ".join(heard.norms)
        if _CONSENT.search(slot.title):
            for pattern, value in ((_REFUSES, False), (_AGREES, True)):
                if match := pattern.search(text):
                    first = len(text[: match.start()].split())
                    return [Candidate(value, first, first + 1, 0.7, f"'{match.group()}'")]
        if _ALL_OF.search(slot.title) and (match := _ONLY.search(text)):
            first = len(text[: match.start()].split())
            return [Candidate(False, first, first + len(match.group().split()), 0.8, match.group())]
        return []

    def say(self, value: Any, slot: Slot) -> str:
        """For example "insured", "not insured", "a new patient", "with gift wrap"."""
        if match := re.match(
            r"(?:whether|if|true if) (?:you|they|he|she|it|the \w+) (?:is|are) (.+)$", slot.description, re.I
        ):
            return match.group(1) if value else f"not {match.group(1)}"
        words = [w for w in slot.title.split() if w not in _HOLLOW]
        if len(words) == 1 and re.search(r"(?:ed|ile|able|ible|ent|ful|ous|al|ant)$", words[0]):
            return words[0] if value else f"not {words[0]}"
        thing = " ".join(words) or slot.title
        return f"with {thing}" if value else f"no {thing}"

    def question(self, slot: Slot) -> str:
        """From "Whether the parcel is fragile": "Is the parcel fragile?"."""
        text = slot.description
        if match := re.match(
            r"(?:whether|if|true if) (?:or not )?(.+?) (is|are|was|has|have|should|can|will|needs?|wants?|contains?) (.+)$",
            text,
            re.IGNORECASE,
        ):
            who, verb, rest = match.groups()
            who = re.sub(
                r"^the (?:caller|customer|user|guest|patient|client)$|^they$|^you$",
                "you",
                who,
                flags=re.IGNORECASE,
            )
            if verb in {"is", "are", "was", "has", "have", "should", "can", "will"}:
                verb = (
                    {"is": "are", "has": "do you have", "was": "were"}.get(verb, verb)
                    if who == "you"
                    else verb
                )
                if verb in {"has", "have"}:
                    return f"Does {who} have {rest}?"
                return (
                    f"{verb.capitalize()} {rest}?"
                    if verb.startswith("do you")
                    else f"{verb.capitalize()} {who} {rest}?"
                )
            base = verb.rstrip("s")
            return f"{'Do' if who == 'you' else 'Does'} {who} {base} {rest}?"
        words = [w for w in slot.title.split() if w not in _HOLLOW]
        if len(words) == 1 and stem(words[0]) != words[0] and words[0].endswith("ed"):
            return f"Should it be {words[0]}?"
        if len(words) == 1 and re.search(r"(?:ile|able|ible|ent|ful|ous|al|ant)$", words[0]):
            return f"Is it {words[0]}?"
        thing = " ".join(words)
        article = (
            ""
            if not thing or thing.endswith("s") or "ing" in words[-1]
            else "an "
            if thing[0] in "aeio"
            else "a "
        )
        return f"Would you like {article}{thing}?" if words else ""

    def hint(self, slot: Slot) -> str:
        """Yes or no."""
        return "Just yes or no, please."
