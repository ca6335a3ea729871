"""A recording as waveform and as Opus."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from antiphon.ear.reports import sound
from antiphon.ear.results import Call
from tests.ear.reports.runs import eventful_call, plain_call


def recorded(folder: Path) -> tuple[Call, sound.Recording]:
    """A call and its recording."""
    call = eventful_call(folder)
    found = sound.read(folder, call)
    assert found is not None
    return call, found


def outline(data: str) -> list[tuple[float, float]]:
    """The points of a waveform's path."""
    assert data.startswith("M0 100") and data.endswith("z")
    x, y, points = 0.0, 100.0, [(0.0, 100.0)]
    for kind, rest in re.findall(r"([hl])(-?\d+(?: \d+|-\d+)?)", data):
        numbers = [float(each) for each in re.findall(r"-?\d+", rest)]
        x += numbers[0]
        y += numbers[1] if kind == "l" else 0
        points.append((x, y))
    return points


def test_a_waveform_is_loud_where_there_is_sound_and_flat_where_there_is_none(tmp_path: Path) -> None:
    call, recording = recorded(tmp_path)
    assert recording.length_ms == pytest.approx(call.duration_ms + 20, abs=1)
    caller, agent, columns = sound.waveforms(recording)
    assert columns == 951
    for track, loud_s, silent_s in ((caller, (1.9, 3.5), (4.2, 5.8)), (agent, (4.1, 6.3), (1.6, 3.8))):
        points = outline(track)
        assert all(0 <= x <= columns and 0 <= y <= 200 for x, y in points)
        assert points[-1][0] == 0

        def height(span: tuple[float, float], points: list[tuple[float, float]] = points) -> float:
            inside = [abs(y - 100) for x, y in points if span[0] * 50 < x < span[1] * 50]
            return max(inside, default=0.0)

        assert height(loud_s) > 60
        assert height(silent_s) == 0
        assert len(track) < 16_000


def test_opus_is_the_recording_again(tmp_path: Path) -> None:
    _, recording = recorded(tmp_path)
    encoded = sound.opus(recording)
    assert encoded is not None and len(encoded) < 90_000
    with av.open(io.BytesIO(encoded), "r") as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.channels) in (("opus", 2), ("libopus", 2))
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate_hz = stream.rate
    tracks = np.concatenate(frames, axis=1)
    assert tracks.shape[1] / rate_hz * 1000 == pytest.approx(recording.length_ms, abs=60)

    def level(track: int, begin_ms: float, end_ms: float) -> float:
        low, high = (round(at * rate_hz / 1000) for at in (begin_ms, end_ms))
        return float(np.sqrt(np.mean(np.square(tracks[track, low:high]))))

    assert level(0, 2000, 3400) > 0.05 > 0.01 > level(1, 2000, 3400), "the caller is on the left, at his time"
    assert level(1, 4200, 5800) > 0.05 > 0.01 > level(0, 4200, 5800), "the agent is on the right"


def test_without_pyav_there_is_no_opus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, recording = recorded(tmp_path)
    monkeypatch.setitem(sys.modules, "av", None)
    assert sound.opus(recording) is None


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../../x.wav", "calls/../../x.wav", "//host/x.wav", "calls\\x.wav"]
)
def test_a_recording_that_leads_elsewhere_is_none(path: str, tmp_path: Path) -> None:
    assert sound.link(path) == ""
    assert sound.read(tmp_path, Call(id="x", scenario="s", voice="v", recording=path)) is None


@pytest.mark.parametrize("path", ["javascript:alert(1)", "http://x/y.wav", "data:text/html,<b>"])
def test_an_address_is_no_path(path: str) -> None:
    assert ":" not in sound.link(path)
    assert "<" not in sound.link(path)


def test_a_file_that_is_no_recording_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFFnothing")
    assert sound.read(tmp_path, Call(id="x", scenario="s", voice="v", recording="x.wav")) is None
    assert sound.read(tmp_path, Call(id="x", scenario="s", voice="v", recording="y.wav")) is None


def test_those_that_missed_something_come_first_then_the_first_of_each_scenario() -> None:
    rng = np.random.default_rng(1)
    calls = [plain_call(n, [300.0, 400.0], rng=rng) for n in range(4)]
    calls += [plain_call(9, [300.0, -200.0], rng=rng), eventful_call(None)]
    ids = [call.id for call in sound.order(calls, "some")]
    assert ids == ["plain-009", "interruption-001", "plain-000"]
    assert len(sound.order(calls, "all")) == 6
    assert sound.order(calls, "none") == []
