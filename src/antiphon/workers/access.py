"""The LiveKit server's address and keys: LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, as everywhere."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from livekit import api

from antiphon.errors import SettingsError
from antiphon.lines.livekit.token import LiveKitDoor
from antiphon.settings import LiveKitSettings

NAMES = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")

ANSWER_S = 5.0


@dataclass(frozen=True)
class Access:
    """Where the LiveKit server is, and what opens it."""

    url: str
    key: str
    secret: str = field(repr=False)

    def door(self, settings: LiveKitSettings) -> LiveKitDoor:
        """What the page gives tokens with."""
        name = settings.agent_name or os.environ.get("LIVEKIT_AGENT_NAME", "")
        url = settings.public_url or self.url
        return LiveKitDoor(url, self.key, self.secret, agent_name=name, origins=settings.origins)


def livekit_access(url: str = "", key: str = "", secret: str = "") -> Access:
    """What was given, or else what the environment (or `.env.local`) says.

    Raises:
        SettingsError: one is missing, or the address is none.
    """
    given = (url, key, secret)
    values = [value or os.environ.get(name, "") for name, value in zip(NAMES, given, strict=True)]
    missing = [name for name, value in zip(NAMES, values, strict=True) if not value]
    if missing:
        raise SettingsError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set.",
            mend="Set them in the environment or in .env.local; `livekit-server --dev` has devkey and secret at ws://127.0.0.1:7880.",
        )
    parts = urlsplit(values[0])
    if parts.scheme not in ("ws", "wss", "http", "https") or not parts.hostname:
        raise SettingsError(
            f"LIVEKIT_URL is {values[0]!r}, which is no address.",
            mend="It is like wss://livekit.example.com.",
        )
    return Access(*values)


async def check_access(access: Access, say: Callable[[str], None]) -> None:
    """Asks the server once whether it lets us in, so that a wrong key is told at once and in words.

    Args:
        access: what to try.
        say: told if the server is not there; the workers go on trying.

    Raises:
        SettingsError: the server does not take the key.
    """
    try:
        async with (
            asyncio.timeout(ANSWER_S),
            api.LiveKitAPI(access.url, access.key, access.secret) as livekit,
        ):
            await livekit.room.list_rooms(api.ListRoomsRequest(names=["-"]))
    except api.TwirpError as error:
        if error.status not in (401, 403):
            raise
        raise SettingsError(
            f"The LiveKit server at {access.url} does not take this key.",
            mend="LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be a pair from its `keys`.",
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        say(f"No LiveKit server answers at {access.url} yet ({error or 'no answer'}); trying on …")
