"""A Piper voice that the user brings: an .onnx file and its .onnx.json, looked at before a worker loads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from antiphon.errors import MissingPartError, ModelDigestError

MEND = 'Give the path of a Piper voice, or "en_US-joe-medium"; or set engine.voice.engine to "espeak".'

_ONNX_BEGINS = b"\x08"
"""The field of the format's version, which exporters write first."""


def verified(path: Path, sha256: str = "") -> Path:
    """The .onnx file, if it is one that can be loaded.

    Args:
        path: the .onnx file; ~ is the home folder.
        sha256: the digest that it must have, in small hexadecimal letters; "" for any.

    Raises:
        MissingPartError: a file is not there, or is none of a Piper voice; says what is wrong with it.
        ModelDigestError: the digest is another.
    """
    path = path.expanduser()
    beside = path.with_name(path.name + ".json")
    for file in (path, beside):
        if not file.is_file():
            raise _wrong(
                f"there is no file {file}: a Piper voice is an .onnx file with its .onnx.json beside it"
            )
    with path.open("rb") as opened:
        if opened.read(1) != _ONNX_BEGINS:
            raise _wrong(f"{path} is no ONNX model (a download that failed, or a pointer of Git LFS?)")
    _check_description(beside)
    if sha256 and (digest := sha256_of(path)) != sha256:
        raise ModelDigestError(
            f"engine.voice.sha256: {path} has the digest {digest}. It is refused.",
            mend="If that is the file that you want, set engine.voice.sha256 to its digest.",
        )
    return path


def sha256_of(path: Path) -> str:
    """A file's digest in hexadecimal: 50 ms for a voice, so nothing remembers that a file was verified before."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_description(path: Path) -> None:
    try:
        description = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _wrong(f"{path} is not JSON: {error}") from error
    for name, kind in (("audio.sample_rate", int), ("espeak.voice", str), ("phoneme_id_map", dict)):
        value: Any = description
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if not isinstance(value, kind) or not value:
            raise _wrong(f"{path} describes no Piper voice: {name} is not there, or no {kind.__name__}")


def _wrong(what: str) -> MissingPartError:
    return MissingPartError(f"engine.voice.model: {what}.", mend=MEND)
