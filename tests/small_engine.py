"""A process that behaves like an engine towards its supervisor, and starts in a tenth of a second.

usage: small_engine.py PORT HOW --lifeline FD, where HOW is
    serve       answers /readyz, has a worker in its group, ends on SIGTERM
    stubborn    the same, but does not listen to SIGTERM, nor does its worker
    fail        ends with exit code 3 before it is ready
"""

from __future__ import annotations

import http.server
import signal
import subprocess
import sys
import time

from antiphon.child import follow_parent


class Ready(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the pid of the worker."""

    worker = 0

    def do_GET(self) -> None:
        """200 and the pid."""
        body = str(self.worker).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main(port: int, how: str, lifeline: int) -> None:
    """Serves until it is ended."""
    if how == "fail":
        time.sleep(0.2)
        sys.exit(3)
    if how == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    follow_parent(lifeline)
    # An orphan by design: only the group's end ends it.
    worker = subprocess.Popen(["sleep", "600"])
    Ready.worker = worker.pid
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Ready).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[4]))
