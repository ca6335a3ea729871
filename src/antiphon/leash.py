"""Runs somebody else's program as long as our parent lives: `python -m antiphon.leash PROGRAM …`.

A program that knows nothing of the lifeline (child.py) would outlive a parent that is killed outright. This process stands between and
ends with it. It loads nothing but the standard library.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from antiphon.child import LIFELINE, follow_parent


def main(command: list[str]) -> int:
    """Runs the program to its end; its exit code, 128 + n if signal n ended it."""
    follow_parent(int(os.environ.pop(LIFELINE)))
    with subprocess.Popen(command) as program:
        signal.signal(signal.SIGTERM, lambda *_: program.terminate())
        code = program.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
