"""Brings an agent back to a caller whose agent's process has died.

LiveKit keeps the dead agent's ghost in the room for 20 s and sends nobody for 25 s. Here the ghost is taken out and a new agent sent
for at once; what was said is in the journal, under the id in the new job's metadata, so that it goes on where the other broke off.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from livekit import api
from livekit.protocol.models import ParticipantInfo

from antiphon.lines.livekit.journal import Entry, Journal
from antiphon.lines.livekit.room_line import RESUME

log = logging.getLogger(__name__)

MAX_RESCUES = 3
"""A call that has outlived so many processes may be what kills them."""

COMES_WITHIN_S = 4.0
"""An agent that was sent for and has not come by then is sent for again: the worker may have died as well, or been full."""

_POLL_S = 0.25
_AGENT = ParticipantInfo.Kind.AGENT


class Rescue:
    """Takes over the calls of dead processes.

    Args:
        livekit: the server's API.
        journal: where the calls are noted.
        a_worker: waits until a worker can take calls.
    """

    def __init__(
        self, livekit: api.LiveKitAPI, journal: Journal, a_worker: Callable[[], Awaitable[None]]
    ) -> None:
        self._livekit = livekit
        self._journal = journal
        self._a_worker = a_worker

    async def process_died(self, pid: int) -> None:
        """Sends new agents to the calls that this process had."""
        await asyncio.gather(*(self._take_over(entry) for entry in list(self._journal.of_process(pid))))

    async def _take_over(self, entry: Entry) -> None:
        try:
            if entry.rescues >= MAX_RESCUES:
                log.error("call %s has outlived %d processes: it is given up", entry.call_id, entry.rescues)
                await self._give_up(entry)
                return
            await self._remove_ghost(entry)
            entry.rescues += 1
            entry.pid = 0  # nobody's, until the new agent has it
            await asyncio.to_thread(self._journal.write, entry)
            await self._a_worker()
            for _ in range(MAX_RESCUES):
                if not await self._somebody_waits(entry):
                    await self._journal.remove(entry.call_id)
                    return
                await self._send_for(entry)
                if await self._has_come(entry):
                    log.warning("call %s goes on with a new agent", entry.call_id)
                    return
            log.error("call %s: no agent came", entry.call_id)
        except (api.TwirpError, OSError, TimeoutError) as error:
            log.error("call %s could not be taken over: %s", entry.call_id, error)

    async def _remove_ghost(self, entry: Entry) -> None:
        who = api.RoomParticipantIdentity(room=entry.room, identity=entry.identity)
        try:
            await self._livekit.room.remove_participant(who)
        except api.TwirpError as error:
            if error.code != "not_found":
                raise

    async def _send_for(self, entry: Entry) -> None:
        metadata = json.dumps({RESUME: entry.call_id})
        await self._livekit.agent_dispatch.create_dispatch(
            api.CreateAgentDispatchRequest(agent_name=entry.agent_name, room=entry.room, metadata=metadata)
        )

    async def _somebody_waits(self, entry: Entry) -> bool:
        return any(one.kind != _AGENT for one in await self._people(entry))

    async def _has_come(self, entry: Entry) -> bool:
        for _ in range(round(COMES_WITHIN_S / _POLL_S)):
            people = await self._people(entry)
            if any(one.kind == _AGENT and one.identity != entry.identity for one in people):
                return True
            await asyncio.sleep(_POLL_S)
        return False

    async def _give_up(self, entry: Entry) -> None:
        await self._journal.remove(entry.call_id)
        try:
            await self._livekit.room.delete_room(api.DeleteRoomRequest(room=entry.room))
        except api.TwirpError as error:
            if error.code != "not_found":
                raise

    async def _people(self, entry: Entry) -> list[ParticipantInfo]:
        try:
            answer = await self._livekit.room.list_participants(api.ListParticipantsRequest(room=entry.room))
        except api.TwirpError as error:
            if error.code == "not_found":
                return []
            raise
        return list(answer.participants)
