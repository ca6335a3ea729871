"""Answers that the agent asks the model for: the greeting, typed text, and what an outage left open.

(Spoken turns are answered by the server on its own.) Asking fails while the engine restarts; it never ends the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from livekit.agents import AgentSession, llm
from livekit.agents.voice import SpeechHandle

from antiphon.agent import history

logger = logging.getLogger(__name__)

TRIES = 5
"""How often an answer is asked for; each try may wait 10 s for the server's word that it began."""

RETRY_S = 0.1

BACK = "Sorry, I was cut off for a moment. Please go on."
"""Said when a call is taken over and the caller was about to speak: he has heard the agent break off."""

SETTLE_S = 0.05
"""After a reconnection the plugin ends the reply that was in progress, in tasks of its own."""


class Answers:
    """Asks for a call's answers.

    Attributes:
        connected: cleared while the server is away; nothing is asked for meanwhile.
    """

    def __init__(self, session: AgentSession[Any], greeting: str) -> None:
        self.connected = asyncio.Event()
        self.connected.set()
        self._session = session
        self._greeting = greeting
        self._typing = asyncio.Lock()
        self._news = asyncio.Event()
        self._open: history.Open = "greeting"

    def conversation_grew(self) -> None:
        """The server has taken an item into its conversation."""
        self._news.set()

    async def greet(self) -> None:
        """Greets the caller."""
        await self._answer(self._greeting)

    async def take_over(self, conversation: Iterable[llm.ChatItem]) -> None:
        """Goes on with a conversation that another process had: answers what is open, or says that it is there again."""
        match history.open_end(conversation):
            case "greeting":
                await self._answer(self._greeting)
            case "question":
                await self._answer()
            case "nothing":
                await self.say(BACK)

    async def say(self, words: str) -> None:
        """Has the agent say these words, at once: what it was saying stops. Returns when they were heard."""
        if self._session.current_speech is not None:
            await self._interrupt()
        await self._answer(f"Say exactly: {words}")

    async def to_typed(self, text: str) -> None:
        """Sees to it that a typed text reaches the conversation, in its turn, and is answered."""
        before = history.count(self._session, text)
        for _ in range(TRIES):
            async with (
                self._typing
            ):  # a later text interrupts this one's answer, not its way into the conversation
                await self.connected.wait()
                if self._session.current_speech is not None:
                    await self._interrupt()
                if (handle := self._ask(user_input=text)) is None:
                    return
                handle.add_done_callback(lambda _: self._news.set())
                while not handle.done() and history.count(self._session, text) == before:
                    self._news.clear()
                    await self._news.wait()
            await handle
            if history.count(self._session, text) > before:
                if handle.exception() is not None:
                    await self._answer()
                return
            await asyncio.sleep(RETRY_S)  # cut off by the caller's voice or by an outage, before it was added

    def lost(self, conversation: Iterable[llm.ChatItem]) -> None:
        """The server went, and this was the conversation."""
        self._open = history.open_end(conversation)
        self.connected.clear()

    async def after_outage(self) -> None:
        """Answers what was being answered when the server went. The plugin has replayed the conversation itself."""
        await asyncio.sleep(SETTLE_S)
        if (speech := self._session.current_speech) is not None:
            await speech
        if self._session.current_speech is not None or self._session.agent_state == "thinking":
            return  # a tool is running: its result is answered in any case
        match self._open:
            case "greeting":
                await self._answer(self._greeting)
            case "question":
                await self._answer()
            case "nothing":
                pass

    async def _answer(self, instructions: str = "") -> None:
        """Asks for an answer to the conversation as it stands."""
        for _ in range(TRIES):
            await self.connected.wait()
            if (handle := self._ask(instructions=instructions)) is None:
                return
            await handle
            if (error := handle.exception()) is None:
                return
            logger.debug("an answer failed: %s", error)
            await asyncio.sleep(RETRY_S)

    def _ask(self, **asked: str) -> SpeechHandle | None:
        try:
            return self._session.generate_reply(**{name: value for name, value in asked.items() if value})  # type: ignore[arg-type]
        except RuntimeError as error:  # the session is closing
            logger.debug("no answer can be asked for: %s", error)
            return None

    async def _interrupt(self) -> None:
        try:
            await self._session.interrupt(force=True)
        except RuntimeError as error:
            logger.debug("nothing to interrupt: %s", error)
