"""Opus at 24 kHz mono."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ
from antiphon.webrtc.opus import OpusDecoder, OpusEncoder, OpusError
from tests.support.speech import say


def speech_24k() -> np.ndarray:
    pcm = say("thursday at seven p m", rate_hz=LINE_HZ).pcm
    return pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES]


def carried(pcm: np.ndarray) -> np.ndarray:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in pcm.reshape(-1, FRAME_SAMPLES)])


def test_each_frame_gives_a_packet_and_each_packet_a_frame() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    for _ in range(10):
        packet = encoder.encode(np.zeros(FRAME_SAMPLES, np.int16))
        assert packet
        assert decoder.decode(packet).shape == (FRAME_SAMPLES,)


def test_speech_comes_through_within_4_ms() -> None:
    """The encoder looks 2.5 ms ahead and the rate filter 0.5 ms: nothing else may wait."""
    sent = speech_24k().astype(float)
    got = carried(sent.astype(np.int16)).astype(float)
    lags = range(0, LINE_HZ // 50)
    agreement = [np.dot(sent[: len(sent) - lag], got[lag:]) for lag in lags]
    lag = int(np.argmax(agreement))
    assert lag / LINE_HZ * 1000 <= 4
    a, b = sent[: len(sent) - lag], got[lag:]
    assert np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)) > 0.95


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="480 samples"):
        OpusEncoder().encode(np.zeros(960, np.int16))


def test_an_empty_packet_is_refused_and_the_stream_goes_on() -> None:
    decoder = OpusDecoder()
    with pytest.raises(OpusError):
        decoder.decode(b"")
    assert decoder.decode(OpusEncoder().encode(np.zeros(FRAME_SAMPLES, np.int16))).shape == (FRAME_SAMPLES,)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_give_audio_or_an_error(payload: bytes) -> None:
    decoder = OpusDecoder()
    try:
        pcm = decoder.decode(payload)
    except OpusError:
        return
    assert pcm.dtype == np.int16 and len(pcm) <= 120 * LINE_HZ // 1000
