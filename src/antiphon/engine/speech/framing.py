"""Messages between the engine and its model workers: a length (4 bytes, little endian) and a msgpack body.

The first message a worker sends is `Ready`; then it answers each request in order.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

LENGTH = struct.Struct("<I")
MAX_BYTES = 64 * 1024 * 1024
"""Of a body; more is not ours."""
PARENT = "ANTIPHON_WORKER_OF"
"""Environment variable: the process id of the engine that a worker belongs to."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The worker has loaded and warmed its models. `description` is for people."""

    description: str


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The worker could not do what was asked; it lives on."""

    message: str


class SpeakRequest(msgspec.Struct, frozen=True, tag=True):
    """Speak a clause (voice worker). `simple`: with the fallback voice."""

    text: str
    speed: float = 1.0
    simple: bool = False


class Spoken(msgspec.Struct, frozen=True, tag=True):
    """A spoken clause: int16 samples at VOICE_HZ, the words' (text, start ms, end ms), who spoke."""

    pcm: bytes
    words: list[tuple[str, float, float]]
    voice: str
    compute_ms: float


class RecogniseRequest(msgspec.Struct, frozen=True, tag=True):
    """Recognise a piece: int16 samples at RECOGNISER_HZ, the words that are likely (listening worker)."""

    pcm: bytes
    vocabulary: tuple[str, ...] = ()


class Recognised(msgspec.Struct, frozen=True, tag=True):
    """What was heard (`parts.Recognition`)."""

    text: str
    rejected: str
    written: str
    avg_logprob: float
    no_speech_prob: float
    compute_ms: float


class JudgeRequest(msgspec.Struct, frozen=True, tag=True):
    """Judge the end of a turn: int16 samples at RECOGNISER_HZ (listening worker)."""

    pcm: bytes


class Judged(msgspec.Struct, frozen=True, tag=True):
    """The probability that the turn is over."""

    probability: float


Request = SpeakRequest | RecogniseRequest | JudgeRequest
Answer = Ready | Failed | Spoken | Recognised | Judged

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def pack(message: Request | Answer) -> bytes:
    """A message with its length."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def body_bytes(head: bytes) -> int:
    """How long the body after this head is.

    Raises:
        ValueError: longer than any message is; the stream is not ours.
    """
    (count,) = LENGTH.unpack(head)
    if count > MAX_BYTES:
        raise ValueError(f"a message of {count} bytes")
    return int(count)


def read_request(stream: BinaryIO) -> Request | None:
    """The next request, waiting for it; None when the engine is gone.

    Raises:
        ValueError, msgspec.DecodeError: what came is no request.
    """
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    count = body_bytes(head)
    body = stream.read(count)
    return _requests.decode(body) if len(body) == count else None


def unpack_answer(body: bytes) -> Answer:
    """An answer from its body.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _answers.decode(body)
