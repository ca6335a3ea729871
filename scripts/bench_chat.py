"""Chat latency: typed text sent → first text of the answer shown, → first audio heard; cache cold and warm.

python scripts/bench_chat.py [--engine URL] [--json]
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bench_common import arguments, progress, run

from antiphon.agent.calls import Calls
from antiphon.call import opener
from antiphon.ear.caller import Caller
from antiphon.ear.metrics import percentile

QUESTIONS = (
    "What are your opening hours?",
    "Where are you?",
    "Is there parking?",
    "Do you have vegetarian dishes?",
    "May I bring my dog?",
    "Are you open on Mondays?",
    "What does a main course cost?",
    "How far is it from the station?",
    "Which bus stops near you?",
    "Are children welcome?",
    "Is there wi-fi?",
    "When is the last order?",
    "Do you have a garden?",
    "Can I pay by card?",
    "Do you deliver?",
    "Is there a dress code?",
    "What about allergies?",
    "Is there step-free access?",
    "How long do I have the table?",
    "Can I cancel a booking?",
    "What is there on Sundays?",
    "Is the food gluten free?",
    "How large is the largest table?",
    "How far ahead can I book?",
)

ANSWER_WITHIN_MS = 5000.0


async def measure(calls: Calls, options: argparse.Namespace) -> dict[str, Any]:
    """Every question once for each pass, each after the answer to the one before."""
    figures: dict[str, Any] = {}
    questions = QUESTIONS[: options.questions]
    for name in ["as it is"] if options.engine else ["cold", "warm"]:
        progress(f"cache {name}: {len(questions)} questions")
        async with Caller(opener(calls)) as caller:
            await caller.until_speaking()
            await caller.until_quiet()
            answers = [await ask(caller, question) for question in questions]
        figures[name] = {
            "questions": len(questions),
            "unanswered": sum(answer["audio_ms"] is None for answer in answers),
            **{
                f"chat_latency_{kind}_p{q}_ms": estimate(answers, f"{kind}_ms", q)
                for kind in ("text", "audio")
                for q in (50, 90)
            },
            "each": answers,
        }
    return {"phrase_cache": figures}


async def ask(caller: Caller, question: str) -> dict[str, Any]:
    """Types a question and hears its answer out."""
    segments = set(caller.log.segments)
    sent_ms = caller.type_text(question)
    shown: list[float] = []

    def answer_shown() -> bool:
        new = [w for key, w in caller.log.segments.items() if key not in segments and w.speaker == "agent"]
        shown[:] = [words.at_ms for words in new[:1]]
        return bool(new)

    await caller.until(answer_shown, ANSWER_WITHIN_MS)
    await caller.until_speaking(timeout_ms=ANSWER_WITHIN_MS)
    await caller.until_quiet()
    heard = next((span.start_ms for span in caller.agent_spans() if span.start_ms >= sent_ms), None)
    return {
        "question": question,
        "text_ms": round(shown[0] - sent_ms, 1) if shown else None,
        "audio_ms": round(heard - sent_ms, 1) if heard is not None else None,
    }


def estimate(answers: list[dict[str, Any]], field: str, q: int) -> dict[str, float] | None:
    """A percentile with its interval."""
    found = percentile([answer[field] for answer in answers if answer[field] is not None], q)
    return None if found is None else {k: round(getattr(found, k), 1) for k in ("value", "low", "high")}


def show(figures: dict[str, Any]) -> None:
    """The figures in words."""
    for name, found in figures["phrase_cache"].items():
        print(f"Phrase cache {name}: {found['questions']} typed questions, {found['unanswered']} unanswered")
        for kind, words in (("text", "first text shown"), ("audio", "first audio heard")):
            for q in (50, 90):
                value = found[f"chat_latency_{kind}_p{q}_ms"]
                if value:
                    print(
                        f"  {words} p{q}  {value['value']:.0f} ms  [{value['low']:.0f}, {value['high']:.0f}]"
                    )
        print()


if __name__ == "__main__":
    parser = arguments("Chat latency, on this machine.")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS), help="how many")
    given = parser.parse_args()
    sys.exit(run(lambda calls, _: measure(calls, given), given, show))
