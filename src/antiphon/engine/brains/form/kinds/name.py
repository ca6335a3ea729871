"""Names of people: "my name is John Smith", "under Smith", "it's for Anna", "S M I T H", "double L", "B for Bravo"."""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz

from antiphon.engine.brains.form.kinds.base import Candidate, Context
from antiphon.engine.brains.form.kinds.persons import OWN, by_person, told_of
from antiphon.engine.brains.form.kinds.spelling import letter_runs
from antiphon.engine.brains.form.lexicon import COMMON, FILLERS, MONTH, NO, WEEKDAY, YES, listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.sound import sound
from antiphon.engine.brains.form.tokens import Heard

_SURE = tuple(
    tuple(cue.split())
    for cue in [
        "my name is",
        "my name's",
        "my names",
        "my full name is",
        "my last name is",
        "my surname is",
        "the name is",
        "the name's",
        "name is",
        "name of",
        "name's",
        "name",
        "in the name",
        "under the name",
        "by the name",
        "under",
        "call me",
        "try",
        "maybe under",
        "last name",
        "last name's",
        "surname",
        "surname's",
        "mr",
        "mrs",
        "ms",
        "miss",
    ]
)
"""What introduces a name."""
_WEAK = tuple(
    tuple(cue.split())
    for cue in [
        "this is",
        "i'm",
        "i am",
        "it's for",
        "it is for",
        "for",
        "it's",
        "it is",
        "that's",
        "here is",
        "here's",
    ]
)
"""What may introduce one."""
_IS_THE_NAME = tuple(
    tuple(words.split())
    for words in (
        "is the name",
        "here",
        "speaking",
        "is my name",
        "is my surname",
        "is my last name",
        "is the surname",
        "is our name",
    )
)
_OWNED = frozenset(listed("booking reservation appointment table order party account visit parcel"))
_NEVER = YES | NO | FILLERS - {"just", "like"}
_TITLES = frozenset(
    listed("mr mrs ms miss mister missus dr doctor professor prof sir madam lady reverend captain")
)
_LINKS = frozenset(
    ["van", "de", "der", "den", "von", "da", "di", "la", "le", "el", "bin", "al", "o'", "mc", "mac", "st"]
)
_LEAD = FILLERS | frozenset(
    listed(
        "it's its it is that that's this i'm i am the name my under for is of sure just put in call me on a "
        "would be that'd it'd should mr mrs ms miss"
    )
)
_TAIL = FILLERS | frozenset(["speaking", "here", "thanks", "thank", "you", "please"])
_MOST = 4
_BESIDE = 4
"""Words between a name and its spelling."""


