"""A call on its timeline: lanes of words, waveforms, what was heard when, tools and problems, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from antiphon.ear.reports.markup import Markup, join, number, tag
from antiphon.ear.reports.sound import HEIGHT, Recording, waveforms
from antiphon.ear.results import Call, Event, Turn

PX_PER_S = 60
"""How wide a second is, before anybody zooms."""

WAVE_PX, HEARD_PX, ROW_PX = 64, 26, 22
LETTER_PX, WIDEST_PX = 6.6, 230


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is drawn, in ms of the call."""

    begin: float
    end: float

    def at(self, ms: float) -> str:
        """A moment as a share of the width."""
        return f"{number(min(max((ms - self.begin) / (self.end - self.begin), 0), 1) * 100)}%"

    def long(self, begin_ms: float, end_ms: float) -> str:
        """A stretch as a share of the width."""
        begin, end = (min(max(each, self.begin), self.end) for each in (begin_ms, end_ms))
        return f"{number(max(0.0, end - begin) / (self.end - self.begin) * 100)}%"

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.begin) / 1000


@dataclass(frozen=True, slots=True)
class Chip:
    """Words at a moment. `kind` is its class, `whole` what a tooltip says."""

    at_ms: float
    words: Markup
    letters: int
    kind: str
    whole: str


def span_of(call: Call, recording: Recording | None) -> Span:
    """What a call's timeline has to show."""
    begin = min(0.0, call.recording_begins_ms)
    ends = [call.duration_ms, *(span.end_ms for span in call.agent), *(turn.end_ms for turn in call.turns)]
    if recording is not None:
        ends.append(call.recording_begins_ms + recording.length_ms)
    return Span(begin, max(1000.0, begin + 1000.0, *ends))


def timeline(call: Call, recording: Recording | None) -> Markup:
    """All lanes of a call, in a box that scrolls."""
    span = span_of(call, recording)
    caller = agent = None
    columns = 1
    if recording is not None:
        caller, agent, columns = waveforms(recording)
        offset = (call.recording_begins_ms, call.recording_begins_ms + recording.length_ms)
    else:
        offset = (span.begin, span.begin)
    lanes = join(
        (
            _chips("caller's words", [chip for chip in _said(call, "caller")], span),
            _chips("sounds", [chip for chip in _sounds(call)], span),
            _lane(
                "caller",
                WAVE_PX,
                (*_turns(call, span), *_wave(caller, columns, span, offset), *_made(call, span)),
            ),
            _lane("heard", HEARD_PX, _heard(call, span)),
            _lane(
                "agent",
                WAVE_PX,
                (*_agent(call, span), *_wave(agent, columns, span, offset), *_gaps(call, span)),
            ),
            _chips("agent's words", [chip for chip in _said(call, "agent")], span),
            _chips("tools and problems", [chip for chip in _done(call)], span),
            _axis(span),
        )
    )
    track = tag(
        "div",
        lanes,
        tag("div", class_="playhead", hidden=True),
        class_="track",
        style=f"--s:{number(span.seconds)}",
        data_begin=number(span.begin),
        data_end=number(span.end),
        data_audio=number(call.recording_begins_ms),
    )
    return tag(
        "div",
        track,
        class_="scroller",
        tabindex="0",
        role="region",
        aria_label=f"Timeline of {call.id}, scrolls",
    )


def _name(name: str) -> Markup:
    return tag("span", name, class_="lane-name")


def _lane(name: str, height: int, shapes: Sequence[Markup] | Iterator[Markup]) -> Markup:
    picture = tag("svg", join(shapes), height=str(height), aria_hidden="true")
    return tag("div", _name(name), picture, class_=f"lane wave-{name}")


def _rect(span: Span, begin: float, end: float, y: int, height: int, class_: str, about: str = "") -> Markup:
    return tag(
        "rect",
        tag("title", about) if about else None,
        x=span.at(begin),
        width=span.long(begin, end),
        y=str(y),
        height=str(height),
        class_=class_,
    )


def _wave(data: Markup | None, columns: int, span: Span, offset: tuple[float, float]) -> Iterator[Markup]:
    if data is not None:
        yield tag(
            "svg",
            tag("path", d=data, class_="wave"),
            x=span.at(offset[0]),
            width=span.long(*offset),
            height=str(WAVE_PX),
            viewBox=f"0 0 {columns} {2 * HEIGHT}",
            preserveAspectRatio="none",
        )


def _turns(call: Call, span: Span) -> Iterator[Markup]:
    for turn in call.turns:
        about = f"{turn.label}: {turn.start_ms / 1000:.2f} to {turn.end_ms / 1000:.2f} s"
        yield _rect(span, turn.start_ms, turn.end_ms, 0, WAVE_PX, "turn", about)
        for pause in turn.pauses:
            held = f"A pause that the caller holds: {pause.duration_ms:.0f} ms"
            yield _rect(span, pause.start_ms, pause.end_ms, 0, WAVE_PX, "pause", held)


def _made(call: Call, span: Span) -> Iterator[Markup]:
    for event in call.events:
        yield _rect(
            span, event.at_ms, event.end_ms, WAVE_PX - 5, 5, f"event {event.kind}", event_words(event)
        )


def _agent(call: Call, span: Span) -> Iterator[Markup]:
    for active in call.agent:
        yield _rect(span, active.start_ms, active.end_ms, 0, WAVE_PX, "activity")
    for event in call.events:
        if event.time_to_yield_ms is not None:
            end = event.at_ms + event.time_to_yield_ms
            yield _rect(span, event.at_ms, end, 0, 5, "event interruption", event_words(event))


