"""The cable between a page and its server, with a switch: a UDP relay for the call, and the page's HTTP.

The addresses in offer and answer are replaced by the relay's, so that everything either side sends goes through it.
While it is cut both sides send into the void, as when the network is gone; nothing tells them.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, cast

from playwright.async_api import Page, Route

Address = tuple[str, int]

CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host.*\r\n", re.IGNORECASE)
ANY_CANDIDATE = re.compile(r"a=(?:candidate:.*|end-of-candidates)\r\n")


class _End(asyncio.DatagramProtocol):
    """One end of the cable: to the side that is near it stands for the side that is far."""

    def __init__(self, cable: Cable) -> None:
        self._cable = cable
        self.near: Address | None = None
        self.other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.near = addr
        if self._cable.is_cut:
            self._cable.lost += 1
        elif self.other is not None and self.other.near is not None:
            self.other.transport.sendto(data, self.other.near)
            self._cable.carried += 1


class Cable:
    """Lies between one page and its server.

    Attributes:
        is_cut: whether nothing gets through.
        carried: datagrams that got through.
        lost: datagrams that did not.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self.carried = 0
        self.lost = 0
        self._ends: list[_End] = []

    async def lay(self, page: Page) -> None:
        """Puts it between the page and its server, for every call to come."""
        await page.route("**/api/**", self._ask)

    def close(self) -> None:
        """Closes its sockets."""
        for end in self._ends:
            end.transport.close()

    async def _ask(self, route: Route) -> None:
        if self.is_cut:
            await route.abort("internetdisconnected")
        elif route.request.method == "POST" and route.request.url.endswith("/api/calls"):
            await self._call(route)
        else:
            await route.continue_()

    async def _call(self, route: Route) -> None:
        body = cast(dict[str, Any], route.request.post_data_json)
        as_page, as_server = await self._end(), await self._end()
        as_page.other, as_server.other = as_server, as_page
        as_server.near = _host(body["sdp"])
        offer = json.dumps(body | {"sdp": _by_way_of(body["sdp"], as_page)})
        response = await route.fetch(post_data=offer)
        answer = await response.json()
        if "sdp" in answer:
            as_page.near = _host(answer["sdp"])
            answer["sdp"] = _by_way_of(answer["sdp"], as_server)
        await route.fulfill(response=response, json=answer)

    async def _end(self) -> _End:
        loop = asyncio.get_running_loop()
        _, end = await loop.create_datagram_endpoint(lambda: _End(self), local_addr=("0.0.0.0", 0))
        self._ends.append(end)
        return end


def _by_way_of(sdp: str, end: _End) -> str:
    """The description with one candidate: its first, at the cable's end."""
    first = _candidate(sdp)
    port = end.transport.get_extra_info("sockname")[1]
    line = first.group(0).replace(f" {first.group(2)} typ", f" {port} typ")
    before, after = sdp[: first.start()], sdp[first.end() :]
    return ANY_CANDIDATE.sub("", before) + line + ANY_CANDIDATE.sub("", after)


def _host(sdp: str) -> Address:
    """Where the first candidate listens."""
    first = _candidate(sdp)
    return first.group(1), int(first.group(2))


def _candidate(sdp: str) -> re.Match[str]:
    found = CANDIDATE.search(sdp)
    assert found is not None, sdp
    return found
