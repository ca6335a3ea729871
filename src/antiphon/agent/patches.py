"""Patches of livekit-agents 1.8.9 that can't be avoided. Each says what it is for and does nothing on other versions.

They are made on instances, never on the library's classes, so that other code in the process keeps what it had.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from livekit.agents import AgentSession, APIConnectionError
from livekit.agents.utils.audio import AudioByteStream
from livekit.agents.version import __version__

logger = logging.getLogger(__name__)

KNOWN_VERSION = "1.8.9"
"""The version that these patches were read and tested against."""

APPEND_MS = 20
"""Length of an `input_audio_buffer.append`. The plugin's 100 ms cost up to 100 ms of latency at the end of each turn."""

RECORDED_EVENTS = 256
"""LiveKit keeps every event of a session for its own report; a long call needs no more than the last ones."""


EXPECTED = (
    "connection failed, retrying",  # with a traceback, twice a second while the engine restarts: the call says it once
    "in-progress generation discarded",
    "ToolError while executing tool",  # an answer like "we are closed on Mondays" is no fault
)
"""Parts of LiveKit's warnings that tell of nothing unexpected here; shown at debug level."""


LOST = ("Error in _recv_task", "failed to send event")
"""Parts of LiveKit's errors that tell of a lost connection, if that is their cause."""


class _Expected(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        cause = record.exc_info[1] if record.exc_info else None
        parts: tuple[str, ...] = LOST if isinstance(cause, APIConnectionError | ConnectionError) else ()
        if record.levelno == logging.WARNING:
            parts = EXPECTED
        if any(part in record.getMessage() for part in parts):
            record.levelno, record.levelname, record.exc_info = logging.DEBUG, "DEBUG", None
            return logging.getLogger("livekit.agents").isEnabledFor(logging.DEBUG)
        return True


class _ExpectedOfRust(logging.Filter):
    """LiveKit's Rust library warns at the end of each call that Python lets go of what a closed room had let go of before."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Attempted to drop unknown FFI handle" not in record.getMessage()


def quieten() -> None:
    """Takes expected events out of LiveKit's warnings. May be called often."""
    rust = logging.getLogger("livekit")
    if not any(isinstance(each, _ExpectedOfRust) for each in rust.filters):
        rust.addFilter(_ExpectedOfRust())
    livekit = logging.getLogger("livekit.agents")
    if not any(isinstance(each, _Expected) for each in livekit.filters):
        livekit.addFilter(_Expected())


def known() -> bool:
    """Whether the installed livekit-agents is the one that the patches are for."""
    return __version__ == KNOWN_VERSION


def append_in_short_chunks(realtime_session: Any, sample_rate_hz: int = 24_000) -> bool:
    """Makes a RealtimeSession append the caller's audio every 20 ms instead of every 100.

    Must be called before any audio was pushed.

    Returns:
        Whether it was done.
    """
    stream = getattr(realtime_session, "_bstream", None)
    if not known() or not isinstance(stream, AudioByteStream):
        logger.warning(
            "livekit-agents %s appends audio in its own chunks; expected %s", __version__, KNOWN_VERSION
        )
        return False
    realtime_session._bstream = AudioByteStream(
        sample_rate_hz, 1, samples_per_channel=sample_rate_hz * APPEND_MS // 1000
    )
    return True


def send_in_short_frames(room_io: Any, frame_ms: int) -> bool:
    """Makes a RoomIO publish the agent's audio in frames of this length instead of 50 ms. Call it before any audio was pushed.

    Returns:
        Whether it was done.
    """
    output = getattr(room_io, "_audio_output", None)
    stream = getattr(output, "_audio_bstream", None)
    if not known() or output is None or not isinstance(stream, AudioByteStream):
        logger.warning(
            "livekit-agents %s sends audio in its own chunks; expected %s", __version__, KNOWN_VERSION
        )
        return False
    rate = output.sample_rate
    output._audio_bstream = AudioByteStream(rate, 1, samples_per_channel=rate * frame_ms // 1000)
    return True


def bound_recorded_events(session: AgentSession[Any]) -> bool:
    """Keeps only a session's last events (they grow for the whole call). Call it after `start`, which resets them.

    Returns:
        Whether it was done.
    """
    if not known() or not isinstance(getattr(session, "_recorded_events", None), list):
        return False
    session._recorded_events = deque(session._recorded_events, maxlen=RECORDED_EVENTS)  # type: ignore[assignment]
    return True


class KeptMirror:
    """Keeps the plugin's mirror of the conversation over a reconnection that fails in the middle.

    The plugin replays its mirror to a new connection and fills it anew from the server's answers. If that connection is
    lost before the last answer, the next one is told only what the first had confirmed: the rest is forgotten.
    """

    def __init__(self) -> None:
        self._whole: Any = None

    def lost(self, realtime_session: Any) -> None:
        """The connection is lost: puts the last whole mirror back, if this one is not whole again yet."""
        now = getattr(realtime_session, "_remote_chat_ctx", None)
        if not known() or now is None:
            return
        if self._missing(now):
            realtime_session._remote_chat_ctx = self._whole
        else:
            self._whole = now

    def grew(self, realtime_session: Any) -> None:
        """The server has confirmed an item."""
        if self._whole is not None and not self._missing(realtime_session._remote_chat_ctx):
            self._whole = None

    def whole(self, realtime_session: Any) -> bool:
        """Whether the server has confirmed all that it had before the connection was lost."""
        return self._whole is None or not self._missing(realtime_session._remote_chat_ctx)

    def _missing(self, mirror: Any) -> bool:
        return self._whole is not None and any(
            mirror.get(item.id) is None
            for item in self._whole.to_chat_ctx().items
            if item.type != "message" or item.content  # others are not replayed
        )


async def sweep(session: AgentSession[Any]) -> None:
    """Cancels what a session's `aclose` left behind: it stops in the middle when the plugin's connection failed for good."""
    activity = getattr(session, "_activity", None)
    left = [
        getattr(session, "_forward_audio_atask", None),
        getattr(session, "_closing_task", None),
        getattr(activity, "_scheduling_atask", None),
        getattr(getattr(activity, "realtime_llm_session", None), "_main_atask", None),
    ]
    tasks = [task for task in left if isinstance(task, asyncio.Task) and not task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def backlog(realtime_session: Any) -> int:
    """How many events wait in a RealtimeSession's queue to be sent; 0 if that can't be told."""
    size = getattr(getattr(realtime_session, "_msg_ch", None), "qsize", None)
    return int(size()) if size is not None else 0
