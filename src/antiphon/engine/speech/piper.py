"""Piper, the neural voice. Runs in the voice worker alone: piper-tts is GPL-3.

A clause becomes samples at the model's rate, with each word's place from the model's own phoneme durations ("alignments").
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from piper import PiperVoice, SynthesisConfig
from piper.config import PiperConfig
from piper.patch_voice_with_alignment import add_alignment_output
from piper.voice import ESPEAK_DATA_DIR, AudioChunk

from antiphon.engine.speech.word_timing import Placed, place_words

WORD_BREAK = " "


class Piper:
    """One loaded voice.

    Args:
        model: the .onnx file; its .onnx.json lies beside it.
        threads: of inference.
    """

    def __init__(self, model: Path, threads: int) -> None:
        config = json.loads(model.with_name(model.name + ".json").read_text("utf-8"))
        graph = onnx.load(str(model))
        add_alignment_output(graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._voice = PiperVoice(
            config=PiperConfig.from_dict(config),
            session=onnxruntime.InferenceSession(
                graph.SerializeToString(), sess_options=options, providers=["CPUExecutionProvider"]
            ),
            espeak_data_dir=ESPEAK_DATA_DIR,
            download_dir=model.parent,
        )
        self.rate_hz: int = self._voice.config.sample_rate

    def speak(self, text: str, speed: float) -> tuple[NDArray[np.float32], list[Placed]]:
        """Speaks a clause.

        Returns:
            Samples in -1…1 at `rate_hz`, shape (n,), and (word, start, end) in samples.
        """
        # The model's own scale times the wish: length_scale is how slow.
        scale = self._voice.config.length_scale / speed
        pieces: list[NDArray[np.float32]] = []
        groups: list[tuple[float, float]] = []
        at = 0
        for chunk in self._voice.synthesize(
            text, SynthesisConfig(length_scale=scale, normalize_audio=False), include_alignments=True
        ):
            audio = np.asarray(chunk.audio_float_array, np.float32)
            groups += [(at + start, at + end) for start, end in _phoneme_groups(chunk)]
            pieces.append(audio)
            at += len(audio)
        samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        return samples, place_words(text, groups, self._groups_of, len(samples))

    def _groups_of(self, word: str) -> int:
        """How many groups of phonemes ("seven", "thirty") a written word ("7:30") is spoken as."""
        return sum(len("".join(sentence).split()) for sentence in self._voice.phonemize(word) if sentence)


def _phoneme_groups(chunk: AudioChunk) -> list[tuple[float, float]]:
    """Start and end of each run of phonemes between word breaks, in samples."""
    groups: list[tuple[float, float]] = []
    at = 0.0
    start: float | None = None
    for alignment in chunk.phoneme_alignments or []:
        end = at + float(alignment.num_samples)
        if alignment.phoneme == WORD_BREAK:
            if start is not None:
                groups.append((start, at))
            start = None
        elif alignment.phoneme not in "^$_" and start is None:
            start = at
        at = end
    if start is not None:
        groups.append((start, at))
    return groups
