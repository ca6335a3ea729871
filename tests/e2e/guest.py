"""A guest in Chromium: says recorded words where there are recordings, and answers what the agent asks on the page."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from antiphon.ear.metrics import CallerTurn
from tests.calls.guest import spoken
from tests.e2e.browser_caller import BrowserCaller
from tests.support.listen import words_heard

PATIENCE_MS = 20_000
"""How long a guest waits for an answer: tests say nothing about latency."""


@dataclass
class Guest:
    """A caller with a wish.

    Attributes:
        voice: flite's, where there is no recording.
    """

    caller: BrowserCaller
    name: str = "Miller"
    people: str = "four"
    day: str = "thursday"
    time: str = "at seven p m"
    voice: str = "slt"

    async def greeted(self) -> str:
        """Hears the greeting out and gives its words as the page shows them."""
        assert await self.caller.until_speaking(timeout_ms=PATIENCE_MS), "there was no greeting"
        await self.caller.until_quiet()
        return await self.last_answer()

    async def say(self, text: str) -> str:
        """Says something, hears the answer out, and gives its words as the page shows them."""
        await self.speak(text)
        assert await self.caller.until_answered(timeout_ms=PATIENCE_MS), (
            f"no answer to {text!r}\n{await self.story()}"
        )
        return await self.last_answer()

    async def speak(self, text: str, *, wait: bool = True) -> CallerTurn:
        """Says something."""
        return await self.caller.say(await asyncio.to_thread(spoken, text, self.voice), wait=wait)

    async def until_done(self, tool: str, first: str, turns: int = 10) -> None:
        """Talks, answering what is asked, until a tool has succeeded."""
        answer = await self.say(first)
        for _ in range(turns):
            if await self.caller.tools(tool).count():
                return
            answer = await self.say(self.answer_to(answer))
        raise AssertionError(f"{tool} was not called\n{await self.story()}")

    def answer_to(self, question: str) -> str:
        """An answer to the question that the agent's words end with."""
        sentences = re.split(r"(?<=[.?!])\s+", question.strip())
        asked = next((s for s in reversed(sentences) if s.endswith("?")), sentences[-1]).lower()
        for pattern, answer in (
            (r"\bname\b", f"It is under the name of {self.name}."),
            (r"right\?|correct|shall i|should i|confirm|go ahead|book it|do that", "Yes, please."),
            (r"phone|number", "five five five one two three four"),
            (r"how many|people|party", self.people),
            (r"time", self.time),
            (r"day|date|when", self.day),
        ):
            if re.search(pattern, asked):
                return answer
        return "Yes, please."

    async def last_answer(self) -> str:
        """The agent's words since the caller's last, as the page shows them."""
        words: list[str] = []
        for speaker, text in await self.caller.transcript():
            words = [*words, text] if speaker == "agent" else []
        return " ".join(words)

    async def heard_words(self, start_ms: float, end_ms: float | None = None) -> list[str]:
        """The words in the audio that came back in a stretch of the call."""
        pcm = self.caller.agent_between(start_ms, end_ms)
        return await asyncio.to_thread(words_heard, pcm, 16_000)

    async def story(self) -> str:
        """What the page shows, for a failed test."""
        talk = "\n".join(f"{speaker}: {text}" for speaker, text in await self.caller.transcript())
        tools = await self.caller.page.locator("[data-testid=tool]").all_inner_texts()
        return "\n".join(["", talk, *tools, *self.caller.complaints])
