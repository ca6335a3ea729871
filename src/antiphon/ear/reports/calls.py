"""The calls of a run, one at a time: a picker, and for each call its sound, its timeline, its turns and its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.ear.reports import sound
from antiphon.ear.reports.facts import missed_something
from antiphon.ear.reports.lanes import event_words, latency_words, timeline
from antiphon.ear.reports.markup import Markup, join, tag
from antiphon.ear.reports.tables import details, table
from antiphon.ear.reports.waterfall_plot import name as hop_name
from antiphon.ear.results import Call, Run


@dataclass(frozen=True, slots=True)
class Shown:
    """A call with its place in the page. `key` is its anchor: no foreign word is in it."""

    key: str
    call: Call
    folder: Path | None


def shown(runs: Sequence[Run], folders: Sequence[Path | None]) -> list[list[Shown]]:
    """Every call of every run."""
    return [
        [Shown(f"call-{which}-{index}", call, folder) for index, call in enumerate(run.calls)]
        for which, (run, folder) in enumerate(zip(runs, folders, strict=True))
    ]


def calls_section(runs: Sequence[Run], calls: Sequence[Sequence[Shown]], embed: sound.Embed) -> Markup | None:
    """Picker and calls; None where there are none."""
    everything = [each for those in calls for each in those]
    if not everything:
        return None
    addresses = _embedded(everything, embed)
    groups = []
    for run, those in zip(runs, calls, strict=True):
        for scenario in dict.fromkeys(each.call.scenario for each in those):
            options = [
                tag("option", _option(each.call), value=each.key)
                for each in those
                if each.call.scenario == scenario
            ]
            label = scenario if len(runs) == 1 else f"{run.label}: {scenario}"
            groups.append(tag("optgroup", join(options), label=label))
    picker = tag(
        "div",
        tag("label", "Call", for_="picker"),
        tag("select", join(groups), id="picker"),
        tag("button", "Previous", type="button", id="previous"),
        tag("button", "Next", type="button", id="next"),
        tag(
            "span",
            tag("button", "−", type="button", data_zoom="0.6667", aria_label="Zoom out"),
            tag("button", "Whole call", type="button", data_zoom="0"),
            tag("button", "+", type="button", data_zoom="1.5", aria_label="Zoom in"),
            class_="zoom",
            role="group",
            aria_label="Zoom of the timeline",
        ),
        class_="picker",
    )
    articles = [_article(each, addresses.get(each.key, "")) for each in everything]
    return tag("section", tag("h2", "Calls"), picker, _key(), join(articles), id="calls", class_="card")


def _option(call: Call) -> str:
    flag = " — failed" if call.error else " — something went wrong" if missed_something(call) else ""
    return f"{call.id} ({call.voice}){flag}"


def _embedded(calls: Sequence[Shown], embed: sound.Embed) -> dict[str, str]:
    """The sound of calls, as far as the budget reaches."""
    by_call = {id(each.call): each for each in calls}
    found: dict[str, str] = {}
    left = sound.BUDGET_BYTES if embed == "some" else float("inf")
    for call in sound.order((each.call for each in calls), embed):
        each = by_call[id(call)]
        recording = sound.read(each.folder, call)
        encoded = sound.opus(recording) if recording is not None else None
        if encoded is not None:
            address = sound.data_address(encoded)
            if len(address) <= left:
                left -= len(address)
                found[each.key] = address
    return found


_KEY = (
    ("turn", "caller's turn"),
    ("pause", "pause that he holds"),
    ("latency good", "until the answer"),
    ("latency bad", "answer before the end"),
    ("activity", "agent heard, A(t)"),
    ("gap", "gap"),
    ("event interruption", "interruption, until it stops"),
    ("event backchannel", "other sounds"),
)


def _key() -> Markup:
    entries = [
        tag(
            "li",
            tag(
                "svg",
                tag("rect", width="14", height="12", y="0", class_=kind),
                width="14",
                height="12",
                aria_hidden="true",
            ),
            words,
        )
        for kind, words in _KEY
    ]
    return tag("ul", join(entries), class_="legend")


def _article(each: Shown, address: str) -> Markup:
    call = each.call
    recording = sound.read(each.folder, call)
    return tag(
        "article",
        tag("h3", call.id, " ", tag("span", f"{call.scenario}, {call.voice}", class_="quiet")),
        tag("p", tag("b", "This call failed: ", class_="bad"), call.error) if call.error else None,
        _player(each, address),
        timeline(call, recording),
        _facts(call),
        _expectations(call),
        details(f"Turns ({len(call.turns)})", _turns(call)) if call.turns else None,
        details("Words, sounds, tools and problems", _happened(each), open_=True),
        id=each.key,
        class_="call",
        tabindex="-1",
    )


def _player(each: Shown, address: str) -> Markup | None:
    beside = sound.link(each.call.recording)
    if not address and not beside:
        return tag("p", "There is no recording of this call.", class_="quiet")
    link = tag("a", "WAV", href=beside, download=True) if beside else None
    audio = tag(
        "audio",
        controls=True,
        preload="none",
        src=address or beside,
        aria_label=f"Recording of {each.call.id}",
    )
    where = "caller left, agent right" + ("" if address else "; played from the file beside this page")
    return tag(
        "div", audio, tag("span", where, " · " if link else None, link, class_="quiet"), class_="player"
    )


def _facts(call: Call) -> Markup:
    facts = [f"{call.duration_ms / 1000:.1f} s"]
    if call.greeting_latency_ms is not None:
        facts.append(f"greeting after {call.greeting_latency_ms:.0f} ms")
    if call.gaps:
        facts.append(f"{len(call.gaps)} gaps, {sum(gap.duration_ms for gap in call.gaps):.0f} ms")
    if call.overlap_ms:
        facts.append(
            f"both spoke {call.overlap_ms:.0f} ms, the agent began {call.overlap_agent_ms:.0f} of it"
        )
    if call.word_errors is not None:
        facts.append(f"{call.word_errors} of {call.words} words misheard")
    if call.late_ticks:
        facts.append(
            f"the ear was late {call.late_ticks} of {call.ticks} times, {call.worst_late_ms:.0f} ms at worst"
        )
    if call.ended:
        facts.append(f"ended: {call.ended}")
    return tag("p", " · ".join(facts), class_="quiet")


def _expectations(call: Call) -> Markup | None:
    if not call.expectations:
        return None
    lines = [
        tag(
            "li",
            tag("b", "✓ met: " if each.met else "✗ not met: ", class_="good" if each.met else "bad"),
            each.what,
            f"; found: {each.found}" if each.found and not each.met else None,
        )
        for each in call.expectations
    ]
    return tag("ul", join(lines), class_="plain")


def _turns(call: Call) -> Markup:
    rows = []
    for turn in call.turns:
        hops = ", ".join(
            f"{hop_name(hop)} {at:+.0f}" for hop, at in sorted(turn.hops.items(), key=lambda hop: hop[1])
        )
        bad = turn.cut_off or (turn.wants_answer and turn.heard_e2e_latency_ms is None)
        rows.append(
            (
                turn.label,
                f"{turn.start_ms / 1000:.2f} to {turn.end_ms / 1000:.2f} s",
                tag("b", latency_words(turn), class_="bad" if bad else None),
                f"{turn.cutoffs} of {len(turn.pauses)}",
                "–" if turn.endpointing_delay_ms is None else f"{turn.endpointing_delay_ms:.0f} ms",
                hops,
                ", ".join(f"{key} {value}" for key, value in turn.details.items()),
            )
        )
    columns = ("Turn", "From, to", "Heard after", "Pauses misread", "Endpointing", "Hops, ms", "Server told")
    return table("The caller's turns", columns, rows)


def _happened(each: Shown) -> Markup:
    lines = []
    for at_ms, who, what, bad in sorted(_lines(each.call), key=lambda entry: entry[0]):
        stamp = f"{at_ms / 1000:.2f} s"
        button = tag(
            "button", stamp, type="button", data_seek=f"{at_ms:.0f}", aria_label=f"Play from {stamp}"
        )
        lines.append(
            tag(
                "li", button, tag("span", who, class_="who"), tag("span", what, class_="bad" if bad else None)
            )
        )
    return tag("ol", join(lines), class_="happened")


def _lines(call: Call) -> Iterator[tuple[float, str, Markup, bool]]:
    for words in call.transcript:
        if words.text or words.unheard:
            unheard = join((" ", tag("s", words.unheard), " (unheard)")) if words.unheard else None
            who = words.speaker + (", typed" if words.typed else "")
            yield words.at_ms, who, join((words.text, unheard)), False
    for event in call.events:
        yield event.at_ms, "sound", join((event_words(event),)), bool(event.false_interruption)
    for typed in call.typed:
        found = [
            f"{what} after {value:.0f} ms" if value is not None else f"no {what}"
            for what, value in (("text", typed.first_text_ms), ("sound", typed.first_audio_ms))
        ]
        yield typed.at_ms, "typed", join((f"{typed.label}: {', '.join(found)}",)), False
    for tool in call.tools:
        given = ", ".join(f"{key}={value!r}" for key, value in tool.arguments.items())
        took = "" if tool.took_ms is None else f", {tool.took_ms:.0f} ms"
        result = "no result" if tool.output is None else ("failed: " if tool.is_error else "") + tool.output
        yield (
            tool.at_ms,
            "tool",
            join((tag("code", f"{tool.name}({given})"), f" → {result}{took}")),
            tool.is_error,
        )
    for problem in call.problems:
        at_ms = problem.get("at_ms", 0.0)
        words_of = f"{problem.get('code', '')}: {problem.get('message', '')}"
        yield float(at_ms) if isinstance(at_ms, int | float) else 0.0, "problem", join((words_of,)), True
