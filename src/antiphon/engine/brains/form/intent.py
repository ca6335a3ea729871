"""Which tool the caller wants: verbs and nouns of an utterance against the tools' names, descriptions and slots."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz import fuzz

from antiphon.engine.brains.form import lexicon
from antiphon.engine.brains.form.clauses import is_question
from antiphon.engine.brains.form.kinds.enum import option_words
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.sound import sound
from antiphon.engine.brains.form.tokens import Heard, Token, hear, stem

WANTED = 2.0
"""Score from which a tool counts as wanted."""
_REMEMBERED = 500
"""Clauses whose wishes are kept: each is looked at several times in a turn."""

_WANT = re.compile(
    r"\b(?:i'd like|i would like|i want|i need|can i (?:have|get)|could i (?:have|get)|may i have|"
    r"i'd love|give me|get me|i'm looking for|i am looking for|we need|we want|we'd like|"
    r"i wanna)\b|^(?:(?:um|uh|so|well|yes|okay|hi|hello|hey|please|just) )*(?:a|an|another|1) "
)
_HAVE = re.compile(r"\b(?:do you have|have you got|is there|are there|any)\b")
_STOP = frozenset(
    stem(w)
    for w in listed(
        "a an the of for to in on at is be if or and with as by it its this that how many what whether number "
        "from my your can i you name date time day new one any some given whose which there when then up"
    )
)
_NOUN_TWINS = (
    "booking reservation table",
    "appointment booking visit slot",
    "parcel package shipment box",
    "order purchase",
    "room booking",
    "car vehicle",
    "meeting appointment call",
    "ticket booking seat",
    "delivery parcel",
    "fare price cost quote rate estimate much",
    "taxi cab ride",
)
_FREE = {stem("availability"), stem("available"), stem("free")}
_MY_BOOKING = re.compile(r"\b(?:my|our|the|that|this) (?:\w+ )?(?:booking|reservation|appointment|order)\b")
_WHERE = re.compile(r"\bwhere(?:'s| is| are)?\b|\bstatus\b")
_IT = re.compile(r"\bwhere(?:'s| is) (?:it|that|this)\b|\bwhen (?:will|does) it\b")
_TWINS: dict[str, set[str]] = {}
for _line in _NOUN_TWINS:
    _stems = {stem(w) for w in _line.split()}
    for _s in _stems:
        _TWINS.setdefault(_s, set()).update(_stems - {_s})
_PHRASES = (
    (re.compile(r"\bcall(?:ing)? off\b|\bget rid of\b|\b(?:can't|cannot|won't(?: be able to)?|"
        r"will not(?: be able to)?|not going to(?: be able to)?|not able to|unable to) (?:make it|"
        r"come|be there)\b|\bnot coming\b"), "cancel"),
    (re.compile(r"\bmake (?:a|some) changes?\b|\bbring (?:it )?forward\b|\bput (?:it )?(?:off|back)\b|"
        r"\bmake it\b|\bmake that\b|\binstead\b"), "change"),
    (re.compile(r"\bhow much\b|\blook(?:ing)? up\b|\bdo i have\b|\bwhen (?:is|was|am) (?:my|i)\b|\bwhat time is my\b|"
        r"\bhave i got\b|\bwhere is my\b|\bwhere's my\b|\bwhen's my\b|\bwhat(?:'s| is| was) (?:my|"
        r"our)\b|\bstatus of\b|\bdetails of\b"), "read"),
    (re.compile(r"\bset up\b|\bput (?:me|us) down\b|\bsign (?:me|us) up\b|\bmake (?:a|an|another|me a)\b|"
        r"\bcome in for\b"), "create"),
)  # fmt: skip
_BOOKED_NOUNS = frozenset(
    listed("booking bookings reservation reservations order orders appointment appointments request requests")
)


@dataclass(frozen=True)
class Wish:
    """A tool that may be wanted, with its score and the words that spoke for it."""

    form: Form
    score: float
    why: str
    explicit: bool
    """A verb of the tool's own class was said."""


