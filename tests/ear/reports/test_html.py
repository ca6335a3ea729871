"""The page: whole, alone, inert against what agents say, and small."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from antiphon.ear.reports import sound
from antiphon.ear.reports.html import page
from antiphon.ear.reports.markup import tag
from antiphon.ear.results import Run
from tests.ear.reports.reading import Page
from tests.ear.reports.runs import EVIL, eventful_call, plain_call, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the recordings are."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def found(folder: Path) -> Run:
    """A run with everything in it."""
    return run(folder)


@pytest.fixture(scope="module")
def source(found: Run, folder: Path) -> str:
    """Its page."""
    return page([found], [folder])


@pytest.fixture(scope="module")
def parsed(source: str) -> Page:
    """Parsed; malformed HTML fails here."""
    return Page(source)


def test_nothing_is_fetched(parsed: Page) -> None:
    for name in ("link", "img", "iframe", "object", "embed", "base"):
        assert not parsed.of(name), name
    for element, attributes in parsed.elements:
        for name in ("src", "href", "action", "data", "poster", "xlink:href"):
            address = attributes.get(name, "")
            assert re.match(r"^(|#.*|data:audio/webm;base64,.*|calls/[\w-]+\.wav)$", address), (
                element,
                address,
            )
    (style,) = parsed.raw["style"]
    assert "url(" not in style and "@import" not in style and "http" not in style
    (script,) = parsed.raw["script"]
    assert not re.search(r"fetch|XMLHttp|import\(|http", script)


def test_the_policy_lets_only_the_pages_own_script_run(parsed: Page) -> None:
    (policy,) = (m["content"] for m in parsed.of("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}';", policy)


def test_every_call_is_there_with_timeline_sound_and_words(parsed: Page, found: Run) -> None:
    calls = parsed.of("article", class_="call")
    assert len(calls) == len(found.calls) == len(parsed.of("option"))
    assert len(parsed.of("div", class_="track")) == len(calls)
    assert len(parsed.of("audio")) == len(calls)
    for call in found.calls:
        assert call.id in parsed.text
    embedded = [audio for audio in parsed.of("audio") if audio["src"].startswith("data:")]
    assert len(embedded) == 2, "the one that missed something, and the first of the other scenario"


def test_the_timeline_draws_what_happened(parsed: Page) -> None:
    kinds = Counter(attributes.get("class", "") for name, attributes in parsed.elements if name == "rect")
    legend = 1  # each kind stands in the legend once
    assert kinds["gap"] == 2 + legend
    assert kinds["event backchannel"] == 1 + legend
    assert kinds["event sound"] == kinds["event side_speech"] == 1
    assert kinds["event interruption"] == 2 + legend, "the sound, and until the agent yielded"
    assert kinds["latency bad"] >= 1 + legend
    for words in (
        "no answer",
        "1100 ms early",
        "the agent yielded in 450 ms, noticed after 260 ms",
        "350 ms",
    ):
        assert words in parsed.text
    assert "to the old market and walk" in parsed.text


def test_what_an_agent_says_is_text(source: str, parsed: Page) -> None:
    assert "window.hacked=1" in parsed.text
    assert source.count("<script") == 1
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on")]
    assert "\x1b" not in source


@pytest.mark.parametrize("where", ["label", "scenario", "figure", "note", "target", "id", "tool"])
def test_no_field_breaks_out(where: str) -> None:
    base = run(calls=1)
    first, scenario = base.calls[0], base.scenarios[0]
    evil = {
        "label": lambda: replace(base, label=EVIL),
        "scenario": lambda: replace(base, scenarios=(replace(scenario, name=EVIL, about=EVIL),)),
        "figure": lambda: replace(base, figures={EVIL: next(iter(base.figures.values()))}),
        "note": lambda: replace(base, notes=(EVIL,), instrument={EVIL: EVIL}, machine={EVIL: [EVIL]}),
        "target": lambda: replace(base, target={EVIL: EVIL}, began=EVIL, antiphon=EVIL),
        "id": lambda: replace(
            base, calls=(replace(first, id=EVIL, recording=EVIL, voice=EVIL, ended=EVIL, error=EVIL),)
        ),
        "tool": lambda: replace(
            base, loads=tuple(replace(each, name=EVIL, rule=EVIL) for each in base.loads)
        ),
    }[where]()
    made = page([evil, replace(evil, label=f"other {EVIL}")])
    parsed = Page(made)
    assert len(parsed.of("script")) == 1
    assert not parsed.of("img")
    assert not [name for _, attributes in parsed.elements for name in attributes if name.startswith("on")]


def test_ids_are_unique_and_what_refers_to_one_finds_it(parsed: Page) -> None:
    ids = Counter(attributes["id"] for _, attributes in parsed.elements if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    for _, attributes in parsed.elements:
        for name in ("aria-labelledby", "for"):
            assert all(each in ids for each in attributes.get(name, "").split())
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids


def test_every_plot_has_words_and_a_table(parsed: Page) -> None:
    plots = [a for a in parsed.of("svg") if a.get("role") == "img"]
    assert len(plots) == 8, "two distributions, two waterfalls, two loads, two costs: wide and narrow"
    assert all(plot["aria-labelledby"] for plot in plots)
    for words in ("p50 330 ms", "limit 480 ms", "max_calls 12", "speech ended"):
        assert words in parsed.text
    assert len(parsed.of("table")) > 8


def test_bounds_and_unknown_figures_are_shown(parsed: Page) -> None:
    assert "✗ missed time_to_yield_p50_ms 450 ms, bound ≤ 350 ms" in parsed.text
    assert "whatever_new_thing" in parsed.text


def test_several_runs_share_a_plot_and_are_compared(folder: Path, found: Run) -> None:
    others = [run(middle_ms=500, seed=9, label="a peer"), run(middle_ms=250, seed=8, label="another")]
    parsed = Page(page([found, *others], [folder, None, None]))
    curves = [a for a in parsed.of("path") if a.get("class", "").startswith("curve") and "V" in a["d"]]
    assert len(curves) == 6
    assert parsed.text.count("B against A:") == 2
    assert "a peer (ratio)" in parsed.text
    assert len(parsed.of("article", class_="call")) == 21


def test_without_recordings_or_pyav_the_page_still_stands(
    found: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Page(page([run()]))
    assert silent.text.count("There is no recording of this call.") == 7
    assert not silent.of("audio")
    monkeypatch.setitem(sys.modules, "av", None)
    linked = Page(page([found], [folder]))
    assert all(audio["src"].startswith("calls/") for audio in linked.of("audio"))
    assert len(linked.of("audio")) == 7


def test_an_empty_run_has_a_page() -> None:
    empty = Run(label="empty", target={}, began="", took_s=0, machine={}, instrument={})
    assert "no calls" in Page(page([empty])).text


def test_a_report_of_sixty_calls_stays_below_15_mb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of a minute, each with something missed, the worst case; told from eight of them, and as much less sound."""
    assert sound.BUDGET_BYTES == 11_000_000
    monkeypatch.setattr(sound, "BUDGET_BYTES", 1_000_000)
    rng = np.random.default_rng(1)
    calls = [plain_call(n, [300.0] * 8 + [-50.0], rng=rng, folder=tmp_path) for n in range(3)]
    many = [replace(calls[n % 3], id=f"call-{n}") for n in range(8)]
    big = replace(run(eventful=False), calls=tuple(many))
    assert calls[0].duration_ms > 45_000
    assert len(page([big], [tmp_path])) < 1_000_000 + 8 * (15_000_000 - 11_000_000) / 60


def test_markup_escapes_all_but_itself() -> None:
    assert tag("p", "<b>", tag("i", 'a"'), None, title='"<', hidden=True, id=None) == (
        '<p title="&quot;&lt;" hidden>&lt;b&gt;<i>a&quot;</i></p>'
    )


def test_the_same_run_makes_the_same_page(folder: Path, found: Run) -> None:
    assert page([found], [folder], embed="none") == page([found], [folder], embed="none")
    assert eventful_call(None) == eventful_call(None)
