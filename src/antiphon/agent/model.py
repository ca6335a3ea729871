"""The Realtime model, from settings: the engine on this machine, or OpenAI's cloud, with the same code."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from inspect import isclass
from typing import Any

import aiohttp
from livekit.agents import APIConnectOptions
from livekit.agents.llm._realtime import openai as plugin
from livekit.plugins import openai
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad
from pydantic import BaseModel

from antiphon.agent import patches
from antiphon.errors import SettingsError
from antiphon.settings import Settings

RECONNECT = APIConnectOptions(max_retry=120, retry_interval=0.5, timeout=3.0)
"""An engine that restarts is found again within a second of its return; after a minute the call is given up. The plugin's
default (3 tries, 2 s apart) ends the call after a 4 s outage."""

CLOUD_SESSION_S = 55 * 60.0
"""OpenAI ends a session after 60 minutes; before that the plugin reconnects between two replies."""


class LineModel(openai.realtime.RealtimeModel):
    """The plugin's RealtimeModel, whose sessions append the caller's audio every 20 ms (`patches.py`).

    Attributes:
        on_session: told every session that this model opens (a handoff to another agent may open a second one).
    """

    on_session: Callable[[Any], None] | None = None

    def session(self, *, turn_detection_disabled: bool = False) -> Any:
        """A session of this model."""
        session = super().session(turn_detection_disabled=turn_detection_disabled)
        patches.append_in_short_chunks(session)
        if self.on_session is not None:
            self.on_session(session)
        return session


def engine_address(settings: Settings) -> str:
    """The engine's Realtime base address, such as http://127.0.0.1:8001/v1."""
    url = settings.agent.engine_url
    if url:
        return url.rstrip("/")
    host = settings.engine.host
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{host}:{settings.engine.port}/v1"


def realtime_model(settings: Settings, http_session: aiohttp.ClientSession | None = None) -> LineModel:
    """The model of one call.

    Args:
        settings: `agent` and, for the local engine's address and token, `engine`.
        http_session: shared by all calls of a process; make it with `http_pool()`.

    Raises:
        SettingsError: the cloud is asked for and there is no key.
    """
    vad = settings.engine.vad
    common: dict[str, Any] = {
        "voice": settings.agent.voice,
        "modalities": ["text", "audio"],
        "conn_options": RECONNECT,
        "http_session": http_session,
        "turn_detection": ServerVad(
            type="server_vad",
            threshold=vad.threshold,
            prefix_padding_ms=vad.prefix_padding_ms,
            silence_duration_ms=vad.silence_duration_ms,
            create_response=True,
            interrupt_response=True,
        ),
    }
    if settings.agent.model == "openai":
        if not os.environ.get("OPENAI_API_KEY"):
            raise SettingsError(
                "agent.model is openai, and there is no OPENAI_API_KEY in the environment.",
                mend="Set the key, or leave --model out to use the engine on this machine.",
            )
        return LineModel(model=settings.agent.openai_model, max_session_duration=CLOUD_SESSION_S, **common)
    token = settings.engine.token
    return LineModel(
        base_url=engine_address(settings) + "?antiphon=events",
        api_key=token.get_secret_value() if token else "local",  # the plugin refuses to start without one
        max_session_duration=None,
        **common,
    )


@cache
def warm_up() -> None:
    """Builds what pydantic leaves for the first use of each event: else the first greeting of a process is 30-60 ms late.

    Takes about 50 ms, once in a process.
    """
    for value in list(vars(plugin).values()):
        if (
            isclass(value)
            and issubclass(value, BaseModel)
            and value.__module__.startswith("openai.types.realtime")
        ):
            value.model_rebuild()


def http_pool() -> aiohttp.ClientSession:
    """A client session without a limit of connections: the usual 100 make the 101st call hang without a word."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