class Tools:
    """The session's tools, ready to be recognised."""

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self.forms = forms
        self.by_name = {f.name: f for f in forms}
        self._known: dict[tuple[Token, ...], list[Wish]] = {}
        self._nouns = {f.name: {stem(n) for n in f.nouns} - _STOP for f in forms}
        self._words = {f.name: set(hear(f.description).stems) - _STOP for f in forms}
        self._slots = {
            f.name: {c for s in f.slots for c in s.cues}
            | {stem(w) for s in f.slots for o in s.options for w in str(o).lower().split("_")} - _STOP
            for f in forms
        }
        self.vocabulary = (
            {stem(w) for f in forms for w in (f.verb, *f.nouns)}
            | {w for f in forms for s in f.slots for w in s.title_stems}
            | {"chang", "cancel", "book", "make", "move"}
        )
        self._tells_free = any(f.reads and (self._nouns[f.name] | self._words[f.name]) & _FREE for f in forms)
        self._all_nouns = {n for nouns in self._nouns.values() for n in nouns}
        self._all = {f.name: set(hear(f"{f.verb} {f.description}").stems) for f in forms}
        spread = Counter(w for f in forms for w in self._nouns[f.name] | self._words[f.name])
        self._rare = {w: 1 / math.sqrt(n) for w, n in spread.items()}

    def wishes(self, heard: Heard) -> list[Wish]:
        """All tools by score, best first (those above zero)."""
        known = self._known.get(heard.tokens)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            known = self._known[heard.tokens] = self._wishes(heard)
        return known

    def _wishes(self, heard: Heard) -> list[Wish]:
        actions, verbs = actions_in(heard)
        text = " ".join(heard.norms)
        marks = set(heard.stems) - _STOP
        wanting = (
            bool(_WANT.search(text))
            or self._leads(heard)
            or (not self._tells_free and bool(_HAVE.search(text)))
        )
        mine = bool(re.search(r"\b(?:my|our|the|existing|that|this)\b", text))
        available = {"available", "availability", "vacancy", "vacancies"} & set(heard.norms)
        if is_question(heard):
            available |= {"free", "space", "left", "opening", "openings"} & set(heard.norms)
        out = [
            self._score(f, actions, verbs, marks, wanting, mine, bool(available), heard) for f in self.forms
        ]
        return sorted((w for w in out if w.score > 0), key=lambda w: -w.score)

    def _leads(self, heard: Heard) -> bool:
        """Whether it begins with a tool's noun: "table for two please"."""
        first = next((i for i, w in enumerate(heard.norms) if w not in lexicon.FILLERS), 0)
        if not heard.tokens or heard.stems[first] not in self._all_nouns:
            return False
        follows = heard.norms[first + 1] if first + 1 < len(heard) else "please"
        return follows in listed("for on at please tomorrow tonight today under this next in")

    def _score(
        self,
        form: Form,
        actions: set[str],
        verbs: set[str],
        marks: set[str],
        wanting: bool,
        mine: bool,
        available: bool,
        heard: Heard,
    ) -> Wish:
        score, why = 0.0, []
        explicit = form.action in actions or form.verb in verbs
        if form.action in actions:
            score += 1.6
            why.append(f"{form.action} verb")
        elif actions:
            score -= 1.5 if actions & {"cancel", "change", "create"} else 0.7
        if form.verb in verbs:
            score += 0.8
            why.append(f"'{form.verb}'")
        nouns = self._nouns[form.name]
        hit = marks & nouns
        near = {m for m in marks - hit if _TWINS.get(m, set()) & nouns}
        if hit:
            score += 0.5 + 0.9 * max(self._rare.get(m, 1.0) for m in hit)
            why += sorted(hit)
        elif near:
            score += 0.9
            why += [f"~{m}" for m in sorted(near)]
        told = (marks & self._words[form.name]) - hit
        if told:
            score += min(1.2, 0.6 * sum(self._rare.get(m, 1.0) for m in told))
            why += [f"described: {m}" for m in sorted(told)]
        listed = (marks & self._slots[form.name]) - hit - told
        if listed:
            score += min(0.5, 0.25 * len(listed))
        thing = bool(hit or near or told)
        if wanting and not thing and form.action in {"create", "send"} and self._offers(form, heard):
            score += 0.9
            thing = True
            why.append("an option")
        existing = bool(_MY_BOOKING.search(text_of(heard)))
        if wanting and thing and not actions and not existing and form.action in {"create", "send"}:
            score += 1.3
            why.append("wanted")
        if available and (self._nouns[form.name] | self._words[form.name] | {stem(form.verb)}) & {
            stem("available"),
            stem("availability"),
            stem("free"),
        }:
            score += 2.1
            thing = True
            why.append("availability")
        elif (
            _asks_for_free(heard)
            and form.reads
            and {stem("availability"), stem("available"), stem("free")} & (nouns | self._words[form.name])
        ):
            score += 2.0
            why.append("asks whether there is one")
            thing = True
        if _WHERE.search(text_of(heard)) and {"where", "track", "locat", "status"} & (self._all[form.name]):
            score += 1.2 + 0.9 * bool(_IT.search(text_of(heard)))
            why.append("where it is")
            thing = True
        if mine and thing and not actions and _BOOKED_NOUNS & set(heard.norms) and form.reads:
            score += 0.5
        pronoun = form.verb in verbs and {"it", "that", "this", "them"} & set(heard.norms)
        if hit and told and mine and not actions:
            score += 0.5
        if not thing and not pronoun and not (form.verb in verbs and not nouns):
            score = min(score, 1.7)
        return Wish(form, round(score, 2), ", ".join(why), explicit)

    def _offers(self, form: Form, heard: Heard) -> bool:
        """Whether the words name an option of the tool: "can I have a flat white"."""
        return any(heard.has(*option_words(o)) for s in form.slots if s.kind == "enum" for o in s.options)

    def by_sound(self, heard: Heard) -> Wish | None:
        """A tool whose verb and noun sound like the words: "can so my book ain't" is "cancel my booking"."""
        best: Wish | None = None
        joined = [(i, n, "".join(heard.norms[i : i + n])) for n in (1, 2) for i in range(len(heard) - n + 1)]
        for form in self.forms:
            targets = [form.verb, *(n for n in form.nouns if len(n) > 3)]
            if len(targets) < 2:
                continue
            scores = []
            for target in targets[:2]:
                key = sound(target)
                scores.append(
                    max((_near(word, target, key) for _, _, word in joined if len(word) > 2), default=0.0)
                )
            score = sum(scores) / len(scores)
            if min(scores) >= 62 and score >= 70 and (best is None or score > best.score):
                best = Wish(form, score, f"sounds like '{form.verb} {form.nouns[0]}'", True)
        return best


