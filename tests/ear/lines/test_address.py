"""Which line an address means."""

from __future__ import annotations

import pytest

from antiphon.ear.lines.address import LineOptions, NoLine, kind_of, openers
from antiphon.errors import LineError


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ws://127.0.0.1:8001/v1/realtime", "realtime"),
        ("wss://api.openai.com/v1/realtime?model=gpt-realtime", "realtime"),
        ("ws://host/realtime", "realtime"),
        ("http://127.0.0.1:8001/v1", "realtime"),
        ("https://host/v1/", "realtime"),
        ("wss://mine.livekit.cloud", "livekit"),
        ("https://livekit.example.com", "livekit"),
        ("ws://127.0.0.1:7880", "livekit"),
        ("http://127.0.0.1:8000/api/token", "livekit"),
        ("http://127.0.0.1:8000", "browser"),
        ("https://host/#token=abc", "browser"),
        ("http://127.0.0.1:8000/api/line", "socket"),
        ("ws://127.0.0.1:8000/api/line", "socket"),
        ("here", "here"),
    ],
)
def test_addresses_that_are_clear(address: str, kind: str) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize(
    "address",
    ["ws://host:9000", "https://host/somewhere", "host:8000", "", "ftp://host", "http://h:port", "call.wav"],
)
def test_addresses_that_are_not_name_the_choices(address: str) -> None:
    with pytest.raises(NoLine, match="--line realtime, livekit, browser or socket") as caught:
        kind_of(address)
    assert caught.value.exit_code == 2 and isinstance(caught.value, LineError)


def test_the_option_decides() -> None:
    assert kind_of("ws://host:9000", "livekit") == "livekit"
    assert kind_of("http://127.0.0.1:8000", "socket") == "socket"
    with pytest.raises(NoLine, match="There is no line 'phone'"):
        kind_of("ws://host", "phone")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8001/v1",
        "ws://127.0.0.1:7880",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/api/line",
    ],
)
def test_every_kind_gives_openers(address: str) -> None:
    assert callable(openers(address, LineOptions(key="k", secret="s"))(None))


def test_the_agent_of_this_process_is_opened_elsewhere_and_keys_are_not_shown() -> None:
    with pytest.raises(NoLine, match="not opened by its address"):
        openers("here")
    assert "s3cret" not in repr(LineOptions(key="s3cret", secret="s3cret"))


async def test_a_bare_address_is_completed() -> None:
    for address in ("http://127.0.0.1:1/v1", "http://127.0.0.1:1"):
        with pytest.raises(LineError, match="http://127.0.0.1:1/v1/realtime cannot be reached"):
            await openers(address, LineOptions(line="realtime"))(None)(lambda _: None)
