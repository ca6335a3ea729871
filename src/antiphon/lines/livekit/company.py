"""Who is in a room: the one caller whose call it is, and other agents.

The caller is the first person that the agent finds. He stays the caller while he is away (a network that changes): nobody else in
the room is heard, answered or written down as him.

One agent of a name holds a room's call. Two come when two were sent for, and when a LiveKit server that was restarted sends for
one while the old one is reconnecting: the elder stays, and the younger leaves without a word. An agent that takes a call over from a
process that died is the elder of any.
"""

from __future__ import annotations

import time

from livekit import rtc
from livekit.agents.job import DEFAULT_PARTICIPANT_KINDS
from livekit.agents.types import ATTRIBUTE_AGENT_NAME

SINCE = "antiphon.since"
"""Attribute of an agent in a room: since when it has the call, in milliseconds of the epoch; 0: it took it over."""


def since(*, taken_over: bool) -> dict[str, str]:
    """The attributes by which other agents know an agent that comes now."""
    return {SINCE: "0" if taken_over else str(round(time.time() * 1000))}


class Company:
    """Those who are in a room with the agent.

    Args:
        room: may be connected later.
    """

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._caller = ""

    @property
    def caller(self) -> rtc.RemoteParticipant | None:
        """Whose call it is; None while he is away, or if nobody has come yet."""
        people = self._room.remote_participants
        if not self._caller:
            person = next((one for one in people.values() if one.kind in DEFAULT_PARTICIPANT_KINDS), None)
            self._caller = person.identity if person is not None else ""
        return people.get(self._caller)

    def is_caller(self, identity: str) -> bool:
        """Whether this is who the caller is or was; before there is one, anybody may be."""
        return self.caller is None and not self._caller or identity == self._caller

    @property
    def elder(self) -> str:
        """The identity of an agent of the same name that was here before; "" if there is none."""
        mine = self._room.local_participant
        for other in self._room.remote_participants.values():
            if other.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT and _rank(other) < _rank(mine):
                name = other.attributes.get(ATTRIBUTE_AGENT_NAME, "")
                if name == mine.attributes.get(ATTRIBUTE_AGENT_NAME, ""):
                    return other.identity
        return ""


def _rank(agent: rtc.Participant) -> tuple[float, str]:
    """Smaller: it stays. What is no Antiphon agent is none's elder."""
    try:
        return float(agent.attributes[SINCE]), agent.identity
    except (KeyError, ValueError):
        return float("inf"), agent.identity
