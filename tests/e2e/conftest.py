"""One house for all tests of this folder: its models take seconds to load. Each test books other names."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.e2e.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`antiphon up`, ready for calls; its end leaves no process."""
    running = House(tmp_path_factory.mktemp("house"))
    running.start()
    yield running
    processes = running.processes()
    running.stop()
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert not alive, "Ctrl-C left processes behind"
