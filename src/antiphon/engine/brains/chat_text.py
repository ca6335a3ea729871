"""What of a chat model's text is spoken: its words, without its thoughts, markup and pictures."""

from __future__ import annotations

import unicodedata

_OPEN, _SHUT = "<think>", "</think>"
_MARKS = frozenset("*`#_~")
_BULLETS = frozenset("-•>+ \t")
_ENDS = frozenset(".!?:;,…")


class SpokenText:
    """A filter for a stream of text: `feed` what comes, and `end` it.

    It drops `<think>…</think>`, markdown's marks, bullets and emoji; a line that has no punctuation at its end gets a full stop,
    so that a list is not read in one breath.
    """

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._line_start = True
        self._last = ""

    def feed(self, text: str) -> str:
        """Takes more text; returns what of it can be spoken now."""
        text = self._held + text
        self._held = ""
        spoken: list[str] = []
        while text:
            tag = _SHUT if self._thinking else _OPEN
            before, found, after = text.partition(tag)
            if not found:
                keep = _begun(text, tag)
                self._held = text[len(text) - keep :]
                before, after = text[: len(text) - keep], ""
            if not self._thinking:
                spoken.append(self._clean(before))
            if found:
                self._thinking = not self._thinking
            text = after
        return "".join(spoken)

    def end(self) -> str:
        """What was held back and turned out to be text."""
        rest = "" if self._thinking else self._clean(self._held)
        self._held = ""
        return rest

    def _clean(self, text: str) -> str:
        kept: list[str] = []
        for char in text:
            if char in "\r\n":
                if not self._line_start and self._last and self._last not in _ENDS:
                    kept.append(".")
                    self._last = "."
                if not self._line_start:
                    kept.append(" ")
                self._line_start = True
            elif char in _MARKS or (self._line_start and char in _BULLETS) or _is_picture(char):
                continue
            else:
                kept.append(char)
                self._line_start = False
                if not char.isspace():
                    self._last = char
        return "".join(kept)


def _begun(text: str, tag: str) -> int:
    """How many characters at the end of a text may be the beginning of a tag."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-n:])), 0)


def _is_picture(char: str) -> bool:
    """Emoji, their joiners, tones and variants; not signs that are said, such as ° or €."""
    if char <= "\u2000":
        return False
    if char in "\u200d\ufe0e\ufe0f\u20e3" or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    return unicodedata.category(char) == "So" and char not in "℃℉™"
