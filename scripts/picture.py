"""Takes the README's picture: a real call in Chromium against `antiphon up`, with a booking, an interruption and a waterfall.

python -m scripts.picture [FILE]     writes docs/page.png, or FILE
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import expect
from tests.calls.guest import day_name, open_day
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.e2e.guest import PATIENCE_MS, Guest
from tests.e2e.house import House

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "page.png"
SIZE = {"width": 1280, "height": 1080}
"""High enough for the booking's card, the interrupted answer and the open waterfall at once."""

TURNS = 10
HEARD_MS = 1800
"""So much is heard of the confirmation before it is interrupted."""


async def book(guest: Guest, wish: str) -> None:
    """Talks until the table is booked; does not hear the confirmation out."""
    await guest.speak(wish)
    for _ in range(TURNS):
        assert await guest.caller.until_speaking(timeout_ms=PATIENCE_MS), await guest.story()
        while not await guest.caller.until_quiet(timeout_ms=200):
            if await guest.caller.tools("book_table").count():
                return
        await guest.speak(guest.answer_to(await guest.last_answer()))
    raise SystemExit(f"No table was booked in {TURNS} turns:{await guest.story()}")


async def call(address: str, picture: Path) -> None:
    """Books a table, interrupts the confirmation, opens the waterfall of the next answer, and takes the picture."""
    async with chromium() as browser, open_page(browser, address) as caller:
        await caller.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        guest = Guest(caller, day=day_name(open_day(3)))
        await caller.talk()
        await guest.greeted()
        await guest.say("What are your opening hours?")
        await book(guest, f"I'd like to book a table on {guest.day} at seven p m for four people.")
        await expect(caller.bubbles("agent").last).to_contain_text("booked", timeout=PATIENCE_MS)
        await caller.until(lambda: False, timeout_ms=HEARD_MS)
        await guest.say("Is there parking?")
        await caller.page.locator("[data-testid=bubble][data-heard-kind=speech] button").last.click()
        await asyncio.sleep(1)
        await caller.page.screenshot(path=picture)


def main() -> None:
    """Starts the house, calls it, ends it."""
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        house.start()
        try:
            asyncio.run(call(house.address, picture))
        finally:
            house.stop()


if __name__ == "__main__":
    main()
