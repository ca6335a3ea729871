"""Plays a request (requests.py) against the form brain, as a caller who answers what he is asked, and scores what came of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from time import perf_counter
from typing import Any

from rapidfuzz import fuzz

from antiphon.engine.brains.brain import BrainRequest, CallTool, Note, Say, Tool
from antiphon.engine.brains.form import FormBrain
from antiphon.engine.brains.form.kinds.date import spoken_date
from antiphon.engine.brains.form.kinds.time import spoken_time
from antiphon.engine.brains.form.schema import Slot, form_of
from antiphon.engine.brains.form.sound import sound
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    UserMessage,
)
from tests.engine.brains.form.play import flat
from tests.engine.brains.form.trades import NOW, Trade
from tests.understanding.calls import Call, Exact, Words
from tests.understanding.requests import CONFIRM, WHAT, Request, Turn

Hears = Callable[[str, int, tuple[str, ...]], Awaitable[str]]
"""What the recogniser makes of words that are said for the n-th time (0 the first): later ones are slower; and what is expected."""

_MOST_TURNS = 30
"""Utterances after which a caller hangs up."""
_AGAIN = 3
"""Times that a caller who speaks says a thing that was not understood, or objects."""
_UNFORESEEN = "That is not possible."
"""What a tool gives back that nobody was to call."""


@dataclass
class Outcome:
    """What came of one request.

    Attributes:
        tools: expected calls that came.
        arguments: arguments of those that were right, and all that were expected or came.
        false_actions: calls that should not have come.
        missing_words: what a reply should have held and did not, or held and should not have.
        utterances: how often the caller spoke.
        turn_ms: the brain's time for each reply, milliseconds.
    """

    request: Request
    tools: int = 0
    arguments: tuple[int, int] = (0, 0)
    false_actions: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    utterances: int = 0
    turn_ms: list[float] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether all was done and told as a caller would wish, and nothing else."""
        return (
            self.tools == len(self.request.calls)
            and self.arguments[0] == self.arguments[1]
            and not self.false_actions
            and not self.faults
        )


