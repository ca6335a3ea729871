"""What the words of an utterance say for and against each tool: verbs, nouns, description, the form of the sentence."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from antiphon.engine.brains.form import lexicon
from antiphon.engine.brains.form.acts import act_of
from antiphon.engine.brains.form.clauses import asks_openly, is_question
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.sound import sound
from antiphon.engine.brains.form.tokens import Heard, hear, stem
from antiphon.engine.brains.form.verbs import actions_in, text_of

SIGNALS = (
    "verb class", "other class", "own verb", "noun", "near noun", "described", "listed", "wanted", "existing, made anew", "existing",
    "free?", "free, asked", "where?", "asked, tells", "asked, does", "told, tells", "sounds",
    "near", "near without values", "near an option", "nearer", "nearer without values", "nearer an option",
    "code", "option", "values", "many values", "strange values",
)  # fmt: skip
"""Names of the columns: this file's, then likeness.py's, then fits.py's."""
NONE_SIGNALS = ("always", "question", "open question", "fact", "fact asked for", "short", "act", "supposes")
"""What speaks for no tool."""

_WANT = re.compile(
    r"\b(?:i'd like|i would like|i want|i need|can i (?:have|get)|could i (?:have|get)|may i have|"
    r"i'd love|give me|get me|i'm looking for|i am looking for|we need|we want|we'd like|"
    r"i wanna)\b|^(?:(?:um|uh|so|well|yes|okay|hi|hello|hey|please|just) )*(?:a|an|another|1) "
)
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
    "fare price cost quote rate much charge",
    "taxi cab ride",
    "contact email phone",
    "outage power electricity cut",
    "balance owe debt credit bill",
    "message word note",
    "house home move",
)
_TWINS: dict[str, set[str]] = {}
for _line in _NOUN_TWINS:
    _stems = {stem(w) for w in _line.split()}
    for _s in _stems:
        _TWINS.setdefault(_s, set()).update(_stems - {_s})
_FREE = {stem("availability"), stem("available"), stem("free")}
_MY_BOOKING = re.compile(
    r"\b(?:my|our|the|that|this) (?:\w+ )?(?:booking|reservation|appointment|order)\b|"
    r"\b(?:have|had|i've|we've|is|'s|are) (?:already )?(?:booked|reserved)\b|"
    r"\b(?:did|what|time|when) (?:i|we|he|she|they|my \w+) (?:book|order|reserve)d?\b"
)
_IT = re.compile(r"\bwhere(?:'s| is) (?:it|that|this)\b|\bwhen (?:will|does) it\b")
_POLITE = re.compile(r"^(?:\w+ ){0,4}?(?:can|could|would|will) (?:you|i|we)\b")
_WHERE = re.compile(r"\bwhere(?:'s| is| are)?\b|\bstatus\b")
_FOR_FREE = re.compile(
    r"\b(?:do you (?:still )?have|have you got|is there|are there|got any|any)\b.*\b(?:tables?|rooms?|slots?|appointments?|seats?|free|"
    r"available|place|space|spot|openings?)\b|"
    r"\bwh(?:at|ich) (?:times?|tables?|slots?|days?|appointments?|rooms?|dates?) (?:do you have|"
    r"have you got|are (?:free|available|open|left|there))\b|"
    r"\bwhen (?:do you have|are you free|is there|would you have|have you got)\b|\b(?:have|have got|got) (?:something|anything)\b|"
    r"\b(?:have|got) (?:any )?(?:room|space)\b|"
    r"\b(?:free|available|availability|vacancy|vacancies|openings?)\b"
)
_SUPPOSES = re.compile(
    r"\b(?:if|when|once|unless|before|after) (?:i|we) (?:(?:want|need|have|had|wanted|decide|decided) to )?"
    r"(?!can\b|could\b|may\b|forget\b|go\b)\w+|"
    r"\b(?:do|must|should|will|would) (?:i|we) (?:have|need) to\b|\bneed to book\b|\bwhat happens\b"
)


def supposes(clause: Heard) -> bool:
    """Whether a question speaks of a tool's deed without wishing for it: "do I have to pay when I cancel?"."""
    return is_question(clause) and bool(_SUPPOSES.search(text_of(clause)))


def looks_for_room(form: Form) -> bool:
    """Whether a tool tells what is free."""
    return form.reads and bool(_FREE & {stem(w) for w in (*form.nouns, *hear(form.description).norms)})


