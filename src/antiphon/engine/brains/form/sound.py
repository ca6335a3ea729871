"""How a word sounds, roughly: a key in which words that a recogniser confuses look alike."""

from __future__ import annotations

import re
from functools import lru_cache

_RULES = [
    (re.compile(pattern), by)
    for pattern, by in (
        (r"[^a-z]", ""),
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^x", "s"), (r"mb$", "m"), (r"ph", "f"), (r"gh(?=t)", ""),
        (r"tch|ch|sh|(?:t|s|c)i(?=[oa])", "x"), (r"dg(?=[ei])|g(?=[eiy])|j", "j"), (r"ck|c(?![eiy])|q|k", "k"),
        (r"c(?=[eiy])|z|s", "s"), (r"th|d|t", "t"), (r"b|p", "p"), (r"v|f", "f"),
        (r"ng|n", "n"), (r"g", "k"), (r"(?<!^)[aeiouyhw]+", ""), (r"^[aeiouy]+", "a"), (r"^h(?=.)", ""), (r"(.)\1+", r"\1"),
    )
]  # fmt: skip


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """The consonants of a word as classes: "cancel" → "ksnsl"-like, "canso" close to it."""
    key = word.lower()
    for pattern, by in _RULES:
        key = pattern.sub(by, key)
    return key