class Caller:
    """One caller with one request.

    Args:
        request: what he wants.
        trade: whom he calls.
        brain: who answers him.
        hears: what becomes of his words on the way; None: they are typed by somebody who says yes to everything. Anybody else objects to a
            read-back that has a value wrong, spelling names and codes, and says again what was not understood.
    """

    def __init__(self, request: Request, trade: Trade, brain: FormBrain, hears: Hears | None = None) -> None:
        self.outcome = Outcome(request)
        self._trade = trade
        self._tools = {tool.name: tool for tool in trade.tools}
        self._hears = hears
        self._brain = brain
        self._items: list[Item] = []
        self._expected = list(request.calls)
        self._replies: list[str] = []
        self._asks: Mapping[str, Any] = {}
        self._confirms: Mapping[str, Any] = {}
        self._said: Counter[str] = Counter()
        self._objections = 0
        self._refused = False
        """A tool has failed since his last words: he goes on to his next ones."""
        self._last = request.turns[-1]

    async def play(self) -> Outcome:
        """Holds the whole conversation."""
        for turn in self.outcome.request.turns:
            self._replies = []
            self._refused = False
            answers = {asked: list(said) for asked, said in turn.answers.items()}
            await self._say(turn.says)
            while self.outcome.utterances < _MOST_TURNS and (words := self._answer(turn, answers)):
                await self._say(words)
            self._judge_words(turn)
        for call in self._expected:
            self.outcome.faults.append(f"{call.tool} was not called (line {call.line})")
        return self.outcome

    def _answer(self, turn: Turn, answers: dict[str, list[str]]) -> str:
        """What he says to the question that stands; "" if he has nothing to say to it."""
        kind, slot, tool = (str(self._asks.get(key, "")) for key in ("kind", "slot", "tool"))
        match kind:
            case "confirm":
                if self._hears and not answers.get(CONFIRM) and (words := self._objection(turn)):
                    return words
                if answers.get(CONFIRM):
                    return answers[CONFIRM].pop(0)
                return "yes" if any(call.tool == tool for call in self._expected) else "no, thank you"
            case "slot" | "choice" if answers.get(slot) and not (self._refused and turn is not self._last):
                words = answers[slot].pop(0) if len(answers[slot]) > 1 else answers[slot][0]
                return words if self._said[words] < _AGAIN else ""
            case "slot" | "choice" if self._hears and (words := self._repeated(turn, slot, tool)):
                return words
            case "offer":
                wanted = any(call.tool == tool for call in turn.calls if call in self._expected)
                if not wanted and answers.get(WHAT):
                    return answers[WHAT].pop(0)
                return "yes please" if wanted else ""
            case "what" | "missed" if answers.get(WHAT):
                return answers[WHAT].pop(0)
            case "missed" if self._hears and self._said[turn.says] < _AGAIN:
                return turn.says
        return ""

    def _repeated(self, turn: Turn, path: str, tool: str) -> str:
        """A value that he said already and that was not heard; "" if it is none of his, or he is tired of it."""
        wanted = next((c for c in turn.calls if c in self._expected and c.tool == tool), None)
        slot = next((s for s in form_of(self._tools[tool]).slots if s.path == path), None) if wanted else None
        right = wanted.arguments.get(path) if wanted else None
        if slot is None or not isinstance(right, Exact):
            return ""
        value = next((v for v in right.values if v is not None), None)
        words = "" if value is None else careful(slot, value)
        return words if self._said[words] < _AGAIN else ""

    def _objection(self, turn: Turn) -> str:
        """What he says to a read-back with a wrong value: "no, the name is Meyer, M E Y E R"; "" if all is right."""
        wanted = next(
            (c for c in turn.calls if c in self._expected and c.tool == self._confirms.get("tool")), None
        )
        if wanted is None or self._objections >= _AGAIN:
            return ""
        given = flat(self._confirms.get("arguments", {}))
        slots = {slot.path: slot for slot in form_of(self._tools[wanted.tool]).slots}
        for path, right in wanted.arguments.items():
            slot = slots.get(path)
            if slot is None or isinstance(right, Words) or self._met(right, given.get(path), slot):
                continue
            value = next((v for v in right.values if v is not None), None)
            if value is not None:
                self._objections += 1
                return f"no, the {slot.title} is {careful(slot, value)}"
        return ""

    def _met(self, wanted: Exact | Words, value: Any, slot: Slot | None) -> bool:
        """Whether a value is the one that was wanted; of a name that is spoken, whether it sounds the same."""
        if wanted.met_by(value):
            return True
        if not self._hears or slot is None or slot.kind != "name" or not isinstance(value, str):
            return False
        return any(isinstance(w, str) and sounds_alike(w, value) for w in wanted.values)

    async def _say(self, words: str) -> None:
        self.outcome.utterances += 1
        heard = await self._hears(words, self._said[words], self._expects()) if self._hears else words
        self._said[words] += 1
        self.outcome.talk.append(f"C: {words}" + (f"   [{heard}]" if heard != words else ""))
        self._items.append(UserMessage(f"i{len(self._items)}", heard))
        call = await self._reply()
        while call is not None:
            result = self._take(call)
            self.outcome.talk.append(f"R: {result}")
            self._items.append(FunctionCallOutput(f"i{len(self._items)}", self._items[-1].call_id, result))  # type: ignore[union-attr]
            call = await self._reply()

    def _expects(self) -> tuple[str, ...]:
        return self._brain.expects(self._request()).vocabulary

    def _request(self) -> BrainRequest:
        return BrainRequest(self._trade.instructions, "", self._trade.tools, "auto", tuple(self._items), NOW)

    async def _reply(self) -> CallTool | None:
        text, call, missed, self._asks = "", None, False, {}
        begin = perf_counter()
        async for piece in self._brain.reply(self._request()):
            match piece:
                case Say():
                    text += piece.text
                case CallTool():
                    call = piece
                case Note(topic="asks"):
                    self._asks = piece.detail
                case Note(topic="confirms"):
                    self._confirms = piece.detail
                case Note(topic="missed"):
                    missed = True
        if missed and self._asks.get("kind", "else") == "else":
            self._asks = {"kind": "missed"}
        self.outcome.turn_ms.append((perf_counter() - begin) * 1000)
        if text:
            self._items.append(AssistantMessage(f"i{len(self._items)}", text))
            self._replies.append(text.casefold())
            self.outcome.talk.append(f"A: {text}   {dict(self._asks) or ''}")
        if call is not None:
            arguments = json.dumps(dict(call.arguments))
            self.outcome.talk.append(f"T: {call.name} {arguments}")
            self._items.append(
                FunctionCall(f"i{len(self._items)}", f"c{len(self._items)}", call.name, arguments)
            )
        return call

    def _take(self, call: CallTool) -> str:
        """Checks a call against those expected; gives back what the tool says."""
        wanted = next((c for c in self._expected if c.tool == call.name), None)
        if wanted is None:
            self.outcome.false_actions.append(call.name)
            return _UNFORESEEN
        self._expected.remove(wanted)
        self._refused = wanted.failed
        self.outcome.tools += 1
        self._judge_arguments(wanted, flat(call.arguments))
        return wanted.result

    def _judge_arguments(self, wanted: Call, given: Mapping[str, Any]) -> None:
        defaults = _defaults(self._tools[wanted.tool])
        slots = {slot.path: slot for slot in form_of(self._tools[wanted.tool]).slots}
        right, total = self.outcome.arguments
        for path in {*wanted.arguments, *given}:
            value = given.get(path)
            if path in wanted.arguments:
                met = self._met(wanted.arguments[path], value, slots.get(path)) or (
                    path not in given and wanted.arguments[path].met_by(defaults.get(path))
                )
            elif value is None or value == defaults.get(path, object()):
                continue
            else:
                met = False
            total += 1
            right += met
            if not met:
                self.outcome.faults.append(f"{wanted.tool}.{path} = {value!r} (line {wanted.line})")
        self.outcome.arguments = right, total

    def _judge_words(self, turn: Turn) -> None:
        for options in turn.heard:
            if not any(option in reply for reply in self._replies for option in options):
                self.outcome.faults.append(f"nobody said {' | '.join(options)!r} (line {turn.line})")
        for words in turn.unheard:
            if any(words in reply for reply in self._replies):
                self.outcome.faults.append(f"{words!r} was said (line {turn.line})")


