"""A played call, scored from its audio: what each turn, interruption and sound came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from antiphon.ear.caller import Caller
from antiphon.ear.log import CallLog, Words
from antiphon.ear.metrics import (
    LEFT_TO_SAY_MS,
    CallerTurn,
    HeardTurn,
    clipped_onsets,
    false_interruption,
    overlap_ms,
    time_to_yield,
)
from antiphon.ear.play import Made, Played
from antiphon.ear.report import CallReport
from antiphon.ear.results import Call, Event, Turn, Typed
from antiphon.ear.signal import Span, merge
from antiphon.ear.words import word_errors

WORD_MS = 350.0
"""What one word of what was left to say counts, where only the words are known: about 170 words a minute."""

UTTERANCE_GAP_MS = 1200.0
"""Spans of the agent's with no longer silence between them are one answer: clauses."""

NOTICED_MS = 2000.0
"""A change of state so long after an interruption began is its notice; a later one is something else."""


def score(caller: Caller, played: Played, call: Call) -> Call:
    """Fills in a call's record.

    Args:
        caller: after the call.
        played: what the caller did.
        call: the record so far: id, scenario, voice, recording.
    """
    report = CallReport.of(caller, [turn.text for turn in caller.turns])
    agent, log = report.agent, report.log
    own = [*caller.turns, *caller.noises]
    both = overlap_ms(own, agent)
    errors, words = _recognised(caller.turns, log)
    return replace(
        call,
        greeting_latency_ms=report.greeting_ms,
        duration_ms=caller.now_ms,
        turns=tuple(
            _turn(report, heard, wait) for heard, wait in zip(report.turns, played.awaited, strict=True)
        ),
        events=tuple(_event(made, agent, log) for made in played.made),
        typed=tuple(_typed(text, at, agent, log) for text, at in played.typed),
        agent=tuple(agent),
        gaps=tuple(report.gaps),
        clipped_ms=tuple(clipped_onsets(caller.received(), caller.rate_hz, agent)),
        overlap_ms=both,
        overlap_agent_ms=_agent_began(own, agent),
        speech_ms=sum(t.end_ms - t.start_ms for t in own) + sum(s.duration_ms for s in agent) - both,
        word_errors=errors,
        words=words,
        transcript=tuple(words for words in log.segments.values() if words.text or words.unheard),
        tools=tuple(log.tools.values()),
        problems=tuple(log.problems),
        ended=log.ended,
        expectations=tuple(played.expectations),
        late_ticks=report.late_ticks,
        ticks=caller.ticks,
        worst_late_ms=report.worst_late_ms,
    )


def _turn(report: CallReport, heard: HeardTurn, wait: bool) -> Turn:
    hops = report.hops(heard)
    fall = report.waterfall(heard)
    return Turn(
        label=heard.turn.text,
        start_ms=heard.turn.start_ms,
        end_ms=heard.turn.end_ms,
        pauses=heard.turn.pauses,
        heard_e2e_latency_ms=heard.latency_ms,
        onset_ms=heard.onset_ms,
        cutoffs=heard.cutoffs,
        cut_off=heard.cut_off,
        wants_answer=wait,
        endpointing_delay_ms=hops.get("turn_over"),
        hops=hops,
        details=fall.details if fall else {},
    )


def _event(made: Made, agent: Sequence[Span], log: CallLog) -> Event:
    turn = made.turn
    if turn is None:
        return Event(kind=made.kind, label=made.label, at_ms=0, end_ms=0, counts=False, why_not=made.why_not)
    event = Event(
        kind=made.kind, label=made.label, at_ms=turn.start_ms, end_ms=turn.end_ms, counts=True, why_not=""
    )
    if made.kind == "interruption":
        return _interruption(event, agent, log)
    resumed = false_interruption(turn.start_ms, agent)
    if resumed is None:
        return replace(event, counts=False, why_not="the agent was silent then")
    if not resumed.interrupted:
        return replace(event, false_interruption=False)
    cut = _cut_segment(turn.start_ms, log)
    if (
        cut is None and log.waterfalls and resumed.resume_latency_ms is None
    ):  # a line that tells of cuts told of none
        return replace(event, counts=False, why_not="the answer was over then")
    # Of a cut answer nothing goes on: what is heard next is another one.
    return replace(
        event, false_interruption=True, resume_latency_ms=None if cut else resumed.resume_latency_ms
    )


