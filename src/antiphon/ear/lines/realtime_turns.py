"""The stamps of every answer of a Realtime server: its own where it tells them, else when its events came. Sans-I/O.

Of a server that tells nothing there are `turn_over` (its `speech_stopped` or `committed` came), `audio_sent` (its first audio came)
and `audio_played` (the first sample was heard).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from antiphon.clock import Monotonic
from antiphon.ear.line import OnMessage

OTHER_CLOCK_MS = 2000.0
"""A server's stamp of its first audio that is this far from when it came is of another machine's clock."""


@dataclass(slots=True)
class _Turn:
    """An answer on its way.

    Attributes:
        user: the caller's item that is answered; "" where the client asked by itself.
        stamps: when this client saw it happen.
        own: the server's own stamps.
        details: what else the server told.
    """

    user: str = ""
    segment: str = ""
    stamps: dict[str, float] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    shown: bool = False


class Turns:
    """All answers of one call. Each is told once as `antiphon.turn`: when its audio is heard and all is known, or it is over.

    Args:
        tell: takes the message.
        clock: monotonic ms.
    """

    def __init__(self, tell: OnMessage, clock: Monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._by_response: dict[str, _Turn] = {}
        self._asked: deque[_Turn] = deque()
        self._over: _Turn | None = None

    def asked(self, user: str = "") -> None:
        """The client asks for a response."""
        self._asked.append(_Turn(user=user))

    def speech_stopped(self) -> None:
        """The server heard the caller stop: the turn's end, for servers that commit without a word."""
        self._show(self._over)  # ended, and never answered
        self._over = _Turn(stamps={"turn_over": self._clock()})

    def committed(self, user: str) -> None:
        """The server ended the caller's turn."""
        if self._over is None or self._over.user:
            self.speech_stopped()
        assert self._over is not None
        self._over.user = user
        self._over.stamps["turn_over"] = self._clock()

    def response(self, response_id: str) -> None:
        """A response begins: of what was asked for, else of the turn that is over."""
        if self._asked:
            turn = self._asked.popleft()
        else:
            turn, self._over = self._over or _Turn(), None
        self._by_response[response_id] = turn

    def goes_on(self, response_id: str) -> None:
        """The client asks for a response that goes on with another: after a tool."""
        self._asked.append(self._by_response.get(response_id) or _Turn())

    def first_audio(self, response_id: str) -> None:
        """A response's first audio came."""
        self._turn(response_id).stamps.setdefault("audio_sent", self._clock())

    def told(self, event: dict[str, Any]) -> None:
        """The server's own stamps came: `antiphon.turn`."""
        turn = self._turn(event["response_id"])
        stamps = {hop: float(at) for hop, at in event["stamps"].items()}
        details = dict(event.get("details") or {})
        came, sent = turn.stamps.get("audio_sent", self._clock()), stamps.get("audio_sent")
        if sent is not None and abs(came - sent) > OTHER_CLOCK_MS:
            stamps = {hop: at + came - sent for hop, at in stamps.items()}
            details["clock"] = "another machine's: its first audio is set to when it came"
        turn.own, turn.details = stamps, details
        turn.user = str(details.get("user_item_id") or turn.user)
        turn.segment = turn.segment or event.get("item_id", "")
        if "audio_played" in turn.stamps:
            self._show(turn)

    def played(self, response_id: str, item_id: str, segment: str) -> None:
        """The first sample of an item is heard now."""
        turn = self._turn(response_id)
        if "audio_played" not in turn.stamps:
            turn.stamps["audio_played"] = self._clock()
            turn.segment = segment
            if turn.own:
                self._show(turn)

    def over(self, response_id: str) -> None:
        """Nothing more of a response will be heard."""
        self._show(self._by_response.get(response_id))

    def end(self) -> None:
        """The call is over."""
        for turn in [*self._by_response.values(), self._over]:
            self._show(turn)

    def _turn(self, response_id: str) -> _Turn:
        return self._by_response.setdefault(response_id, _Turn())

    def _show(self, turn: _Turn | None) -> None:
        if turn is None or turn.shown:
            return
        turn.shown = True
        stamps = dict(turn.own or turn.stamps)
        if (played := turn.stamps.get("audio_played")) is not None:
            stamps["audio_played"] = played
        self._tell(
            {
                "topic": "antiphon.turn",
                "segment_id": turn.segment,
                "user_segment_id": turn.user,
                "stamps": stamps,
                "details": turn.details if turn.own else {"stamps": "when events came"},
            }
        )
