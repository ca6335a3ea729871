"""Lines made worse, each by as much as was asked for, always the same for the same seed; and how late that makes them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from antiphon.ear.calibration import EchoLine, VirtualTime, tone
from antiphon.ear.caller import Caller
from antiphon.ear.degrade import SPEECH_DBFS, Degraded, Faults, degraded, speech_level
from antiphon.ear.g711 import DELAY_MS, DELAY_SAMPLES, Law, Telephone, decode, encode
from antiphon.ear.line import FRAME_MS, FRAME_SAMPLES, LINE_HZ, Line, OnMessage
from antiphon.ear.packets import BurstyLoss, Lateness
from antiphon.ear.signal import Pcm16
from tests.ear.agents import quiet
from tests.ear.agents import tone as sine

# ---------------------------------------------------------------- loss


@pytest.mark.parametrize(("loss", "burst"), [(0.01, 3.0), (0.05, 1.0), (0.2, 4.0), (0.5, 2.0)])
def test_loss_and_its_bursts_have_the_means_that_were_asked_for(loss: float, burst: float) -> None:
    chain = BurstyLoss(loss, burst, np.random.default_rng(1))
    lost = [chain.lost() for _ in range(400_000)]
    bursts = [len(list(run)) for bad, run in itertools.groupby(lost) if bad]
    assert np.mean(lost) == pytest.approx(loss, rel=0.05)
    assert np.mean(bursts) == pytest.approx(burst, rel=0.03)
    if burst > 1:  # geometric: as long again with the same chance
        assert np.mean(np.array(bursts) == 1) == pytest.approx(1 / burst, rel=0.05)


def test_loss_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="a loss of 0.9 comes in bursts of 9 frames at least"):
        BurstyLoss(0.9, 2, np.random.default_rng(1))
    with pytest.raises(ValidationError, match="a loss of 0.9 needs a burst of 9 or more; it is 1"):
        Faults(loss=0.9)
    with pytest.raises(ValidationError, match="codec"):
        Faults.model_validate({"codec": "opus"})


# ---------------------------------------------------------------- lateness


@given(st.floats(0, 200), st.integers(0, 2**16), st.integers(1, 200))
def test_nothing_is_lost_doubled_or_overtaken(jitter_ms: float, seed: int, count: int) -> None:
    way: Lateness[int] = Lateness(jitter_ms, np.random.default_rng(seed))
    came: list[tuple[int, int]] = []
    for now in range(count):
        way.send(now)
        came += [(frame, now) for frame in way.arrived()]
    frames = [frame for frame, _ in came]
    assert frames == list(range(len(frames)))
    most = int(-(-jitter_ms // FRAME_MS))
    assert all(0 <= at - frame <= most for frame, at in came)
    assert len(frames) >= count - most


def test_lateness_is_spread_evenly_over_the_jitter() -> None:
    rng = np.random.default_rng(2)
    late = []
    for _ in range(20_000):  # one frame each: alone on its way, it waits for no other
        way: Lateness[int] = Lateness(30, rng)
        way.send(0)
        late.append(next(n for n in range(5) if list(way.arrived())) * FRAME_MS)
    assert np.mean(late) == pytest.approx(15, abs=0.3)
    assert set(late) == {0, 20, 40}


# ---------------------------------------------------------------- the telephone


@pytest.mark.parametrize(("law", "name"), [("pcmu", "pcm_mulaw"), ("pcma", "pcm_alaw")])
def test_codes_are_those_of_the_standard(law: Law, name: str) -> None:
    """Against FFmpeg's, which rounds a few values at the very border between two codes to the other one."""
    every = np.arange(-32768, 32768).astype(np.int16)
    coder: Any = av.CodecContext.create(name, "w")
    coder.sample_rate, coder.layout, coder.format = 8000, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(every[None, :], format="s16", layout="mono")
    frame.sample_rate = 8000
    data = b"".join(bytes(packet) for packet in coder.encode(frame) + coder.encode(None))
    theirs, ours = np.frombuffer(data, np.uint8), encode(every, law)
    border = theirs != ours
    assert np.mean(border) < 0.02
    levels = np.unique(decode(np.arange(256, dtype=np.uint8), law))
    apart = np.searchsorted(levels, decode(ours, law)) - np.searchsorted(levels, decode(theirs, law))
    assert np.abs(apart).max() == 1, "the neighbour"
    reader: Any = av.CodecContext.create(name, "r")
    reader.sample_rate, reader.layout = 8000, "mono"
    codes = np.arange(256, dtype=np.uint8)
    read = [part.to_ndarray().reshape(-1) for part in reader.decode(av.Packet(codes.tobytes()))]
    assert np.concatenate(read).tolist() == decode(codes, law).tolist()


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_a_telephone_is_late_by_3_ms_to_the_sample_and_deaf_beyond_4_khz(law: Law) -> None:
    def through(hz: float) -> tuple[Pcm16, Pcm16]:
        said, phone = sine(1000, hz), Telephone(law)
        frames = said.reshape(-1, FRAME_SAMPLES)
        return said, np.concatenate([phone(frame) for frame in frames])

    said, heard = through(440)
    lags = [
        np.dot(said[480:-480].astype(float), heard[480 + lag : len(heard) - 480 + lag]) for lag in range(200)
    ]
    assert int(np.argmax(lags)) in (DELAY_SAMPLES, DELAY_SAMPLES + round(LINE_HZ / 440))
    late = heard[DELAY_SAMPLES:].astype(float) - said[:-DELAY_SAMPLES]
    signal, noise = np.std(said.astype(float)), np.std(late[480:])
    assert 20 * np.log10(signal / noise) > 33, "G.711 has about 38 dB"
    assert DELAY_MS == 3.0
    _, high = through(6000)
    assert np.abs(high[480:]).max() < 6000 * 0.01
    _, voice = through(3000)
    assert np.abs(voice[480:]).max() > 6000 * 0.9


