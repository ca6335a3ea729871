"""The callers' voices: recordings, programs that speak (flite, espeak-ng), or any server of OpenAI's speech API.

A voice is named `source:voice`, such as `flite:slt`, or by a folder of recordings. None of them is the agent's own.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from pathlib import Path

import numpy as np

from antiphon.ear.audio_file import read_audio
from antiphon.ear.caller import Utterance
from antiphon.ear.line import LINE_HZ
from antiphon.ear.scenario import pieces, without_pauses
from antiphon.ear.signal import Pcm16, speech_edges
from antiphon.errors import LineError

MARGIN_MS = 20
"""Kept around a spoken piece: its edges are the first and last samples that can be heard, and a fade stays beyond them."""

SYNTHESIS_TIMEOUT_S = 60.0

Speak = Callable[[str], Pcm16]
"""Words to mono samples at LINE_HZ."""


class NoVoice(LineError):
    """A voice that is not to be had here: wrong use, exit code 2."""

    code = "no_voice"
    exit_code = 2


class Voices:
    """The voices of a run. What was said once is kept: the same words are the same samples.

    Args:
        names: which; [] takes those that this machine has.
        recordings: a folder with one folder for each voice, in which `index.json` names the files: words → file.
        server: the address of a speech server (…/v1), for voices "server:NAME".
        key: its key.

    Raises:
        NoVoice: names one that is not to be had, and what would be.
    """

    def __init__(
        self, names: Sequence[str] = (), *, recordings: Path | None = None, server: str = "", key: str = ""
    ) -> None:
        self._recordings = recordings
        self._server, self._key = server.rstrip("/"), key
        self.names = tuple(names) or self._own()
        self._speak = {name: self._source(name) for name in self.names}
        self._said: dict[tuple[str, str], Utterance] = {}

    def only(self, count: int) -> Voices:
        """The first so many of these voices."""
        fewer = copy(self)
        fewer.names = self.names[:count]
        return fewer

    def _own(self) -> tuple[str, ...]:
        if self._recordings is not None:
            found = sorted(folder.parent.name for folder in self._recordings.glob("*/index.json"))
            if not found:
                raise NoVoice(f"{self._recordings} has no VOICE/index.json: a JSON object, words → file.")
            return tuple(found)
        if shutil.which("flite"):
            return "flite:slt", "flite:rms"
        if shutil.which("espeak-ng"):
            return "espeak:en-us+f3", "espeak:en-gb+m3"
        raise NoVoice(
            "There is no voice for the callers on this machine.",
            mend="Install flite or espeak-ng (apt-get install flite), or name --recordings FOLDER or --speech-server URL.",
        )

    def _source(self, name: str) -> Speak:
        source, _, voice = name.partition(":")
        match source:
            case "flite" if shutil.which("flite"):
                return partial(_flite, voice)
            case "espeak" if shutil.which("espeak-ng"):
                return partial(_espeak, voice)
            case "server" if self._server:
                return partial(_served, self._server, self._key, voice)
            case _ if self._recordings is not None and (self._recordings / name / "index.json").exists():
                return _Recordings(self._recordings / name)
            case _:
                raise NoVoice(
                    f"There is no voice {name!r} here.",
                    mend="flite:slt and espeak:en-us need these programs; server:NAME needs --speech-server; others are folders "
                    "of --recordings.",
                )

    def say(self, text: str, voice: str) -> Utterance:
        """A turn, pauses ("[800 ms]") included: its pieces are joined with exactly so much silence between what is heard of them."""
        if voice not in self._speak:
            self._speak[voice] = self._source(voice)
        key = (text, voice)
        if key not in self._said:
            self._said[key] = self._joined(text, self._speak[voice])
        return self._said[key]

    @staticmethod
    def _joined(text: str, speak: Speak) -> Utterance:
        margin = round(MARGIN_MS * LINE_HZ / 1000)
        parts: list[Pcm16] = [np.zeros(margin, np.int16)]
        for piece in pieces(text):
            if isinstance(piece, int):
                parts.append(np.zeros(round(piece * LINE_HZ / 1000), np.int16))
                continue
            pcm = speak(piece)
            start, end = speech_edges(pcm, LINE_HZ)
            if end <= start:
                raise NoVoice(f"{piece!r} came out silent.", mend="Another voice may say it.")
            parts.append(pcm[start:end])
        parts.append(np.zeros(margin, np.int16))
        pcm = np.concatenate(parts)
        return Utterance(pcm, without_pauses(text), (margin, len(pcm) - margin))


def _flite(voice: str, text: str) -> Pcm16:
    return _program(["flite", "-voice", voice or "slt", "-t", text, "-o"])


def _espeak(voice: str, text: str) -> Pcm16:
    return _program(["espeak-ng", "-v", voice or "en-us", "-s", "150", text, "-w"])


def _program(command: list[str]) -> Pcm16:
    """What a program speaks into the WAV that is named last."""
    with tempfile.TemporaryDirectory(prefix="antiphon-voice-") as folder:
        file = Path(folder) / "said.wav"
        try:
            subprocess.run(
                [*command, str(file)], check=True, capture_output=True, timeout=SYNTHESIS_TIMEOUT_S
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoVoice(f"{command[0]} could not speak: {error}.") from error
        return read_audio(file)


def _served(url: str, key: str, voice: str, text: str) -> Pcm16:
    """What a speech server says."""
    body = json.dumps({"model": "tts-1", "voice": voice, "input": text, "response_format": "wav"}).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(f"{url}/audio/speech", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=SYNTHESIS_TIMEOUT_S) as answer:
            data = answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise NoVoice(f"The speech server at {url} did not speak: {error}.") from error
    with tempfile.TemporaryDirectory(prefix="antiphon-voice-") as folder:
        file = Path(folder) / "said.wav"
        file.write_bytes(data)
        return read_audio(file)


class _Recordings:
    """A folder of recorded turns: `index.json` has their words and files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
            self._files = {_plain(words): str(file) for words, file in index.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise NoVoice(
                f"{folder / 'index.json'} is no JSON object of words and files: {error}."
            ) from error

    def __call__(self, text: str) -> Pcm16:
        if (file := self._files.get(_plain(text))) is None:
            raise NoVoice(
                f"{self._folder.name} has no recording of {text!r}.",
                mend=f"Add it to {self._folder / 'index.json'}.",
            )
        return read_audio(self._folder / file)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))
