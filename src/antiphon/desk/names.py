"""Names that may be the same person's, although a recogniser spelled them differently each time."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

_WORD = re.compile(r"[a-z]+")

_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "mister", "dr", "doctor", "professor", "the", "family", "name", "under")
)

_SOUNDS = (
    # groups of letters, the longest first, and the class of sounds that they stand for
    (re.compile(r"sch|sh|ch|tch|j|g(?=[eiy])"), "j"),
    (re.compile(r"ph|[fv]"), "f"),
    (re.compile(r"gh(?=t|$)"), ""),
    (re.compile(r"th|[dt]"), "t"),
    (re.compile(r"[bp]"), "p"),
    (re.compile(r"c(?=[eiy])|[sz]"), "s"),
    (re.compile(r"^kn|[mn]"), "n"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"ck|[ckqg]"), "k"),
    (re.compile(r"[aeiouhwy]"), ""),
)

LIKE = 0.75
"""Names that are alike by at least this much may be the same."""


def words(name: str) -> list[str]:
    """A name's words: small letters without accents, without titles."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("'", "").replace("ß", "ss"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    found = _WORD.findall(plain)
    return [word for word in found if word not in _TITLES] or found


def sound(word: str) -> str:
    """A word's consonants by their sound, repeated ones once: "smith" and "smyth" are both "snt"."""
    for pattern, code in _SOUNDS:
        word = pattern.sub(code.upper(), word)
    code = word.lower()
    return "".join(char for index, char in enumerate(code) if index == 0 or char != code[index - 1])


def alike(one: str, other: str) -> float:
    """How alike two names are: 1.0 for the same words, 0.0 for nothing in common.

    A part of a name ("Smith" for "John Smith") counts nearly as much as the whole; each word is compared with the word
    that it is most like.
    """
    mine, theirs = words(one), words(other)
    if not mine or not theirs:
        return 0.0
    if mine == theirs:
        return 1.0
    few, many = sorted((mine, theirs), key=len)
    score = sum(max(_word_alike(a, b) for b in many) for a in few) / len(few)
    return score * (0.97 if len(few) == len(many) else 0.95)


def _word_alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    spelled = SequenceMatcher(None, one, other).ratio()
    if sound(one) == sound(other) and spelled >= 0.5:
        return max(0.9, spelled)
    return spelled * 0.85
