"""The media library's events reach whom they are for, and nobody else."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from livekit.rtc._proto.ffi_pb2 import FfiEvent
from livekit.rtc._utils import Queue

from antiphon.agent.media_events import RoutedQueue


def frame_heard(stream: int) -> FfiEvent:
    event = FfiEvent()
    event.audio_stream_event.stream_handle = stream
    return event


def frame_taken(number: int) -> FfiEvent:
    event = FfiEvent()
    event.capture_audio_frame.async_id = number
    return event


def room_event(room: int) -> FfiEvent:
    event = FfiEvent()
    event.room_event.room_handle = room
    return event


def is_frame(event: FfiEvent) -> bool:
    """The filter of livekit's AudioStream."""
    return event.WhichOneof("message") == "audio_stream_event"


def is_no_frame(event: FfiEvent) -> bool:
    """The filter of livekit's Room."""
    return event.WhichOneof("message") not in ("audio_stream_event", "video_stream_event")


async def got(queue: Queue[FfiEvent]) -> list[FfiEvent]:
    await asyncio.sleep(0)  # they come by call_soon_threadsafe
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_a_frame_goes_to_the_stream_that_claimed_it_alone() -> None:
    events = RoutedQueue()
    first, second = events.subscribe(filter_fn=is_frame), events.subscribe(filter_fn=is_frame)
    everything = events.subscribe()
    events.claim(1, first)
    events.claim(2, second)
    events.put(frame_heard(1))
    assert await got(first) == [frame_heard(1)]
    assert await got(second) == await got(everything) == []


async def test_until_it_is_claimed_a_frame_goes_where_it_always_went() -> None:
    events = RoutedQueue()
    stream = events.subscribe(filter_fn=is_frame)
    events.put(frame_heard(1))
    events.claim(1, stream)
    events.put(frame_heard(1))
    assert await got(stream) == [frame_heard(1), frame_heard(1)]


async def test_that_a_frame_was_taken_is_told_to_those_who_wait_not_to_rooms() -> None:
    events = RoutedQueue()
    room, source, stream = events.subscribe(filter_fn=is_no_frame), events.subscribe(), events.subscribe()
    events.claim(1, stream)
    events.put(frame_taken(7))
    assert await got(source) == [frame_taken(7)]
    assert await got(room) == await got(stream) == []


async def test_everything_else_goes_to_rooms_and_to_those_who_take_everything() -> None:
    events = RoutedQueue()
    room, other = events.subscribe(filter_fn=is_no_frame), events.subscribe()
    events.put(room_event(3))
    assert await got(room) == await got(other) == [room_event(3)]


async def test_a_stream_that_is_closed_leaves_nothing_behind() -> None:
    events = RoutedQueue()
    stream = events.subscribe(filter_fn=is_frame)
    events.claim(1, stream)
    events.unsubscribe(stream)
    assert events.streams == 0
    events.put(frame_heard(1))
    assert await got(stream) == []


async def test_a_loop_that_has_ended_keeps_no_frame_from_others() -> None:
    events = RoutedQueue()
    loop = asyncio.new_event_loop()
    gone, here = events.subscribe(loop), events.subscribe()
    loop.close()
    events.put(frame_taken(1))
    assert await got(here) == [frame_taken(1)]
    assert gone.empty()


@pytest.mark.parametrize("subscribed", [False, True])
def test_it_is_put_in_place_before_anything_listens_and_only_then(subscribed: bool) -> None:
    # in a process of its own: the media library is one for a process
    code = f"""
import asyncio
from livekit.rtc._ffi_client import FfiClient
from antiphon.agent.media_events import RoutedQueue, route
if {subscribed}:
    FfiClient.instance.queue.subscribe(asyncio.new_event_loop())
print(route(), isinstance(FfiClient.instance.queue, RoutedQueue), route())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    right = not subscribed
    assert done.stdout.split() == [str(right)] * 3
