"""What went wrong with a chat model: words for the caller, and precise ones for the log."""

from __future__ import annotations

from collections.abc import Sequence

import openai
from openai.types.chat import ChatCompletionMessageParam

from antiphon.errors import BrainError
from antiphon.settings import BrainSettings

TRY_AGAIN = "I'm sorry, I can't think of an answer just now. Please try again in a moment."
BUSY = "I'm sorry, I'm very busy at the moment. Please ask me again in a little while."
NOT_SET_UP = "I'm sorry, I can't answer at the moment, because I'm not set up properly."
TOO_SLOW = "I'm sorry, that is taking me too long. Could you ask me again?"
LOST = "I'm sorry, I lost my train of thought. Could you say that again?"
CANNOT = "I'm sorry, I can't help with that."
NOT_DONE = "I'm sorry, I couldn't do that. Could you tell me once more what you would like?"


def failure(message: str, spoken: str, *, retryable: bool = False) -> BrainError:
    """An error of the chat brain."""
    return BrainError(f"the chat model: {message}", spoken=spoken, retryable=retryable)


def explained(
    error: Exception,
    settings: BrainSettings,
    messages: Sequence[ChatCompletionMessageParam],
    *,
    begun: bool,
) -> BrainError:
    """The error of a client library as the brain's own.

    Args:
        error: what the library raised.
        settings: the brain's.
        messages: what was sent: a server's words that quote it stay out of the message, which goes into logs.
        begun: the answer had begun to come.
    """
    where = f"{settings.chat_model!r} at {settings.chat_url}"
    match error:
        case openai.APITimeoutError():
            return failure(f"{where} did not answer in time", TOO_SLOW, retryable=True)
        case openai.APIConnectionError() if not begun:
            cause = error.__cause__ or error
            return failure(
                f"{where} cannot be reached ({cause}): is the server running, is engine.brain.chat_url right?",
                TRY_AGAIN,
                retryable=True,
            )
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return failure(
                f"{where} refused the key in engine.brain.chat_key ({error.status_code})", NOT_SET_UP
            )
        case openai.NotFoundError():
            return failure(
                f"{where} is not there (404): is engine.brain.chat_model one that the server has, "
                f"and does chat_url end in /v1? {_said(error, messages)}",
                NOT_SET_UP,
            )
        case openai.RateLimitError():
            return failure(
                f"{where} has no room for the request (429): {_said(error, messages)}", BUSY, retryable=True
            )
        case openai.InternalServerError():
            words = f"{where} failed ({error.status_code}): {_said(error, messages)}"
            return failure(words, TRY_AGAIN, retryable=True)
        case openai.APIStatusError():
            return failure(
                f"{where} refused the request ({error.status_code}): {_said(error, messages)}", CANNOT
            )
        case openai.APIError():
            return failure(f"{where} broke off: {_said(error, messages)}", LOST, retryable=True)
        case _:  # the connection broke, or what came is no chat completion
            return failure(
                f"{where} broke off, or sent what cannot be read ({type(error).__name__})",
                LOST,
                retryable=True,
            )


def _said(error: openai.APIError, messages: Sequence[ChatCompletionMessageParam]) -> str:
    """What the server said, unless it quotes the conversation."""
    said = str(error.message)
    for message in messages:
        for line in str(message.get("content") or "").splitlines():
            if len(line) > 3 and line in said:
                return "(its words quote the conversation)"
    return said[:200]
