"""The rule that nothing may skip where it counts, tried on small suites of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

SUITE = """
import pytest

def test_passes(): pass
def test_skips(): pytest.skip("no browser here")
@pytest.mark.skipif(True, reason="no model here")
def test_skips_by_mark(): pass
@pytest.mark.allowed_skip("the page can be built only where Node is")
def test_may_skip(): pytest.skip("no Node")
@pytest.mark.allowed_skip()
def test_gives_no_reason(): pytest.skip("no idea")
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with this project's conftest and SUITE."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text())
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def test_a_skip_is_a_skip_for_a_person(suite: pytest.Pytester) -> None:
    suite.runpytest().assert_outcomes(passed=1, skipped=4, xfailed=1)


def test_a_skip_fails_when_the_run_is_strict(suite: pytest.Pytester) -> None:
    result = suite.runpytest("--strict-parts")
    result.assert_outcomes(passed=1, failed=2, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*nothing may skip here: *no browser here*"])
    assert result.ret == 1


def test_continuous_integration_is_strict_by_itself(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    suite.runpytest().assert_outcomes(passed=1, failed=2, errors=1, skipped=1, xfailed=1)


def test_a_module_that_skips_itself_fails_too(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text())
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile("import pytest\npytest.importorskip('no_such_module')\ndef test_a(): pass\n")
    assert pytester.runpytest("--strict-parts").ret != 0
