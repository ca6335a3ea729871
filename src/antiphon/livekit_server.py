"""A livekit-server on this machine, for `antiphon up --livekit`: found, started with keys of its own, watched, ended."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

from antiphon.child import Child, how_it_ended
from antiphon.errors import AntiphonError, MissingPartError

START_S = 20.0
_POLL_S = 0.05

NAME = "livekit-server"


class LiveKitFailed(AntiphonError):
    """The livekit-server ended before it was ready. What it wrote to stderr has said why."""

    code = "livekit_failed"


def find_binary() -> Path:
    """The machine's livekit-server, or the one that `make livekit` built.

    Raises:
        MissingPartError: there is none.
    """
    if (found := shutil.which(NAME)) is not None:
        return Path(found)
    for root in (Path(sys.prefix).parent, Path.cwd()):
        built = root / ".tools" / "bin" / NAME
        if built.is_file() and os.access(built, os.X_OK):
            return built
    raise MissingPartError(
        "There is no livekit-server on this machine.",
        mend="`make livekit` builds one (about three minutes); or set LIVEKIT_URL to one elsewhere.",
    )


class LiveKitServer(Child):
    """A livekit-server that this machine alone can reach, and its successors.

    Args:
        port: of its signals (websocket, API); media go by TCP at the next port and UDP at the one after that.
        config: what else its configuration shall say (livekit's config-sample.yaml).

    Attributes:
        url, key, secret: what opens it. The key pair is made anew for each object and stands in no file and on no command line.

    Raises:
        MissingPartError: there is no livekit-server.
    """

    def __init__(self, port: int, config: dict[str, object] | None = None) -> None:
        self.url = f"ws://127.0.0.1:{port}"
        self.key, self.secret = f"AP{secrets.token_hex(6)}", secrets.token_hex(32)
        self._port = port
        whole = {
            "port": port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "tcp_port": port + 1,
                "udp_port": port + 2,
                "use_external_ip": False,
                "node_ip": "127.0.0.1",
                # With none, callers and agents are told of public ones: each call then asks for their addresses, and where no such
                # server can be reached, its threads and sockets wait for half a minute (seen: 540 threads with six calls). This
                # address answers nothing, and nothing on this machine needs an answer.
                "stun_servers": [f"127.0.0.1:{port + 2}"],
                "interfaces": {"includes": ["lo"]},
                "enable_loopback_candidate": True,
            },
            "keys": {self.key: self.secret},
            "logging": {"level": "error"},
            **(config or {}),
        }
        # YAML reads JSON
        super().__init__(
            [sys.executable, "-P", "-m", "antiphon.leash", str(find_binary())],
            env={**os.environ, "LIVEKIT_CONFIG": json.dumps(whole)},
        )

    async def wait_ready(self) -> None:
        """Waits until it answers.

        Raises:
            LiveKitFailed: it ended, or did not answer in time.
        """
        while not await asyncio.to_thread(self._answers):
            if self._child is None or (code := self._child.poll()) is not None:
                raise LiveKitFailed(
                    f"The livekit-server ended while it started ({how_it_ended(code or 0)}).",
                    mend=f"Ports {self._port} to {self._port + 2} must be free (livekit.server_port).",
                )
            if self.lived_s > START_S:
                raise LiveKitFailed(f"The livekit-server did not become ready within {START_S:.0f} s.")
            await asyncio.sleep(_POLL_S)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
