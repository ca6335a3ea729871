"""Phone numbers, also in groups over several turns: "five five five", "double two", "oh", "plus 44"."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers

from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.repairs import turned
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard

_ENOUGH = 6
"""Digits of the shortest number taken as whole, unless the schema says another."""
_MOST = 15
_REPEAT = {"double": 2, "triple": 3, "treble": 3}
_BETWEEN = frozenset(["and", "then", "uh", "um", "er", "it's", "its", "is", "the", "number", "my", "phone"])


def digits_needed(slot: Slot) -> int:
    """How many digits make the number whole."""
    return int(slot.schema.get("minLength") or _ENOUGH)


def digit_runs(heard: Heard) -> list[tuple[str, int, int]]:
    """Runs of spoken digits: (digits with a leading + if said, first, last)."""
    runs: list[tuple[str, int, int]] = []
    i = 0
    while i < len(heard):
        digits, first = "", i
        if heard.norms[i] == "plus" and i + 1 < len(heard) and heard.tokens[i + 1].number is not None:
            digits, i = "+", i + 1
        last = i
        while i < len(heard):
            word = heard.norms[i]
            repeat = _REPEAT.get(word, 0)
            if repeat and i + 1 < len(heard) and (one := _digits(heard, i + 1)) and len(one) == 1:
                digits, i = digits + one * repeat, i + 2
            elif one := _digits(heard, i):
                digits, i = digits + one, i + 1
            elif digits.strip("+") and word in _BETWEEN and i + 1 < len(heard) and _digits(heard, i + 1):
                i += 1
                continue
            else:
                break
            last = i
        if digits.strip("+"):
            runs.append((digits, first, last))
            i = last
        else:
            i += 1
    return runs


def _digits(heard: Heard, i: int) -> str:
    token = heard.tokens[i]
    if token.norm in {"oh", "o", "zero", "nought", "nil"}:
        return "0"
    if token.ordinal or not re.match(r"\+?\d", token.norm) or ":" in token.norm:
        return ""
    after = heard.norms[i + 1] if i + 1 < len(heard) else ""
    if after in {"am", "pm", "o'clock", "people"}:
        return ""
    return re.sub(r"[^\d+]", "", token.norm)


def mended_runs(heard: Heard) -> list[tuple[str, int, int]]:
    """Runs of digits after second thoughts: in "555, 12, no, 13, 4" a group takes the last one's place, or a number that of the old."""
    out: list[tuple[str, int, int]] = []
    for digits, first, last in digit_runs(heard):
        if out and turned(heard.norms[out[-1][2] : first]):
            before, start, end = out.pop()
            groups, anew = _groups(heard, start, end), _groups(heard, first, last)
            if len(groups) > 1 and len(groups[-1]) == len(anew[0]):
                digits = before[: -len(groups[-1])] + digits
            elif len(groups) == 1 and len(digits) < len(before):
                digits = before[: -len(digits)] + digits
            first = start
        out.append((digits, first, last))
    return out


def _groups(heard: Heard, first: int, last: int) -> list[str]:
    """The digits of a run by the pauses in it."""
    ends = [k + 1 for k in range(first, last - 1) if heard.tokens[k].stop]
    parts = zip([first, *ends], [*ends, last], strict=True)
    return ["".join(r[0] for r in digit_runs(heard.part(a, b))) for a, b in parts]


class Phone:
    """The kind `phone`. Values are strings of digits, with + if it was said."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Runs of enough digits; fewer count when the number was asked for, and are kept for the next turn."""
        found: list[Candidate] = []
        needed = digits_needed(slot)
        runs = mended_runs(heard)
        if len(runs) > 1:  # "oh very well, oh one double two": the first is no digit
            runs = [r for r in runs if r[2] - r[1] > 1 or heard.norms[r[1]] not in {"oh", "o"}]
        if context.asked and len(runs) > 1:
            joined = "".join(r[0] for r in runs)
            runs = [(joined, runs[0][1], runs[-1][2])]
        for digits, first, last in runs:
            whole = context.partial + digits if context.asked and not digits.startswith("+") else digits
            count = len(whole.strip("+"))
            if count > _MOST or (whole.startswith("+") and count >= needed and not _possible(whole)):
                found.append(Candidate(whole, first, last, 0.6, f"{count} digits", Doubt("high")))
            elif count >= needed:
                found.append(Candidate(whole, first, last, 0.97, f"{count} digits"))
            elif context.asked:
                found.append(Candidate(whole, first, last, 0.7, f"{count} digits so far", Doubt("short")))
        return found

    def say(self, value: Any, slot: Slot) -> str:
        """For example "5 5 5, 1 2 3 4"."""
        return spoken_digits(str(value))

    def question(self, slot: Slot) -> str:
        """For example "What phone number can we reach you on?"."""
        return "What phone number can we reach you on?"

    def hint(self, slot: Slot) -> str:
        """How to give it."""
        return "You can say it digit by digit."


def _possible(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


def spoken_digits(number: str) -> str:
    """Digits in groups of three, the last of three or four, with pauses between."""
    plus, digits = number.startswith("+"), re.sub(r"\D", "", number)
    groups: list[str] = []
    while len(digits) > 4:
        groups.append(digits[:3])
        digits = digits[3:]
    groups.append(digits)
    if len(groups) > 1 and len(groups[-1]) < 2:
        groups[-2:] = [groups[-2] + groups[-1]]
    spoken = ", ".join(" ".join(group) for group in groups)
    return f"plus {spoken}" if plus else spoken
