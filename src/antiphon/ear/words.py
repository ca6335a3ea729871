"""How texts are made comparable before word errors are counted.

In this order: small letters; "#" and "*" are the words pound and star; contractions are written out; five misspellings
of the transcripts are put right and one abbreviation and eight compounds written as one word; punctuation goes; numbers become digits
("seventeenth" → "17th", by text2num), and neighbouring digits join ("5 5 5" → "555", "7:30" → "730"): how a number is
spaced is not heard.
"""

from __future__ import annotations

import re

from text_to_num import alpha2digit

_CONTRACTIONS = {
    "i'm": "i am",
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "let's": "let us",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
    "n't": " not",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
}
_SAME = {
    "un indentified": "unidentified",
    "witheld": "withheld",
    "represenatives": "representatives",
    "exclaimation": "exclamation",
    "umute": "unmute",
    "mr": "mister",
    "voice mail": "voicemail",
    "mail box": "mailbox",
    "log in": "login",
    "upper case": "uppercase",
    "lower case": "lowercase",
    "re record": "rerecord",
    "file name": "filename",
    "touch tone": "touchtone",
}


def comparable(text: str) -> str:
    """The words to compare, separated by single spaces."""
    text = text.lower().replace("’", "'").replace("#", " pound ").replace("*", " star ")
    for short, full in _CONTRACTIONS.items():
        text = re.sub(rf"{short}\b" if short.startswith(("'", "n't")) else rf"\b{short}\b", full, text)
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(\d),(?=\d{3}\b)", r"\1", text)
    text = " ".join(re.sub(r"[^a-z0-9' ]+", " ", text).split())
    for found, same in _SAME.items():
        text = re.sub(rf"\b{found}\b", same, text)
    text = alpha2digit(text, "en", threshold=0) if text else text
    text = re.sub(r"\b([ap]) m\b", r"\1m", text)
    return re.sub(r"(?<=\d)\s+(?=\d|[ap]m\b)", "", text)


def word_errors(script: str, recognised: str) -> tuple[int, int]:
    """Word errors (substituted, left out, added: Levenshtein's distance) and the script's words, both made comparable."""
    want, got = comparable(script).split(), comparable(recognised).split()
    row = list(range(len(got) + 1))
    for at, word in enumerate(want, 1):
        before, row[0] = row[0], at
        for index, other in enumerate(got, 1):
            before, row[index] = (
                row[index],
                min(before + (word != other), row[index] + 1, row[index - 1] + 1),
            )
    return row[-1], len(want)