class Name:
    """The kind `name`. Values are strings, capitalised."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Names after the words that introduce one; the whole answer, if it was asked for; spelled letters win."""
        found: list[Candidate] = []
        to = (("to",),) if {"recipient", "receiver", "addressee"} & set(slot.title.split()) else ()
        for cues, strength in ((_SURE, 0.93), (_WEAK + to, 0.72)):
            for cue in cues:
                found += [
                    c for i in range(len(heard)) if heard.starts(i, *cue)
                    for c in [self._after(heard, i, len(cue), strength, context)] if c
                ]  # fmt: skip
        found += (
            self._alone(heard) + self._before(heard) + told_of(heard, slot, lambda at: self._end(heard, at))
        )
        if isinstance(context.current, str):
            found += self._mended(heard, context.current)
        found = by_person(heard, slot, found, context.asked)
        if context.asked:
            whole = self._whole(heard)
            if whole:
                found.append(whole)
        return self._spelled(heard, found, context)

    def _after(
        self, heard: Heard, cue: int, size: int, strength: float, context: Context
    ) -> Candidate | None:
        first = cue + size
        if heard.norms[cue + size - 1] in {"name"} and heard.starts(first, "of"):
            first += 1
        if (
            heard.norms[cue + size - 1] in {"name", "surname"}
            and first < len(heard)
            and heard.norms[first] in {"is", "of", "was", "be"}
        ):
            first += 1
        while first < len(heard) and (
            heard.norms[first] in {"uh", "um", "er"} or heard.norms[first] in _TITLES
        ):
            first += 1
        last = first
        while (
            last < len(heard)
            and last - first < _MOST
            and self._is_part(heard, last, last == first, strength > 0.9)
        ):
            last += 1
            if heard.tokens[last - 1].stop and len(heard.norms[last - 1]) > 1:
                break
        if last == first or heard.norms[last - 1] in _LINKS:
            return None
        weak = strength < 0.9
        if weak and not heard.tokens[first].capital and heard.norms[cue + size - 1] != "for":
            strength = 0.55 if context.asked else 0.45
        if weak and heard.norms[cue] == "for" and not heard.tokens[first].capital:
            strength = 0.52
        if heard.norms[cue : cue + 1] == ("under",) and not heard.tokens[first].capital and last - first > 2:
            strength = 0.6
        return Candidate(
            _capitalised(heard, first, last), cue, last, strength, f"after '{heard.said(cue, first)}'"
        )

    def _is_part(self, heard: Heard, i: int, first: bool, sure: bool) -> bool:
        token = heard.tokens[i]
        if (
            len(token.norm) == 1
            and token.capital
            and i + 1 < len(heard)
            and heard.tokens[i + 1].capital
            and len(heard.norms[i + 1]) > 1
        ):
            return token.norm not in {"i", "a"} or token.stop == "."  # an initial
        if token.number is not None or len(token.norm) < 2:
            return False
        if token.norm in _LINKS and not (token.norm == "la" and first):
            return True
        if (
            token.norm in WEEKDAY
            and not token.capital
            or token.norm in MONTH
            and len(token.norm) > 3
            and token.norm not in {"april", "may", "june"}
        ):
            return False
        if token.norm in WEEKDAY or "@" in token.norm or any(c.isdigit() for c in token.norm):
            return False
        if token.norm in _NEVER or _respelled(heard, i):
            return False
        if token.norm in COMMON:
            return sure and token.capital and first and token.norm not in {"is", "i'm", "and"}
        return True

    def _before(self, heard: Heard) -> list[Candidate]:
        """For example "Delgado is the name", "Bellini's the name", "the Petrov booking"."""
        found: list[Candidate] = []
        for i, word in enumerate(heard.norms):
            own = word.endswith("'s") and heard.starts(i + 1, "the", "name")
            if own or any(heard.starts(i + 1, *words) for words in _IS_THE_NAME):
                first = i
                while (
                    first > 0
                    and i - first < _MOST - 1
                    and self._named(heard, first - 1)
                    and not heard.tokens[first - 1].stop
                ):
                    first -= 1
                if heard.tokens[i].capital or own:
                    name = _capitalised(heard, first, i + 1).removesuffix("'s")
                    found.append(Candidate(name, first, i + 1, 0.93, "before 'is the name'"))
            elif word in {"the", "my", "our"}:
                last = i + 1
                while last < len(heard) and last - i <= 2 and self._named(heard, last):
                    last += 1
                if last > i + 1 and last < len(heard) and heard.norms[last] in _OWNED:
                    found.append(
                        Candidate(
                            _capitalised(heard, i + 1, last),
                            i + 1,
                            last,
                            0.85,
                            f"'{heard.said(i, last + 1)}'",
                        )
                    )
        return found

    def _end(self, heard: Heard, first: int) -> int:
        """Where the capitalised name ends that begins at a token."""
        last = first
        while last < len(heard) and last - first < _MOST and self._named(heard, last):
            last += 1
            if heard.tokens[last - 1].stop:
                break
        return last

    def _named(self, heard: Heard, i: int) -> bool:
        return heard.tokens[i].capital and self._is_part(heard, i, True, False)

    def _alone(self, heard: Heard) -> list[Candidate]:
        """Capitalised words between two pauses: "on friday at seven, Smith, for two"."""
        found: list[Candidate] = []
        first = 0
        for i, token in enumerate(heard.tokens):
            if not token.stop and i + 1 < len(heard):
                continue
            size = i + 1 - first
            named = all(
                heard.tokens[k].capital and self._is_part(heard, k, k == first, False)
                for k in range(first, i + 1)
            )
            begins = first > 0 and heard.tokens[first - 1].stop != ","  # a capital letter there is no sign
            ends = i + 1 == len(heard)
            if (first > 0 or size > 1) and size <= 3 and named and (not begins or ends or size > 1):
                found.append(
                    Candidate(_capitalised(heard, first, i + 1), first, i + 1, 0.58, "a name by itself")
                )
            first = i + 1
        return found

    def _mended(self, heard: Heard, current: str) -> list[Candidate]:
        """A name much like the one so far, said by itself: "Larsen, with an E" when Larson was read back."""
        for i in range(len(heard)):
            last = self._end(heard, i)
            name = _capitalised(heard, i, last) if last > i else ""
            if (
                name
                and len(name.split()) <= len(current.split())
                and _alike(name, current.split()[-1])
                and name != current
            ):
                before = current.split()[: -len(name.split())]
                return [Candidate(" ".join([*before, name]), i, last, 0.7, f"much like {current}")]
        return []

    def _whole(self, heard: Heard) -> Candidate | None:
        """The whole answer, without what surrounds the name: "It's John Smith, please."; or its first part."""
        pauses = [i + 1 for i, t in enumerate(heard.tokens) if t.stop and len(t.norm) > 1]
        ends = [len(heard), *(end for end in pauses if end < len(heard))]
        return next((c for end in ends if (c := self._name_up_to(heard, end, end == len(heard)))), None)

    def _name_up_to(self, heard: Heard, last: int, sure: bool) -> Candidate | None:
        first = 0
        while first < last and (
            heard.norms[first] in _LEAD or (heard.norms[first] in _TITLES and last - first > 1)
        ):
            first += 1
        while last > first and (heard.norms[last - 1] in _TAIL or _respelled(heard, last - 1)):
            last -= 1
        tokens = heard.tokens[first:last]
        if not 0 < len(tokens) <= _MOST or not all(
            self._is_part(heard, first + k, k == 0, sure) for k in range(len(tokens))
        ):
            return None
        return Candidate(_capitalised(heard, first, last), first, last, 0.8, "the answer")

    def _spelled(self, heard: Heard, found: list[Candidate], context: Context) -> list[Candidate]:
        """Spelled letters: they correct the name said before them, or are the name."""
        for letters, first, last in letter_runs(heard):
            if len(letters) < (2 if context.asked else 3):
                continue
            spelled = letters.capitalize()
            if any(letters in c.value.lower() for c in found if c.last <= first):
                return [
                    max((c for c in found if c.last <= first), key=lambda c: c.strength)
                ]  # "Miller, double L"
            before = [
                c
                for c in found
                if c.last <= first <= c.last + _BESIDE and not c.overlaps(Candidate("", first, last, 0, ""))
            ]
            if before and _alike(spelled, before[-1].value.split()[-1]):
                base = before[-1]
                words = [*base.value.split()[:-1], spelled]
                return [Candidate(" ".join(words), base.first, last, 0.97, f"spelled {letters}")]
            current = context.current if isinstance(context.current, str) else ""
            if current and not before and _alike(spelled, current.split()[-1]):
                return [
                    Candidate(
                        " ".join([*current.split()[:-1], spelled]), first, last, 0.95, f"spelled {letters}"
                    )
                ]
            if before and _misheard(before[-1].value, spelled):
                return [Candidate(spelled, before[-1].first, last, 0.96, f"spelled {letters}")]
            if before:
                return [
                    Candidate(
                        f"{before[-1].value} {spelled}", before[-1].first, last, 0.95, f"spelled {letters}"
                    )
                ]
            alone = Candidate(spelled, first, last, 0.95 if context.asked else 0.6, f"spelled {letters}")
            return [alone] if context.asked else [*found, alone]
        return found

    def say(self, value: Any, slot: Slot) -> str:
        """The name."""
        return str(value)

    def question(self, slot: Slot) -> str:
        """For example "What name shall I put it under?" and the like."""
        prefix = slot.title.removesuffix("name").strip()
        if prefix in {"first", "last", "sur", "family", "middle"}:
            return f"What is your {slot.title}?"
        if not prefix or prefix in OWN - {"owner", "driver", "sender", "holder"}:
            return "What name shall I put it under?"
        return f"What is the {prefix}'s name?"

    def hint(self, slot: Slot) -> str:
        """It can be spelled."""
        return "You can spell it, too."


