"""Fits the weights of `brains/form/intent.py`: which tool an utterance wants, or none. Prints them to be put there.

    .venv/bin/python scripts/fit_intent.py

Learned from the building set of `tests/understanding`, its openings.list, and the older dialogues of `tests/engine/brains/form`: what
opens a request with one call wants its tool; answers, questions and small talk want none. Multinomial logistic regression with a fixed
prior; errors are counted with each trade left out of the fit in turn, so that they tell of trades never seen.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.engine.brains.form.play import Dialogue, dialogues  # noqa: E402 - the path above
from tests.engine.brains.form.trades import TRADES as OLDER  # noqa: E402
from tests.understanding.requests import load  # noqa: E402
from tests.understanding.trades import TRADES  # noqa: E402

from antiphon.engine.brains.form.acts import assent  # noqa: E402
from antiphon.engine.brains.form.clauses import clauses_of  # noqa: E402
from antiphon.engine.brains.form.intent import Tools, words_of_trade  # noqa: E402
from antiphon.engine.brains.form.knowledge import Knowledge  # noqa: E402
from antiphon.engine.brains.form.schema import form_of  # noqa: E402
from antiphon.engine.brains.form.signals import NONE_SIGNALS, SIGNALS  # noqa: E402
from antiphon.engine.brains.form.tokens import hear  # noqa: E402

Floats = NDArray[np.float64]
PRIOR = 0.01
"""Of the squared weights."""
STEPS, RATE = 6000, 0.05


@dataclass
class Example:
    """An utterance in a trade, and the index of the tool that it wants; -1 for none."""

    trade: str
    text: str
    wanted: int
    table: Floats
    against: Floats


def compiled(trade: object) -> Tools:
    """A trade's tools."""
    forms = tuple(form_of(tool) for tool in trade.tools)  # type: ignore[attr-defined]
    return Tools(forms, Knowledge(trade.instructions, trade=words_of_trade(forms)))  # type: ignore[attr-defined]


def examples() -> list[Example]:
    """All that is learned from."""
    pairs: list[tuple[str, str, str]] = []
    tools = {name: compiled(trade) for name, trade in {**OLDER, **TRADES}.items()}
    for request in load(sorted((ROOT / "tests" / "understanding").glob("building*.txt"))):
        first = request.turns[0]
        called = [call.tool for call in request.calls]
        if len(first.calls) == 1 and len(called) == 1 and "what" not in first.answers:
            clauses = clauses_of(hear(first.says))
            pairs.append((request.trade, first.says, called[0]))
            if len(clauses) > 1:
                continue
        elif not called and len(request.turns) == 1 and not first.answers:
            pairs.append((request.trade, first.says, ""))
        for turn in request.turns:
            for asked, said in turn.answers.items():
                if asked not in {"what"}:
                    pairs += [(request.trade, words, "") for words in said]
    for path in sorted((ROOT / "tests/engine/brains/form/dialogues").glob("*.txt")):
        for dialogue in dialogues(path):
            if dialogue.trade in {"desk", "dentist", "depot", "coffee", "taxi"}:
                pairs += [(dialogue.trade, *pair) for pair in wanting(dialogue)]
    for line in (ROOT / "tests" / "understanding" / "openings.list").read_text().splitlines():
        if line and not line.startswith("#"):
            head, text = line.split(": ", 1)
            trade, tool = head.split()
            pairs.append((trade, text, "" if tool == "-" else tool))
    out = []
    for trade, text, called_tool in dict.fromkeys(pairs):
        heard = hear(text)
        if heard.tokens:
            table, against = tools[trade].signals(heard)
            names = [form.name for form in tools[trade].forms]
            wanted = names.index(called_tool) if called_tool else -1
            out.append(Example(trade, text, wanted, table.astype(float), against.astype(float)))
    return out


def wanting(dialogue: Dialogue) -> list[tuple[str, str]]:
    """What opens a dialogue with one tool, and what later has a tool called at once without being a yes or a value."""
    lines = [(tag, text) for _, tag, text in dialogue.lines if tag in {"C", "T", "R"}]
    called = [text.split()[0] for tag, text in lines if tag == "T"]
    out = []
    if (
        len(set(called)) == 1
        and lines[0][0] == "C"
        and lines[0][1].split()[0].lower() not in {"what", "track"}
    ):
        out.append((lines[0][1], called[0]))
    for (tag, text), (_, before), (then, tool) in zip(lines[1:], lines, lines[2:], strict=False):
        if tag == "C" and then == "T" and before == "R" and not assent(hear(text)) and len(text.split()) > 3:
            out.append((text, tool.split()[0]))
    return out


def fit(rows: list[Example]) -> tuple[Floats, Floats]:
    """Weights of the tools' signals and of none's, by Adam on the mean log-loss with a quadratic prior."""
    size, none = len(SIGNALS), len(NONE_SIGNALS)
    weights = np.zeros(size + none)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    most = max(len(row.table) for row in rows)
    tables = np.zeros((len(rows), most + 1, size + none))
    mask = np.full((len(rows), most + 1), -1e9)
    target = np.zeros(len(rows), int)
    for k, row in enumerate(rows):
        n = len(row.table)
        tables[k, :n, :size] = row.table
        tables[k, most, size:] = row.against
        mask[k, :n] = mask[k, most] = 0
        target[k] = row.wanted if row.wanted >= 0 else most
    weight = np.where(target == most, (target != most).sum() / (target == most).sum(), 1.0)
    weight /= weight.mean()
    for step in range(1, STEPS + 1):
        logits = tables @ weights + mask
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(rows)), target] -= 1
        grad = np.einsum("k,kf,kfs->s", weight, odds, tables) / len(rows) + PRIOR * weights / 10
        mean = 0.9 * mean + 0.1 * grad
        square = 0.999 * square + 0.001 * grad**2
        weights -= (
            RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8) / (1 + step / 2000)
        )
    return weights[:size], weights[size:]


def errors(rows: list[Example], weights: tuple[Floats, Floats], show: bool = False) -> tuple[int, int]:
    """(tools taken wrongly or missed, none taken for a tool)."""
    missed = false = 0
    for row in rows:
        scores = row.table @ weights[0] - row.against @ weights[1]
        best = int(scores.argmax()) if scores.max() > 0 else -1
        if best != row.wanted:
            missed += row.wanted >= 0
            false += row.wanted < 0
            if show:
                print(
                    f"{row.trade} wanted {row.wanted} got {best} ({scores.max():.2f}; {scores[row.wanted]:.2f}): {row.text}"
                )
    return missed, false


def main() -> int:
    """Prints errors and weights; 0."""
    rows = examples()
    wanting = sum(row.wanted >= 0 for row in rows)
    print(f"{len(rows)} utterances, {wanting} of them want a tool.")
    for trade in TRADES:
        weights = fit([row for row in rows if row.trade != trade])
        unseen = [row for row in rows if row.trade == trade]
        missed, false = errors(unseen, weights, "-v" in sys.argv)
        print(
            f"{trade} left out: {missed} of {sum(r.wanted >= 0 for r in unseen)} missed, {false} of "
            f"{sum(r.wanted < 0 for r in unseen)} taken for a tool"
        )
    weights = fit(rows)
    print("all:", errors(rows, weights, "-a" in sys.argv))
    for title, names, values in (
        ("WEIGHTS", SIGNALS, weights[0]),
        ("NONE_WEIGHTS", NONE_SIGNALS, weights[1]),
    ):
        print(f"{title}: dict[str, float] = {{")
        print(
            "".join(f'    "{name}": {value:.2f},\n' for name, value in zip(names, values, strict=True)) + "}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
