"""A patch of livekit's rtc 1.1.21, which wakes every call of a process for every frame of every other call.

Its media library tells everything through one queue. A frame that was heard goes to the streams of all calls, and that a frame was
taken goes to all rooms; each looks at it and throws it away. With n calls that is n² times fifty wakings a second. `route` puts a queue
in its place that knows whose a frame is. Must be done before the first room of the process; it does nothing on other versions.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from livekit import rtc
from livekit.rtc._ffi_client import FfiClient, FfiQueue
from livekit.rtc._proto.ffi_pb2 import FfiEvent
from livekit.rtc._utils import Queue
from livekit.rtc.version import __version__

log = logging.getLogger(__name__)

KNOWN_VERSION = "1.1.21"
"""The version that this was read and tested against."""


class RoutedQueue(FfiQueue[FfiEvent]):
    """The media library's events, each to those who can have asked for it.

    * A frame that was heard: to its own stream, once that has claimed its handle; until then as before.
    * That a frame was taken (`capture_audio_frame`): to those who take everything, for the one who waits for it is among them; not to the
      rooms, which take all but media and have no use for it.
    * Everything else: as before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._streams: dict[int, tuple[Queue[FfiEvent], asyncio.AbstractEventLoop]] = {}

    @property
    def streams(self) -> int:
        """How many streams have claimed their handle."""
        return len(self._streams)

    def claim(self, handle: int, queue: Queue[FfiEvent]) -> None:
        """From now on, frames of this stream go to this subscriber alone, and he gets nothing else."""
        with self._lock:
            for index, (subscriber, loop, _) in enumerate(self._subscribers):
                if subscriber is queue:
                    del self._subscribers[index]
                    self._streams[handle] = subscriber, loop
                    return

    def unsubscribe(self, queue: Queue[FfiEvent]) -> None:
        """As livekit's."""
        with self._lock:
            for handle, (subscriber, _) in self._streams.items():
                if subscriber is queue:
                    del self._streams[handle]
                    return
            super().unsubscribe(queue)

    def put(self, item: FfiEvent) -> None:
        """As livekit's; called in a thread of the media library."""
        which = item.WhichOneof("message")
        if which == "audio_stream_event":
            with self._lock:
                owner = self._streams.get(item.audio_stream_event.stream_handle)
                if owner is not None:
                    _deliver(*owner, item)
                    return
        elif which == "capture_audio_frame":
            with self._lock:
                for queue, loop, accepts in self._subscribers:
                    if accepts is None:
                        _deliver(queue, loop, item)
            return
        super().put(item)


def _deliver(queue: Queue[FfiEvent], loop: asyncio.AbstractEventLoop, item: FfiEvent) -> None:
    try:
        loop.call_soon_threadsafe(queue.put_nowait, item)
    except RuntimeError:  # its loop is closed: nobody listens any more
        log.debug("an event of the media library came after its event loop's end")


def route() -> bool:
    """Puts the routed queue in place. May be called often.

    Returns:
        Whether it is there.
    """
    client = FfiClient.instance
    if isinstance(client._queue, RoutedQueue):
        return True
    if __version__ != KNOWN_VERSION or client._queue._subscribers:
        log.warning("livekit rtc %s wakes all calls for each frame; expected %s", __version__, KNOWN_VERSION)
        return False
    client._queue = RoutedQueue()
    return True


def claim_streams(audio_input: Any) -> bool:
    """Makes the streams that a RoomIO's audio input opens, or has open, claim their frames.

    Returns:
        Whether it was done.
    """
    events = FfiClient.instance.queue
    create = getattr(audio_input, "_create_stream", None)
    if not isinstance(events, RoutedQueue) or create is None:
        return False

    def claimed(*args: Any, **kwargs: Any) -> rtc.AudioStream:
        stream: rtc.AudioStream = create(*args, **kwargs)
        events.claim(stream._ffi_handle.handle, stream._ffi_queue)
        return stream

    audio_input._create_stream = claimed
    if isinstance(stream := getattr(audio_input, "_stream", None), rtc.AudioStream):
        events.claim(stream._ffi_handle.handle, stream._ffi_queue)
    return True
