"""Recognition: word error rate and time on one thread.

    prompts    150 of Asterisk's recorded prompts, 1–12 s, drawn by a fixed seed from the half (by a hash of their names)
               that this engine's front end and gate were never tuned on. The recipe that they stand on was tuned
               elsewhere on 73 telephone prompts of the same kind; which, is not known: most of these are not among them.
    librivox   five sentences of a book (pocketsphinx-testdata); nothing was tuned on them
    answers    what callers answer to a desk, joined from single recorded words, of both halves
    noise      sounds without words: how many gave words. The gate was set with the same kinds made from other seeds, and
               with the same few recordings

The list of compounds and misspellings that `antiphon.ear.words` evens out was made with both halves in view.

Each recording is framed as the engine cuts a piece: 300 ms before, 200 ms after, faint noise under all. `--stock` adds
faster-whisper's own `transcribe`, which pads to 30 s. `--errors` prints every difference.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import jiwer
import numpy as np
from bench_common import progress
from numpy.typing import NDArray
from tests.engine.speech import wordless
from tests.support import noises, speech

from antiphon.bench import machine
from antiphon.ear.words import comparable
from antiphon.engine.speech import models
from antiphon.engine.speech.whisper import Whisper

Pcm = NDArray[np.int16]
Recogniser = Callable[[Pcm], str]
Said = tuple[str, str, Pcm]
"""Name, words, samples at 16 kHz."""

SEED = 20261123
PROMPTS = 150
ANSWERS = (
    "four|two|seven|eleven|for four people|thursday|friday|saturday at eight|thursday at seven p m|today at six p m|"
    "tomorrow at eight o'clock|sunday at twelve|monday at seven thirty p m|december twelfth|november twenty first|"
    "march third at nine p m|at seven|at eight thirty|seven fifteen p m|five five five one two three four|"
    "five five five nine eight seven six|zero one four four seven two|goodbye|hello|thank you|one moment please|"
    "tomorrow|today|no seven|no friday|friday the thirteenth|at ten a m|eleven thirty a m|six people|"
    "for two on sunday|five people tomorrow|please try again|wednesday|august thirtieth at six|twenty people"
)


def held_out(name: str) -> bool:
    """Whether a prompt is in the half that nothing here was tuned on."""
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % 2 == 1


def framed(pcm: Pcm) -> Pcm:
    """A recording as the engine cuts a piece."""
    padded = np.concatenate([np.zeros(4800), pcm, np.zeros(3200)])
    noise = np.random.default_rng(len(pcm)).standard_normal(len(padded)) * 6
    framed_pcm: Pcm = np.clip(padded + noise, -32768, 32767).astype(np.int16)
    return framed_pcm


def prompts() -> list[Said]:
    """The held-out draw."""
    names = [
        name for name in sorted(speech.prompts()) if held_out(name) and comparable(speech.prompts()[name])
    ]
    clips = [(name, speech.recording(name)) for name in names]
    fitting = [(name, clip) for name, clip in clips if 1000 <= clip.duration_ms <= 12_000]
    random.Random(SEED).shuffle(fitting)
    return [(name, clip.text, clip.pcm) for name, clip in fitting[:PROMPTS]]


def librivox() -> list[Said]:
    """Read sentences."""
    return [(clip.sources[0], clip.text, clip.pcm) for clip in speech.librivox()]


def answers() -> list[Said]:
    """Answers joined from recorded words; those whose words are not all recorded are left out."""
    said = [text for text in ANSWERS.split("|") if speech.can_say(text)]
    return [(text, text, speech.say(text).pcm) for text in said]


def measure(recognise: Recogniser, said: Sequence[Said], *, errors: bool) -> dict[str, Any]:
    """Word error rate and times of one set."""
    references, heard, times = [], [], []
    for name, text, pcm in said:
        piece = framed(pcm)
        begun = time.perf_counter()
        result = recognise(piece)
        times.append((time.perf_counter() - begun) * 1000)
        references.append(comparable(text))
        heard.append(comparable(result))
        if errors and references[-1] != heard[-1]:
            progress(f"{name}\n  said  {references[-1]}\n  heard {heard[-1]}")
    return {
        "recordings": len(said),
        "words": sum(len(reference.split()) for reference in references),
        "word_error_rate": round(jiwer.wer(references, heard), 4),
        "nothing_heard": sum(not text for text in heard),
        "time_p50_ms": round(statistics.median(times), 1),
        "time_p90_ms": round(float(np.quantile(times, 0.9)), 1),
        "time_p95_ms": round(float(np.quantile(times, 0.95)), 1),
    }


def noise(recognise: Recogniser) -> dict[str, Any]:
    """How many wordless sounds gave words."""
    sounds = [(name, clip.pcm) for name, clip in noises.noise_set().items()]
    sounds += [*wordless.made(seed=1), *wordless.made(seed=2), *wordless.recorded()]
    levels = (-45, -25, -10)
    gave = [name for name, pcm in sounds for level in levels if recognise(wordless.at_level(pcm, level))]
    return {"sounds": len(sounds) * len(levels), "with_words": len(gave), "which": gave}


def ours() -> Recogniser:
    """The engine's recipe, one thread, warm."""
    model = Whisper(models.WHISPER.verified().parent, threads=1)
    model.recognise(np.zeros(16_000, np.int16))
    return lambda pcm: model.recognise(pcm).text


def stock() -> Recogniser:
    """faster-whisper as it comes, one thread."""
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(models.WHISPER.verified().parent), device="cpu", compute_type="int8", cpu_threads=1
    )

    def recognise(pcm: Pcm) -> str:
        segments, _ = model.transcribe(pcm.astype(np.float32) / 32768, beam_size=1, language="en")
        return " ".join(segment.text for segment in segments)

    return recognise


def main() -> int:
    """Measures, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--stock", action="store_true", help="measure faster-whisper's transcribe, too")
    parser.add_argument("--errors", action="store_true", help="print every difference")
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine(), "seed": SEED, "sets": {}}
    recognise = ours()
    sets = {"prompts": prompts, "librivox": librivox, "answers": answers}
    for name, said in sets.items():
        progress(f"{name} …")
        figures["sets"][name] = measure(recognise, said(), errors=options.errors)
    if options.stock:
        progress("stock …")
        figures["sets"]["prompts, stock transcribe"] = measure(stock(), prompts(), errors=False)
    progress("noise …")
    figures["noise"] = noise(recognise)
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        show(figures)
    return 0


def show(figures: dict[str, Any]) -> None:
    """The table for people."""
    about = figures["machine"]
    print(
        f"{about['processor']}, one thread of {about['cores']} cores, load {about['load_average_1_min']} before\n"
    )
    print(
        f"{'set':28} {'n':>4} {'words':>6} {'errors':>8} {'empty':>6} {'p50 ms':>8} {'p90 ms':>8} {'p95 ms':>8}"
    )
    for name, row in figures["sets"].items():
        print(
            f"{name:28} {row['recordings']:4} {row['words']:6} {row['word_error_rate']:8.1%} {row['nothing_heard']:6} "
            f"{row['time_p50_ms']:8.0f} {row['time_p90_ms']:8.0f} {row['time_p95_ms']:8.0f}"
        )
    heard = figures["noise"]
    print(
        f"\nwords from {heard['sounds']} sounds without words: {heard['with_words']} {', '.join(heard['which'])}"
    )


if __name__ == "__main__":
    sys.exit(main())
