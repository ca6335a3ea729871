"""What the recogniser gains from knowing what is expected, and what it costs.

The labelled utterances of `expectation_utterances.txt`, each said by flite's voices slt and rms, and joined from recorded words where
all of them are recorded, are recognised side by side

    off      without expectation
    on       with the words that the brain expects at that point
    foreign  with those of another trade: how many texts change that should not

and so are the 150 telephone prompts of `bench_recognition`, with foreign words only. A hash of the utterance puts it in the tuning
half, which the recipe's numbers were chosen on, or in the held-out half. `--voice awb` takes a third voice instead, `--errors`
prints the tuning half's wrong values.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from bench_common import progress
from bench_recognition import Pcm, framed, prompts
from tests.support import speech

from antiphon.bench import machine
from antiphon.ear.words import comparable
from antiphon.engine.speech import models
from antiphon.engine.speech.whisper import Whisper

UTTERANCES = Path(__file__).with_name("expectation_utterances.txt")
SEED = 20261125
_SPELLED = {"code", "email", "phone", "spelled"}
_SAME = (("neighbour", "neighbor"), ("tyre", "tire"), ("checkup", "check up"), ("tooth ache", "toothache"))


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a caller says.

    Attributes:
        trade: who was called.
        asked: the kind of slot that was asked for, "-" for none.
        expected: the words that the brain expects.
        marked: the words said, values in brackets.
        voice: whose.
        pcm: as the engine cuts a piece.
    """

    trade: str
    asked: str
    expected: tuple[str, ...]
    marked: str
    voice: str
    pcm: Pcm

    @property
    def held_out(self) -> bool:
        """Whether nothing was tuned on it."""
        return int(hashlib.md5(self.marked.encode()).hexdigest(), 16) % 2 == 1

    @property
    def words(self) -> str:
        """The words, comparable."""
        return self.comparable(self.marked.replace("[", "").replace("]", ""))

    def comparable(self, text: str) -> str:
        """Words as `antiphon.ear.words` evens them out, and as a form reads them: British or American, "oh" or 0, AB1 or A B 1."""
        text = text.lower()
        if self.asked == "email":
            text = re.sub(r"\.(com|net)\b", r" dot \1", text.replace("@", " at "))
        if self.asked in {"code", "phone", "number"}:
            text = re.sub(r"\bdouble (\w+)", r"\1 \1", re.sub(r"\boh\b", "zero", text))
        if self.asked in _SPELLED:
            text = re.sub(r"(?<=\d)[.-]|[.-](?=\d)|(?<=\b[a-z])-(?=[a-z]\b)", " ", text)
        text = comparable(text)
        if self.asked in {"date", "-"}:
            text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", text)
        for one, other in _SAME:
            text = re.sub(rf"\b{one}", other, text)
        if self.asked in {"code", "spelled"}:
            text = re.sub(
                r"(?<=\b[a-z0-9])\s(?=[a-z0-9]\b)|(?<=\d)\s(?=[a-z])|(?<=\b[a-z])\s(?=\d)", "", text
            )
        return text

    def hit(self, heard: str) -> bool:
        """Whether every value stands in what was heard."""
        heard = self.comparable(heard)
        for marked in re.findall(r"\[(.*?)\]", self.marked):
            value = self.comparable(marked)
            if self.asked in _SPELLED:
                found = re.sub(r"[^a-z0-9]", "", value) in re.sub(r"[^a-z0-9]", "", heard)
            else:
                found = bool(re.search(rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])", heard))
            if not found:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Result:
    """An utterance, recognised in three ways; milliseconds of computing with each."""

    said: Utterance
    text: dict[str, str]
    ms: dict[str, float]


def utterances(voices: Sequence[str]) -> list[Utterance]:
    """The labelled set; "recorded" among the voices stands for recorded words."""
    found: list[Utterance] = []
    trade, asked, expected = "", "", ""
    for line in UTTERANCES.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            trade, asked, expected = (part.strip() for part in line.split("|"))
            continue
        marked = line.strip()
        words = marked.replace("[", "").replace("]", "")
        for voice in voices:
            if voice != "recorded":
                pcm = speech.flite(words, voice).pcm
            elif speech.can_say(words):
                pcm = speech.say(words).pcm
            else:
                continue
            phrases = tuple(phrase.strip() for phrase in expected.split(","))
            found.append(Utterance(trade, asked, phrases, marked, voice, framed(pcm)))
    return found


def recognise(model: Whisper, said: Sequence[Utterance]) -> list[Result]:
    """Each in three ways, one after the other, so that a busy moment of the machine falls on all three."""
    rng = random.Random(SEED)
    results = []
    for one in said:
        other = rng.choice(
            [u for u in said if u.trade != one.trade and u.asked in {"-", "enum", "name", "boolean"}]
        )
        text, ms = {}, {}
        for way, expected in (("off", ()), ("on", one.expected), ("foreign", other.expected)):
            heard = model.recognise(one.pcm, expected)
            text[way], ms[way] = heard.text, heard.compute_ms
        results.append(Result(one, text, ms))
    return results


