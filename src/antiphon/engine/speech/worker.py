"""What every model worker does: load, say it is ready, answer requests in order, end with the engine."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from antiphon.engine.speech import framing
from antiphon.errors import AntiphonError

Answerer = Callable[[framing.Request], framing.Answer]

_PR_SET_PDEATHSIG = 1


def run(load: Callable[[], tuple[str, Answerer]]) -> None:
    """Runs a worker on standard input and output until its input ends.

    Args:
        load: loads and warms the models; returns a description and the function that answers a request.
    """
    end_with_the_engine()
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
    except (
        Exception
    ) as error:  # a library's, about the model or itself: the engine tells it, and starts no other
        say(framing.Failed(f"{Path(sys.argv[0]).stem} cannot load: {type(error).__name__}: {error}"))
        return
    say(framing.Ready(description))
    while (request := framing.read_request(source)) is not None:
        try:
            result = answer(request)
        except Exception as error:
            result = framing.Failed(f"{type(error).__name__}: {error}")
        try:
            say(result)
        except BrokenPipeError:
            return


def end_with_the_engine() -> None:
    """Sees to it that this process ends when the engine does, however that ends, also while it computes.

    Input that ends would tell it too, but only between two requests.
    """
    engine = int(os.environ.get(framing.PARENT) or os.getppid())
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(engine,), daemon=True).start()
    if os.getppid() != engine:  # it ended before we could ask to be told
        raise SystemExit(1)


def _watch(engine: int) -> None:
    while os.getppid() == engine:
        time.sleep(1)
    os._exit(1)
