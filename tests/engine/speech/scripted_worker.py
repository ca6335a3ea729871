"""A worker without a model, which does what the clause it is asked to speak says.

"die", "die unless simple", "hang", "fail", "nonsense", "slow 0.3"; "die until FILE" dies and makes the file, and answers when it is there;
anything else is answered with itself.
"""

import os
import signal
import sys
import time
from pathlib import Path

from antiphon.engine.speech import framing, worker
from antiphon.errors import MissingPartError


def answer(request: framing.Request) -> framing.Answer:
    assert isinstance(request, framing.SpeakRequest)
    match request.text.split():
        case ["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["die", "unless", "simple"]:
            if not request.simple:
                os.kill(os.getpid(), signal.SIGKILL)
        case ["die", "until", path]:
            if not Path(path).exists():
                Path(path).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case ["hang"]:
            time.sleep(600)
        case ["fail"]:
            raise ValueError("told to")
        case ["nonsense"]:
            return request  # type: ignore[return-value]  # no answer at all
        case ["slow", seconds]:
            time.sleep(float(seconds))
    return framing.Spoken(b"", [(request.text, 0.0, 1.0)], f"worker {os.getpid()}", 0.0)


def load() -> tuple[str, worker.Answerer]:
    match sys.argv[1:]:
        case ["missing"]:
            raise MissingPartError("The model is not there.")
        case ["dies"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["prints"]:
            print("libraries print things")
        case ["dies once", path] if not Path(path).exists():
            Path(path).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        case ["only while", path] if not Path(path).exists():
            raise MissingPartError("It has gone.")
    return "scripted", answer


if __name__ == "__main__":
    worker.run(load)
