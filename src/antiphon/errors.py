"""The error tree. Every error that Antiphon raises on purpose descends from AntiphonError.

AntiphonError
├── SettingsError        a setting is wrong: names it, and what would be right
├── MissingPartError     a package, model, binary or device is absent: says how to get it
├── ModelDigestError     a model file is not the one that was published
├── PortInUseError       another program listens there
├── WireError            a Realtime event is malformed: names the field (wire/)
├── ConversationError    an event asks for what the conversation does not have
├── IllegalTransition    a state machine was asked for a move that its table lacks (a bug)
├── InferenceError       a model worker failed; retryable says whether the pool tries again
├── BrainError           the brain could not answer; `spoken` is what the caller is told
├── LineError            a caller's line failed (SDP, codec, file)
└── CallRefused          no place for another call
"""

from __future__ import annotations


class AntiphonError(Exception):
    """Root of the tree.

    Attributes:
        code: short stable identifier for programs, apart from the text for people.
        retryable: whether the same request may succeed later, unchanged.
        mend: what the person who can mend it should do; empty when the message says it all.
    """

    code = "antiphon_error"
    retryable = False

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


class SettingsError(AntiphonError):
    """A setting has a wrong value. The message names the setting and what would be right."""

    code = "bad_setting"


class MissingPartError(AntiphonError):
    """Something that should be installed is not."""

    code = "missing_part"


class ModelDigestError(AntiphonError):
    """A model file's digest is not the pinned one; the file is refused."""

    code = "model_digest"


class PortInUseError(AntiphonError):
    """The address to listen on is taken."""

    code = "port_in_use"


class WireError(AntiphonError):
    """A Realtime event cannot be understood.

    Attributes:
        param: dotted name of the field at fault, as in OpenAI's error objects; "" if the whole event.
        event_id: the client's id of the event, if it could be read.
    """

    code = "invalid_event"

    def __init__(
        self, message: str, *, param: str = "", event_id: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.param = param
        self.event_id = event_id
        if code is not None:
            self.code = code


class ConversationError(AntiphonError):
    """An event names an item that is not there, or asks for an edit that its kind does not allow."""

    code = "invalid_item"

    def __init__(self, message: str, *, param: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        if code is not None:
            self.code = code


class IllegalTransition(AntiphonError):
    """A state machine was asked for a move that is not in its table."""

    code = "illegal_transition"


class InferenceError(AntiphonError):
    """A model worker failed or died."""

    code = "inference_failed"

    def __init__(self, message: str, *, retryable: bool = False, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.retryable = retryable


class BrainError(AntiphonError):
    """The brain could not answer.

    Attributes:
        spoken: plain words for the caller.
    """

    code = "brain_failed"

    def __init__(self, message: str, *, spoken: str, retryable: bool = False) -> None:
        super().__init__(message)
        self.spoken = spoken
        self.retryable = retryable


class LineError(AntiphonError):
    """A caller's line could not be set up or failed."""

    code = "line_failed"


class CallRefused(AntiphonError):
    """There is no place for another call now."""

    code = "busy"
    retryable = True
