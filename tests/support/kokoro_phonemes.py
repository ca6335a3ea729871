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

_NUMBERED = """
    ;1 :2 ,3 .4 !5 ?6 —9 …10 "11 (12 )13 “14 ”15 A24 I25 O31 Q33 T36 W39 Y41 ᵊ42 a43 b44 d46 e47
    f48 h50 i51 j52 k53 l54 m55 n56 o57 p58 s61 t62 u63 v64 w65 z68 ɐ70 ɑ69 ɒ71 æ72 ɔ76 ð81 ʤ82 ə83
    ɛ86 ɜ87 ɡ92 ɪ102 ŋ112 θ119 ɹ123 ʃ131 ʧ133 ʊ135 ʌ138 ʒ147 ˈ156 ˌ157 ː158 ᵻ177
"""
_IDS = {" ": 16} | {pair[0]: int(pair[1:]) for pair in _NUMBERED.split()}
"""The letters that English needs, with the model's numbers for them (config.json of hexgrad's Kokoro-82M)."""

_SYLLABIC_L = re.compile(r"əl(?![ˈˌ]?[aeiouæɑɒɔəɛɜɪʊʌᵻ])")
_BOTH = (("ʔn̩", "tᵊn"), ("aɪ", "I"), ("aʊ", "W"), ("dʒ", "ʤ"), ("eɪ", "A"), ("tʃ", "ʧ"), ("ɔɪ", "Y"))
_BRITISH = (("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q"))
_AMERICAN = (("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""))
_SINGLE = str.maketrans(
    {"ʲ": "", "\u0303": "", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ɬ": "l", "o": "ɔ", "ɾ": "T", "ʔ": "t", "e": "A"}
)
_WORDS = ((re.compile(r"(?<!\S)I(?!\S)"), "ˌI"), (re.compile(r"ɐ(?=\S)|(?<=\S)ɐ"), "ə"))
"""The pronoun has a stress of its own, and the article "a" a letter of its own, which espeak writes for every faint a."""
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
    ipa = ipa.translate(_SINGLE)
    for pattern, new in _WORDS:
        ipa = pattern.sub(new, ipa)
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
