"""The conversation that the house is built for: a person opens the page, speaks, is understood, and a table is booked."""

from __future__ import annotations

import pytest

from tests.calls.guest import day_name, open_day
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.e2e.guest import PATIENCE_MS, Guest
from tests.e2e.house import House
from tests.support.listen import holds, plain_words

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def test_a_caller_asks_books_changes_interrupts_types_and_hangs_up(house: House) -> None:
    day = open_day(3)
    async with chromium() as browser, open_page(browser, house.address) as caller:
        guest = Guest(caller, day=day_name(day))
        await caller.talk()

        # The greeting: heard as it is written, its first word not clipped.
        greeting = await guest.greeted()
        heard = await guest.heard_words(0)
        assert "copper" in greeting.lower() and holds(heard, greeting) > 0.8, (greeting, heard)
        assert plain_words(greeting)[0] in heard[:2]

        # A question, answered from the instructions; the answer that is heard is the one that is shown.
        at = caller.heard_ms
        hours = await guest.say("What are your opening hours?")
        assert "noon" in hours.lower() and "ten" in hours.lower(), await guest.story()
        assert holds(await guest.heard_words(at), hours) > 0.8, await guest.story()

        # A booking, with recorded words for people, day and time; then a change of it.
        await guest.until_done("book_table", "I'd like to book a table.")
        (booking,) = house.bookings("Miller")
        assert (booking["people"], booking["day"], booking["time"]) == (4, day.isoformat(), "19:00"), (
            await guest.story()
        )
        guest.people = "five"
        await guest.until_done("change_booking", "Make that five people, please.")
        (booking,) = house.bookings("Miller")
        assert (booking["people"], booking["status"]) == (5, "booked"), await guest.story()
        assert house.history(booking["id"]) == ["booked", "changed"]

        # An interruption in mid-sentence: the agent falls silent, and the page strikes out what was not heard.
        await guest.speak("What is the address, and how long is a table kept if I am late?")
        assert await caller.until_speaking(for_ms=900, timeout_ms=PATIENCE_MS), await guest.story()
        began = caller.heard_ms
        interruption = await guest.speak("Wait, is there parking?")
        assert await caller.until_answered(timeout_ms=PATIENCE_MS), await guest.story()
        cut = caller.page.locator("[data-testid=bubble][data-cut=true]")
        assert await cut.count() == 1, await guest.story()
        unheard = await cut.locator(".unheard").inner_text()
        assert plain_words(unheard), await guest.story()
        silent_from = [span.end_ms for span in caller.agent_spans() if span.end_ms > began][0]
        assert silent_from < interruption.end_ms + 1500, "the agent spoke on"
        assert "parking" in (await guest.last_answer()).lower(), await guest.story()

        # A typed question gets words, and a voice.
        at = await caller.type_text("Are dogs welcome?")
        assert await caller.until_answered(timeout_ms=PATIENCE_MS), await guest.story()
        answer = await guest.last_answer()
        assert "dogs" in answer.lower() and "garden" in answer.lower(), await guest.story()
        assert holds(await guest.heard_words(at), answer) > 0.8
        typed = caller.page.locator("[data-testid=bubble][data-speaker=caller][data-typed=true]")
        assert await typed.count() == 1, await guest.story()

        # What the page says about latency is there: a figure for each spoken answer.
        assert await caller.page.locator("[data-testid=bubble][data-heard-kind=speech]").count() >= 4
        await caller.hang_up()
        assert "ended" in (await caller.page.get_by_test_id("agent-state").inner_text()).lower()
        assert caller.complaints == []
