"""Takes the README's picture: a real call in Chromium against `antiphon up`, with a booking, an interruption and a waterfall.

python -m scripts.picture [FILE]     writes docs/page.png, or FILE
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.calls.guest import day_name, open_day
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.e2e.guest import Guest
from tests.e2e.house import House

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "page.png"
SIZE = {"width": 1280, "height": 1080}
"""High enough for the booking's card, the interrupted answer and the open waterfall at once."""


async def call(address: str, picture: Path) -> None:
    """Books a table, interrupts an answer, opens the waterfall of the next one, and takes the picture."""
    async with chromium() as browser, open_page(browser, address) as caller:
        await caller.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        guest = Guest(caller, day=day_name(open_day(3)))
        await caller.talk()
        await guest.greeted()
        await guest.until_done(
            "book_table", f"I'd like to book a table for four on {guest.day} at seven p m."
        )
        await guest.speak("What is the address, and how long is a table kept if I am late?")
        await caller.until_speaking(for_ms=1200, timeout_ms=10_000)
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
