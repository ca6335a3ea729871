"""Text as Kokoro's phonemes: espeak-ng's IPA (by piper-tts, which the tests have anyway) in the letters that the model learnt.

The model was trained on the output of `misaki`, which writes a diphthong, an affricate or a flap as one letter ("I" for aɪ, "ʤ" for dʒ,
"T" for the flap) and no length in American English. The replacements are misaki's own for words that its lexicon lacks (espeak.py,
Apache-2.0), without its tie bars, which piper's binding does not ask espeak for.
"""

from __future__ import annotations

import re
from functools import cache

from piper.phonemize_espeak import EspeakPhonemizer

MAX_PHONEMES = 509
"""A voice has one style for each length of a text, from one phoneme on; the last is for this many."""

_IDS = dict(
    zip(
        ';:,.!?—…"()“” AIOQTWYᵊabdefhijklmnopstuvwzɑɒæɔðʤəɛɜɡɪŋθɹʃʧʊʌʒˈˌːᵻ',
        (
            *(
                1,
                2,
                3,
                4,
                5,
                6,
                9,
                10,
                11,
                12,
                13,
                14,
                15,
                16,
                24,
                25,
                31,
                33,
                36,
                39,
                41,
                42,
                43,
                44,
                46,
                47,
                48,
            ),
            *(
                50,
                51,
                52,
                53,
                54,
                55,
                56,
                57,
                58,
                61,
                62,
                63,
                64,
                65,
                68,
                69,
                70,
                72,
                76,
                81,
                82,
                83,
                86,
                87,
                92,
            ),
            *(102, 112, 119, 123, 131, 133, 135, 138, 147, 156, 157, 158, 177),
        ),
        strict=True,
    )
)
"""The letters that English needs, with the model's numbers for them (config.json of hexgrad's Kokoro-82M)."""

_SYLLABIC_L = re.compile(r"əl(?![ˈˌ]?[aeiouæɑɒɔəɛɜɪʊʌᵻ])")
_BOTH = (("ʔn̩", "tᵊn"), ("aɪ", "I"), ("aʊ", "W"), ("dʒ", "ʤ"), ("eɪ", "A"), ("tʃ", "ʧ"), ("ɔɪ", "Y"))
_BRITISH = (("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q"))
_AMERICAN = (("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""))
_SINGLE = {
    "ʲ": "",
    "\u0303": "",
    "ɚ": "əɹ",
    "r": "ɹ",
    "x": "k",
    "ɬ": "l",
    "ɐ": "ə",
    "o": "ɔ",
    "ɾ": "T",
    "ʔ": "t",
    "e": "A",
}
_SYLLABIC = re.compile("(\\S)\u0329")


@cache
def _espeak() -> EspeakPhonemizer:
    return EspeakPhonemizer()


def phonemes(text: str, *, british: bool = False) -> str:
    """A text's phonemes in the model's letters, with its punctuation: "Hi, there." → "hˈI, ðˈɛɹ."."""
    sentences = _espeak().phonemize("en-gb-x-rp" if british else "en-us", text)
    return to_kokoro(" ".join("".join(one) for one in sentences), british=british)


def to_kokoro(ipa: str, *, british: bool = False) -> str:
    """Espeak's IPA in the model's letters."""
    for old, new in _BOTH:
        ipa = ipa.replace(old, new)
    ipa = _SYLLABIC_L.sub("ᵊl", ipa)
    for old, new in _BRITISH if british else _AMERICAN:
        ipa = ipa.replace(old, new)
    ipa = "".join(_SINGLE.get(letter, letter) for letter in ipa)
    return _SYLLABIC.sub(r"ᵊ\1", ipa).strip()


def ids(letters: str) -> list[int]:
    """The model's numbers for phonemes.

    Raises:
        ValueError: there are none, too many, or some that the model does not know (the text is not plain English).
    """
    unknown = sorted(set(letters) - _IDS.keys())
    if unknown:
        raise ValueError(f"kokoro has no phonemes {unknown} (in {letters!r}): give it English words")
    if not 0 < len(letters) <= MAX_PHONEMES:
        raise ValueError(
            f"kokoro says 1 to {MAX_PHONEMES} phonemes at once, not {len(letters)}: split the text at its sentences"
        )
    return [_IDS[letter] for letter in letters]
