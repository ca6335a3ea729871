"""From the Realtime server's events to what a line is told: transcripts, cuts, waterfalls. Sans-I/O.

The events are the plain dicts that the plugin hands on (`openai_server_event_received`), so that the cloud's serve as
well as the engine's. Unknown ones are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from antiphon.agent.events import HOPS, CallEvent, Cut, Problem, Transcript, TurnTimed

PCM_BYTES_PER_MS = 48
"""audio/pcm at 24 kHz, 16 bit, mono."""

BASE64 = 3 / 4


@dataclass(slots=True)
class _Message:
    """An agent's message, as it came."""

    segment_id: str
    response_id: str = ""
    prefix: str = ""
    """What the segment held before this message: set when the agent goes on after an interruption without words."""
    text: str = ""
    audio_ms: float = 0.0
    played_ms: float | None = None
    """When its first frame was taken, on the monotonic clock."""
    spoken: bool = False
    """It is one of words with audio: until that is played, nobody knows them."""
    final: bool = False
    cut: bool = False
    ended: bool = False
    """Its response is over: no more will come."""

    def shown(self, text: str) -> str:
        return f"{self.prefix} {text}".strip()


@dataclass(slots=True)
class Translator:
    """One call's memory of its items.

    Attributes:
        guess_heard: find out here what was heard of a message that was cut: by its length if it was truncated, nothing if
            none of it was played. For servers that don't say (`antiphon.item.heard`): OpenAI's cloud.
        heard: item id → words that were heard, for every item that was cut; "" if nothing was.
    """

    guess_heard: bool = False
    heard: dict[str, str] = field(default_factory=dict)
    _callers: dict[str, str] = field(default_factory=dict)
    _messages: dict[str, _Message] = field(default_factory=dict)
    _turns: dict[str, dict[str, Any]] = field(default_factory=dict)
    _answers: dict[str, str] = field(default_factory=dict)
    """Response id → the caller's item that it answers."""
    _unheard: list[str] = field(default_factory=list)
    """Items that were cut before their first frame was played, and that the server still takes for said."""
    _committed: str = ""

    def feed(self, event: dict[str, Any], *, audio_waits: bool = False) -> Iterator[CallEvent]:
        """What a server event means for the line.

        Args:
            event: the server's.
            audio_waits: the line has audio that it will play, unless an interruption comes.
        """
        match event.get("type"):
            case "conversation.item.input_audio_transcription.delta":
                yield from self._caller(event["item_id"], event.get("delta") or "", final=False)
            case "conversation.item.input_audio_transcription.completed":
                yield from self._caller(event["item_id"], event.get("transcript") or "", final=True)
            case "conversation.item.input_audio_transcription.failed":
                yield from self._caller(event["item_id"], self._callers.get(event["item_id"], ""), final=True)
            case "input_audio_buffer.committed":
                self._committed = event["item_id"]
            case "response.created":
                self._created(event["response"])
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                yield from self._said(event)
            case "response.output_audio.delta":
                message = self._message(event["item_id"], event.get("response_id", ""))
                message.spoken = True
                message.audio_ms += len(event.get("delta") or "") * BASE64 / PCM_BYTES_PER_MS
            case "response.output_item.done":
                yield from self._item_done(event["item"])
            case "response.done":
                yield from self._response_done(event["response"], audio_waits)
            case "antiphon.turn":
                yield from self._turn(event)
            case "antiphon.item.heard":
                yield from self._cut(event["item_id"], event["heard"], event["unheard"])
            case "antiphon.resumed":
                yield from self._resumed(event["interrupted_item_id"], event["item_id"])
            case "conversation.item.truncated" if self.guess_heard:
                yield from self._guessed(event["item_id"], float(event["audio_end_ms"]))
            case "conversation.item.deleted":
                yield from self._deleted(event["item_id"])
            case _:
                pass

    def audio_started(self, now_ms: float) -> Iterator[CallEvent]:
        """The line took the first sample of a message. One at a time is spoken, so it is the newest that has audio."""
        for item_id, message in reversed(self._messages.items()):
            if message.played_ms is not None or message.cut:
                return
            if message.audio_ms:
                message.played_ms = now_ms
                if (turn := self._turns.pop(item_id, None)) is not None:
                    yield self._timed(turn, message)
                return

    def audio_cleared(self) -> Iterator[CallEvent]:
        """An interruption: what the line has not taken by now will never be played."""
        if self.guess_heard:
            yield from self._never_played()

    def to_forget(self) -> list[str]:
        """Items that nobody heard, whose response is over, and that the server has to be told of. Each is named once."""
        over = [item_id for item_id in self._unheard if self._messages[item_id].ended]
        self._unheard = [item_id for item_id in self._unheard if item_id not in over]
        return over

    def _never_played(self, response_id: str = "") -> Iterator[CallEvent]:
        """Cuts messages, of one response or of any, that are newer than the last one that was played."""
        for item_id, message in reversed(self._messages.items()):
            if message.played_ms is not None:
                return
            if message.spoken and not message.cut and response_id in ("", message.response_id):
                message.cut = True
                self._unheard.append(item_id)
                if words := message.text.strip():
                    yield Cut(message.segment_id, "", words)

    def _message(self, item_id: str, response_id: str = "") -> _Message:
        return self._messages.setdefault(item_id, _Message(item_id, response_id))

    def _caller(self, item_id: str, words: str, *, final: bool) -> Iterator[CallEvent]:
        shown = self._callers.get(item_id, "")
        text = words if final else shown + words
        self._callers[item_id] = text
        if text.strip() or shown.strip():  # a turn without words was never shown, and need not be
            yield Transcript(item_id, "caller", text.strip(), final)

    def _created(self, response: dict[str, Any]) -> None:
        asked_for = (response.get("metadata") or {}).get("client_event_id")
        if not asked_for:  # a greeting, typed text and a tool's result are answered by request
            self._answers[response["id"]] = self._committed

    def _said(self, event: dict[str, Any]) -> Iterator[CallEvent]:
        message = self._message(event["item_id"], event.get("response_id", ""))
        if message.cut:
            return
        message.spoken = message.spoken or event["type"] == "response.output_audio_transcript.delta"
        message.text += event.get("delta") or ""
        yield Transcript(message.segment_id, "agent", message.shown(message.text.strip()), final=False)

    def _item_done(self, item: dict[str, Any]) -> Iterator[CallEvent]:
        message = self._messages.get(item.get("id", ""))
        if message is None or message.final or message.cut:
            return
        said = "".join(part.get("transcript") or part.get("text") or "" for part in item.get("content") or ())
        if item.get("status") == "completed" and said:
            message.text = said  # whole, even if a delta was missed
        if not message.text.strip():
            return
        message.final = True
        yield Transcript(message.segment_id, "agent", message.shown(message.text.strip()), final=True)

    def _response_done(self, response: dict[str, Any], audio_waits: bool) -> Iterator[CallEvent]:
        completed = response.get("status") == "completed"
        for message in self._messages.values():
            message.ended = message.ended or message.response_id == response["id"]
        if self.guess_heard and response.get("status") == "cancelled" and not audio_waits:
            yield from self._never_played(response["id"])
        for item_id, turn in list(self._turns.items()):
            if turn["response_id"] != response["id"]:
                continue
            timed = self._messages.get(item_id)
            if not (completed and timed and timed.audio_ms):  # else it will still be heard
                del self._turns[item_id]
                yield self._timed(turn, timed)
        if response.get("status") == "failed":
            yield Problem("answer_failed", "The answer failed. Please say that again.")

    def _turn(self, event: dict[str, Any]) -> Iterator[CallEvent]:
        message = self._messages.get(event["item_id"])
        if message is not None and message.played_ms is not None:
            yield self._timed(event, message)
        else:
            self._turns[event["item_id"]] = event

    def _timed(self, turn: dict[str, Any], message: _Message | None) -> TurnTimed:
        stamps = dict(turn["stamps"])
        if message is not None and message.played_ms is not None:
            stamps["audio_played"] = message.played_ms
        ordered = {hop: stamps.pop(hop) for hop in HOPS if hop in stamps} | stamps
        details = dict(turn.get("details") or {})
        answered = details.get("user_item_id") or self._answers.get(turn["response_id"], "")
        segment_id = message.segment_id if message is not None else turn["item_id"]
        return TurnTimed(segment_id, answered, ordered, details)

    def _cut(self, item_id: str, heard: str, unheard: str) -> Iterator[CallEvent]:
        message = self._message(item_id)
        if message.cut and self.heard.get(item_id) == heard:
            return
        message.cut = True
        self.heard[item_id] = heard
        yield Cut(message.segment_id, message.shown(heard), unheard)

    def _resumed(self, interrupted_id: str, item_id: str) -> Iterator[CallEvent]:
        interrupted = self._message(interrupted_id)
        before = interrupted.shown(self.heard.get(interrupted_id, ""))
        message = self._message(item_id)
        message.segment_id, message.prefix = interrupted.segment_id, before
        yield Cut(message.segment_id, before, "")  # takes the cut back: the rest is said after all
        if message.text.strip():
            yield Transcript(
                message.segment_id, "agent", message.shown(message.text.strip()), final=message.final
            )

    def _guessed(self, item_id: str, audio_end_ms: float) -> Iterator[CallEvent]:
        message = self._messages.get(item_id)
        if message is not None:
            heard, unheard = heard_part(message.text, audio_end_ms, message.audio_ms)
            yield from self._cut(item_id, heard, unheard)

    def _deleted(self, item_id: str) -> Iterator[CallEvent]:
        message = self._messages.get(item_id)
        if message is not None and message.cut:
            self.heard.setdefault(item_id, "")
        elif message is not None and message.text:
            yield from self._cut(item_id, "", message.text.strip())


def heard_part(text: str, heard_ms: float, audio_ms: float) -> tuple[str, str]:
    """Guesses which words of a text fall into the first `heard_ms` of its audio, by their share of the letters.

    A word that was begun counts as unheard.
    """
    words = text.split()
    letters = sum(len(word) + 1 for word in words)
    reached = letters * min(1.0, heard_ms / audio_ms) if audio_ms > 0 else 0.0
    heard = 0
    for word in words:
        reached -= len(word) + 1
        if reached < -1e-6:
            break
        heard += 1
    return " ".join(words[:heard]), " ".join(words[heard:])
