"""What every model worker does: load, say it is ready, answer requests in order, end with the engine."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

from antiphon.engine.speech import framing
from antiphon.errors import AntiphonError

_PR_SET_PDEATHSIG = 1


def run(load: Callable[[], tuple[str, Callable[[framing.Request], framing.Answer]]]) -> None:
    """Runs a worker on standard input and output until its input ends.

    Args:
        load: loads and warms the models; returns a description and the function that answers a request.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print must not break the framing
    source = sys.stdin.buffer

    def say(answer: framing.Answer) -> None:
        out.write(framing.pack(answer))
        out.flush()

    try:
        description, answer = load()
    except AntiphonError as error:
        say(framing.Failed(str(error)))
        return
    say(framing.Ready(description))
    while (request := framing.read_request(source)) is not None:
        try:
            result = answer(request)
        except Exception as error:
            result = framing.Failed(f"{type(error).__name__}: {error}")
        say(result)


def die_with_parent() -> None:
    """Asks Linux to end this process when its parent does, however that ends."""
    if sys.platform == "linux":
        # A parent that has died before this is noticed by the end of the input. (An engine may be process 1 of a container.)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