def none_signals(heard: Heard, fact: float) -> NDArray[np.float32]:
    """What speaks for no tool, in the order of NONE_SIGNALS; `fact` is the score of the fact that would answer."""
    asks = is_question(heard)
    return np.array(
        [
            1.0,
            asks,
            asks_openly(heard),
            fact,
            fact * asks,
            len(heard) <= 3,
            bool(act_of(heard)),
            supposes(heard),
        ],
        np.float32,
    )


def _alike(word: str, target: str) -> float:
    """0…100, by letters and by sound."""
    letters = fuzz.ratio(word, target)
    return max(letters, 0.6 * fuzz.ratio(sound(word), sound(target)) + 0.4 * letters)


class Signals:
    """The tools' words.

    Args:
        forms: the tools.
    """

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self._forms = forms
        self._nouns = {f.name: {stem(n) for n in f.nouns} - _STOP for f in forms}
        self._words = {f.name: set(hear(f.description).stems) - _STOP for f in forms}
        self._slots = {
            f.name: {c for s in f.slots for c in s.cues}
            | {stem(w) for s in f.slots for o in s.options for w in str(o).lower().split("_")} - _STOP
            for f in forms
        }
        self._all_nouns = {n for nouns in self._nouns.values() for n in nouns}
        self._all = {f.name: set(hear(f"{f.verb} {f.description}").stems) for f in forms}
        spread = Counter(w for f in forms for w in self._nouns[f.name] | self._words[f.name])
        self._rare = {w: 1 / math.sqrt(n) for w, n in spread.items()}

    def of(self, heard: Heard) -> NDArray[np.float32]:
        """The first columns of SIGNALS for each tool."""
        actions, verbs = actions_in(heard)
        text = text_of(heard)
        marks = set(heard.stems) - _STOP
        wanting = bool(_WANT.search(text)) or self._leads(heard)
        existing = bool(_MY_BOOKING.search(text))
        asked_to = bool(_POLITE.match(text)) and bool(actions & {"create", "change", "cancel", "send"})
        asks, free, where = (
            is_question(heard) and not asked_to,
            bool(_FOR_FREE.search(text)),
            bool(_WHERE.search(text)),
        )
        rows = []
        for form in self._forms:
            nouns, words = self._nouns[form.name], self._words[form.name]
            hit = marks & nouns
            near = {m for m in marks - hit if _TWINS.get(m, set()) & nouns}
            told = (marks & words) - hit
            listed_ = (marks & self._slots[form.name]) - hit - told
            makes = form.action in {"create", "send"}
            rows.append(
                (
                    form.action in actions,
                    bool(actions) and form.action not in actions,
                    form.verb in verbs,
                    max((self._rare.get(m, 1.0) for m in hit), default=0.0),
                    bool(near and not hit),
                    min(2.0, sum(self._rare.get(m, 1.0) for m in told)),
                    min(3, len(listed_)),
                    wanting and makes and not actions and not existing,
                    existing and makes,
                    existing and not makes,
                    free and form.reads and bool(_FREE & (nouns | words)),
                    free and asks and form.reads and bool(_FREE & (nouns | words)),
                    (where + bool(_IT.search(text)))
                    * bool({"where", "track", "locat", "status"} & self._all[form.name]),
                    asks and form.reads,
                    asks and not form.reads,
                    not asks and form.reads,
                    not actions and self._sounds(form, heard, bool(hit)),
                )
            )
        return np.array(rows, np.float32)

    def _sounds(self, form: Form, heard: Heard, named: bool) -> bool:
        """Whether words sound like its verb and its noun: "can so my book ain't" is "cancel my booking"."""
        nouns = [n for n in form.nouns if len(n) > 3]
        if not nouns or not 3 <= len(heard) <= 10 or len(form.verb) < 5:
            return False
        words = ["".join(heard.norms[i : i + n]) for n in (1, 2) for i in range(len(heard) - n + 1)]
        verb, noun = (
            max((_alike(w, t) for w in words if len(w) > 2 and sound(w)[:1] == sound(t)[:1]), default=0.0)
            for t in (form.verb, nouns[0])
        )
        return verb >= 68 if named else min(verb, noun) >= 62 and verb + noun >= 140

    def _leads(self, heard: Heard) -> bool:
        """Whether it begins with a tool's noun: "table for two please"."""
        first = next((i for i, w in enumerate(heard.norms) if w not in lexicon.FILLERS), 0)
        if not heard.tokens or heard.stems[first] not in self._all_nouns:
            return False
        follows = heard.norms[first + 1] if first + 1 < len(heard) else "please"
        return follows in listed("for on at please tomorrow tonight today under this next in")
