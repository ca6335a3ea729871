"""The page, through a LiveKit room: `antiphon up --livekit`, with its own livekit-server and worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.calls.guest import day_name, open_day
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.e2e.guest import PATIENCE_MS, Guest
from tests.e2e.house import House
from tests.support.listen import holds, plain_words
from tests.workers.house import free_ports

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def livekit_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = {
        "ANTIPHON_LIVEKIT__SERVER_PORT": str(free_ports()),
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
    }
    house = House(tmp_path_factory.mktemp("house"), options=["--livekit"], settings=settings)
    house.start()
    yield house
    house.stop()


async def test_a_caller_asks_books_interrupts_and_types_through_a_room(livekit_house: House) -> None:
    house, day = livekit_house, open_day(4)
    async with chromium() as browser, open_page(browser, house.address) as caller:
        guest = Guest(caller, name="Baker", day=day_name(day))
        await caller.talk()
        greeting = await guest.greeted()
        heard = await guest.heard_words(0)
        assert holds(heard, greeting) > 0.8, (greeting, heard)
        assert plain_words(greeting)[0] in heard[:2], "the first word was clipped"

        await guest.until_done("book_table", "I'd like to book a table.")
        (booking,) = house.bookings("Baker")
        assert (booking["people"], booking["day"], booking["time"]) == (4, day.isoformat(), "19:00")

        await guest.speak("What is the address, and how long is a table kept if I am late?")
        assert await caller.until_speaking(for_ms=900, timeout_ms=PATIENCE_MS), await guest.story()
        await guest.speak("Wait, is there parking?")
        assert await caller.until_answered(timeout_ms=PATIENCE_MS), await guest.story()
        cut = caller.page.locator("[data-testid=bubble][data-cut=true]")
        assert await cut.count() == 1, await guest.story()
        assert plain_words(await cut.locator(".unheard").inner_text()), await guest.story()
        assert "parking" in (await guest.last_answer()).lower(), await guest.story()

        await caller.type_text("Are dogs welcome?")
        assert await caller.until_answered(timeout_ms=PATIENCE_MS), await guest.story()
        assert "dogs" in (await guest.last_answer()).lower(), await guest.story()
        assert await caller.page.locator("[data-testid=bubble][data-heard-kind=speech]").count() >= 3
        await caller.hang_up()
        assert caller.complaints == []
