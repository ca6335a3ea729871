"""How near an utterance's meaning is to each tool's: cosines with sentences in which people ask for such a thing.

What a caller wants is often drowned by what he tells with it ("…, plate's P O five nine K Z R, I'm Gary Holt"), so the words without
numbers, letters, days and names are compared too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.brains.form import phrasing
from antiphon.engine.brains.form.kinds.enum import option_words
from antiphon.engine.brains.form.lexicon import COMMON, FILLERS, MONTH, WEEKDAY, listed
from antiphon.engine.brains.form.meaning import Meaning
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.tokens import Heard

_ASKED_FOR = {
    "create": (
        "I'd like to {deed}",
        "could I get {a}",
        "put me down for {a}",
        "I need {a}",
        "can somebody {deed}",
        "we want to come, do you have time for us",
        "can you fit us in",
        "I want to arrange {a}",
    ),
    "change": (
        "I'd like to {deed}",
        "can {your} be changed",
        "my {noun} has changed",
        "I want to move {your} to another day",
        "another time would suit me better, can I come later instead",
        "there will be more of us than we said",
        "something came up, I need a different day",
    ),
    "cancel": (
        "I'd like to {deed}",
        "I won't need my {noun} after all",
        "call off my {noun}",
        "I can't come",
        "we won't be coming",
        "please take me off the list",
    ),
    "send": ("I'd like to {deed}", "please {deed}", "I want somebody to {deed}", "{rest}"),
    "read": (
        "can you {deed}",
        "what is my {noun}",
        "which {noun} do you have",
        "tell me about {your}",
        "when is my {noun}",
        "is there anything under my name",
        "{rest}",
    ),
    "other": ("I'd like to {deed}", "please {deed}", "I want somebody to {deed}", "{rest}"),
}
"""How people ask for what tools do."""
_REST = re.compile(r"^\w+ (?:that |whether |if |how |what |which )?(?:(?:far|much|many) )?", re.IGNORECASE)
"""What a description begins with: "Report that", "Tell how far"."""
_VALUES = (
    frozenset(WEEKDAY)
    | frozenset(MONTH)
    | frozenset(
        listed(
            "today tomorrow tonight morning afternoon evening night noon midday midnight am pm o'clock half past quarter next week "
            "weekend day "
            "double triple oh number plate account name under at on for from the to by thanks please"
        )
    )
)


class Likeness:
    """The tools' sentences as vectors.

    Args:
        forms: the tools.
        meaning: makes the vectors.
    """

    def __init__(self, forms: Sequence[Form], meaning: Meaning) -> None:
        self._meaning = meaning
        self._forms = len(forms)
        sentences = [(index, text) for index, form in enumerate(forms) for text in _sentences(form)]
        options = [(index, text) for index, form in enumerate(forms) for text in _with_options(form)]
        self._asked = self._table(sentences)
        self._options = self._table(options)

    def _table(self, sentences: list[tuple[int, str]]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        of = np.array([index for index, _ in sentences], dtype=np.intp)
        return of, self._meaning.vectors([text for _, text in sentences])

    def of(self, heard: Heard) -> NDArray[np.float32]:
        """For each tool the cosine with the words, with the words without values, and with the tool's options; shape (tools, 3)."""
        whole, rest = self._meaning.vectors([heard.text, without_values(heard) or heard.text])
        return np.stack(
            [self._best(self._asked, whole), self._best(self._asked, rest), self._best(self._options, rest)],
            axis=1,
        )

    def _best(
        self, table: tuple[NDArray[np.intp], NDArray[np.float32]], vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        best = np.zeros(self._forms, np.float32)
        of, vectors = table
        if len(of):
            np.maximum.at(best, of, vectors @ vector)
        return best


def without_values(heard: Heard) -> str:
    """The words without those that are values: numbers, letters, codes, days, and names."""
    kept = []
    for at, token in enumerate(heard.tokens):
        name = token.capital and at > 0 and token.norm not in COMMON and heard.tokens[at - 1].stop != "."
        value = token.number is not None or len(token.norm) == 1 or any(c.isdigit() for c in token.norm)
        if not value and not name and token.norm not in _VALUES and token.norm not in FILLERS:
            kept.append(token.norm)
    return " ".join(kept)


def _sentences(form: Form) -> list[str]:
    noun = " ".join(form.nouns) or form.verb
    parts = {
        "deed": phrasing.deed(form),
        "a": phrasing.thing(form, "a"),
        "your": phrasing.thing(form, "your").replace("your ", "my "),
        "noun": noun,
        "rest": _REST.sub("", form.description.split(". ")[0]) or noun,
    }
    extra = (
        ["is it ready yet", f"how far is {parts['your'].replace(' status', '')}"]
        if "status" in form.nouns
        else []
    )
    return [
        form.description.split(". ")[0] or noun,
        *extra,
        f"{form.verb} {noun}",
        *(pattern.format(**parts) for pattern in _ASKED_FOR[form.action]),
    ]


def _with_options(form: Form) -> list[str]:
    """Sentences with the words of enums, and what its required values are: "book a service: brakes"."""
    noun = " ".join(form.nouns)
    out = [
        f"{form.verb} {noun} {' '.join(option_words(o))}"
        for s in form.slots
        if s.kind == "enum"
        for o in s.options
    ]
    out += [slot.description for slot in form.slots if slot.required and len(slot.description.split()) > 2]
    return out[:40]
