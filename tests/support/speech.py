"""Speech for tests: real recordings from Debian packages, flite's voices where these lack the words.

    say("thursday at seven p m")                  recorded words, joined (asterisk-core-sounds-en-g722)
    flite("I would like to book a table")         a synthetic voice, labelled so (flite)
    caller("a table for four on thursday")        recorded where possible, else flite for the whole phrase
    recording("goodbye") · prompts()              whole recorded prompts with transcripts
    librivox() · cards() · commands()             read books, card names, commands (pocketsphinx-testdata)
    channels()                                    "front left" … (alsa-utils)

Every clip knows its transcript, its sources and the exact samples where its speech begins and ends.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from antiphon.ear.signal import speech_edges
from antiphon.errors import MissingPartError
from tests.support.clip import Clip, join, read_wav, silence

ALLISON = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
SPHINX = Path("/usr/share/pocketsphinx/test/data")
ALSA = Path("/usr/share/sounds/alsa")

WORD_GAP_MS = 60
"""Between recorded words that are joined to a phrase: each was spoken alone, so edges are already full."""

_PREFERRED = ("digits/", "", "vm-", "letters/", "phonetic/")
"""Of several recordings of the same words, the first of these folders wins."""


def need(path: Path, package: str) -> Path:
    """The path, if it is there.

    Raises:
        MissingPartError: names the Debian package that holds it.
    """
    if not path.exists():
        raise MissingPartError(f"{path} is missing;", mend=f"apt-get install {package}")
    return path


def need_program(name: str, package: str) -> str:
    """The full path of a program.

    Raises:
        MissingPartError: names the Debian package that holds it.
    """
    found = shutil.which(name)
    if found is None:
        raise MissingPartError(f"the program {name} is missing;", mend=f"apt-get install {package}")
    return found


def cache_dir() -> Path:
    """Where decoded and synthesised clips are kept between runs."""
    path = Path(tempfile.gettempdir()) / f"antiphon-speech-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as recordings are looked up by: lower case, "P.M." as two letters."""
    return tuple(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))


