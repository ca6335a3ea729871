"""The accessibility checker axe-core, run inside the page: every rule it has, best practices included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from playwright.async_api import Page

ColorScheme = Literal["light", "dark"]

WIDTHS = (360, 768, 1440)
HEIGHT = 900
SCHEMES: tuple[ColorScheme, ...] = ("light", "dark")


class Checker:
    """Checks a page.

    Args:
        source: axe-core's source.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.runs = 0

    async def check(
        self, page: Page, what: str, widths: Sequence[int] = WIDTHS, schemes: Sequence[ColorScheme] = SCHEMES
    ) -> list[str]:
        """What it objects to: a line for each rule and element, beginning with what was looked at."""
        found: list[str] = []
        # The protocol's evaluation is not bound by the page's Content-Security-Policy.
        if not await page.evaluate("() => 'axe' in window"):
            await page.evaluate(self._source)
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme)
            for width in widths:
                await page.set_viewport_size({"width": width, "height": HEIGHT})
                await page.evaluate("() => new Promise(requestAnimationFrame)")
                found += [f"{what}, {scheme}, {width} px: {line}" for line in await self._run(page)]
                self.runs += 1
        return found

    async def _run(self, page: Page) -> list[str]:
        """One run. Words that fade in are waited for: their colour is no colour yet."""
        lines: list[str] = await page.evaluate(
            """async () => {
                await Promise.all(document.getAnimations().map(a => a.finished.catch(() => undefined)));
                const { violations } = await axe.run(document, { resultTypes: ['violations'] });
                return violations.flatMap(v => v.nodes.map(n => `${v.id} (${v.help}): ${n.html.slice(0, 160)} ${n.failureSummary}`));
            }"""
        )
        return lines
