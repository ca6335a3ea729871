"""Where an expected word may have been said instead of what the recogniser wrote.

The model is told nothing before it listens: with a prompt of likely words it writes them where nobody said them. It is asked
afterwards. Where it was unsure of a word, and an expected one looks or sounds a little like it, the text with that one in its place
is an *alternative*; the model then says how well each fits the same audio (`rescoring`), which tells right from wrong by a wide
margin: "exhaust" said and "Obsessed." written, "Exhaust." is 1 nat behind, "Inspection." 13. What it writes with the prompt is one more
alternative, no more.
Pure functions of text: the same words and expectations always give the same alternatives.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

MOST = 6
"""Alternatives that are scored; each costs 3–4 ms."""
MOST_OF_A_PHRASE = 2
"""Of them with the same phrase in different places."""
DOUBT_LOGPROB = -0.3
"""A word whose least sure token is above it was heard, and so was an expected one: no alternatives to it alone."""
DEEP_DOUBT_LOGPROB = -0.8
"""A word below it makes it worth while to listen again with the prompt (17 ms): at -0.3 four times as often, and nothing gained."""
LIKENESS = 52.0
"""The least likeness (0…100) of letters or of consonants; the audio decides the rest."""
BEHIND = 4.0
"""How far (in nats) an expected text may be behind the written one and be taken all the same: what being expected is worth. At 3
fewer are put right; from 6 on, words that were not said begin to appear when the expectation is wrong."""
PROMPTED_BEHIND = 6.0
"""The same for what the model wrote with the prompt: it found it by itself, and there is only one."""
PROMPTED_LONGER, PROMPTED_MORE = 1.6, 8
"""How many times, and letters, longer than what was written that may be: with a prompt the model repeats itself at times."""
PART_BEHIND = 2.5
"""The same for a part of an expected phrase ("reading" of "submit meter reading")."""
SOUND_WORTH = 0.95
"""Of the likeness of consonants, against that of letters."""
SURE_WORD = 20.0
"""Each sure word that would go as well makes an alternative that much less like."""
WORD_LETTERS = 3
"""Shorter ones sound like too much."""
SHORT_ANSWER = 4
"""Words up to which the whole text may be one expected phrase with an article or "please"."""
_FRAMES = ("the {}", "a {}", "{} please")
FRAME_WORSE = 5.0
"""A phrase in a frame is that much less like: alone it goes first where both sound the same."""

_NUMBERS = frozenset(
    "oh zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905 - a list of words
)
"""Never put in: the model writes most of them as digits, and all of them sound like something ("for", "to", "ate")."""
_CONSONANTS = str.maketrans("bdgcqxzjvm", "ptkkkkssfn", "aeiouyhw0123456789")
"""Letters that a recogniser confuses look alike, vowels go: "depot" → "tpt", "Teaper" → "tpr"."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A text with an expected phrase in it.

    Attributes:
        text: the whole text.
        behind: how far its log-likelihood may be behind the written text's.
    """

    text: str
    behind: float


class Expected:
    """What will probably be said: made once for many pieces.

    Args:
        vocabulary: words and phrases.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._phrases = [_Phrase.of(text, part) for text, part in _with_parts(vocabulary).items()]
        self._known = {word for phrase in self._phrases for word in (*phrase.words, phrase.letters)}

    @property
    def prompt(self) -> str:
        """The vocabulary as a text that the model might have written before."""
        return ", ".join(self._vocabulary) + "."

    def doubtful(self, words: Sequence[str], logprobs: Sequence[float]) -> list[bool]:
        """Which words may be others: unsure ones (by their least sure token's log-probability) that were not expected."""
        return [
            logprob <= DOUBT_LOGPROB and _letters(word) not in self._known
            for word, logprob in zip(words, logprobs, strict=True)
        ]

    def missed(self, words: Sequence[str], logprobs: Sequence[float]) -> bool:
        """Whether it is worth listening again: nothing of what was expected was written, and a word is very unsure."""
        strange = self._known.isdisjoint(map(_letters, words))
        return bool(self._phrases) and strange and min(logprobs, default=0.0) <= DEEP_DOUBT_LOGPROB

    def alternatives(self, words: Sequence[str], doubtful: Sequence[bool]) -> list[Alternative]:
        """The texts worth scoring, likest first, at most MOST.

        Args:
            words: what was written, with its punctuation. What is expected of it stays, and is not put in a second time.
            doubtful: of each word.
        """
        written = [_letters(word) for word in words]
        found: dict[str, tuple[float, _Phrase]] = {}

        def offer(phrase: _Phrase, said: str, first: int, last: int, worse: float = 0.0) -> None:
            likeness = _likeness("".join(written[first:last]), _letters(said))
            if likeness < LIKENESS:
                return
            text = _put(words, first, last, said)
            rank = likeness - SURE_WORD * doubtful[first:last].count(False) - worse
            before, whole = found.get(text, (-math.inf, phrase))
            found[text] = (max(rank, before), phrase if whole.part else whole)

        for phrase in self._phrases:
            if phrase.within(written):
                continue
            for first, last in _spans(len(words), len(phrase.words) + 2):
                if any(doubtful[first:last]) and phrase.may_replace(written[first:last], self._known):
                    offer(phrase, phrase.text, first, last)
            if len(words) <= SHORT_ANSWER and any(doubtful) and phrase.may_replace(written, self._known):
                for frame in _FRAMES:
                    offer(phrase, frame.format(phrase.text), 0, len(words), FRAME_WORSE)
        return _likest(found)

    def prompted(self, words: Sequence[str], text: str) -> Alternative | None:
        """What the model wrote with the prompt, if it has an expected phrase more, lacks none, and is no longer than can be."""
        written, prompted = [_letters(word) for word in words], [_letters(word) for word in text.split()]
        before = {phrase.letters for phrase in self._phrases if not phrase.part and phrase.within(written)}
        after = {phrase.letters for phrase in self._phrases if not phrase.part and phrase.within(prompted)}
        longest = PROMPTED_LONGER * sum(map(len, written)) + PROMPTED_MORE
        if after > before and sum(map(len, prompted)) <= longest:
            return Alternative(text, PROMPTED_BEHIND)
        return None


