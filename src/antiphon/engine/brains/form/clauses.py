"""An utterance in clauses: each a statement, a wish or a question of its own."""

from __future__ import annotations

from antiphon.engine.brains.form.lexicon import ACTIONS, NO, YES, listed
from antiphon.engine.brains.form.tokens import Heard

_ASKS = frozenset(listed("what what's when when's where where's who who's whose which why how how's"))
_AUX = frozenset(
    listed(
        "do does did is are was were can could will would should may have has am isn't aren't don't doesn't"
    )
)
_NO_SUBJECT = frozenset(listed("be have been for under to also not in on at"))
"""After an auxiliary, the words of a statement whose subject is left out: "should be under Steinberg"."""
_JOINTS = frozenset(["and", "but", "also", "then", "plus", "or"])
_OPENERS = _ASKS | _AUX | frozenset(["i", "i'd", "i'm", "we", "we'd", "please", "tell", "let", "let's"])
_FILL = frozenset(
    listed(
        "um uh oh so well okay ok and but also then hi hello hey please yes no yeah actually sorry excuse me "
        "just or great thanks thank alright perfect"
    )
)
_VERBS = ACTIONS["create"] | ACTIONS["change"] | ACTIONS["cancel"] | {"find", "check"}


def clauses_of(heard: Heard) -> list[Heard]:
    """Cuts at full stops and question marks, and at "and", "but", commas before something that begins anew."""
    cuts = [0]
    for i in range(1, len(heard)):
        stop = heard.tokens[i - 1].stop
        word = heard.norms[i]
        if stop in {".", "?", "!"} and i - cuts[-1] >= 1:
            cuts.append(i)
        elif word in _JOINTS or stop == ",":
            at = i + 1 if word in _JOINTS else i
            while at < len(heard) and heard.norms[at] in {"also", "then", "please"}:
                at += 1
            nxt = heard.norms[at] if len(heard) - at >= 2 else ""
            alone = i - cuts[-1] < 2 and heard.norms[i - 1] in YES | NO  # "yes, and do you have parking?"
            begins = nxt in _OPENERS | _VERBS and i - cuts[-1] >= 2
            if begins or (alone and nxt in _ASKS | _AUX):
                cuts.append(i)
    cuts.append(len(heard))
    return _rejoin([heard.part(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b])


def _rejoin(parts: list[Heard]) -> list[Heard]:
    """A clause of one or two words that neither asks nor wishes belongs to its neighbour ("4." "People.")."""
    out: list[Heard] = []
    for part in parts:
        if (
            out
            and len(part) <= 2
            and not is_question(part)
            and not is_question(out[-1])
            and part.norms[0] not in _VERBS
        ):
            last = out.pop()
            out.append(Heard(f"{last.text} {part.text}", last.tokens + part.tokens))
        else:
            out.append(part)
    return out


def _after_fill(clause: Heard) -> int:
    """The first word that carries something."""
    i = 0
    while i < len(clause) and (
        clause.norms[i] in _FILL or clause.norms[max(0, i - 1) : i + 1] == ("thank", "you")
    ):
        i += 1
    return i


def is_question(clause: Heard) -> bool:
    """Whether it asks: by its first words, or by a question mark."""
    i = _after_fill(clause)
    rest = clause.norms[i:]
    if not rest:
        return False
    if rest[0] in _ASKS or (rest[0] in _AUX and len(rest) > 1 and rest[1] not in _NO_SUBJECT):
        return rest[0] != "have" or rest[1] in {"you", "i", "we"}
    text = " ".join(rest)
    if text.startswith(
        (
            "tell me",
            "i'd like to know",
            "i would like to know",
            "i was wondering",
            "i'm wondering",
            "i am wondering",
            "i want to know",
            "i wonder",
            "let me know",
            "do you",
            "any chance",
            "what about",
            "how about",
        )
    ):
        return True
    return clause.tokens[-1].stop == "?" and len(rest) > 1


def asks_openly(clause: Heard) -> bool:
    """Whether it begins with what, when, where, who, which, why or how."""
    i = _after_fill(clause)
    about = i + 1 < len(clause) and clause.norms[i + 1] == "about"  # "what about sunday?" gives a value
    return i < len(clause) and clause.norms[i] in _ASKS and not about
