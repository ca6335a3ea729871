"""The page, through a LiveKit room: `antiphon up --livekit`, with its own livekit-server and worker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from playwright.async_api import Route, expect

from tests.calls.guest import day_name, open_day, spoken
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import FAKE_DEVICE, chromium
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


async def test_without_a_microphone_what_is_typed_before_the_agent_has_come_is_answered(
    livekit_house: House,
) -> None:
    """A real refusal by the browser. The page's security policy is in force."""
    async with chromium(microphone=(FAKE_DEVICE,)) as browser:
        context = await browser.new_context()
        await context.grant_permissions([])  # everything that is not granted here is refused
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        await page.goto(livekit_house.address)
        text, answers = page.get_by_test_id("text"), page.locator("[data-speaker=agent]")
        await text.fill("When are you open?")
        await text.press("Enter")
        await page.wait_for_function(
            "() => performance.getEntriesByName(location.origin + '/api/token').length"
        )
        await text.fill("Are dogs welcome?")  # the line is there, the agent is not
        await text.press("Enter")
        assert await page.get_attribute("body", "data-state") == "connecting"
        await expect(answers.filter(has_text="dogs")).to_have_count(1, timeout=PATIENCE_MS)
        await expect(page.locator("[data-speaker=caller]")).to_have_count(2)
        await page.get_by_test_id("hang-up").click()
        assert complaints == []


async def test_an_agent_that_dies_in_mid_sentence_is_replaced(livekit_house: House) -> None:
    house = livekit_house
    async with chromium() as browser, open_page(browser, house.address) as caller:
        guest = Guest(caller)
        await caller.talk()
        assert "?" in await guest.greeted()
        await guest.speak("What is the address, and how long is a table kept if I am late?")
        assert await caller.until_speaking(for_ms=500, timeout_ms=PATIENCE_MS), await guest.story()
        house.child("work").kill()
        lost = caller.page.get_by_text("another one is on its way")
        await lost.wait_for(timeout=PATIENCE_MS)
        await caller.page.get_by_text("another one goes on").wait_for(timeout=PATIENCE_MS)
        assert not await lost.is_visible()
        await caller.until_quiet()
        await caller.type_text("Are dogs welcome?")
        assert await caller.until_answered(timeout_ms=PATIENCE_MS), await guest.story()
        assert "dogs" in (await guest.last_answer()).lower(), await guest.story()
        await caller.hang_up()
        assert caller.complaints == []


async def test_who_speaks_at_once_is_heard_and_a_silent_server_comes_back_to_the_same_call(
    livekit_house: House,
) -> None:
    house = livekit_house
    async with chromium() as browser, open_page(browser, house.address) as caller:
        guest = Guest(caller)
        words = await asyncio.to_thread(spoken, "What are your opening hours?", guest.voice)
        said = asyncio.Event()

        async def slowly(route: Route) -> None:
            await said.wait()
            await route.continue_()

        await caller.page.route("**/api/token", slowly)
        await caller.page.get_by_test_id("talk").click()
        await caller.page.wait_for_selector("body[data-state=connecting]")
        await caller.say(words)
        said.set()
        heard = caller.bubbles("caller").first
        await expect(heard).to_contain_text("opening hours", timeout=PATIENCE_MS)
        await expect(heard).to_contain_text("What", ignore_case=True)
        await expect(caller.bubbles("agent").filter(has_text="noon")).to_have_count(1, timeout=PATIENCE_MS)
        await caller.until_quiet()
        server = house.child("livekit-server")
        interrupted = caller.page.get_by_test_id("agent-state").filter(has_text="Line interrupted")
        server.suspend()
        try:
            await interrupted.wait_for(timeout=PATIENCE_MS)
            await asyncio.sleep(5)
        finally:
            server.resume()
        await interrupted.wait_for(state="hidden", timeout=PATIENCE_MS)
        await caller.type_text("Are dogs welcome?")
        answer = caller.bubbles("agent").filter(has_text="front room")
        await expect(answer).to_have_count(1, timeout=PATIENCE_MS)
        await expect(caller.page.get_by_text("this is a new call")).to_have_count(0)
        await caller.hang_up()
        assert caller.complaints == []
