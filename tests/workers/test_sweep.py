"""What ended calls leave behind in circles is let go, once for several of them."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from antiphon.workers.sweep import Sweeper


class Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


async def until_gone(ring: weakref.ref[Ring]) -> None:
    async with asyncio.timeout(5):
        while ring() is not None:  # noqa: ASYNC110 - garbage has no event
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def no_other_collection() -> object:
    gc.disable()
    yield
    gc.enable()


async def test_after_a_call_its_circles_are_let_go() -> None:
    ring = weakref.ref(Ring())
    assert ring() is not None
    Sweeper(0.01).call_ended()
    await until_gone(ring)


async def test_calls_that_end_together_are_swept_up_together_and_the_next_ones_again() -> None:
    collections: list[str] = []
    gc.callbacks.append(lambda phase, _: collections.append(phase))
    try:
        sweeper = Sweeper(0.01)
        for expected in (1, 2):
            ring = weakref.ref(Ring())
            for _ in range(3):
                sweeper.call_ended()
            await until_gone(ring)
            await asyncio.sleep(0.03)
            assert collections.count("stop") == expected
    finally:
        gc.callbacks.pop()
