"""What a caller's program sends as messages, handed to the call; the same for every line of the page's protocol."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from antiphon.agent.events import Problem
from antiphon.clock import Monotonic
from antiphon.errors import AntiphonError, LineError, WireError
from antiphon.lines.messages import ChatMessage, ClockPing, Unknown, clock_answer, decode, encode
from antiphon.lines.seam import LineCall

log = logging.getLogger(__name__)

MAX_CHATS = 20
"""Typed messages within CHAT_WINDOW_MS; more is a program gone wild, and each makes the agent answer."""

CHAT_WINDOW_MS = 10_000.0


class Messenger:
    """Takes messages as they came.

    Args:
        put: takes the answers, as messages.
        clock: of the turns' stamps.
    """

    def __init__(self, put: Callable[[dict[str, object]], None], clock: Monotonic) -> None:
        self._put = put
        self._clock = clock
        self._chats: deque[float] = deque(maxlen=MAX_CHATS)

    def received(self, text: str, call: LineCall) -> None:
        """Acts on a message. One that cannot be used is answered with a problem; what is a bug is raised."""
        try:
            match decode(text):
                case ChatMessage() as chat:
                    self._chat(chat, call)
                case ClockPing() as ping:
                    self._put(clock_answer(ping, self._clock()))
                case Unknown(topic=topic):
                    log.debug("a message of the unknown topic %r was ignored", topic)
        except WireError as error:
            self._problem(error.code, f"The page sent a message that cannot be used: {error.message}.")
        except AntiphonError as error:
            self._problem(error.code, error.message)

    def _problem(self, code: str, message: str) -> None:
        self._put(encode(Problem(code, message)))

    def _chat(self, chat: ChatMessage, call: LineCall) -> None:
        now_ms = self._clock()
        if len(self._chats) == MAX_CHATS and now_ms - self._chats[0] < CHAT_WINDOW_MS:
            raise LineError("That was too much at once. Please wait a few seconds.")
        self._chats.append(now_ms)
        call.type_text(chat.text, chat.id)
