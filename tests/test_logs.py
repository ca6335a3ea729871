"""Log lines hold no keys."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from antiphon import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Puts the root logger back as it was."""
    root = logging.getLogger()
    handlers, level, own = root.handlers[:], root.level, logging.getLogger("antiphon").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("antiphon").setLevel(own)


def test_no_key_of_the_environment_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVEKIT_API_SECRET", "qwertyuiop-asdfgh")
    logs.set_up("info", secrets=["the-engine-token"])
    log = logging.getLogger("antiphon.test")
    log.info("secret %s, token %s", "qwertyuiop-asdfgh", "the-engine-token")
    log.info("header: Bearer sk-proj-abcdefghijklmnop1234")
    try:
        raise ValueError("qwertyuiop-asdfgh")
    except ValueError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert written.count("[hidden]") == 5  # the traceback shows the line of the source too
    assert "qwertyuiop" not in written
    assert "the-engine-token" not in written
    assert "abcdefghijklmnop" not in written


def test_it_is_quiet_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    logging.getLogger("antiphon.test").info("not this")
    logging.getLogger("livekit.agents").info("nor this")
    logging.getLogger("livekit.agents").warning("but this")
    written = capsys.readouterr().err
    assert "this" in written
    assert "not this" not in written
    assert "nor this" not in written


def test_other_libraries_stay_quiet_at_info(capsys: pytest.CaptureFixture[str]) -> None:
    """They may log a caller's words at info; Antiphon's own rooms do so at debug only."""
    logs.set_up("info")
    logging.getLogger("livekit.agents").info("words of a caller")
    logging.getLogger("antiphon.test").info("ours")
    written = capsys.readouterr().err
    assert "ours" in written
    assert "words of a caller" not in written


def test_short_dummies_are_no_secrets() -> None:
    assert logs.secrets_in({"API_KEY": "local", "OPENAI_API_KEY": "0123456789", "HOME": "/home/someone"}) == {
        "0123456789"
    }
