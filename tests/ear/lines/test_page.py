"""The ear's lines to a page server, WebRTC and plain websocket: whole calls with an agent made of tones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from antiphon.agent.events import CallEvent, Problem, StateChanged, TurnTimed
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import Opener
from antiphon.ear.lines import browser, socket
from antiphon.ear.lines.live_playout import LivePlayout
from antiphon.ear.lines.page_messages import PageMessages
from antiphon.ear.lines.page_options import PageOptions
from antiphon.errors import CallRefused, LineError
from antiphon.lines.seam import Pcm16
from tests.ear.agents import ToneAgent, quiet, tone
from tests.lines.fake_calls import FakeCall, FakeCalls
from tests.lines.page_caller import free_port, serving
from tests.webrtc.pair import until

OPENERS = {"browser": browser.opener, "socket": socket.opener}


class ToneCall(FakeCall):
    """A call that `ToneAgent` holds."""

    def __init__(self, on_event: Callable[[CallEvent], None]) -> None:
        super().__init__(on_event)
        self.agent = ToneAgent(silence_ms=200, greeting_ms=300, answer_ms=600)
        self.agent._tell = lambda message: self.tell(StateChanged(message["state"]))
        self.agent._answer(300)

    def hear(self, pcm: Pcm16) -> None:
        super().hear(pcm)
        self.agent.hear(pcm)

    def take(self, samples: int) -> Pcm16:
        return self.agent.take(samples)


class ToneCalls(FakeCalls):
    """Calls of that kind."""

    def make(self, on_event: Callable[[CallEvent], None]) -> FakeCall:
        return ToneCall(on_event)


@pytest.fixture(params=OPENERS)
def make(request: pytest.FixtureRequest) -> Callable[[PageOptions], Opener]:
    return OPENERS[request.param]


async def test_a_whole_call(make: Callable[[PageOptions], Opener]) -> None:
    calls = ToneCalls()
    async with serving(calls) as server:
        async with Caller(make(PageOptions(server.address))) as caller:
            assert await caller.until_speaking()
            assert await caller.until_quiet(200)
            turn = await caller.say(Utterance(np.concatenate((quiet(100), tone(400))), "hello"))
            assert await caller.until_answered(turn, quiet_ms=300)
            caller.type_text("typed words")
            assert await caller.until(lambda: "typed words" in caller.log.said_by("caller"), 2000)
            calls.last.tell(TurnTimed("s", "u", {"audio_sent": caller.began_ms}))
            assert await caller.until(lambda: bool(caller.log.waterfalls), 2000)
        (heard,) = caller.heard()
        assert heard.latency_ms is not None and not heard.cut_off
        # Its greeting and its answer, each whole: nothing was clipped, nothing is missing inside.
        lengths = [span.duration_ms for span in caller.agent_spans()]
        assert len(lengths) == 2 and abs(lengths[0] - 300) < 40 and abs(lengths[1] - 600) < 40
        assert caller.log.waterfalls[0].stamps == {"audio_sent": caller.began_ms}, "one machine, one clock"
        assert caller.log.ended == "hang_up"
        await until(lambda: calls.last.reason == "hang_up")


async def test_the_agents_end_is_told(make: Callable[[PageOptions], Opener]) -> None:
    calls = ToneCalls()
    async with serving(calls) as server, Caller(make(PageOptions(server.address))) as caller:
        calls.last.tell(Problem("model", "Slow today."))
        await calls.last.hang_up("agent")
        assert await caller.until(lambda: caller.log.ended == "agent", 3000)
        assert caller.log.problems[0]["code"] == "model"


async def failure(opener: Opener) -> LineError | CallRefused:
    with pytest.raises((LineError, CallRefused)) as caught:
        await opener(lambda _: None)
    assert isinstance(caught.value, LineError | CallRefused)
    return caught.value


async def test_what_cannot_be_opened(make: Callable[[PageOptions], Opener]) -> None:
    nobody = await failure(make(PageOptions(f"http://127.0.0.1:{free_port()}")))
    assert "cannot be reached" in nobody.message and nobody.mend
    async with serving(FakeCalls(places=0)) as server:
        assert isinstance(await failure(make(PageOptions(server.address))), CallRefused)
    calls = FakeCalls()
    async with serving(calls, token="0123456789abcdef0123456789abcdef") as server:
        assert (await failure(make(PageOptions(server.address)))).mend == "Give the page's token: --key."
        wrong = await failure(make(PageOptions(server.address, "0123456789")))
        assert wrong.mend == "The token is not the right one." and "0123456789" not in wrong.message
        address = server.address + "/#token=0123456789abcdef0123456789abcdef"
        async with Caller(make(PageOptions(address))):
            assert len(calls.opened) == 1


def test_page_addresses() -> None:
    options = PageOptions("wss://host:8000/api/line", "t", insecure=True)
    assert options.base == "https://host:8000"
    assert options.socket_url == "wss://host:8000/api/line"
    assert options.headers == {"Authorization": "Bearer t"} and options.ssl is False


# ---------------------------------------------------------------- parts


def test_stamps_of_another_machine_are_read_by_its_clock() -> None:
    told: list[Any] = []
    sent: list[str] = []
    now = 1000.0
    messages = PageMessages(told.append, sent.append, lambda: now)
    messages.ask_clock()
    ping = json.loads(sent[0])
    now = 1020.0
    messages.received(json.dumps(ping | {"server_ms": 501_010.0}))
    messages.received('{"topic": "antiphon.turn", "stamps": {"audio_sent": 501500.0}}')
    assert told == [{"topic": "antiphon.turn", "stamps": {"audio_sent": 1500.0}}]
    messages.received(json.dumps(ping | {"server_ms": 1011.0}))
    messages.received('{"topic": "antiphon.turn", "stamps": {"audio_sent": 1500.0}}')
    assert told[1]["stamps"] == {"audio_sent": 1500.0}


def test_nonsense_is_a_problem_and_the_end_is_told_once() -> None:
    told: list[Any] = []
    messages = PageMessages(told.append, lambda _: None, lambda: 0.0)
    messages.received("[]")
    messages.received('{"no": "topic"}')
    messages.received('{"topic": "antiphon.ended", "reason": "agent"}')
    messages.end("line_lost")
    assert [m["topic"] for m in told] == ["antiphon.problem", "antiphon.problem", "antiphon.ended"]


def test_the_playout_keeps_one_frame_of_slack_and_makes_up_for_more_in_silence() -> None:
    playout = LivePlayout()
    assert not playout.take(480).any()  # nothing came yet
    for _ in range(4):
        playout.push(quiet(20))
    assert playout.take(480) is not None and playout.waiting == 480
    playout.push(tone(20))
    assert not playout.take(480).any(), "what was within the slack stays"
    playout.push(tone(20))
    playout.push(tone(20))
    taken = [playout.take(480).any() for _ in range(4)]
    assert taken == [True, True, True, False], "a voice is never left out"


def test_the_playout_cuts_pieces_of_any_length() -> None:
    playout = LivePlayout()
    sound = tone(100)
    for at in range(0, len(sound), 170):
        playout.push(sound[at : at + 170])
    taken = np.concatenate([playout.take(480) for _ in range(5)])
    assert taken.tolist() == sound.tolist()
