"""A client of the Realtime API as a caller's end: server events in, the page's messages and client events out. Sans-I/O.

It does what a standard client does: plays deltas as they come, and when the server hears the caller begin, drops what is left,
and says with `conversation.item.truncate` how much was heard. It calls no tools: they give the answers that the scenario wrote down.
Both dialects are understood, the GA names and those of the beta.
"""

from __future__ import annotations

import binascii
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from antiphon.agent.translate import heard_part
from antiphon.clock import Monotonic, monotonic_ms
from antiphon.ear.line import OnMessage
from antiphon.ear.lines.realtime_playout import Item, RealtimePlayout
from antiphon.ear.lines.realtime_turns import Turns
from antiphon.ear.scenario import Agent
from antiphon.ear.signal import Pcm16

THINKING_MS = 10_000.0
"""An agent that was to answer and has not begun by then is not thinking."""

HARMLESS = frozenset({"response_cancel_not_active", "conversation_already_has_active_response"})
"""Errors of a client and a server that acted at the same moment."""

BETA = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}
"""Names of the beta → those of today."""


class _Head(msgspec.Struct):
    """What audio needs of an event, decoded without the rest."""

    type: str = ""
    item_id: Any = ""
    response_id: Any = ""
    content_index: Any = 0
    delta: Any = None


_head = msgspec.json.Decoder(_Head)
_whole = msgspec.json.Decoder(dict[str, Any])


