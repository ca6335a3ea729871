"""What real clients send is read whole, and written back the same."""

from __future__ import annotations

import json
import typing
from pathlib import Path
from typing import Any

import pytest

from antiphon import wire
from antiphon.wire import UNSET, encode, parse_client_event, unknown_fields

CAPTURED = sorted((Path(__file__).parent / "captured").glob("*.jsonl"))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _events(client: str) -> list[wire.ClientEvent]:
    return [parse_client_event(line) for path in CAPTURED if client in path.name for line in _lines(path)]


@pytest.mark.parametrize("path", CAPTURED, ids=lambda path: path.stem)
def test_stock_clients_cause_no_errors(path: Path) -> None:
    lines = _lines(path)
    assert len(lines) >= 10
    for line in lines:
        parse_client_event(line)
        assert unknown_fields(line) == []


@pytest.mark.parametrize("path", CAPTURED, ids=lambda path: path.stem)
def test_nothing_that_a_client_sends_is_lost(path: Path) -> None:
    for line in _lines(path):
        again: dict[str, Any] = json.loads(encode(parse_client_event(line)))
        sent = json.loads(line)
        ours = {key: value for key, value in again.items() if value is not None or key in sent}
        assert ours == sent


def test_every_client_event_was_captured() -> None:
    assert {type(event) for event in _events("")} == set(typing.get_args(wire.ClientEvent))


def test_livekits_first_update_is_understood() -> None:
    first = _events("livekit-1.8.9-server-vad")[0]
    assert isinstance(first, wire.SessionUpdate)
    audio = first.session.audio
    assert isinstance(audio, wire.AudioConfig) and isinstance(audio.input, wire.AudioInput)
    assert audio.input.turn_detection == wire.ServerVad(
        threshold=0.5,
        prefix_padding_ms=300,
        silence_duration_ms=200,
        create_response=True,
        interrupt_response=True,
    )
    assert isinstance(audio.output, wire.AudioOutput)
    assert audio.output.voice == "alloy"


def test_null_and_absent_differ() -> None:
    first = _events("livekit-1.8.9-client-turns")[0]
    assert isinstance(first, wire.SessionUpdate) and isinstance(first.session.audio, wire.AudioConfig)
    assert isinstance(first.session.audio.input, wire.AudioInput)
    assert first.session.audio.input.turn_detection is None
    assert first.session.instructions is UNSET


def test_audio_arrives_as_bytes() -> None:
    append = parse_client_event('{"type":"input_audio_buffer.append","audio":"AAECAw=="}')
    assert isinstance(append, wire.InputAudioBufferAppend)
    assert wire.decode_audio(append) == b"\x00\x01\x02\x03"
