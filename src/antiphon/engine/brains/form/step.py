"""One step of a talk: the state, the reply being built, and what every part of the policy does with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Literal

from antiphon.engine.brains.brain import Note
from antiphon.engine.brains.form import phrasing
from antiphon.engine.brains.form.assign import Assigned, assign
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.kinds import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.date import is_past, may_be_past
from antiphon.engine.brains.form.kinds.time import daypart
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.state import Question, State, Task, Value
from antiphon.engine.brains.form.tokens import Heard, Token


@dataclass
class Reply:
    """What is said and done in answer: words, the question among them, a call, reasons."""

    parts: list[str] = field(default_factory=list)
    question: Question | None = None
    question_at: int = 0
    """Index of the part with the question."""
    call: tuple[str, dict[str, Any]] | None = None
    notes: list[Note] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words."""
        return "".join(self.parts).strip()


_ADDS = frozenset(["but", "and", "also", "plus"])
"""Words with which something is told beside yes or no."""


class Step:
    """The state before and, as the step goes on, after it; the reply so far; doubts about values just heard."""

    def __init__(self, domain: Domain, state: State, now: datetime) -> None:
        self.domain = domain
        self.state = state
        self.now = now
        self.reply = Reply()
        self.doubts: list[tuple[Slot, Candidate]] = []
        self.unused = ""
        """What was said just before, and not understood."""
        self._assigned: dict[
            tuple[tuple[Token, ...], Question | None], tuple[Task | None, list[Assigned]]
        ] = {}

    # --- the reply

    def say(self, *parts: str) -> None:
        """Adds words."""
        self.reply.parts += [part if part.endswith(" ") else part + " " for part in parts if part]

    def ask(self, question: Question, text: str) -> None:
        """Adds the question with which the reply ends."""
        self.reply.question = question
        self.reply.question_at = len(self.reply.parts)
        self.say(text)

    def open(self, kind: str) -> None:
        """A fixed opener, unless something was said already."""
        if not self.reply.parts:
            self.say(phrasing.fixed(kind, self.state.turns))

    def note(self, topic: str, **detail: Any) -> None:
        """A reason for the call's record."""
        self.reply.notes.append(Note(topic, detail))

    def finish(self) -> None:
        """Keeps in the state what was said and asked."""
        text = self.reply.text
        before = "".join(self.reply.parts[: self.reply.question_at])
        at = len(before.split()) if self.reply.question else len(text.split())
        if (asked := self.reply.question) is not None:
            self.note("asks", kind=asked.kind, tool=asked.tool, slot=asked.slot)
        self.state = replace(
            self.state, planned=self.reply.question, last=text or self.state.last, plan=(text, at)
        )

    # --- tools and tasks

    def form(self, name: str) -> Form:
        """The tool with this name."""
        return self.domain.tools.by_name[name]

    @property
    def task(self) -> Task:
        """The present task; there must be one."""
        assert self.state.task is not None
        return self.state.task

    def put_task(self, task: Task) -> None:
        """A new version of the present task."""
        self.state = self.state.with_task(task)

    def drop_task(self) -> None:
        """The present task is over."""
        self.state = replace(self.state, tasks=self.state.tasks[:-1], misses=0)

    def wrote(self, tool: str) -> bool:
        """Whether a tool changes something."""
        form = self.domain.tools.by_name.get(tool)
        return form is not None and not form.reads

    # --- values

    def context(self, task: Task, slot: Slot, asked: Question | None) -> Context:
        """What the extractor of a slot may know now."""
        value = task.values.get(slot.path)
        held = self.state.memory.get(slot.concept) if self.form(task.tool).action == "change" else None
        current = value.value if value else task.refused.get(slot.path, held[1] if held else None)
        return Context(
            now=self.now,
            asked=asked is not None and asked.slot == slot.path and asked.kind in {"slot", "choice"},
            current=current,
            open_hours=self.domain.knowledge.open_hours,
            daypart=task.daypart,
            partial=task.partial.get(slot.path, ""),
        )

    def values_in(self, heard: Heard, asked: Question | None) -> list[Assigned]:
        """What the words give to the present task."""
        task = self.task
        key = (heard.tokens, asked)
        if self._assigned.get(key, (None, []))[0] is not task:
            told: Literal["", "near", "all"] = (
                "all"
                if asked is None or (asked.kind == "confirm" and _ADDS & set(heard.norms))
                else "near"
                if asked.kind != "slot" or len(heard) > 5
                else ""
            )
            found = assign(
                heard,
                self.form(task.tool),
                lambda s: self.context(task, s, asked),
                task.values,
                by_meaning=told,
            )
            self._assigned[key] = (task, found)
        return self._assigned[key][1]

    def fill(self, heard: Heard, asked: Question | None, only: frozenset[str] = frozenset()) -> list[str]:
        """Takes every value out of the words, or those of some kinds for slots that have none.

        Returns:
            The paths of the slots whose value changed. Values in doubt are in `doubts`.
        """
        if (part := daypart(heard)) and part != self.task.daypart:
            self.put_task(replace(self.task, daypart=part))
        found = self.values_in(heard, asked)
        if only:
            found = [a for a in found if a.slot.kind in only and a.slot.path not in self.task.values]
        task = self.task
        changed: list[str] = []
        many: dict[str, list[Any]] = {}
        for one in found:
            path, candidate = one.slot.path, one.candidate
            self._note_slot(one)
            if candidate.doubt is not None:
                self.doubts.append((one.slot, candidate))
                if candidate.doubt.why == "short":
                    task = replace(task, partial={**task.partial, path: candidate.value})
                elif candidate.doubt.why == "part" and candidate.doubt.options:
                    days = "/".join(day.isoformat() for day in candidate.doubt.options)
                    task = replace(task, partial={**task.partial, path: days})
                continue
            value = candidate.value
            if isinstance(value, date) and (closed := self._closed(task, one.slot, value)):
                self.doubts.append((one.slot, replace(candidate, doubt=Doubt("closed", (closed,)))))
                continue
            if one.slot.many:
                value = [v for v in many.get(path, []) if v != value] + [value]
                many[path] = value
            before = task.values.get(path)
            if before is None or before.value != value:
                changed.append(path)
            task = task.put(path, Value(value, one.said, candidate.why, self.state.turns))
        self.put_task(task)
        return changed

    def _closed(self, task: Task, slot: Slot, day: date) -> str:
        """The instructions' word that nobody comes on that day; "" if they do not say so."""
        form = self.form(task.tool)
        visits = form.action in {"create", "change"}
        if not visits or slot.role == "old" or is_past(slot) or may_be_past(slot):
            return ""
        return self.domain.knowledge.closed.get(day.weekday(), "")

    def put(self, path: str, value: Any, said: str, why: str) -> None:
        """Gives a slot of the present task a value that needs no extractor."""
        self.note("slot", slot=path, value=str(value), said=said, why=why)
        self.put_task(self.task.put(path, Value(value, said, why, self.state.turns)))

    def _note_slot(self, found: Assigned) -> None:
        candidate = found.candidate
        detail = {"doubt": candidate.doubt.why} if candidate.doubt else {}
        self.note(
            "slot",
            slot=found.slot.path,
            value=str(candidate.value),
            said=found.said,
            why=candidate.why,
            strength=round(candidate.strength, 2),
            **detail,
        )


def plain(value: Any) -> Any:
    """A value as JSON has it: dates ISO, times "HH:MM"."""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def joined(clauses: Sequence[Heard]) -> Heard:
    """Clauses as one utterance."""
    return Heard(" ".join(c.text for c in clauses), tuple(t for c in clauses for t in c.tokens))


def without(heard: Heard, parts: Sequence[Heard]) -> Heard:
    """An utterance without the tokens of some of its parts."""
    gone = {id(t) for part in parts for t in part.tokens}
    tokens = tuple(t for t in heard.tokens if id(t) not in gone)
    return Heard(" ".join(t.text for t in tokens), tokens)