def figures_of(results: Sequence[Result]) -> dict[str, Any]:
    """Errors, hits and times of a set."""
    words = [result.said.words for result in results]
    row: dict[str, Any] = {"utterances": len(results)}
    for way in ("off", "on"):
        heard = [result.said.comparable(result.text[way]) for result in results]
        times = [result.ms[way] for result in results]
        row[way] = {
            "word_error_rate": round(jiwer.wer(words, heard), 4),
            "values_right": round(statistics.mean(r.said.hit(r.text[way]) for r in results), 4),
            "time_p50_ms": round(statistics.median(times), 1),
            "time_p95_ms": round(float(np.quantile(times, 0.95)), 1),
        }
    row["made_right"] = sum(_hits(r, "on") > _hits(r, "off") for r in results)
    row["made_wrong"] = sum(_hits(r, "on") < _hits(r, "off") for r in results)
    row["foreign_changed"] = sum(r.text["foreign"] != r.text["off"] for r in results)
    row["foreign_made_wrong"] = sum(_hits(r, "foreign") < _hits(r, "off") for r in results)
    return row


def _hits(result: Result, way: str) -> bool:
    return result.said.hit(result.text[way])


def foreign_prompts(model: Whisper, said: Sequence[Utterance]) -> dict[str, Any]:
    """The telephone prompts, with expectations that have nothing to do with them."""
    rng = random.Random(SEED)
    changed, without, times = [], [], []
    for _, _, pcm in prompts():
        piece = framed(pcm)
        expected = rng.choice([u for u in said if u.asked in {"-", "enum", "name", "boolean"}]).expected
        off, on = model.recognise(piece), model.recognise(piece, expected)
        without.append(off.compute_ms)
        times.append(on.compute_ms)
        if on.text != off.text:
            changed.append(f"{off.text} → {on.text}")
    quantile = {"off": float(np.quantile(without, 0.95)), "on": float(np.quantile(times, 0.95))}
    return {"prompts": len(times), "changed": changed, "time_p95_ms": quantile}


def measure(voices: Sequence[str], *, errors: bool) -> dict[str, Any]:
    """All figures."""
    model = Whisper(models.WHISPER.verified().parent, threads=1)
    model.recognise(np.zeros(16_000, np.int16))
    progress("utterances …")
    said = utterances(voices)
    results = recognise(model, said)
    if errors:
        show_errors(results)
    sets: dict[str, Callable[[Result], bool]] = {
        "all": lambda r: True,
        "tuning half": lambda r: not r.said.held_out,
        "held-out half": lambda r: r.said.held_out,
    }
    sets |= {f"voice {voice}": lambda r, voice=voice: r.said.voice == voice for voice in voices}  # type: ignore[misc]
    kinds = sorted({r.said.asked for r in results})
    sets |= {f"asked {kind}": lambda r, kind=kind: r.said.asked == kind for kind in kinds}  # type: ignore[misc]
    rows = {name: figures_of([r for r in results if chosen(r)]) for name, chosen in sets.items()}
    progress("prompts …")
    return {"machine": machine(), "seed": SEED, "sets": rows, "foreign": foreign_prompts(model, said)}


def show_errors(results: Iterable[Result]) -> None:
    """The tuning half's changes and wrong values."""
    for r in results:
        on, off = r.text["on"], r.text["off"]
        if not r.said.held_out and (on != off or not _hits(r, "on")):
            progress(
                f"{'right' if _hits(r, 'on') else 'WRONG'} {r.said.voice:8} {r.said.marked} | {off}{'' if on == off else f' → {on}'}"
            )
        if r.text["foreign"] != off:
            progress(f"foreign {r.said.voice:8} {r.said.marked} | {off} → {r.text['foreign']}")


def show(figures: dict[str, Any]) -> None:
    """The table for people."""
    about = figures["machine"]
    print(
        f"{about['processor']}, one thread of {about['cores']} cores, load {about['load_average_1_min']} after\n"
    )
    print(
        f"{'set':16} {'n':>4} {'errors off/on':>16} {'values off/on':>16} {'right':>6} {'wrong':>6} {'foreign':>8} {'p50':>9} {'p95 ms':>9}"
    )
    for name, row in figures["sets"].items():
        off, on = row["off"], row["on"]
        foreign = f"{row['foreign_changed']}/{row['foreign_made_wrong']}"
        print(
            f"{name:16} {row['utterances']:4} {off['word_error_rate']:7.1%} {on['word_error_rate']:8.1%} "
            f"{off['values_right']:7.1%} {on['values_right']:8.1%} {row['made_right']:6} {row['made_wrong']:6} {foreign:>8} "
            f"{off['time_p50_ms']:4.0f}/{on['time_p50_ms']:<4.0f} {off['time_p95_ms']:5.0f}/{on['time_p95_ms']:<4.0f}"
        )
    foreign = figures["foreign"]
    print(
        f"\n{foreign['prompts']} prompts with foreign words: {len(foreign['changed'])} changed {'; '.join(foreign['changed'])}"
    )
    print(f"p95 {foreign['time_p95_ms']['off']:.0f} → {foreign['time_p95_ms']['on']:.0f} ms")


def main() -> int:
    """Measures, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--voice", action="append", help="a flite voice, or recorded (default: slt, rms and recorded)"
    )
    parser.add_argument(
        "--errors", action="store_true", help="print changes and wrong values of the tuning half"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    options = parser.parse_args()
    figures = measure(options.voice or ("slt", "rms", "recorded"), errors=options.errors)
    if options.json:
        print(json.dumps(figures, indent=1, ensure_ascii=False))
    else:
        show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
