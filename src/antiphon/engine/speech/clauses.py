"""Cuts a brain's streaming text into clauses to speak.

The voice speaks a clause at a time, so the first clause decides when the caller hears something and every cut
decides how the whole sounds. Cuts stand where a speaker would breathe: at ends of sentences always, at commas
once a clause is long enough, before a conjunction only when there is no better place. The same text gives the
same clauses however it was chunked, so that the phrase cache meets them again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LOOKAHEAD = 14
"""Characters. A comma is no cut when its sentence ends within these: "Thank you, Anna." stays whole."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """How long a clause may be, in characters (about 15 a second).

    Attributes:
        comma: a comma is a cut from here on.
        conjunction: beyond this a conjunction is a cut too.
        hard: beyond this any space is.
    """

    comma: int
    conjunction: int
    hard: int


_SCHEDULE = (_Limits(4, 80, 160), _Limits(24, 110, 200), _Limits(60, 150, 240))
"""Limits of the first, the second and all further clauses. Each may take about three times as long to speak
as the one before: it is made while that one plays, at a fifth to a tenth of its length."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BOUNDARY = re.compile(
    r"(?P<line>\n)|(?P<stop>[.!?…]+)[\"'”’)\]]*(?=\s|$)|(?P<soft>[,;:][\"'”’)\]]*|\s[–—-])(?=\s|$)|(?P<dash>—)"
)
_CONJUNCTION = re.compile(
    r"\s(?=(?:and|but|or|so|because|which|while|when|if|unless|until|although|then|where|who)\s)",
    re.IGNORECASE,
)
_OPENING = "\"'“‘(["
_STOP_AHEAD = re.compile(r"[.!?…]+[\"'”’)\]]*\s")
_ABBREVIATION = re.compile(r"(?:^|[\s(\"'“‘])((?:[^\W\d_]\.)+|[^\W\d_]+\.)$")
_NEVER_LAST = _words("mr. mrs. ms. dr. prof. sr. jr. vs. e.g. i.e. approx. fig. capt. gen. rev.")
_STREETS = _words("st. ave. rd. blvd. sq. co. dept.")
_MAY_BE_LAST = _STREETS | _words("a.m. p.m. etc. inc. ltd. corp. u.s. u.k. min. max. tel. ext.")
_BEFORE_NUMBER = _words("no. nr. p. pp. art. sec.")
_CALENDAR = _words(
    "monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december"
)
_STARTERS = _words(
    "we i it you the our there this that these they he she what when where would could can shall do does is "
    "are if please and but or so your my all for in on at to how let then now no yes thank thanks sorry a an"
)


class ClauseSplitter:
    """Cuts one reply. Push its text as it comes, speak what is handed back, call `finish` at the end."""

    def __init__(self) -> None:
        self._text = ""
        self._cuts = 0

    def push(self, text: str) -> list[str]:
        """Takes more text; returns the clauses that are complete by now (stripped, never empty)."""
        self._text += text
        return self._drain(final=False)

    def finish(self) -> list[str]:
        """Returns what is left. The splitter is then fresh for another reply."""
        clauses = self._drain(final=True)
        self._text, self._cuts = "", 0
        return clauses

    def _drain(self, *, final: bool) -> list[str]:
        clauses: list[str] = []
        while True:
            self._text = self._text.lstrip()
            cut = _next_cut(self._text, _SCHEDULE[min(self._cuts, len(_SCHEDULE) - 1)], final)
            if cut is None:
                break
            clause, self._text = " ".join(self._text[:cut].split()), self._text[cut:]
            if any(c.isalnum() for c in clause):
                clauses.append(clause)
                self._cuts += 1
        return clauses


def split_clauses(text: str) -> list[str]:
    """The clauses of a whole reply, the same as a `ClauseSplitter` gives for any chunking of it."""
    splitter = ClauseSplitter()
    return splitter.push(text) + splitter.finish()