def test_silence_stays_silence_on_mu_law() -> None:
    assert not Telephone("pcmu")(quiet(20)).any()


# ---------------------------------------------------------------- whole lines


class Wire:
    """An agent that keeps what it hears, and says what it is given."""

    def __init__(self, says: Callable[[int], Pcm16] = lambda n: quiet(20)) -> None:
        self.heard: list[Pcm16] = []
        self.per_tick: list[int] = []
        self.typed: list[str] = []
        self.over = False
        self._says = says
        self._tick = 0

    def hear(self, pcm: Pcm16) -> None:
        self.heard.append(pcm)

    def take(self, samples: int) -> Pcm16:
        assert samples == FRAME_SAMPLES
        self._tick += 1
        return self._says(self._tick - 1)

    def type_text(self, text: str) -> None:
        self.typed.append(text)

    async def hang_up(self) -> None:
        self.over = True


def numbered(n: int) -> Pcm16:
    return np.full(FRAME_SAMPLES, 1000 + n, np.int16)


def run(faults: Faults, ticks: int = 500, seed: int = 3, **options: Any) -> tuple[Wire, list[Pcm16]]:
    """A call in which frame n of each side is all 1000 + n."""
    wire = Wire(numbered)
    line = Degraded(wire, faults, seed, **options)
    heard = []
    for n in range(ticks):
        line.hear(numbered(n))
        heard.append(line.take(FRAME_SAMPLES))
    return wire, heard


def test_a_line_without_faults_is_the_line_itself() -> None:
    async def opener(_: OnMessage) -> Line:
        return Wire()

    assert degraded(opener, Faults(), 1) is opener
    wire, heard = run(Faults())
    assert [pcm[0] for pcm in wire.heard] == [pcm[0] for pcm in heard] == [1000 + n for n in range(500)]


async def test_words_and_the_end_come_through() -> None:
    wire = Wire()

    async def opener(_: OnMessage) -> Line:
        return wire

    line = await degraded(opener, Faults(loss=0.5), 1)(lambda _: None)
    line.type_text("hello")
    await line.hang_up()
    assert wire.typed == ["hello"] and wire.over


def test_lost_frames_are_silence_and_each_way_loses_its_own() -> None:
    wire, heard = run(Faults(loss=0.2, burst=3), 5000)
    up = [not pcm.any() for pcm in wire.heard]
    down = [not pcm.any() for pcm in heard]
    assert np.mean(up) == pytest.approx(0.2, abs=0.03) and np.mean(down) == pytest.approx(0.2, abs=0.03)
    assert up != down
    assert len(wire.heard) == len(heard) == 5000


def test_late_frames_reach_the_agent_in_order_and_the_caller_after_silence() -> None:
    wire, heard = run(Faults(jitter_ms=60))
    said = [int(pcm[0]) for pcm in wire.heard]
    assert said == list(range(1000, 1000 + len(said))) and len(said) >= 497
    came = [int(pcm[0]) for pcm in heard if pcm.any()]
    assert came == list(range(1000, 1000 + len(came))) and len(came) >= 497
    assert any(not pcm.any() for pcm in heard), "what had not come was silence"
    assert all(pcm.any() for pcm in heard[200:]), "the caller's buffer has grown to the line's jitter"


