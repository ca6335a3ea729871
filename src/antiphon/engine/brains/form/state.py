"""What the conversation has come to: folded from its items, never stored elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the agent asks.

    Attributes:
        kind: "slot": a value; "choice": which of several values for a slot; "either": which slot a value is for; "confirm": may the tool be
            called; "what": what to change; "offer": shall I start this tool; "else": anything else.
        options: for a choice: the values; for either: pairs (slot path, value); for a slot: pairs that a tool proposed.
    """

    kind: Literal["slot", "choice", "either", "confirm", "what", "offer", "else"]
    tool: str = ""
    slot: str = ""
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A slot's value, the words that gave it, why they were taken for it, and in which of the caller's turns."""

    value: Any
    said: str
    why: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """A tool that is being filled in.

    Attributes:
        values: by slot path.
        tries: how often a slot was asked for without an answer.
        rejected: how often a slot's value was read back, denied, and then heard as before.
        declined: optional slots that the caller does not want to give.
        refused: values with which the tool came back with an error.
        daypart: "evening", said without a time.
        named: the slot that the caller said he wants changed, without its value.
        partial: digits of an unfinished phone number, by slot path.
        confirmed: the caller said yes to calling the tool with these values.
    """

    tool: str
    values: Mapping[str, Value] = field(default_factory=dict)
    tries: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    declined: frozenset[str] = frozenset()
    refused: Mapping[str, Any] = field(default_factory=dict)
    daypart: str = ""
    named: str = ""
    partial: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = False

    def put(self, path: str, value: Value) -> Task:
        """With this value; a changed value needs a new confirmation."""
        refused = {k: v for k, v in self.refused.items() if k != path}
        partial = {k: v for k, v in self.partial.items() if k != path}
        tries = {k: v for k, v in self.tries.items() if k != path}
        return replace(
            self,
            values={**self.values, path: value},
            refused=refused,
            partial=partial,
            tries=tries,
            confirmed=False,
        )

    def without(self, path: str) -> Task:
        """Without this value."""
        values = {k: v for k, v in self.values.items() if k != path}
        return replace(self, values=values, confirmed=False)

    def tried(self, path: str) -> Task:
        """With one more vain question for a slot."""
        return replace(self, tries={**self.tries, path: self.tries.get(path, 0) + 1})


@dataclass(frozen=True, slots=True)
class Done:
    """A tool call that came back."""

    tool: str
    values: Mapping[str, Any]
    output: str
    ok: bool
    internal: bool = False
    """It failed in a way that tells a caller nothing: the same may be tried again."""


@dataclass(frozen=True, slots=True)
class State:
    """All that the policy remembers.

    Attributes:
        tasks: open tasks, the present one last.
        waiting: tools that were wished for meanwhile, with the words that may hold values for them.
        asked: the question that the caller heard last.
        planned: the question in the reply now being given: asked once it was heard.
        calling: the call that left and has no output yet: (tool, arguments).
        memory: values by concept: (kind, value), for later tasks.
        done: calls that came back.
        turns: caller's turns so far, for varying words.
        misses: turns in a row that were not understood.
        last: the last reply's text, for "repeat that".
        unused: words that were not understood when they were said: they may hold values for what comes next.
        plan: (text, index of the question's first word) of the reply now being given.
    """

    tasks: tuple[Task, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    asked: Question | None = None
    planned: Question | None = None
    calling: tuple[str, str] | None = None
    memory: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    done: tuple[Done, ...] = ()
    turns: int = 0
    misses: int = 0
    unknown: int = 0
    last: str = ""
    plan: tuple[str, int] = ("", 0)
    unused: str = ""
    greeted: bool = False

    @property
    def task(self) -> Task | None:
        """The present task."""
        return self.tasks[-1] if self.tasks else None

    def with_task(self, task: Task) -> State:
        """With a new version of the present task."""
        return replace(self, tasks=(*self.tasks[:-1], task))
