"""The Realtime model from settings: the same code for the engine and the cloud."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.agent.model import engine_address, realtime_model
from antiphon.errors import SettingsError
from antiphon.settings import load


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8001/v1"),
        ({"engine": {"port": 9001}}, "http://127.0.0.1:9001/v1"),
        ({"engine": {"host": "0.0.0.0", "token": "secret-token"}}, "http://127.0.0.1:8001/v1"),
        ({"agent": {"engine_url": "http://elsewhere:8001/v1/"}}, "http://elsewhere:8001/v1"),
    ],
)
def test_where_the_engine_is(settings: dict[str, Any], address: str) -> None:
    assert engine_address(load(**settings)) == address


def test_the_local_model_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    options = realtime_model(load())._opts
    assert options.api_key == "local"
    assert options.base_url == "http://127.0.0.1:8001/v1?antiphon=events"
    assert options.max_session_duration is None
    assert options.voice == "alloy"
    assert options.conn_options.max_retry * options.conn_options.retry_interval >= 30


def test_the_engines_token_is_the_key() -> None:
    assert realtime_model(load(engine={"token": "engine-token"}))._opts.api_key == "engine-token"


def test_turn_taking_is_the_servers_as_the_settings_say() -> None:
    model = realtime_model(load(engine={"vad": {"threshold": 0.6, "silence_duration_ms": 300}}))
    detection = model._opts.turn_detection
    assert detection is not None and detection.type == "server_vad"
    assert (detection.threshold, detection.prefix_padding_ms, detection.silence_duration_ms) == (
        0.6,
        300,
        300,
    )
    assert model.capabilities.turn_detection


def test_the_cloud_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        realtime_model(load(agent={"model": "openai"}))


def test_the_cloud_has_the_same_turn_taking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    cloud = realtime_model(load(agent={"model": "openai", "openai_model": "gpt-realtime-mini"}))
    assert cloud.model == "gpt-realtime-mini"
    assert cloud._opts.base_url == "https://api.openai.com/v1"
    assert cloud._opts.turn_detection == realtime_model(load())._opts.turn_detection
