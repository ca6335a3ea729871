"""What is to be done: the classes of the verbs in an utterance (create, change, cancel, send, read), and the verbs."""

from __future__ import annotations

import re

from antiphon.engine.brains.form import lexicon
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.tokens import Heard

_PHRASES = (
    (re.compile(r"\bcall(?:ing)? off\b|\bget rid of\b|\b(?:can't|cannot|won't(?: be able to)?|"
        r"will not(?: be able to)?|not going to(?: be able to)?|not able to|unable to) (?:make it|"
        r"come|be there)\b|\bnot coming\b"), "cancel"),
    (re.compile(r"\bmake (?:a|some) changes?\b|\bpush (?:it |that |my \w+ )?back\b|\bpush (?:my|our) \w+|"
        r"\bbring (?:it )?forward\b|\bput (?:it )?(?:off|back)\b|"
        r"\bmake it\b|\bmake that\b|\binstead\b"), "change"),
    (re.compile(r"\bhow much\b|\bset (?:me|us) back\b|\bwhat (?:do|does|would|will) .{2,40} cost\b|"
        r"\blook(?:ing)? up\b|\bdo i have\b|\bwhen (?:is|was|am) (?:my|i)\b|\bwhat time is my\b|"
        r"\bhave (?:i|we) (?:got|booked|ordered)\b|"
        r"\bdid (?:i|we|he|she|they|my \w+) (?:book|order|reserve)\b|\bwhere is my\b|\bwhere's my\b|\bwhen's my\b|"
        r"\bwhat(?:'s| is| was) (?:my|"
        r"our)\b|\bstatus of\b|\bdetails of\b"), "read"),
    (re.compile(r"\bset up\b|\bput (?:me|us) down\b|\bsign (?:me|us) up\b|\bmake (?:a|an|another|me a)\b|"
        r"\bcome in for\b"), "create"),
)  # fmt: skip

_ARTICLES = frozenset(listed("my the a an your in"))
_LIGHT = frozenset(listed("open get place start begin set make move push correct register sign"))
"""Verbs only with an object: "make a booking", not "make sure"."""
_LATE_NOUNS = frozenset(listed("leave take call text message email report mail post forward pay"))
_READS = frozenset(listed("find check search list track show lookup quote locate estimate calculate"))


def actions_in(heard: Heard) -> tuple[set[str], set[str]]:
    """Classes of the verbs that were said, and the verbs; a stronger class (cancel, change) silences the weaker."""
    heard = last_word(heard)
    verbs: set[str] = set()
    text = text_of(heard)
    actions = {action for pattern, action in _PHRASES if pattern.search(text)}
    for i, word in enumerate(heard.norms):
        before = heard.norms[i - 1] if i else ""
        noun = before in _ARTICLES or is_noun(heard, i)  # "my order", "a check up", "an oil change"
        for action in ("create", "change", "cancel", "send"):
            if word not in lexicon.ACTIONS[action] or (noun and action != "cancel"):
                continue
            if (action == "send" and word in _LATE_NOUNS and i > 2) or (
                word in _LIGHT and not _transitive(heard, i)
            ):
                continue
            actions.add(action)
            verbs.add(word)
        of_you = i + 1 < len(heard) and heard.norms[i + 1] == "you"  # "where do I find you"
        if (word in _READS and not noun and before != "for" and not of_you) or (
            word == "look" and heard.starts(i + 1, "for")
        ):
            actions.add("read")
            verbs.add(word)
    for strong in ("cancel", "change"):
        if strong in actions:
            actions -= {"create", "read", "send"} | ({"change"} if strong == "cancel" else set())
            break
    if "create" in actions and "make" in verbs and "change" in actions:
        actions -= {"create"}
    return actions, verbs


_TAKES_BACK = frozenset(listed("no sorry wait actually mean meant rather"))


_NOUN_TOO = frozenset(["change", "order", "check", "visit", "report", "request"])
_BEFORE_VERBS = frozenset(
    listed(
        "to please can could i you we they and or will would should just like want need let's not don't then so well uh um hi hello yes no "
        "maybe also me now okay ok but must may might do did i'd i'll we'd we'll gonna wanna help"
    )
)


def is_noun(heard: Heard, i: int) -> bool:
    """Whether a word that may be a verb follows a noun: "oil change"."""
    return (
        heard.norms[i] in _NOUN_TOO
        and i > 0
        and heard.norms[i - 1] not in _BEFORE_VERBS
        and not heard.tokens[i - 1].stop
    )


def last_word(heard: Heard) -> Heard:
    """What is left when the caller corrected himself: "I want to cancel, no wait, not cancel, move" says "move"."""
    kept = [
        i
        for i, word in enumerate(heard.norms)
        if not (i and heard.norms[i - 1] in {"not", "don't"} and word in _ALL_VERBS)
    ]
    at = max((i for i in kept if heard.norms[i] in _TAKES_BACK and i > 1), default=-1)
    later = [i for i in kept if i > at]
    if at < 0 or not any(heard.norms[i] in _ALL_VERBS and not is_noun(heard, i) for i in later):
        later = kept
    tokens = tuple(heard.tokens[i] for i in later)
    return heard if len(tokens) == len(heard) else Heard(" ".join(t.text for t in tokens), tokens)


_ALL_VERBS = frozenset().union(*(lexicon.ACTIONS[action] for action in ("create", "change", "cancel")))


def text_of(heard: Heard) -> str:
    """The norms in a row."""
    return " ".join(heard.norms)


def _transitive(heard: Heard, i: int) -> bool:
    """Whether an object follows: "make a booking", "move my table", "open an account"."""
    nxt = heard.norms[i + 1] if i + 1 < len(heard) else ""
    return nxt in {"a", "an", "my", "our", "the", "me", "us", "it", "another", "that", "this", "one", "new"}
