"""A session's instructions and tools, compiled once."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.engine.brains.form.intent import Tools
from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.speakable import speakable


@dataclass(frozen=True)
class Domain:
    """What the brain knows in a session."""

    tools: Tools
    knowledge: Knowledge
    may_call: bool = True
    """False: no tool may be called for this reply (`tool_choice` "none")."""
    serial: int = 0
    """Tells compiled sessions apart."""
    forced: str = ""
    """The tool that must be called (`tool_choice` names it), "" if any."""

    def spoken(self, fact: str) -> str:
        """A sentence of the instructions as it is spoken."""
        return speakable(fact)
