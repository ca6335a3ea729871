"""Whose name it is: the caller's own ("I'm Dana Fox"), or somebody else's ("my cat Mimi", "she's called Luna", "his name is Rex")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from antiphon.engine.brains.form.kinds.base import Candidate
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard

OWN = frozenset(
    listed(
        "customer guest caller client patient full your contact booking reservation person party owner member reader driver holder "
        "account first last sur family user subscriber applicant tenant visitor sender"
    )
)
"""Words before "name" in the title of a slot that takes the name of who calls, or of whom he calls for."""
_MINE = (
    ("i'm",),
    ("i", "am"),
    ("my", "name"),
    ("my", "surname"),
    ("my", "full"),
    ("my", "last"),
    ("call", "me"),
    ("me",),
)
_THEIRS = frozenset(listed("his her its he's she's their called named"))
_CALLED = frozenset(listed("called named"))
_BRINGS = frozenset(listed("bring bringing about"))
_NAMES = frozenset(listed("name names name's"))


def of_somebody_else(slot: Slot) -> bool:
    """Whether a slot takes the name of somebody (or of an animal) that the caller tells of."""
    words = [w for w in slot.title.split() if w not in _NAMES]
    return bool(words) and not OWN & set(words)


def told_of(heard: Heard, slot: Slot, ends: Callable[[int], int]) -> list[Candidate]:
    """Names of those of whom the caller tells.

    Args:
        heard: the words.
        slot: the slot; none but for somebody else's name has any.
        ends: where the name ends that begins at a token; that token itself if none does.
    """
    if not of_somebody_else(slot):
        return []
    found = []
    for i, word in enumerate(heard.norms):
        mine = (
            heard.norms[i - 1 : i] in (("my",), ("our",))
            and word.isalpha()
            and not heard.tokens[i].capital
            and not heard.tokens[i].stop
        )
        strength = 0.9 if word in _CALLED else 0.8 if mine else 0.6 if word in _BRINGS else 0.0
        if not strength or i + 1 >= len(heard) or not heard.tokens[i + 1].capital:
            continue
        last = ends(i + 1)
        if last > i + 1:
            found.append(Candidate(heard.said(i + 1, last), i + 1, last, strength, f"after '{word}'"))
    return found


def by_person(heard: Heard, slot: Slot, found: list[Candidate], asked: bool) -> list[Candidate]:
    """Weighs names by whose they are said to be: "I'm …" gives no pet's name, and "his name is …" hardly the caller's."""
    if asked:
        return found
    somebody = of_somebody_else(slot)
    out = []
    for one in found:
        near = heard.norms[max(0, one.first - 2) : one.last]
        mine = any(near[k : k + len(words)] == words for words in _MINE for k in range(len(near)))
        theirs = bool(_THEIRS & set(near)) or (one.first > 0 and heard.norms[one.first - 1] in _CALLED)
        if mine and somebody:
            continue
        if theirs and not somebody:
            one = replace(one, strength=one.strength - 0.25)
        elif somebody and not theirs and one.strength < 0.8 and heard.norms[one.first] != "for":
            one = replace(one, strength=one.strength - 0.03)
        out.append(one)
    return out
