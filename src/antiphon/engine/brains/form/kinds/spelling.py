"""Spelled letters: "S M I T H", "double L", "B for Bravo", "Bravo Charlie"."""

from __future__ import annotations

from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.tokens import Heard, Token

NATO = {
    word: word[0]
    for word in listed(
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
        "sierra tango uniform victor whiskey xray yankee zulu"
    )
}


def letter_runs(heard: Heard) -> list[tuple[str, int, int]]:
    """Runs of spelled letters: "S M I T H", "double L", "B for Bravo", "Bravo Charlie"."""
    runs: list[tuple[str, int, int]] = []
    i = 0
    while i < len(heard):
        if heard.starts(i, "with", "a") or heard.starts(i, "with", "an"):  # "Quinn, with a Q, Q U I N N"
            i += 3
            continue
        letters, first = "", i
        while i < len(heard):
            token = heard.tokens[i]
            if token.norm == "double" and not token.stop and _doubled(heard, i + 1):
                letters, i = letters + heard.norms[i + 1] * 2, i + 2
            elif _letter(token):
                letters, i = letters + token.norm, i + 1
                if (
                    i + 1 < len(heard)
                    and heard.norms[i] in {"for", "as"}
                    and not _letter(heard.tokens[i + 1])
                ):
                    word = i + (2 if heard.starts(i, "as", "in") else 1)
                    if word < len(heard) and heard.norms[word].startswith(letters[-1]):
                        i = word + 1
            elif (
                letters
                and token.norm in NATO
                or (token.norm in NATO and i + 1 < len(heard) and heard.norms[i + 1] in NATO)
            ):
                letters, i = letters + NATO[token.norm], i + 1
            else:
                break
        if len(letters) >= 2:
            runs.append((letters, first, i))
        i = max(i, first + 1)
    return runs


def _doubled(heard: Heard, i: int) -> bool:
    """Whether a letter is said twice: "double L"; but in "a double, a twin" the "a" is no letter."""
    if i >= len(heard) or not _letter(heard.tokens[i]):
        return False
    return heard.norms[i] not in {"a", "i"} or heard.tokens[i].capital


def _letter(token: Token) -> bool:
    return len(token.norm) == 1 and token.norm.isalpha()