def _respelled(heard: Heard, i: int) -> bool:
    """For example "Walker WALKDR": letters that were heard as one word, and less surely than the name before them."""
    word = heard.tokens[i].text
    return i > 0 and len(word) > 2 and word.isupper() and _alike(word, heard.tokens[i - 1].text)


def _misheard(words: str, spelled: str) -> bool:
    """Whether words are what the recogniser made of the name that is spelled after them: "Power Chick, K O W A L C Z Y K"."""
    joined = words.replace(" ", "")
    return len(spelled) >= 4 and len(joined) >= 5 and abs(len(joined) - len(spelled)) <= 3


def _alike(a: str, b: str) -> bool:
    return fuzz.ratio(a.lower(), b.lower()) >= 55 or sound(a) == sound(b)


def _capitalised(heard: Heard, first: int, last: int) -> str:
    stops = [k for k in range(first, last - 1) if heard.tokens[k].stop]
    if stops and heard.norms[stops[-1]] in heard.norms[stops[-1] + 1 : last]:
        first = stops[-1] + 1  # "Hughes. Tim Hughes.", "Sarah, Sarah Whitlock"
    out = []
    for token in heard.tokens[first:last]:
        word = token.text
        if word.islower() and word not in _LINKS or word.isupper() and len(word) > 3:
            word = "'".join(
                p.capitalize() if len(p) > 1 or k == 0 else p for k, p in enumerate(word.lower().split("'"))
            )
        if word.endswith("'s") and last - first == 1:
            word = word[:-2]
        out.append(f"{word}." if len(word) == 1 and token.stop == "." else word)
    return " ".join(out)
