"""How many people come, when several are named: "my wife and me", "six of us plus two kids", "so three altogether"."""

from __future__ import annotations

from antiphon.engine.brains.form.kinds.base import Candidate
from antiphon.engine.brains.form.kinds.units import ALL_UNITS, PEOPLE
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.tokens import Heard

_ONE_OF = frozenset(listed("my our a the his her"))
_ONE_PERSON = frozenset(
    listed(
        "friend child kid baby toddler infant little teenager colleague partner man woman boy girl neighbour cousin nurse carer driver "
        "wife husband mother father mum dad brother sister son daughter boss aunt uncle grandma grandpa gran granny nan girlfriend "
        "boyfriend niece nephew"
    )
)
_PAIRS = frozenset(listed("parents grandparents twins"))
_ME = frozenset(["me", "i", "myself"])
_NOBODY = frozenset(listed("name number time day table phone booking reservation place car way"))


def altogether(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """For example "two adults and the little one, so three altogether": the sum that was said."""
    for one in found:
        after = heard.norms[one.last : one.last + 2]
        if after[:1] in (("altogether",), ("total",)) or after in (
            ("in", "total"),
            ("in", "all"),
            ("all", "together"),
        ):
            return [
                Candidate(
                    one.value,
                    one.first,
                    one.last,
                    0.98,
                    f"'{heard.said(one.first, one.last)} altogether'",
                    one.doubt,
                )
            ]
    return []


def summed(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """For example "six of us plus two kids", "two adults and three children": one count of people."""
    counts = sorted((c for c in found if c.strength >= 0.9 or "people" in c.why), key=lambda c: c.first)
    for a, b in zip(counts, counts[1:], strict=False):
        between = set(heard.norms[a.last : b.first])
        if between and between <= {"plus", "and", "with", "also"} and a.last <= b.first:
            both = Candidate(a.value + b.value, a.first, b.last, 0.96, f"{a.why} and {b.why}")
            return [both, *(c for c in found if c is not a and c is not b)]
    return found


def couples(heard: Heard) -> list[Candidate]:
    """For example "my wife and me", "me, my husband and our three kids", "just me"."""
    found = []
    i = 0
    while i < len(heard):
        counted = _counted(heard, i)
        count, items, mine, at = 0, 0, counted, i
        while (step := _one_of_company(heard, at, counted)) is not None:
            count, items, at = count + step[0], items + 1, step[1]
            mine = mine or step[2]
            if heard.norms[at : at + 1] in (("and",), ("plus",), ("with",)):
                at += 1
            elif heard.tokens[at - 1].stop != ",":
                break
        if items >= 2 and mine:
            found.append(Candidate(count, i, at, 0.97, f"{count} people: '{heard.said(i, at)}'"))
            i = at
            continue
        if heard.starts(i, "just", "me") or heard.starts(i, "only", "me"):
            found.append(Candidate(1, i, i + 2, 0.8, "one person"))
        i += 1
    return found


def _counted(heard: Heard, at: int) -> bool:
    """Whether people are counted from here on: "three adults and a child"."""
    return (
        heard.tokens[at].whole is not None
        and heard.norms[at + 1 : at + 2] != ()
        and heard.norms[at + 1] in PEOPLE
    )


def _one_of_company(heard: Heard, at: int, counted: bool) -> tuple[int, int, bool] | None:
    """(how many, the token after, whether it is the speaker) of "me", "my husband", "our three kids", "two friends"."""
    if at >= len(heard):
        return None
    word = heard.norms[at]
    if word in _ME:
        return 1, at + 1, True
    own = word in _ONE_OF
    start = at + 1 if own else at
    if start >= len(heard):
        return None
    if (of_us := heard.tokens[start].whole) and heard.starts(start + 1, "of", "us"):
        return of_us, start + 3, True
    if own and heard.norms[start] in _PAIRS:
        return 2, start + 1, False
    number = heard.tokens[start].whole
    noun = heard.norms[start + 1] if start + 1 < len(heard) else ""
    if (
        number is not None
        and number < 30
        and (noun in PEOPLE or (noun.endswith("s") and noun.isalpha() and noun not in ALL_UNITS))
    ):
        return number, start + 2, False
    plain = heard.norms[start]
    if (word in {"a", "the"} or counted) and plain not in PEOPLE | _ONE_PERSON:
        return None
    if (
        own
        and number is None
        and plain.isalpha()
        and plain not in _NOBODY
        and not plain.endswith("ing")
        and (plain.endswith("ss") or not plain.endswith("s"))
    ):
        return 1, start + 1, False
    return None
