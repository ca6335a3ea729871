"""A voice that the user brings: what is wrong with its files is told before a worker loads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from antiphon.engine.speech import own_voice
from antiphon.errors import MissingPartError, ModelDigestError
from antiphon.settings import load

RIGHT: dict[str, Any] = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "en-us"},
    "phoneme_id_map": {"_": [0]},
}


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """A voice as far as it is looked at."""
    path = tmp_path / "amy.onnx"
    path.write_bytes(b"\x08\x07weights")
    path.with_name("amy.onnx.json").write_text(json.dumps(RIGHT))
    return path


def refused(path: Path) -> str:
    with pytest.raises(MissingPartError, match=r"engine\.voice\.model") as error:
        own_voice.verified(path)
    assert "en_US-joe-medium" in error.value.mend
    return error.value.message


def test_a_right_one_is_taken(voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_voice.verified(voice) == voice
    monkeypatch.setenv("HOME", str(voice.parent))
    assert own_voice.verified(Path("~/amy.onnx")) == voice


def test_both_files_are_needed(voice: Path) -> None:
    voice.with_name("amy.onnx.json").unlink()
    assert "there is no file" in (said := refused(voice)) and "amy.onnx.json" in said
    assert "bob.onnx" in refused(voice.with_name("bob.onnx"))


@pytest.mark.parametrize(
    "content", [b"", b"version https://git-lfs.github.com/spec/v1", b"<!doctype html>", b"PK\x03\x04"]
)
def test_a_download_that_failed_is_told(voice: Path, content: bytes) -> None:
    voice.write_bytes(content)
    assert "is no ONNX model" in refused(voice)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "audio.sample_rate is not there"),
        (
            json.dumps(RIGHT | {"audio": {"sample_rate": "22050"}}),
            "audio.sample_rate is not there, or no int",
        ),
        (json.dumps(RIGHT | {"espeak": {}}), "espeak.voice"),
        (json.dumps(RIGHT | {"phoneme_id_map": []}), "phoneme_id_map is not there, or no dict"),
    ],
)
def test_a_description_of_something_else_is_told(voice: Path, description: str, said: str) -> None:
    voice.with_name("amy.onnx.json").write_text(description)
    assert said in refused(voice)


def test_the_digest_is_held_to_what_was_given(voice: Path) -> None:
    digest = own_voice.sha256_of(voice)
    assert own_voice.verified(voice, digest) == voice
    with pytest.raises(ModelDigestError, match=f"engine.voice.sha256.*{digest}"):
        own_voice.verified(voice, "0" * 64)


def test_a_digest_that_is_none_is_refused_with_the_settings() -> None:
    with pytest.raises(Exception, match=r"engine\.voice\.sha256"):
        load(engine={"voice": {"sha256": "sha256:abc"}})