def _next_cut(text: str, limits: _Limits, final: bool) -> int | None:
    """Where the first clause of `text` ends; None: not known yet, or nothing there."""
    best, known = _first_boundary(text, limits, final)
    reach = limits.conjunction + _LOOKAHEAD
    if best is not None and best <= reach:
        return best
    if best is None and not known and len(text) <= reach:
        return None
    if len(text) > reach:
        places = [m.start() for m in _CONJUNCTION.finditer(text, limits.comma, limits.conjunction)]
        places = [p for p in places if not _CONJUNCTION.match(text, text.rfind(" ", 0, p))]  # not in "and if"
        if places:
            return places[-1]
    if best is not None and best <= limits.hard:
        return best
    if len(text) > limits.hard:
        space = text.rfind(" ", 1, limits.hard)
        return space if space > 0 else limits.hard
    return len(text) if final and text else None


def _first_boundary(text: str, limits: _Limits, final: bool) -> tuple[int | None, bool]:
    """The first place that punctuation cuts, and whether that is certain (False: more text may change it)."""
    for found in _BOUNDARY.finditer(text):
        end = found.end()
        verdict = _judge(text, found, limits, final)
        if verdict is None:
            return None, False
        if verdict:
            return end, True
    return None, final


def _judge(text: str, found: re.Match[str], limits: _Limits, final: bool) -> bool | None:
    """Whether a boundary is a cut; None: it needs more text to tell."""
    end = found.end()
    if found["line"]:
        return bool(text[:end].strip())
    rest = text[end:].lstrip()
    if not final and not rest.lstrip(_OPENING):
        return None
    plain_stop = found["stop"] and not _is_abbreviation(text[: found.end("stop")])
    if not final and not plain_stop and len(rest) < _LOOKAHEAD and not re.search(r"\s", rest):
        return None  # what follows is not a whole word yet; after a plain stop its first letter tells
    following = rest.split(None, 1)[0] if rest else ""
    if found["stop"]:
        if not following or _ends_sentence(text[: found.end("stop")], found["stop"], following):
            return True
        if not plain_stop or found["stop"] == "." and not following[:1].islower():
            return False
    elif _splits_a_value(text[: found.start()], following):
        return False
    if end < limits.comma:
        return False
    return _worth_it(rest, final)


def _worth_it(rest: str, final: bool) -> bool | None:
    """Whether enough of the sentence is left to be a clause of its own; None: not known yet."""
    if _STOP_AHEAD.search(rest[: _LOOKAHEAD + 1]):
        return False
    if len(rest) > _LOOKAHEAD:
        return True
    return False if final else None


def _ends_sentence(before: str, stop: str, following: str) -> bool:
    """Whether a full stop (? or !) at the end of `before` ends the sentence; `following` is the next word."""
    if re.fullmatch(r"\(?\d{1,2}\.", before.strip()):
        return False  # "1. Soup": a list's number
    first = following.lstrip(_OPENING)
    if stop != ".":
        return not first[:1].islower()
    match = _ABBREVIATION.search(before)
    word = match[1].lower() if match else ""
    if word in _NEVER_LAST:
        return False
    if word in _BEFORE_NUMBER:
        return not first[:1].isdigit()
    bare = first.rstrip(".,!?;:").lower()
    if word in _STREETS:
        return first[:1].isupper() and bare.split("'")[0].split("’")[0] in _STARTERS
    if word in _MAY_BE_LAST:
        return first[:1].isupper() and bare not in _CALENDAR
    if re.fullmatch(r"(?:[^\W\d_]\.)+", word):  # an initial: "J. Smith", "U.S. Army"; "vitamin C. We"
        return first[:1].isupper() and bare.split("'")[0].split("’")[0] in _STARTERS
    return not first[:1].islower()


def _is_abbreviation(before: str) -> bool:
    match = _ABBREVIATION.search(before)
    word = match[1].lower() if match else ""
    return word in _NEVER_LAST | _MAY_BE_LAST | _BEFORE_NUMBER or bool(re.fullmatch(r"(?:[^\W\d_]\.)+", word))


def _splits_a_value(before: str, following: str) -> bool:
    """Whether a comma stands inside a date or a number: "Friday, December 12", "555, 1234", "4, 5, 6"."""
    last = re.split(r"\s", before.rstrip())[-1].lower().strip(",.")
    after = following.lower().strip(",.")
    if after[:1].isdigit() and (last[-1:].isdigit() or last in _CALENDAR):
        return True
    return last in _CALENDAR and after in _CALENDAR or last[-1:].isdigit() and after in _CALENDAR