@cache
def prompts() -> dict[str, str]:
    """Every recorded prompt that speaks: name (such as "digits/day-4") → transcript."""
    with gzip.open(need(TRANSCRIPTS, "asterisk-core-sounds-en"), "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    need(ALLISON, "asterisk-core-sounds-en-g722")
    found: dict[str, str] = {}
    for line in lines:
        name, colon, text = line.partition(":")
        # Brackets describe sounds ("[beep]"); dots stand where another prompt goes on.
        spoken = colon and not line.startswith(";") and not re.search(r"^\s*[\[(<]|note:", text)
        if spoken and (ALLISON / f"{name}.g722").exists():
            found[name] = re.sub(r"\s*\[.*?\]|\.\.\.", "", text).strip()
    return found


@cache
def _by_words() -> dict[tuple[str, ...], str]:
    """Words → the recording that says exactly these."""

    def rank(name: str) -> int:
        return min((i for i, start in enumerate(_PREFERRED) if start and name.startswith(start)), default=1)

    table: dict[tuple[str, ...], str] = {}
    for name, text in sorted(prompts().items(), key=lambda item: (rank(item[0]), item[0])):
        table.setdefault(words_of(text), name)
    table.setdefault(("o'clock",), "digits/oclock")
    return table


@cache
def recording(name: str) -> Clip:
    """A whole recorded prompt as it is, by name ("digits/4", "goodbye").

    Raises:
        MissingPartError: the package, or ffmpeg, is not installed.
        KeyError: there is no such prompt.
    """
    text = prompts()[name]
    source = ALLISON / f"{name}.g722"
    target = cache_dir() / f"g722-{name.replace('/', '-')}.wav"
    if not target.exists():
        part = target.with_suffix(f".{os.getpid()}.wav")
        command = [
            need_program("ffmpeg", "ffmpeg"),
            "-v",
            "error",
            "-y",
            "-f",
            "g722",
            "-i",
            str(source),
            str(part),
        ]
        subprocess.run(command, check=True, timeout=30)
        part.replace(target)
    return read_wav(target).labelled(text, f"recorded: asterisk-core-sounds-en-g722 {name}")


def can_say(text: str) -> bool:
    """Whether the recordings have every word of the text."""
    try:
        _parts(text)
    except KeyError:
        return False
    return True


def _parts(text: str) -> list[str]:
    """Names of the recordings that say the text, the longest first at each place."""
    table, words, names = _by_words(), words_of(text), []
    at = 0
    while at < len(words):
        for length in range(len(words) - at, 0, -1):
            name = table.get(words[at : at + length])
            if name is not None:
                names.append(name)
                at += length
                break
        else:
            raise KeyError(f"the recordings have no {words[at]!r} (in {text!r}); flite() can say it")
    return names


def say(
    text: str, *, rate_hz: int = 16_000, gap_ms: float = WORD_GAP_MS, pauses: dict[int, float] | None = None
) -> Clip:
    """A phrase joined from recorded words, trimmed at their edges.

    Args:
        text: words that the recordings have ("four", "thursday at seven p m", "no", "one moment please").
        rate_hz: the sample rate wanted.
        gap_ms: silence between two recordings.
        pauses: other silences (ms) after the n-th recording, 0 the first: a caller who hesitates.

    Raises:
        KeyError: a word is not recorded.
        MissingPartError: names the Debian package to install.
    """
    pieces: list[Clip] = []
    names = _parts(text)
    for index, name in enumerate(names):
        pieces.append(recording(name).trimmed())
        if index < len(names) - 1:
            pieces.append(silence((pauses or {}).get(index, gap_ms)))
    return join(pieces, text).at_rate(rate_hz)


@cache
def flite(text: str, voice: str = "slt", rate_hz: int = 16_000, stretch: float = 1.0) -> Clip:
    """A phrase in one of flite's voices: "slt" (a woman's), "rms", "awb", "kal16" (men's). Synthetic.

    Raises:
        MissingPartError: flite is not installed.
    """
    key = hashlib.sha256(f"{voice}|{stretch}|{text}".encode()).hexdigest()[:24]
    target = cache_dir() / f"flite-{key}.wav"
    if not target.exists():
        part = target.with_suffix(f".{os.getpid()}.wav")
        command = [need_program("flite", "flite"), "-voice", voice, "--setf", f"duration_stretch={stretch}"]
        subprocess.run([*command, "-t", text, "-o", str(part)], check=True, timeout=60)
        part.replace(target)
    return read_wav(target).labelled(text, f"synthetic: flite {voice}").trimmed().at_rate(rate_hz)


def caller(text: str, *, voice: str = "slt", rate_hz: int = 16_000) -> Clip:
    """Recorded words if the recordings have them all, otherwise flite."""
    return say(text, rate_hz=rate_hz) if can_say(text) else flite(text, voice, rate_hz)


@cache
def librivox() -> tuple[Clip, ...]:
    """Five sentences of a book, read by a person (16 kHz), with transcripts."""
    return _sphinx("librivox", "transcription")


@cache
def cards() -> tuple[Clip, ...]:
    """Five short utterances of card names by a person (16 kHz), with transcripts."""
    return _sphinx("cards", "cards.transcription")


@cache
def commands() -> tuple[Clip, ...]:
    """Two commands ("go forward ten meters" …) by persons (16 kHz)."""
    said = {"goforward": "go forward ten meters", "something": "go somewhere and do something"}
    clips = []
    for name, text in said.items():
        pcm = np.fromfile(need(SPHINX / f"{name}.raw", "pocketsphinx-testdata"), "<i2").astype(np.int16)
        clips.append(Clip.of(pcm, 16_000).labelled(text, f"recorded: pocketsphinx-testdata {name}"))
    return tuple(clips)


@cache
def channels() -> tuple[Clip, ...]:
    """Channel names by a person, at 48 kHz."""
    names = (
        "Front_Center",
        "Front_Left",
        "Front_Right",
        "Rear_Center",
        "Rear_Left",
        "Rear_Right",
        "Side_Left",
        "Side_Right",
    )
    return tuple(
        read_wav(need(ALSA / f"{name}.wav", "alsa-utils")).labelled(
            name.replace("_", " ").lower(), f"recorded: alsa-utils {name}"
        )
        for name in names
    )


def _sphinx(folder: str, transcripts: str) -> tuple[Clip, ...]:
    base = need(SPHINX / folder, "pocketsphinx-testdata")
    clips = []
    for line in (base / transcripts).read_text().splitlines():
        match = re.fullmatch(r"<s>\s*(.*?)\s*</s>\s*\((.*)\)\s*", line)
        if match:
            text, name = match.groups()
            clips.append(
                read_wav(base / f"{name}.wav").labelled(text, f"recorded: pocketsphinx-testdata {name}")
            )
    return tuple(clips)


__all__ = [
    "Clip",
    "caller",
    "can_say",
    "cards",
    "channels",
    "commands",
    "flite",
    "join",
    "librivox",
    "prompts",
    "recording",
    "say",
    "silence",
    "speech_edges",
]