def careful(slot: Slot, value: Any) -> str:
    """A value as somebody says it who was misunderstood: names spelled, codes sign by sign, the rest in plain words."""
    match slot.kind:
        case "name":
            return f"{value}, {' '.join(str(value).split()[-1].upper())}"
        case "code" | "phone":
            return ", ".join(str(value).replace("+", ""))
        case "date":
            return spoken_date(date.fromisoformat(value))
        case "time":
            return spoken_time(time.fromisoformat(value))
        case "boolean":
            return "yes" if value else "no"
    values = value if isinstance(value, list) else [value]
    return " and ".join(str(v).replace("_", " ") for v in values)


def sounds_alike(one: str, other: str) -> bool:
    """Whether two names cannot be told apart by ear: Thomson and Thompson, Larsen and Larson."""
    a, b = (re.sub(r"[^a-z]", "", name.lower()) for name in (one, other))
    return sound(a) == sound(b) or fuzz.ratio(a, b) >= _ALIKE


_ALIKE = 80


def _defaults(tool: Tool) -> dict[str, Any]:
    properties = tool.parameters.get("properties", {})
    return {name: schema["default"] for name, schema in properties.items() if "default" in schema}


@dataclass(frozen=True)
class Score:
    """The figures over many requests. Shares are 0…1."""

    requests: int
    right: float
    tool_accuracy: float
    argument_accuracy: float
    false_actions: int
    utterances: float
    """Of the caller, in the mean of the requests that were done right."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Score:
        """Adds up."""
        all_ = list(outcomes)
        done = [o for o in all_ if o.right]
        calls = sum(len(o.request.calls) for o in all_)
        arguments = sum(o.arguments[1] for o in all_)
        return cls(
            len(all_),
            len(done) / max(len(all_), 1),
            sum(o.tools for o in all_) / max(calls, 1),
            sum(o.arguments[0] for o in all_) / max(arguments, 1),
            sum(len(o.false_actions) for o in all_),
            sum(o.utterances for o in done) / max(len(done), 1),
        )
