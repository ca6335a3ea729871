"""The two clocks and the machine's zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from antiphon.clock import civil_clock, machine_zone, monotonic_ms


def test_the_monotonic_clock_never_goes_back() -> None:
    times = [monotonic_ms() for _ in range(1000)]
    assert times == sorted(times)


def test_civil_time_knows_its_zone() -> None:
    assert civil_clock("Asia/Tokyo")().tzinfo == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("tz", ["Asia/Tokyo", ":Asia/Tokyo"])
def test_the_zone_comes_from_the_environment_first(monkeypatch: pytest.MonkeyPatch, tz: str) -> None:
    monkeypatch.setenv("TZ", tz)
    assert machine_zone() == "Asia/Tokyo"


@pytest.mark.parametrize("tz", ["", "No/Where", "../etc/passwd", "/dev/null"])
def test_a_zone_that_is_none_is_passed_over(monkeypatch: pytest.MonkeyPatch, tz: str) -> None:
    monkeypatch.setenv("TZ", tz)
    ZoneInfo(machine_zone())