def _gaps(call: Call, span: Span) -> Iterator[Markup]:
    for gap in call.gaps:
        yield _rect(span, gap.start_ms, gap.end_ms, 0, WAVE_PX, "gap", f"A gap of {gap.duration_ms:.0f} ms")


def _heard(call: Call, span: Span) -> Iterator[Markup]:
    for turn in call.turns:
        latency = turn.heard_e2e_latency_ms
        if latency is None or turn.onset_ms is None:
            if turn.wants_answer:
                yield tag("text", "no answer", x=span.at(turn.end_ms), dx="4", y="18", class_="heard-bad")
            continue
        kind = "bad" if latency < 0 else "good"
        yield _rect(
            span, min(turn.end_ms, turn.onset_ms), max(turn.end_ms, turn.onset_ms), 8, 10, f"latency {kind}"
        )
        where = span.at(max(turn.end_ms, turn.onset_ms))
        yield tag("text", latency_words(turn, brief=True), x=where, dx="4", y="18", class_=f"heard-{kind}")


def latency_words(turn: Turn, *, brief: bool = False) -> str:
    """What was heard after a turn."""
    latency = turn.heard_e2e_latency_ms
    if latency is None:
        return "no answer" if turn.wants_answer else "not awaited"
    if latency < 0:
        return f"{-latency:.0f} ms early" if brief else f"cut off {-latency:.0f} ms before the end"
    return f"{latency:.0f} ms" + ("" if brief or not turn.cut_off else ", and was cut off")


def event_words(event: Event) -> str:
    """A sound that the caller made, and what it did."""
    head = f"{event.kind.replace('_', ' ')} “{event.label}”"
    if not event.counts:
        return f"{head}: does not count" + (f", {event.why_not}" if event.why_not else "")
    if event.kind == "interruption":
        did = (
            "the agent did not yield"
            if event.time_to_yield_ms is None
            else f"the agent yielded in {event.time_to_yield_ms:.0f} ms"
        )
        if event.detect_ms is not None:
            did += f", noticed after {event.detect_ms:.0f} ms"
        return f"{head}: {did}" + (
            f", {event.unheard_words} unheard words kept" if event.unheard_words else ""
        )
    if not event.false_interruption:
        return f"{head}: the agent went on"
    if event.resume_latency_ms is None:
        return f"{head}: the agent fell silent for good"
    return f"{head}: the agent fell silent, and went on after {event.resume_latency_ms:.0f} ms"


def _said(call: Call, speaker: str) -> Iterator[Chip]:
    for words in call.transcript:
        if words.speaker == speaker and (words.text or words.unheard):
            unheard = tag("s", words.unheard) if words.unheard else None
            typed = "typed: " if words.typed else ""
            shown = join((typed + words.text, " " if unheard and words.text else None, unheard))
            whole = typed + words.text + (f" [unheard: {words.unheard}]" if words.unheard else "")
            yield Chip(words.at_ms, shown, len(whole), f"said {speaker}", whole)


def _sounds(call: Call) -> Iterator[Chip]:
    for event in call.events:
        bad = event.false_interruption or (
            event.kind == "interruption" and event.counts and event.time_to_yield_ms is None
        )
        whole = event_words(event)
        head = f"{event.kind.replace('_', ' ')} “{event.label}”"
        yield Chip(
            event.at_ms, join((head,)), len(head), f"sound {event.kind}" + (" bad" if bad else ""), whole
        )


def _done(call: Call) -> Iterator[Chip]:
    for tool in call.tools:
        kind = "tool bad" if tool.is_error else "tool"
        whole = f"{tool.name}({', '.join(f'{k}={v!r}' for k, v in tool.arguments.items())}) → {tool.output}"
        yield Chip(tool.at_ms, join((tool.name,)), len(tool.name), kind, whole)
    for problem in call.problems:
        code = str(problem.get("code", "problem"))
        at_ms = problem.get("at_ms", 0.0)
        yield Chip(
            float(at_ms) if isinstance(at_ms, int | float) else 0.0,
            join((code,)),
            len(code),
            "problem bad",
            f"{code}: {problem.get('message', '')}",
        )


def _chips(name: str, chips: list[Chip], span: Span) -> Markup | None:
    """A lane of words, in as many rows as they need at the usual zoom."""
    if not chips:
        return None
    free: list[float] = []
    found = []
    for chip in sorted(chips, key=lambda chip: chip.at_ms):
        begin = (chip.at_ms - span.begin) / 1000 * PX_PER_S
        width = min(WIDEST_PX, chip.letters * LETTER_PX + 18)
        row = next((index for index, until in enumerate(free) if until <= begin), len(free))
        if row == len(free):
            free.append(0.0)
        free[row] = begin + width
        style = f"left:{span.at(chip.at_ms)};top:{row * ROW_PX}px"
        found.append(tag("span", chip.words, class_=f"chip {chip.kind}", style=style, title=chip.whole))
    return tag(
        "div",
        _name(name),
        *found,
        class_="lane words",
        style=f"height:{len(free) * ROW_PX + 16}px",
        aria_hidden="true",
    )


def _axis(span: Span) -> Markup:
    step = 1 if span.seconds <= 30 else 2 if span.seconds <= 90 else 5
    shapes = []
    for second in range(0, int(span.end / 1000) + 1, step):
        at = span.at(second * 1000)
        shapes.append(tag("line", x1=at, x2=at, y1="0", y2="5", class_="axis"))
        if second % (5 * step if span.seconds > 10 else step) == 0:
            shapes.append(tag("text", f"{second} s", x=at, y="17", dx="2", class_="tick"))
    picture = tag("svg", join(shapes), height="20", aria_hidden="true")
    return tag("div", picture, class_="lane time")
