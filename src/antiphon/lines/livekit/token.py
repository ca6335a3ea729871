"""The door to LiveKit rooms: tokens, in the form that LiveKit's clients ask for them (`TokenSource.endpoint`).

`POST` with a JSON object, in which every field may be absent: `room_name`, `participant_identity`, `participant_name`,
`participant_metadata`, `participant_attributes`, `room_config` (also in camelCase). The answer is 201 with `server_url` and
`participant_token` (in camelCase if that was asked in). `room_config` goes into the token as it came.
LiveKit docs, "Generating tokens".
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from livekit import api
from livekit.protocol.room import RoomConfiguration

from antiphon.lines.refusal import Refusal

LIVES_S = 600
"""A token opens a room for ten minutes; who is in stays in (the server renews it)."""

MAX_CHARS = 256
"""Of a name; LiveKit's own limit."""

MAX_METADATA_CHARS = 16_384

AT_ONCE, A_MINUTE = 10, 30
"""Tokens that one address gets at once, and then a minute."""

MAX_ADDRESSES = 10_000

_FIELDS = {
    "room_name": MAX_CHARS,
    "participant_identity": MAX_CHARS,
    "participant_name": MAX_CHARS,
    "participant_metadata": MAX_METADATA_CHARS,
}


@dataclass(frozen=True)
class LiveKitDoor:
    """What opens rooms.

    Attributes:
        url: the server's address, as browsers reach it.
        key, secret: of the server.
        agent_name: what the agent is to be sent for by; "": it comes by itself.
        origins: other sites that may ask for tokens, such as "https://app.example.com".
    """

    url: str
    key: str
    secret: str = field(repr=False)
    agent_name: str = ""
    origins: tuple[str, ...] = ()


class RateLimit:
    """So many tokens for each address: a bucket that fills again. Sans-I/O."""

    def __init__(self, at_once: int = AT_ONCE, a_minute: int = A_MINUTE) -> None:
        self._at_once, self._a_second = at_once, a_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """Takes one, or says how many seconds to wait for the next."""
        left, since = self._buckets.pop(address, (float(self._at_once), now_s))
        left = min(float(self._at_once), left + (now_s - since) * self._a_second)
        taken = left >= 1
        self._buckets[address] = (left - 1 if taken else left, now_s)
        if len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - left) / self._a_second


def grant(door: LiveKitDoor, body: str) -> dict[str, str] | Refusal:
    """The answer to a request for a token.

    Args:
        door: the server.
        body: the request's.
    """
    try:
        asked = json.loads(body or "{}")
    except (ValueError, RecursionError) as error:
        return Refusal(400, "bad_json", f"the body is not JSON: {error}")
    if not isinstance(asked, dict):
        return Refusal(400, "bad_json", "the body must be a JSON object")
    camel = any(_camel(name) in asked for name in (*_FIELDS, "participant_attributes", "room_config"))
    read = _read({_snake(name): value for name, value in asked.items()})
    if isinstance(read, Refusal):
        return read
    token = _token(door, *read)
    answer = {"server_url": door.url, "participant_token": token}
    return {_camel(name): value for name, value in answer.items()} if camel else answer


def _read(
    asked: Mapping[str, Any],
) -> tuple[dict[str, str], dict[str, str], RoomConfiguration | None] | Refusal:
    names: dict[str, str] = {}
    for name, value in asked.items():
        if name in ("participant_attributes", "room_config"):
            continue
        limit = _FIELDS.get(name)
        if limit is None:
            known = ", ".join((*_FIELDS, "participant_attributes", "room_config"))
            return Refusal(400, "unknown_field", f"{name} is not known here; these are: {known}", name)
        if not isinstance(value, str):
            return Refusal(400, "bad_field", f"{name} must be a string", name)
        if len(value) > limit:
            return Refusal(400, "too_long", f"{name} may have {limit} characters", name)
        names[name] = value
    attributes = asked.get("participant_attributes") or {}
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        return Refusal(
            400, "bad_field", "participant_attributes must be an object of strings", "participant_attributes"
        )
    if any(name.startswith("lk.") for name in attributes):
        return Refusal(
            403, "reserved", "attributes that begin with lk. are LiveKit's own", "participant_attributes"
        )
    if sum(len(name) + len(value) for name, value in attributes.items()) > MAX_METADATA_CHARS:
        message = f"participant_attributes may have {MAX_METADATA_CHARS} characters"
        return Refusal(400, "too_long", message, "participant_attributes")
    config = asked.get("room_config")
    if config is None:
        return names, attributes, None
    if not isinstance(config, dict):
        return Refusal(400, "bad_field", "room_config must be an object", "room_config")
    if "egress" in config:  # the server would carry it out: a recording, sent to wherever the caller says
        return Refusal(
            403, "not_allowed", "room_config.egress: a caller cannot order recordings", "room_config"
        )
    try:
        return names, attributes, ParseDict(config, RoomConfiguration())
    except ParseError as error:
        return Refusal(400, "bad_field", f"room_config: {error}", "room_config")


def _token(
    door: LiveKitDoor,
    names: Mapping[str, str],
    attributes: dict[str, str],
    config: RoomConfiguration | None,
) -> str:
    room = names.get("room_name") or f"call-{secrets.token_hex(8)}"
    token = (
        api.AccessToken(door.key, door.secret)
        .with_identity(names.get("participant_identity") or f"caller-{secrets.token_hex(8)}")
        .with_ttl(timedelta(seconds=LIVES_S))
        .with_grants(
            api.VideoGrants(
                room_join=True,
                room=room,
                can_publish=True,
                can_publish_sources=["microphone"],
                can_publish_data=True,
                can_subscribe=True,
            )
        )
    )
    if name := names.get("participant_name"):
        token = token.with_name(name)
    if metadata := names.get("participant_metadata"):
        token = token.with_metadata(metadata)
    if attributes:
        token = token.with_attributes(attributes)
    if config is None and door.agent_name:
        config = RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name=door.agent_name)])
    if config is not None:
        token = token.with_room_config(config)
    return token.to_jwt()


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