def _near(word: str, target: str, key: str) -> float:
    return max(fuzz.ratio(word, target), 0.6 * fuzz.ratio(sound(word), key) + 0.4 * fuzz.ratio(word, target))


_FOR_FREE = re.compile(
    r"\b(?:do you (?:still )?have|have you got|is there|are there|got any|any)\b.*\b(?:tables?|rooms?|slots?|appointments?|seats?|free|"
    r"available|place|space|spot|openings?)\b|"
    r"\bwh(?:at|ich) (?:times?|tables?|slots?|days?|appointments?|rooms?|dates?) (?:do you have|"
    r"have you got|are (?:free|available|open|left|there))\b|"
    r"\bwhen (?:do you have|are you free|is there|would you have)\b|\bhave anything\b"
)


def _asks_for_free(heard: Heard) -> bool:
    return bool(_FOR_FREE.search(text_of(heard)))


_ARTICLES = frozenset(listed("my the a an your in"))
_LIGHT = frozenset(listed("open get place start begin set make move push correct register sign"))
"""Verbs only with an object: "make a booking", not "make sure"."""
_LATE_NOUNS = frozenset(listed("leave take call text message email report mail post forward pay"))
_READS = frozenset(listed("find check search list track show lookup quote locate estimate calculate"))


def actions_in(heard: Heard) -> tuple[set[str], set[str]]:
    """Classes of the verbs that were said, and the verbs; a stronger class (cancel, change) silences the weaker."""
    verbs: set[str] = set()
    text = text_of(heard)
    actions = {action for pattern, action in _PHRASES if pattern.search(text)}
    for i, word in enumerate(heard.norms):
        before = heard.norms[i - 1] if i else ""
        noun = before in _ARTICLES  # "my order", "a check up"
        for action in ("create", "change", "cancel", "send"):
            if word not in lexicon.ACTIONS[action] or (noun and action != "cancel"):
                continue
            if (action == "send" and word in _LATE_NOUNS and i > 2) or (
                word in _LIGHT and not _transitive(heard, i)
            ):
                continue
            actions.add(action)
            verbs.add(word)
        if (word in _READS and not noun and before != "for") or (
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


def text_of(heard: Heard) -> str:
    """The norms in a row."""
    return " ".join(heard.norms)


def _transitive(heard: Heard, i: int) -> bool:
    """Whether an object follows: "make a booking", "move my table", "open an account"."""
    nxt = heard.norms[i + 1] if i + 1 < len(heard) else ""
    return nxt in {"a", "an", "my", "our", "the", "me", "us", "it", "another", "that", "this", "one", "new"}
