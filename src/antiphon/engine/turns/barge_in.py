"""Barge-in: when the caller's voice stops the agent.

`input_audio_buffer.speech_started` is a decision, not the VAD's onset: clients interrupt on it. While the
agent cannot be heard there is nothing to interrupt and every onset counts at once; while it speaks, the
voice must last `barge_in_ms`, so that a click does not stop it. A stop that turns out to have no words is
taken back (`Session`): the agent goes on with what was unheard.
"""

from __future__ import annotations

from antiphon.settings import TurnSettings

GIVE_UP_MS = 300.0
"""A sound too short to interrupt is forgotten after this much silence."""


def speech_counts(speech_ms: float, *, agent_audible: bool, settings: TurnSettings) -> bool:
    """Whether speech of this length (pauses not counted) begins a turn now."""
    return not agent_audible or speech_ms >= settings.barge_in_ms
