"""What a child says to its parent, and that it never waits for one that does not listen."""

from __future__ import annotations

import asyncio
import os
import sys

from antiphon.child import Child

TALKS = """
import os
from antiphon.child import LIFELINE, tell_parent
for number in range(20_000):
    tell_parent(int(os.environ[LIFELINE]), f"line {number}")
"""


async def test_a_parent_that_does_not_listen_holds_nobody_up() -> None:
    child = Child([sys.executable, "-c", TALKS], env=os.environ)
    child.spawn()
    try:
        async with asyncio.timeout(20):
            assert await child.ended() == 0
    finally:
        child.kill()


async def test_a_parent_that_listens_hears_every_line_in_order() -> None:
    child = Child([sys.executable, "-c", TALKS.replace("20_000", "50")], env=os.environ)
    child.spawn()
    try:
        async with asyncio.timeout(20):
            assert [line async for line in child.lines()] == [f"line {number}" for number in range(50)]
    finally:
        child.kill()
