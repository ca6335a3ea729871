"""The page in a browser: from a file, without a network, by keyboard, on a telephone, in both schemes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from antiphon.ear.reports.html import page as page_of
from tests.e2e.chromium import chromium
from tests.ear.reports.runs import run
from tests.web.axe import Checker
from tests.web.conftest import axe, web

pytestmark = pytest.mark.e2e

__all__ = ["axe", "web"]

EVENTFUL = "#call-0-6"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with its page."""
    folder = tmp_path_factory.mktemp("run")
    others = [run(middle_ms=450, seed=4, label="a peer"), run(middle_ms=280, seed=5, label="another peer")]
    file = folder / "report.html"
    file.write_text(page_of([run(folder), *others], [folder, None, None]), encoding="utf-8")
    return file


@asynccontextmanager
async def opened(browser: Browser, report: Path, anchor: str = "", width: int = 1280) -> AsyncIterator[Page]:
    """The page; what it logs, and whatever it asks of a network, fails."""
    page = await browser.new_page(viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if re.match("file:|data:|blob:", r.url) else wrong.append(r.url))
    await page.goto(f"{report.as_uri()}{anchor}")
    yield page
    assert wrong == []
    assert await page.evaluate("() => window.hacked") is None
    await page.close()


async def place(page: Page) -> float:
    """How far the playhead is, in percent; -1: it is hidden."""
    found: float = await page.evaluate(
        """() => {
            const head = document.querySelector('.call:not([hidden]) .playhead');
            return head.hidden ? -1 : parseFloat(head.style.left);
        }"""
    )
    return found


@pytest.mark.parametrize("anchor", [EVENTFUL, "#call-0-3"], ids=["embedded", "beside the page"])
async def test_the_playhead_moves_with_the_sound(report: Path, anchor: str) -> None:
    async with chromium() as browser, opened(browser, report, anchor) as page:
        call = page.locator(anchor)
        await expect(call).to_be_visible()
        assert await place(page) == -1
        seek = call.get_by_role("button", name="Play from").nth(2)
        at_ms = float(await seek.get_attribute("data-seek") or "")
        await seek.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_function(
            "() => document.querySelector('.call:not([hidden]) audio').currentTime > 0"
        )
        end_ms = float(await call.locator(".track").get_attribute("data-end") or "")
        assert await place(page) >= (at_ms / end_ms * 100) - 1
        before = await place(page)
        await page.wait_for_function(
            "x => parseFloat(document.querySelector('.call:not([hidden]) .playhead').style.left) > x",
            arg=before,
        )
        audio = call.locator("audio")
        length_s = await audio.evaluate("audio => audio.duration")
        assert length_s * 1000 == pytest.approx(end_ms + 20, abs=100)
        await page.locator("#previous").click()
        assert await audio.evaluate("audio => audio.paused"), "a call that is left falls silent"


async def test_a_click_on_the_timeline_goes_there(report: Path) -> None:
    async with chromium() as browser, opened(browser, report, EVENTFUL) as page:
        await page.get_by_role("button", name="Whole call").click()
        track = page.locator(f"{EVENTFUL} .track")
        box = await track.bounding_box()
        assert box is not None
        await track.click(position={"x": box["width"] / 2, "y": 60})
        await page.wait_for_function("() => !document.querySelector('.call:not([hidden]) .playhead').hidden")
        assert await place(page) == pytest.approx(50, abs=0.5)


async def test_calls_are_picked_by_keyboard(report: Path) -> None:
    async with chromium() as browser, opened(browser, report) as page:
        await expect(page.locator("article.call:visible")).to_have_count(1)
        await page.locator("#picker").focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#call-0-1")).to_be_visible()
        await page.locator("#next").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#call-0-2")).to_be_visible()
        await page.get_by_role("link", name="call interruption-001").click()
        await expect(page.locator(EVENTFUL)).to_be_focused()


@pytest.mark.parametrize("width", [375, 768, 1000, 1280])
async def test_nothing_is_wider_than_the_page(report: Path, width: int) -> None:
    async with chromium() as browser, opened(browser, report, EVENTFUL, width) as page:
        for summary in await page.locator("summary:visible").all():
            await summary.click()
        assert await page.evaluate("() => document.documentElement.scrollWidth") <= width
        sizes = await page.evaluate(
            """() => [...document.querySelectorAll('.plot text')].filter(t => t.checkVisibility()).map(t => {
                const m = t.getScreenCTM(); return parseFloat(getComputedStyle(t).fontSize) * m.a; })"""
        )
        assert sizes and min(sizes) > 10, "words in plots can be read"


async def test_without_scripts_every_call_is_shown(report: Path) -> None:
    async with chromium() as browser:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(report.as_uri())
        await expect(page.locator("article.call:visible")).to_have_count(21)


@pytest.mark.allowed_skip("axe-core comes from npm, which needs Node; the page itself needs none")
async def test_axe_finds_nothing(report: Path, axe: str) -> None:
    checker = Checker(axe)
    async with chromium() as browser, opened(browser, report, EVENTFUL) as page:
        await page.evaluate(
            "() => document.querySelectorAll('details').forEach(each => { each.open = true; })"
        )
        found = await checker.check(page, "the report", widths=(375, 1280))
    assert checker.runs == 4
    assert not found, "\n".join(found)