class RealtimeClient:
    """One session.

    Args:
        tell: takes the ear's messages.
        send: takes client events.
        agent: who answers, and with what its tools answer; None: the server knows.
        clock: monotonic ms.
    """

    def __init__(
        self,
        tell: OnMessage,
        send: Callable[[Mapping[str, Any]], None],
        agent: Agent | None = None,
        clock: Monotonic = monotonic_ms,
    ) -> None:
        self._tell = tell
        self._send = send
        self._clock = clock
        self._returns = {tool.name: tool.returns for tool in agent.tools} if agent is not None else {}
        self._playout = RealtimePlayout()
        self._items: dict[str, Item] = {}
        self._segments: dict[str, tuple[str, str]] = {}
        """Item id → segment, and the words before it there: of an item that goes on with an interrupted one."""
        self._heard: dict[str, str] = {}
        """Item id → words of it that were heard, of those that were cut."""
        self._turns = Turns(tell, clock)
        self._callers: dict[str, str] = {}
        self._active = ""
        self._dropped: set[str] = set()
        """Responses that were cut off: what still comes of them is dropped."""
        self._calls: list[dict[str, Any]] = []
        self._answered: set[str] = set()
        self._expecting_ms: float | None = None
        """Since when an answer is wanted that no response has begun for."""
        self._state = ""
        self._numbers = itertools.count(1)
        self._sounded = False
        self._over = False

    # The caller's side

    def greet(self) -> None:
        """Asks the agent to speak first."""
        self._turns.asked()
        self._expect()
        self._send({"type": "response.create"})

    def take(self, samples: int) -> Pcm16:
        """The agent's next samples."""
        if not self._playout and self._expecting_ms is None:
            return self._playout.take(samples)[0]
        pcm, begun, over = self._playout.take(samples)
        for item in begun:
            self._turns.played(item.response_id, item.id, self._segment(item.id)[0])
        if self._expecting_ms is not None and self._clock() - self._expecting_ms > THINKING_MS:
            self._expecting_ms = None
        if begun or over or self._expecting_ms is None:
            for item in over:
                self._turns.over(item.response_id)
            self._show_state()
        return pcm

    def type_text(self, text: str) -> None:
        """The caller typed: what the agent says is stopped, and an answer asked for."""
        self._stop(cancel=True)
        item_id = f"typed_{next(self._numbers)}"
        self._words(item_id, "caller", text, final=True, typed=True)
        content = [{"type": "input_text", "text": text}]
        self._send(
            {
                "type": "conversation.item.create",
                "item": {"id": item_id, "type": "message", "role": "user", "content": content},
            }
        )
        self._turns.asked(item_id)
        self._expect()
        self._send({"type": "response.create"})

    def end(self, reason: str) -> None:
        """The connection is over; told once."""
        if not self._over:
            self._over = True
            self._turns.end()
            self._tell({"topic": "antiphon.ended", "reason": reason})

    # The server's side

    def feed(self, data: str | bytes) -> None:
        """Takes one event. One that cannot be understood is told as a problem, and passed over."""
        try:
            head = _head.decode(data)
            if head.type in ("response.output_audio.delta", "response.audio.delta"):
                self._audio(head)
            else:
                event = _whole.decode(data)
                self._event(BETA.get(event["type"], event["type"]), event)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            self.problem("bad_event", f"The server sent an event that cannot be understood ({what}).")

    def problem(self, code: str, message: str, *, fatal: bool = False) -> None:
        """Tells of a problem."""
        self._tell({"topic": "antiphon.problem", "code": code, "message": message, "fatal": fatal})

    def _audio(self, head: _Head) -> None:
        item = self._item(head.item_id, head.response_id)
        if item.cut or not isinstance(head.delta, str):
            return
        if not item.pushed:
            item.content_index = head.content_index
            self._sounded = True
            self._turns.first_audio(item.response_id)
        data = binascii.a2b_base64(head.delta)
        self._playout.push(item, np.frombuffer(data, np.int16, len(data) // 2))

    def _event(self, kind: str, event: dict[str, Any]) -> None:
        match kind:
            case "input_audio_buffer.speech_started":
                self._expecting_ms = None
                self._stop(cancel=False)
            case "input_audio_buffer.speech_stopped":
                self._turns.speech_stopped()
            case "input_audio_buffer.committed":
                self._turns.committed(event["item_id"])
                self._expect()
            case "conversation.item.input_audio_transcription.delta":
                item_id = event["item_id"]
                self._callers[item_id] = self._callers.get(item_id, "") + (event.get("delta") or "")
                self._words(item_id, "caller", self._callers[item_id], final=False)
            case "conversation.item.input_audio_transcription.completed":
                self._recognised(event["item_id"], event.get("transcript") or "")
            case "conversation.item.input_audio_transcription.failed":
                self._recognised(event["item_id"], self._callers.get(event["item_id"], ""))
            case "response.created":
                self._active = event["response"]["id"]
                self._expecting_ms = None
                self._turns.response(self._active)
                self._show_state()
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                item = self._item(event["item_id"], event.get("response_id") or "")
                self._said(item, item.text + (event.get("delta") or ""), final=False)
            case "response.output_audio_transcript.done" | "response.output_text.done":
                item = self._item(event["item_id"], event.get("response_id") or "")
                self._said(item, event.get("transcript") or event.get("text") or item.text, final=True)
            case "response.output_audio.done":
                self._whole(self._item(event["item_id"], event.get("response_id") or ""))
            case "response.output_item.done":
                self._item_done(event["item"])
            case "response.done":
                self._response_done(event["response"])
            case "conversation.item.truncated":
                self._truncated(event["item_id"], float(event["audio_end_ms"]))
            case "antiphon.item.heard":
                self._cut(event["item_id"], event["heard"], event["unheard"])
            case "antiphon.turn":
                self._turns.told(event)
            case "antiphon.resumed":
                self._resumed(event["interrupted_item_id"], event["item_id"])
            case "error":
                error = event.get("error") or {}
                if error.get("code") not in HARMLESS:
                    code = str(error.get("code") or error.get("type") or "error")
                    self.problem(code, str(error.get("message") or "The server told an error without words."))
            case _:
                pass

    # Words

    def _words(self, segment: str, speaker: str, text: str, *, final: bool, typed: bool = False) -> None:
        attributes = {"lk.segment_id": segment, "lk.transcription_final": "true" if final else "false"}
        self._tell(
            {
                "topic": "lk.transcription",
                "text": text.strip(),
                "speaker": speaker,
                "typed": typed,
                "attributes": attributes,
            }
        )

    def _recognised(self, item_id: str, text: str) -> None:
        shown = self._callers.get(item_id, "")
        self._callers[item_id] = text
        if text.strip() or shown.strip():
            self._words(item_id, "caller", text, final=True)
        elif not self._active:  # a turn without words wants no answer
            self._expecting_ms = None
            self._show_state()

    def _said(self, item: Item, text: str, *, final: bool) -> None:
        if not item.cut:
            item.text = text
            segment, before = self._segment(item.id)
            self._words(segment, "agent", f"{before} {text.strip()}", final=final)

    def _segment(self, item_id: str) -> tuple[str, str]:
        return self._segments.get(item_id, (item_id, ""))

    def _cut(self, item_id: str, heard: str, unheard: str) -> None:
        segment, before = self._segment(item_id)
        self._heard[item_id] = heard
        heard = f"{before} {heard}".strip()
        self._tell({"topic": "antiphon.cut", "segment_id": segment, "heard": heard, "unheard": unheard})

    def _truncated(self, item_id: str, audio_end_ms: float) -> None:
        """What was heard by the audio's length, for servers that do not say it in words."""
        item = self._items.get(item_id)
        if item is not None:
            self._cut(item_id, *heard_part(item.text, audio_end_ms, item.pushed_ms))

    def _resumed(self, interrupted_id: str, item_id: str) -> None:
        segment, before = self._segment(interrupted_id)
        before = f"{before} {self._heard.get(interrupted_id, '')}".strip()
        self._segments[item_id] = (segment, before)
        self._tell({"topic": "antiphon.cut", "segment_id": segment, "heard": before, "unheard": ""})

    # Items and responses

    def _item(self, item_id: str, response_id: str = "") -> Item:
        item = self._items.get(item_id)
        if item is None:
            item = self._items[item_id] = Item(item_id, response_id or self._active)
            item.cut = item.response_id in self._dropped
        return item

    def _whole(self, item: Item) -> None:
        item.whole = True
        self._show_state()

    def _item_done(self, done: dict[str, Any]) -> None:
        if done.get("type") == "function_call":
            if done.get("status", "completed") == "completed":
                self._call(done)
            return
        item = self._items.get(done.get("id") or "")
        if item is not None:
            item.whole = True

    def _response_done(self, response: dict[str, Any]) -> None:
        response_id, status = response["id"], response.get("status") or "completed"
        for done in response.get("output") or ():
            if done.get("type") == "function_call" and status == "completed":
                self._call(done)
        for item in self._items.values():
            if item.response_id == response_id:
                item.whole = True
                if status == "cancelled" and not item.pushed and not item.cut and item.text:
                    item.stop()
                    self._cut(item.id, "", item.text.strip())
        if self._active == response_id:
            self._active = ""
        if status == "failed":
            error = (response.get("status_details") or {}).get("error") or {}
            self.problem(
                str(error.get("code") or "answer_failed"), str(error.get("message") or "The answer failed.")
            )
        calls, self._calls = self._calls, []
        if status == "completed":
            self._look_for_audio(response)
        if calls:
            self._return(calls, response_id, answer=status == "completed")
        elif not any(i.response_id == response_id and not i.heard and i.pushed for i in self._items.values()):
            self._turns.over(response_id)
        self._show_state()

    def _look_for_audio(self, response: dict[str, Any]) -> None:
        kinds = {
            part.get("type") for item in response.get("output") or () for part in item.get("content") or ()
        }
        if kinds & {"text", "output_text"} and not self._sounded:
            self._sounded = True  # told once
            self.problem(
                "no_audio",
                "The server answers in text only; the ear hears nothing of it. Choose a model that speaks.",
                fatal=True,
            )

    def _stop(self, *, cancel: bool) -> None:
        """The caller began: what was not heard by now never will be."""
        active, self._active = self._active, ""
        if active:
            self._dropped.add(active)
            if cancel:
                self._send({"type": "response.cancel"})
        for item in self._items.values():
            if item.heard or not (item.pushed or (active and item.response_id == active)):
                continue
            item.stop()
            if not item.pushed:
                self._cut(item.id, "", item.text.strip())
            else:
                self._send(
                    {
                        "type": "conversation.item.truncate",
                        "item_id": item.id,
                        "content_index": item.content_index,
                        "audio_end_ms": item.taken_ms,
                    }
                )
                self._turns.over(item.response_id)
        self._playout.clear()
        self._show_state()

    # Tools

    def _call(self, done: dict[str, Any]) -> None:
        if done["call_id"] in self._answered:
            return
        self._answered.add(done["call_id"])
        try:
            arguments = json.loads(done.get("arguments") or "{}")
        except ValueError:
            arguments = None
        self._calls.append(done | {"arguments": arguments})
        self._tell(
            {
                "topic": "antiphon.tool",
                "call_id": done["call_id"],
                "name": done["name"],
                "phase": "started",
                "arguments": arguments if isinstance(arguments, dict) else {"": done.get("arguments")},
            }
        )

    def _return(self, calls: list[dict[str, Any]], response_id: str, *, answer: bool) -> None:
        for call in calls:
            known = call["name"] in self._returns and isinstance(call["arguments"], dict)
            output = self._returns[call["name"]] if known else _refused(call)
            item = {"type": "function_call_output", "call_id": call["call_id"], "output": output}
            self._send({"type": "conversation.item.create", "item": item})
            self._tell(
                {
                    "topic": "antiphon.tool",
                    "call_id": call["call_id"],
                    "name": call["name"],
                    "phase": "ended",
                    "output": output,
                    "is_error": not known,
                    "took_ms": 0.0,
                }
            )
        if answer:
            self._turns.goes_on(response_id)
            self._expect()
            self._send({"type": "response.create"})

    # State

    def _expect(self) -> None:
        self._expecting_ms = self._clock()
        self._show_state()

    def _show_state(self) -> None:
        first = self._playout.first
        if first is not None and first.taken and not first.heard:
            state = "speaking"
        elif self._active or self._expecting_ms is not None or first is not None:
            state = "thinking"
        else:
            state = "listening"
        if state != self._state:
            self._state = state
            self._tell({"topic": "lk.agent.state", "state": state})


def _refused(call: dict[str, Any]) -> str:
    if not isinstance(call["arguments"], dict):
        return "Error: the arguments are no JSON object."
    return f"Error: there is no tool {call['name']}."
