"""Rules for every test.

`--strict-parts` (always in `make test`, and wherever CI=true): what is absent is a failure. A test that skips fails, unless it
carries `@pytest.mark.allowed_skip("why that is right")`, so that no missing browser, model or recording makes a green run.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import hypothesis
import pytest

# No test measures a wall clock, Hypothesis's deadline included. CI says the same of the same code: its examples are fixed.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")

_STRICT = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --strict-parts."""
    parser.addoption("--strict-parts", action="store_true", help="a skipped test is a failed one")


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker and decides whether this run is strict."""
    config.addinivalue_line("markers", "allowed_skip(reason): this test may skip, for this reason")
    config.stash[_STRICT] = config.getoption("--strict-parts") or os.environ.get("CI") == "true"


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason that was given for a skip."""
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turns a skip into a failure. Expected failures (xfail) stay what they are."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.stash[_STRICT]:
        marker = item.get_closest_marker("allowed_skip")
        if marker is None or not marker.args:
            report.outcome = "failed"
            report.longrepr = f"skipped, and nothing may skip here: {_why(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself as a whole (`importorskip`)."""
    report = yield
    if report.skipped and collector.config.stash[_STRICT]:
        report.outcome = "failed"
        report.longrepr = f"skipped as a whole, and nothing may skip here: {_why(report)}"
    return report
