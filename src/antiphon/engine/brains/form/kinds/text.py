"""What has no grammar of its own: free text, e-mail addresses, codes and references."""

from __future__ import annotations

import re
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate, Context
from antiphon.engine.brains.form.lexicon import FILLERS, MONTH, STREETS, listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard, stem

_LEAD = FILLERS | frozenset(
    ["it's", "its", "it", "is", "that's", "that", "would", "be", "i'd", "i", "think", "say", "put", "write"]
)


_EDGES = frozenset(listed("and with but because under at on tomorrow today tonight also then please"))
_WAYS = {
    "to": frozenset({"destination", "go", "drop-off", "dropoff", "arrival"}),
    "from": frozenset({"pickup", "pick", "origin", "departure", "start"}),
}
"""Words of a slot that takes a place, by the word before the place."""
_WAY_ENDS = frozenset(
    listed("to from at in on for tomorrow today tonight please now with and via by under around")
)
_HOLLOW = frozenset(
    stem(w)
    for w in listed(
        "mentioned offered given anything else other special name caller booking about when said they like would"
    )
)


class Text:
    """The kind `text`: taken whole when it was asked for; otherwise only after its own title ("note: window seat")."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """The answer, without fillers at its ends."""
        if context.asked:
            first, last = 0, len(heard)
            while first < last and heard.norms[first] in _LEAD:
                first += 1
            while last > first and heard.norms[last - 1] in {"please", "thanks", "um", "uh"}:
                last -= 1
            if first < last:
                return [Candidate(_plain(heard, first, last), first, last, 0.55, "the answer")]
            return []
        for i in range(len(heard)):
            size = len(slot.title_stems)
            if heard.stems[i : i + size] == slot.title_stems and i + size < len(heard):
                start = i + size
                if heard.norms[start] in {"is", "are", "of"} or heard.tokens[start - 1].stop == ",":
                    start += heard.norms[start] in {"is", "are", "of"}
                    if start < len(heard):
                        return [
                            Candidate(
                                _plain(heard, start, len(heard)), i, len(heard), 0.65, f"after '{slot.title}'"
                            )
                        ]
        return self._mentioned(heard, slot)

    def _mentioned(self, heard: Heard, slot: Slot) -> list[Candidate]:
        """A place: where to, where from, a street; other free text is found by its meaning (leftovers.py)."""
        about = set(f"{slot.title} {slot.description.lower()}".split())
        for word, marks in _WAYS.items():
            if about & marks and (found := _after(heard, word)):
                return found
        if {"street", "address"} & about:
            return _street(heard)
        if {"city", "town"} & about:
            return _city(heard)
        if slot.required and {"message", "note", "question", "feedback", "complaint"} & about:
            return _message(heard)
        return []

    def say(self, value: Any, slot: Slot) -> str:
        """The words."""
        return str(value)

    def question(self, slot: Slot) -> str:
        """From title or description (phrasing.py)."""
        return ""

    def hint(self, slot: Slot) -> str:
        """Any words will do."""
        return "Just say it in your own words."


def _after(heard: Heard, word: str) -> list[Candidate]:
    """For example "from 12 Main Street to the airport at eight": what follows "from", up to the next such word."""
    for i, norm in enumerate(heard.norms[:-1]):
        if norm != word:
            continue
        last = i + 1
        while last < len(heard) and heard.norms[last] not in _WAY_ENDS and not heard.tokens[last - 1].stop:
            last += 1
        if last - i > 1 and not (heard.tokens[i + 1].number is not None and last - i == 2):
            return [Candidate(_plain(heard, i + 1, last), i, last, 0.7, f"after '{word}'")]
    return []


def _city(heard: Heard) -> list[Candidate]:
    """For example "in Seaford": capitalised words after "in"."""
    for i, norm in enumerate(heard.norms[:-1]):
        last = i + 1
        while (
            last < len(heard)
            and heard.tokens[last].capital
            and last - i <= 2
            and heard.norms[last] not in MONTH
        ):
            last += 1
            if heard.tokens[last - 1].stop:
                break
        after_street = norm in STREETS and bool(heard.tokens[i].stop) and i >= 2 and heard.tokens[i].capital
        if (norm == "in" or after_street) and last > i + 1:
            return [Candidate(_plain(heard, i + 1, last), i + 1, last, 0.8, f"after '{norm}'")]
    return []


_SAYS = frozenset(listed("tell inform"))
_THAT = frozenset(listed("that saying say"))


def _message(heard: Heard) -> list[Candidate]:
    """For example "tell Priya the clutch still slips, she can ring me": what follows whom to tell, up to the next pause."""
    for i, norm in enumerate(heard.norms[:-2]):
        lets_know = norm == "let" and heard.norms[i + 2 : i + 3] == ("know",)
        first = i + 3 if lets_know else i + 2 if norm in _SAYS else i + 1 if norm in _THAT and i > 1 else 0
        if not first:
            continue
        first += heard.norms[first : first + 1] == ("that",)
        last = first
        while last < len(heard):
            last += 1
            if heard.tokens[last - 1].stop:
                break
        if last - first >= 3:
            return [
                Candidate(_plain(heard, first, last), first, last, 0.7, f"after '{heard.said(i, first)}'")
            ]
    return []


def _street(heard: Heard) -> list[Candidate]:
    """For example "5 Ring Road": a number and a street's name."""
    for i, word in enumerate(heard.norms):
        if word in STREETS and i >= 2:
            first = i - 1
            while first > 0 and heard.tokens[first].capital and i - first < 3:
                first -= 1
            if heard.tokens[first].whole is not None and not any(t.stop for t in heard.tokens[first:i]):
                return [Candidate(_plain(heard, first, i + 1), first, i + 1, 0.9, "a number and a street")]
    return []