def _span_at(at_ms: float, agent: Sequence[Span]) -> Span | None:
    return next((span for span in agent if span.start_ms <= at_ms < span.end_ms), None)


def _interruption(event: Event, agent: Sequence[Span], log: CallLog) -> Event:
    cut = _cut_segment(event.at_ms, log)
    left = len(cut.unheard.split()) * WORD_MS if cut is not None else None
    spoke_on = _span_at(event.at_ms, agent)
    if spoke_on is None:
        return replace(event, counts=False, why_not="the agent was silent then")
    yielded = time_to_yield(event.at_ms, agent, left_ms=left)
    if yielded is None:
        return replace(event, counts=False, why_not=f"less than {LEFT_TO_SAY_MS:g} ms were left to say")
    noticed = [
        at for at, state in log.states if event.at_ms < at <= event.at_ms + NOTICED_MS and state != "speaking"
    ]
    return replace(
        event,
        time_to_yield_ms=yielded.time_to_yield_ms,
        detect_ms=noticed[0] - event.at_ms if noticed else None,
        unheard_words=_unheard(event, agent, log, cut),
    )


def _cut_segment(at_ms: float, log: CallLog) -> Words | None:
    """The agent's answer that was cut at about this time."""
    said = [w for w in log.segments.values() if w.speaker == "agent" and w.at_ms < at_ms + NOTICED_MS]
    return said[-1] if said and said[-1].unheard else None


def _unheard(event: Event, agent: Sequence[Span], log: CallLog, cut: Words | None) -> int | None:
    """Words of a cut answer that the transcript keeps, beyond those that there was time to hear.

    The time for a letter is that of the greeting, which was heard whole. What is known no better than a word either way is given away.
    """
    first = next((words for words in log.segments.values() if words.speaker == "agent"), None)
    if cut is None or first is None or first is cut or first.unheard or not agent or not first.text:
        return None
    answers = merge(agent, UTTERANCE_GAP_MS)
    spoken = next((span for span in answers if span.start_ms <= event.at_ms < span.end_ms), None)
    if spoken is None:
        return None
    letter_ms = answers[0].duration_ms / len(first.text)
    kept = cut.text.split()
    heard_letters = (spoken.duration_ms / letter_ms) * 1.15
    letters, unheard = 0, 0
    for word in kept:
        letters += len(word) + 1
        unheard += letters > heard_letters
    return max(0, unheard - 1)


def _typed(text: str, at_ms: float, agent: Sequence[Span], log: CallLog) -> Typed:
    shown = [w.at_ms for w in log.segments.values() if w.speaker == "agent" and w.at_ms >= at_ms]
    heard = [span.start_ms for span in agent if span.start_ms >= at_ms]
    return Typed(
        label=text,
        at_ms=at_ms,
        first_text_ms=shown[0] - at_ms if shown else None,
        first_audio_ms=heard[0] - at_ms if heard else None,
    )


def _agent_began(own: Sequence[CallerTurn], agent: Sequence[Span]) -> float:
    """How long both spoke where the agent began while the caller was speaking."""
    return sum(
        overlap_ms([turn], [span])
        for turn in own
        for span in agent
        if turn.start_ms < span.start_ms < turn.end_ms
    )


def _recognised(turns: Sequence[CallerTurn], log: CallLog) -> tuple[int | None, int]:
    said = [w.text for w in log.segments.values() if w.speaker == "caller" and not w.typed and w.text]
    if not said:
        return None, 0
    return word_errors(" ".join(turn.text for turn in turns), " ".join(said))