@pytest.mark.parametrize(
    "faults",
    [
        Faults(loss=0.1, burst=2),
        Faults(jitter_ms=50),
        Faults(noise_snr_db=10),
        Faults(codec="pcma", loss=0.05, jitter_ms=30, noise_snr_db=20, noise="white", echo_db=-20),
    ],
)
def test_the_same_seed_makes_the_same_line(faults: Faults) -> None:
    (one, heard), (other, heard_again) = run(faults), run(faults)
    assert np.array_equal(np.concatenate(one.heard), np.concatenate(other.heard))
    assert np.array_equal(np.concatenate(heard), np.concatenate(heard_again))
    _, another = run(faults, seed=4)
    other_heard = run(faults, seed=4)[0].heard
    assert not (
        np.array_equal(np.concatenate(heard), np.concatenate(another))
        and np.array_equal(np.concatenate(one.heard), np.concatenate(other_heard))
    )


def test_one_fault_does_not_change_the_dice_of_another() -> None:
    plain, _ = run(Faults(loss=0.1))
    with_noise, _ = run(Faults(loss=0.1, noise_snr_db=40))
    assert [pcm.any() for pcm in plain.heard] == [pcm.any() for pcm in with_noise.heard]


@pytest.mark.parametrize("noise", ["white", "pink", "hum", "music"])
def test_noise_is_as_far_below_the_speech_as_was_asked_for(noise: str) -> None:
    speech = sine(2000)
    level = speech_level([speech, quiet(1000)])
    assert level == pytest.approx(20 * np.log10(6000 / np.sqrt(2) / 32768), abs=0.2)
    wire = Wire()
    line = Degraded(wire, Faults.model_validate({"noise_snr_db": 15, "noise": noise}), 1, level)
    for _ in range(1000):  # as long as the loop: every start has the same level over it
        line.hear(quiet(20))
    found = 10 * np.log10(np.mean(np.square(np.concatenate(wire.heard) / 32768.0)))
    assert found == pytest.approx(level - 15, abs=0.5)


def test_a_speechless_caller_counts_as_nominal() -> None:
    assert speech_level([]) == speech_level([quiet(500)]) == SPEECH_DBFS


@pytest.mark.parametrize("echo_ms", [20, 80, 133])
def test_the_echo_comes_back_at_its_gain_and_delay_to_the_sample(echo_ms: float) -> None:
    click = 7 * FRAME_SAMPLES + 123

    def says(n: int) -> Pcm16:
        pcm = quiet(20)
        if n == 7:
            pcm[123] = 20_000
        return pcm

    wire = Wire(says)
    line = Degraded(wire, Faults(echo_db=-20, echo_ms=echo_ms))
    for _ in range(30):
        line.hear(quiet(20))
        line.take(FRAME_SAMPLES)
    microphone = np.concatenate(wire.heard)
    (at,) = np.flatnonzero(microphone)
    # The microphone's sample s was spoken FRAME_MS before the agent's sample s is heard.
    assert (at - click) * 1000 / LINE_HZ - FRAME_MS == pytest.approx(echo_ms, abs=0.03)
    assert microphone[at] == 2000


@pytest.mark.parametrize(
    ("faults", "added_ms"),
    [(Faults(codec="pcmu"), 2 * DELAY_MS), (Faults(noise_snr_db=45), 0.0), (Faults(echo_db=-60), 0.0)],
)
async def test_the_latency_that_a_line_adds_is_known(faults: Faults, added_ms: float) -> None:
    """Measured as every latency is: an echo agent, in virtual time."""
    time = VirtualTime()

    async def opener(_: OnMessage) -> Line:
        return EchoLine(900)

    async with Caller(degraded(opener, faults, 1), clock=time.clock, sleep=time.sleep) as caller:
        turn = await caller.say(tone(400, -12))
        await caller.until(lambda: False, timeout_ms=2000)
    (heard,) = caller.heard()
    assert heard.latency_ms is not None
    true_ms = EchoLine.true_delay_ms(900) - (turn.end_ms - turn.start_ms)
    assert heard.latency_ms - true_ms == pytest.approx(added_ms, abs=2)
    assert Degraded(Wire(), faults).delay_ms * 2 == added_ms