def _plain(heard: Heard, first: int, last: int) -> str:
    """The range as written, with its inner punctuation."""
    out = ""
    for k, token in enumerate(heard.tokens[first:last], first):
        out += (
            token.text
            + (token.stop if k + 1 < last and token.stop != "?" else "")
            + (" " if k + 1 < last else "")
        )
    return out


class Email:
    """The kind `email`: written, or "john at example dot com"."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Addresses with an @, or with "at" and "dot"."""
        found = [
            Candidate(t.norm, i, i + 1, 0.99, "written") for i, t in enumerate(heard.tokens) if "@" in t.norm
        ]
        if found:
            return found
        norms = heard.norms
        for at in [i for i, word in enumerate(norms) if word == "at"]:
            end = at + 1
            host = ""
            while end < len(norms) and (
                norms[end] in {"dot", "dash"} or not host or host[-1] in ".-" or len(norms[end]) == 1
            ):
                host += {"dot": ".", "dash": "-"}.get(norms[end], norms[end])
                end += 1
            first = at
            local = ""
            while (
                first > 0
                and norms[first - 1]
                not in _LEAD | {"email", "address", "my", "to", "now", "it's", "its", "is", "be"}
                and (
                    not local
                    or norms[first] in _JOINERS
                    or norms[first - 1] in _JOINERS
                    or len(norms[first - 1]) == 1
                    or len(norms[first]) == 1
                    or (heard.tokens[first - 1].number is not None and not heard.tokens[first - 1].stop)
                )
            ):
                first -= 1
                local = _JOINERS.get(norms[first], norms[first]) + local
            if local and re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", host):
                return [Candidate(f"{local}@{host}", first, end, 0.93, heard.said(first, end))]
        return []

    def say(self, value: Any, slot: Slot) -> str:
        """For example "john at example dot com"."""
        return str(value).replace("@", " at ").replace(".", " dot ").replace("_", " underscore ")

    def question(self, slot: Slot) -> str:
        """For example "What is your e-mail address?"."""
        return "What is your email address?"

    def hint(self, slot: Slot) -> str:
        """How to say it."""
        return "For example: anna at example dot com. You can type it, too."


_JOINERS = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-", "plus": "+"}
