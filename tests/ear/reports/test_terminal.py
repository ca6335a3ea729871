"""A run in a terminal: what it says, and that foreign words stay words."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from antiphon.ear.compare import compare
from antiphon.ear.reports.comparison_text import show_comparison
from antiphon.ear.reports.progress import Progress
from antiphon.ear.reports.terminal import show
from antiphon.ear.results import Run
from tests.ear.reports.runs import EVIL, eventful_call, run


def printed(found: Run, width: int = 140) -> str:
    """What a console without colours shows."""
    out = io.StringIO()
    show(found, Console(file=out, width=width))
    return out.getvalue()


def test_verdict_instrument_scenarios_and_missed_bounds_are_told() -> None:
    text = printed(run())
    first, target, instrument = text.splitlines()[:3]
    assert "MISSED" in first and "1 of 3 bounds missed · 1 of 8 expectations not met · 7 calls" in first
    assert "http://127.0.0.1:8080" in target
    assert "bias +0.41 ms · spread +0.92 ms" in instrument
    (line,) = (line for line in text.splitlines() if "✗   interruption" in line)
    assert "time to yield p50 450 ms" in line and "1 of 2, 1 not met" in line
    assert "interruption: time_to_yield_p50_ms 450 ms, bound ≤ 350 ms" in text
    assert "tool book was called without error; found it failed" in text


def test_pooled_figures_have_interval_count_and_note() -> None:
    lines = printed(run()).splitlines()
    (p50,) = (line.split() for line in lines if line.strip().startswith("heard_e2e_latency_p50_ms"))
    assert p50 == ["heard_e2e_latency_p50_ms", "330", "ms", "307", "to", "356", "24"]
    assert any("p95 needs 200 turns; there are 24" in line for line in lines if "p95_ms" in line)


def test_load_tells_max_calls_and_what_every_process_took() -> None:
    text = printed(run())
    assert "max_calls: 12" in text
    assert "engine (101) 1.90 cores, 560 MB" in text
    assert "p90 900 ms > 480 ms" in text


def test_a_run_without_anything_wrong_passed() -> None:
    text = printed(run(eventful=False))
    assert "PASSED" in text and "1 bound kept · 6 expectations met · 6 calls" in text
    assert "✗" not in text


def test_a_failed_call_is_told() -> None:
    found = run(eventful=False)
    broken = replace(found.calls[0], error="the line broke")
    assert "plain-000: the line broke" in printed(replace(found, calls=(broken, *found.calls[1:])))


def test_foreign_words_are_neither_markup_nor_control_codes() -> None:
    found = replace(
        run(), label="[bold red]x[/] \x1b[31m\x07", notes=("[link=http://x]y[/link]\x1b]0;z\x07",)
    )
    text = printed(found)
    assert "[bold red]x[/]" in text
    assert "[link=http://x]y[/link]" in text
    assert not {"\x1b", "\x07"} & set(text)


def test_a_narrow_terminal_loses_no_figure() -> None:
    text = printed(run(), width=80)
    assert "330 ms" in text and max(map(len, text.splitlines())) <= 80


def test_a_comparison_tells_verdicts_and_method() -> None:
    out = io.StringIO()
    found = compare(
        run(calls=20, eventful=False), run(calls=20, middle_ms=500, seed=9, eventful=False, label="new")
    )
    show_comparison(found, Console(file=out, width=160))
    text = out.getvalue()
    assert "worse" in text and "too few to tell" in text
    assert "Holm" in text and "new" in text


def test_progress_moves_on_a_terminal_and_is_quiet_elsewhere() -> None:
    def said(terminal: bool) -> str:
        out = io.StringIO()
        with Progress(2, console=Console(file=out, force_terminal=terminal, width=260)) as progress:
            progress.began(f"interruption {EVIL}")
            progress.ended(eventful_call(None))
            progress.say("A line.")
        return out.getvalue()

    moved = said(True)
    assert "1/2" in moved and "heard p50" in moved and "1 wanting" in moved and "A line." in moved
    assert "\x1b[31m" not in moved
    assert said(False) == ""
