"""An utterance as the recogniser (or a keyboard) wrote it, cut into tokens that the extractors can read.

The recogniser writes one thing in many ways: "7 p.m.", "7pm", "730pm", "7.30 p m", "twenty five", "25", "S-M-I-T-H". Here the ways become
few: numbers in words become one token with its value, "p m" one token "pm", spelled letters one token each. Each token keeps the words as
they were written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from snowballstemmer import stemmer as _snowball
from text_to_num import find_numbers

_BASE = {
    "kept": "keep", "took": "take", "taken": "take", "sent": "send", "paid": "pay", "found": "find", "gave": "give",
    "given": "give", "went": "go", "came": "come", "left": "leave", "bought": "buy", "brought": "bring", "sold": "sell",
    "held": "hold", "made": "make", "spoke": "speak", "children": "child", "people": "person", "feet": "foot",
}  # fmt: skip
"""Irregular forms, before the stemmer sees them."""
_stemmer = _snowball("english")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The English Snowball stem of a lower-case word."""
    return str(_stemmer.stemWord(_BASE.get(word, word)))


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or letter.

    Attributes:
        text: as written, without surrounding punctuation.
        norm: lower case; a number in digits ("25"), an ordinal as "25th".
        stop: the punctuation that follows: "", ",", ".", "?" or "!".
        number: its value, if it is a number or an ordinal.
        ordinal: it is an ordinal.
        capital: it was written with a capital letter.
    """

    text: str
    norm: str
    stop: str = ""
    number: float | None = None
    ordinal: bool = False
    capital: bool = False

    @property
    def whole(self) -> int | None:
        """The value, if it is a whole cardinal number."""
        if self.number is None or self.ordinal or self.number != int(self.number):
            return None
        return int(self.number)


_TOKEN = re.compile(
    r"""
    (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
  | (?P<iso>\d{4}-\d{2}-\d{2})
  | (?P<ordinal>\d{1,4}(?:st|nd|rd|th)\b)
  | (?P<code>[A-Za-z]{1,4}-?\d[A-Za-z0-9-]*)
  | (?P<number>\+?\d+(?:[.:,/-]\d+)*)
  | (?P<letters>[A-Za-z](?:-[A-Za-z]){1,}\b)
  | (?P<double>[A-Z][a-z]+-[A-Z][a-z]+\b)
  | (?P<word>[^\W\d_]+(?:['.][^\W\d_]+)*)
    """,
    re.VERBOSE,
)
_STOP = re.compile(r"\s*(?:([.?!])|([,;:…]|\s[-–—]\s|--))")
_DASHED = re.compile(r"(?<=\d)[–—](?=\d)")
_TO_EIGHT = re.compile(r"((?:(?:change|move|make|set) (?:it|that)|quarter) )to it\b", re.IGNORECASE)
_FOR_N = re.compile(r"(?<![\d-])4-([1-9]|1\d)\b(?!-)")
_N_FOR = re.compile(r"\b(\d{1,2})-4 (?=[A-Z][a-z])")
_TABLE_N = re.compile(
    r"\b(table|room|something|lunch|dinner|breakfast|booking|reservation) 4[ -]?(\d{1,2})\b(?![:.]\d)",
    re.IGNORECASE,
)
_N_PEOPLE = re.compile(r"\b(\d{1,2})[-.](\d{1,2}) (?=people\b|persons\b|guests\b|of us\b)", re.IGNORECASE)
_AT_N_FOR_N = re.compile(r"\b(at|around) (\d{1,2})4([2-46-9])\b(?! ?[ap]m)", re.IGNORECASE)
"""What the recogniser makes of "for two" ("4-2"), "seven for Peterson" ("7-4 Peterson"), "to eight" ("to it"), "a table for two" ("a table
42"), "at seven, five people" ("at 7.5 people") and "at eight for two" ("at 842")."""
_ISH = re.compile(r"(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|thirty)ish")
_IS = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"tomorrow|today)'s(?= (?:just|fine|good|great|ok|okay|perfect|better|best|not|too|alright|all|my|the|what|a)\b|[.,?!]|$)",
    re.IGNORECASE,
)
_XRAY = re.compile(r"\bx-ray\b", re.IGNORECASE)
_WIFI = re.compile(r"\bwi[- ]fi\b", re.IGNORECASE)
_MERIDIEM = re.compile(r"(?<![A-Za-z])([ap])\.?\s?m\b\.?(?=\s*([.?!,]|$)|.)", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(
    r"(?:\d|o'?clock|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty|fifteen|forty|fifty)\W*$"
)


def _tidy(text: str) -> str:
    """Straight quotes; "p. m." after a number as "pm"."""
    text = (
        _XRAY.sub("xray", _WIFI.sub("wifi", text))
        .replace("’", "'")
        .replace("‘", "'")
        .replace("“", '"')
        .replace("”", '"')
        .replace("\u00a0", " ")
    )

    text = _IS.sub(r"\1 is", _DASHED.sub("-", text))
    text = _TO_EIGHT.sub(r"\1to 8", text)
    text = _TABLE_N.sub(r"\1 for \2", text)
    text = _N_PEOPLE.sub(r"\1, \2 ", text)
    text = _AT_N_FOR_N.sub(r"\1 \2 for \3", text)
    text = _FOR_N.sub(r"for \1", text)
    text = _N_FOR.sub(r"\1 for ", text)

    def meridiem(match: re.Match[str]) -> str:
        dotted = "." in match.group(0)
        tight = match.group(0)[1:2].lower() == "m"
        if dotted or tight or _NUMBER_BEFORE.search(text[: match.start()].lower()):
            rest = text[match.end() :].lstrip()
            ends = match.group(0).endswith(".") and (not rest or rest[0].isupper()) and dotted
            return f"{match.group(1).lower()}m" + ("." if ends else "")
        return match.group(0)

    return _MERIDIEM.sub(meridiem, text)


def _raw(text: str) -> list[Token]:
    tokens: list[Token] = []
    text = _tidy(text)
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        word = match.group()
        after = _STOP.match(text, match.end())
        stop = (after.group(1) or ",") if after else ""
        if kind == "letters":
            letters = word.split("-")
            tokens += [Token(x, x.lower(), capital=x.isupper()) for x in letters[:-1]]
            tokens.append(Token(letters[-1], letters[-1].lower(), stop, capital=letters[-1].isupper()))
        elif kind == "ordinal":
            tokens.append(Token(word, word.lower(), stop, float(word[:-2]), ordinal=True))
        elif kind == "number":
            tokens.append(Token(word, word, stop, _value(word)))
        else:
            about = _ISH.fullmatch(word.lower())
            norm = about.group(1) if about else word.lower()
            tokens.append(Token(word, norm, stop, capital=word[0].isupper()))
    return tokens


def _value(digits: str) -> float | None:
    if re.fullmatch(r"\d+(?:\.\d+)?", digits):
        return float(digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return float(digits.replace(",", ""))
    return None


class _Word:
    """What text2num asks of a token."""

    __slots__ = ("_word",)

    def __init__(self, word: str) -> None:
        self._word = word

    def text(self) -> str:
        return self._word

    def text_lowercase(self) -> str:
        return self._word

    def nt_separated(self, previous: _Word) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False


def _join_numbers(tokens: list[Token]) -> list[Token]:
    """Number words as one token each, with the value: "twenty five" → 25, "twenty fifth" → 25th."""
    found = find_numbers(
        [_Word("," if t.number is not None or t.norm == "o" else t.norm) for t in tokens], "en", 0
    )
    if not found:
        return tokens
    out: list[Token] = []
    at = 0
    for number in found:
        part = tokens[number.start : number.end]
        out += tokens[at : number.start]
        at = number.end
        if any(t.stop for t in part[:-1]):
            out += [t for piece in _by_stops(part) for t in _join_numbers(piece)]
            continue
        text = " ".join(t.text for t in part)
        out.append(
            Token(text, number.text, part[-1].stop, float(number.value), number.is_ordinal, part[0].capital)
        )
    return out + tokens[at:]


def _by_stops(tokens: list[Token]) -> list[list[Token]]:
    pieces: list[list[Token]] = [[]]
    for token in tokens:
        pieces[-1].append(token)
        if token.stop:
            pieces.append([])
    return [piece for piece in pieces if piece]


@dataclass(frozen=True)
class Heard:
    """An utterance: its text and tokens. Extractors name parts of it as half-open token ranges."""

    text: str
    tokens: tuple[Token, ...] = field(repr=False)

    @cached_property
    def norms(self) -> tuple[str, ...]:
        """Every token's norm."""
        return tuple(t.norm for t in self.tokens)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Every token's stem."""
        return tuple(stem(t.norm) for t in self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def said(self, first: int, last: int) -> str:
        """The words of a token range as they were written."""
        return " ".join(t.text for t in self.tokens[first:last])

    def starts(self, at: int, *words: str) -> bool:
        """Whether these norms stand at token `at`."""
        return self.norms[at : at + len(words)] == words

    @property
    def written(self) -> str:
        """The words as they were written, with their pauses."""
        return " ".join(f"{t.text}{t.stop}" for t in self.tokens)

    def has(self, *words: str) -> bool:
        """Whether these norms stand anywhere, in a row."""
        return any(self.starts(i, *words) for i in range(len(self.norms) - len(words) + 1))

    def part(self, first: int, last: int) -> Heard:
        """A token range as an utterance of its own."""
        return Heard(self.said(first, last), self.tokens[first:last])


_HESITATION = re.compile(r"(?:(?<=\s)|^)(?:u+[hm]+|e+rm?|hm+|ah|um)\b[,.…]*\s*(?=\S)", re.IGNORECASE)


_ONE_SECOND = re.compile(
    r"^(?:(?:oh|ah|wait|sorry|hang on|hold on|just|erm?|um|uh),? )*(?:just )?(?:one|a|1) (?:second|sec|moment|minute)[,.!…]+ (?=\S)",
    re.IGNORECASE,
)


def unhesitating(text: str) -> str:
    """The text without "uh", "um", "one second, …", which would part words that belong together, or look like numbers."""
    return _ONE_SECOND.sub("", _HESITATION.sub("", text))


@lru_cache(maxsize=2048)
def hear(text: str) -> Heard:
    """Cuts a text into tokens."""
    return Heard(text, tuple(_join_numbers(_raw(text))))
