"""Partial settings change what they name and nothing else."""

from __future__ import annotations

from antiphon import wire
from antiphon.wire import AudioConfig, AudioInput, AudioOutput, SemanticVad, ServerVad, SessionConfig, merged
from tests.wire.examples import SESSION


def test_an_empty_update_changes_nothing() -> None:
    assert merged(SESSION, SessionConfig()) == SESSION


def test_nested_settings_merge() -> None:
    after = merged(SESSION, SessionConfig(audio=AudioConfig(output=AudioOutput(voice="ash"))))
    assert isinstance(after.audio, AudioConfig) and isinstance(SESSION.audio, AudioConfig)
    assert after.audio.input == SESSION.audio.input
    assert isinstance(after.audio.output, AudioOutput)
    assert (after.audio.output.voice, after.audio.output.speed) == ("ash", 1.0)
    assert after.instructions == "Be kind."


def test_null_switches_off() -> None:
    after = merged(SESSION, SessionConfig(audio=AudioConfig(input=AudioInput(turn_detection=None))))
    assert isinstance(after.audio, AudioConfig) and isinstance(after.audio.input, AudioInput)
    assert after.audio.input.turn_detection is None
    assert after.audio.input.transcription == wire.Transcription(model="whisper-1", language="en")


def _detection(after: SessionConfig) -> object:
    assert isinstance(after.audio, AudioConfig) and isinstance(after.audio.input, AudioInput)
    return after.audio.input.turn_detection


def _update(detection: ServerVad | SemanticVad) -> SessionConfig:
    return SessionConfig(audio=AudioConfig(input=AudioInput(turn_detection=detection)))


def test_turn_detection_of_the_same_kind_merges() -> None:
    after = _detection(merged(SESSION, _update(ServerVad(silence_duration_ms=500))))
    assert isinstance(after, ServerVad)
    assert (after.silence_duration_ms, after.prefix_padding_ms) == (500, 300)


def test_turn_detection_of_another_kind_replaces() -> None:
    assert _detection(merged(SESSION, _update(SemanticVad()))) == SemanticVad()


def test_lists_and_schemas_are_replaced_whole() -> None:
    after = merged(SESSION, SessionConfig(tools=[]))
    assert after.tools == []


def test_the_base_is_not_touched() -> None:
    before = wire.encode(wire.SessionCreated(event_id="e", session=SESSION))
    merged(SESSION, SessionConfig(instructions="Other.", audio=AudioConfig(output=AudioOutput(speed=1.5))))
    assert wire.encode(wire.SessionCreated(event_id="e", session=SESSION)) == before