def _likest(found: dict[str, tuple[float, _Phrase]]) -> list[Alternative]:
    taken: list[Alternative] = []
    of_phrase: Counter[str] = Counter()
    for text, (_, phrase) in sorted(found.items(), key=lambda item: (-item[1][0], item[0])):
        if len(taken) < MOST and of_phrase[phrase.text] < MOST_OF_A_PHRASE:
            of_phrase[phrase.text] += 1
            taken.append(Alternative(text, phrase.behind))
    return taken


def best(written: float, scored: Sequence[tuple[Alternative, float]]) -> str | None:
    """The alternative that the audio supports most, None if what was written stays.

    Args:
        written: log-likelihood of what was written.
        scored: alternatives with theirs.
    """
    fitting = [
        (score + alternative.behind, alternative.text)
        for alternative, score in scored
        if score + alternative.behind >= written
    ]
    return max(fitting)[1] if fitting else None


@dataclass(frozen=True, slots=True)
class _Phrase:
    """An expected phrase or a part of one."""

    text: str
    words: tuple[str, ...]
    letters: str
    part: bool

    @classmethod
    def of(cls, text: str, part: bool) -> _Phrase:
        words = tuple(_letters(word) for word in text.split())
        return cls(text, words, "".join(words), part)

    @property
    def behind(self) -> float:
        return PART_BEHIND if self.part else BEHIND

    def within(self, written: Sequence[str]) -> bool:
        """Whether it stands there already, as one word too ("checkup")."""
        count = len(self.words)
        return self.letters in written or any(
            tuple(written[i : i + count]) == self.words for i in range(len(written) - count + 1)
        )

    def may_replace(self, written: Sequence[str], known: set[str]) -> bool:
        """Whether it may stand for these words: no digits, no other expected word, no other form of itself among them."""
        if any(c.isdigit() for word in written for c in word):
            return False
        expected_here = known.intersection(written)
        if expected_here and (len(written) < len(self.words) or not expected_here.issubset(self.words)):
            return False
        return not (self.part and any(_same_stem(word, self.letters) for word in written))


def _with_parts(expected: Iterable[str]) -> dict[str, bool]:
    """Phrases and the parts of phrases (True) that have a word's length, in order; numbers and what has digits left out."""
    found: dict[str, bool] = {}
    for phrase in expected:
        words = phrase.split()
        if any(c.isdigit() for c in phrase) or len(_letters(phrase)) < WORD_LETTERS:
            continue
        if not _NUMBERS.issuperset(map(str.lower, words)):
            found[" ".join(words)] = False
        for first, last in _spans(len(words), len(words) - 1):
            part = words[first:last]
            if min(map(len, part)) >= WORD_LETTERS and _NUMBERS.isdisjoint(map(str.lower, part)):
                found.setdefault(" ".join(part), True)
    return found


def _spans(count: int, longest: int) -> Iterable[tuple[int, int]]:
    return ((i, i + size) for size in range(1, longest + 1) for i in range(count - size + 1))


def _put(words: Sequence[str], first: int, last: int, phrase: str) -> str:
    """The text with a phrase instead of some words, in their case and with their punctuation."""
    if first == 0 or words[first][:1].isupper():
        phrase = phrase[0].upper() + phrase[1:]
    end = re.search(r"\W*$", words[last - 1])
    return " ".join([*words[:first], phrase + (end.group() if end else ""), *words[last:]])


def _same_stem(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= WORD_LETTERS and (one.startswith(other) or other.startswith(one))


def _likeness(one: str, other: str) -> float:
    by_letters = fuzz.ratio(one, other, score_cutoff=LIKENESS)
    return max(by_letters, SOUND_WORTH * fuzz.ratio(_sound(one), _sound(other), score_cutoff=LIKENESS))


@lru_cache(maxsize=4096)
def _sound(letters: str) -> str:
    return re.sub(r"(.)\1+", r"\1", letters.replace("ph", "f").translate(_CONSONANTS))


@lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
