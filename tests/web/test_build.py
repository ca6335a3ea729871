"""The committed page: it equals its source, is whole, and fetches nothing from elsewhere."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from antiphon.page import FILES, ROOT
from tests.web.conftest import run

REPOSITORY = Path(__file__).parents[2]
WEB = REPOSITORY / "web"


@pytest.mark.e2e
@pytest.mark.allowed_skip("the page is committed and runs without Node; only rebuilding it needs Node")
def test_the_committed_page_equals_its_source(web: Path) -> None:
    run(web, "npm", "run", "check")  # types, unit tests, and whether the build differs


def test_every_file_of_the_page_is_there_and_no_other() -> None:
    assert {path.name for path in ROOT.iterdir() if path.is_file() and path.suffix != ".py"} == set(FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    addresses = set(re.findall(r"(?:https?:|wss?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'`)]*", text))
    names = {
        "http://www.w3.org/2000/svg",  # a namespace
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",  # an RTP header
    }
    assert addresses <= names, "what is no name is an address"


def test_the_pages_own_addresses_are_relative() -> None:
    html = (ROOT / "index.html").read_text(encoding="utf-8")
    referenced = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert set(referenced) <= set(FILES), "so that the page works under any path"


def test_the_page_needs_no_inline_code() -> None:
    """The server's Content-Security-Policy allows neither inline scripts nor inline styles."""
    html = (ROOT / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script[^>]*>", html) == ['<script type="module" src="page.js">']


def test_the_page_stays_light() -> None:
    """150 kB as they travel are promised; half of that is far more than it needs. LiveKit's client comes only when it is needed."""
    files = set(FILES) - {"livekit.js"}
    assert sum(len(gzip.compress((ROOT / name).read_bytes())) for name in files) < 75_000
    assert "livekit-client" not in (ROOT / "page.js").read_text(encoding="utf-8")


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package.get("integrity"), f"{name} is not pinned by its digest"


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON_GROUND = [
    ("ink", ("bg", "surface", "sunken", "accent-soft")),
    ("ink-2", ("bg", "surface", "sunken")),
    ("accent-text", ("bg", "surface", "accent-soft")),
    ("accent-ink", ("accent",)),
    ("danger", ("danger-soft", "bg")),
    ("warn-ink", ("warn-soft",)),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_contrast_aa(scheme: int) -> None:
    css = (WEB / "styles" / "tokens.css").read_text(encoding="utf-8")
    block = css.split(":root {")[1 + scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for text, grounds in TEXT_ON_GROUND:
        for ground in grounds:
            assert contrast(colours[text], colours[ground]) >= 4.5, f"{text} on {ground}"
    # Bars, lanes, and the rims of what takes input: 3:1 (WCAG 1.4.11).
    for drawn in ("accent", "accent-bright", "caller", "edge"):
        assert contrast(colours[drawn], colours["bg"]) >= 3, drawn
