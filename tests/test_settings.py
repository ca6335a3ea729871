"""Settings: sources in their order, and wrong values refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiphon.errors import SettingsError
from antiphon.settings import EngineSettings, Settings, load


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without files, and no settings in the environment."""
    import os

    for name in list(os.environ):
        if name.startswith("ANTIPHON_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(**options: object) -> str:
    """What is said about settings that must be refused."""
    with pytest.raises(SettingsError) as error:
        load(**options)
    return str(error.value)


def test_defaults_need_nothing() -> None:
    settings = load()
    assert (settings.page.host, settings.page.port, settings.engine.port) == ("127.0.0.1", 8000, 8001)
    assert settings.agent.model == "local"
    assert settings.engine.brain.name == "form"


def test_the_first_source_wins(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "antiphon.toml").write_text(
        "[engine]\nport = 1\nmax_sessions = 1\n[engine.vad]\nthreshold = 0.1\n[page]\nport = 1\n[agent]\nmax_calls = 1\n"
    )
    (empty_folder / ".env.local").write_text(
        "ANTIPHON_ENGINE__MAX_SESSIONS=2\nANTIPHON_ENGINE__PORT=2\nANTIPHON_PAGE__PORT=2\n"
    )
    monkeypatch.setenv("ANTIPHON_ENGINE__PORT", "3")
    monkeypatch.setenv("ANTIPHON_PAGE__PORT", "3")
    settings = load(page={"port": 4})
    assert settings.page.port == 4, "the command line"
    assert settings.engine.port == 3, "the environment"
    assert settings.engine.max_sessions == 2, ".env.local"
    assert settings.agent.max_calls == 1, "antiphon.toml"
    assert settings.engine.vad.threshold == 0.1
    assert settings.engine.vad.silence_duration_ms == 200, "the rest of a section keeps its defaults"


def test_a_wrong_value_is_named_with_what_would_be_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_ENGINE__VAD__THRESHOLD", "1.5")
    said = refused()
    assert "engine.vad.threshold" in said
    assert "1.5" in said
    assert "less than or equal to 1" in said


def test_every_wrong_value_is_named_at_once() -> None:
    said = refused(engine={"port": 0}, agent={"model": "llama"}, timezone="Europe/Vindobona")
    assert "engine.port" in said
    assert "agent.model" in said
    assert "'local' or 'openai'" in said
    assert "timezone" in said


def test_an_unknown_name_is_refused_and_its_value_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_ENGINE__TOKN", "a-very-secret-word")
    said = refused()
    assert "engine.tokn" in said
    assert "a-very-secret-word" not in said


def test_the_name_that_may_be_meant_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "engine.voice.model may be meant" in refused(engine={"voice": {"modle": "x"}})
    assert "page.port may be meant" in refused(page={"prt": 1})
    assert refused(page={"colour": "red"}).endswith("page.colour: there is no such setting")


def test_a_variable_with_one_underscore_does_not_go_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_SOMETHING_ELSE", "another program's")
    assert load()
    monkeypatch.setenv("ANTIPHON_ENGINE_BRAIN__CHAT_URL", "http://127.0.0.1:1/v1")
    assert load(), "not known for certain"
    monkeypatch.setenv("ANTIPHON_ENGINE_BRAIN_CHAT_URL", "http://127.0.0.1:1/v1")
    said = refused()
    assert "ANTIPHON_ENGINE_BRAIN_CHAT_URL is not read" in said
    assert "ANTIPHON_ENGINE__BRAIN__CHAT_URL" in said


def test_a_section_that_is_none_does_not_go_unnoticed(empty_folder: Path) -> None:
    (empty_folder / "antiphon.toml").write_text('[engin.voice]\nengine = "espeak"')
    assert "there is no section 'engin'; [engine] may be meant" in refused()


def test_a_token_of_a_wrong_kind_is_not_told() -> None:
    said = refused(engine={"token": 123456789})
    assert "engine.token" in said
    assert "123456789" not in said


def test_a_broken_file_is_told_in_words(empty_folder: Path) -> None:
    (empty_folder / "antiphon.toml").write_text("[engine\nport = 1")
    assert "antiphon.toml" in refused()


def test_a_section_that_is_no_json_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_ENGINE", "{port: 1")
    assert "engine" in refused()


def test_nothing_listens_beyond_this_machine_without_a_token() -> None:
    assert "token" in refused(engine={"host": "0.0.0.0"})
    assert "token" in refused(engine={"host": "192.168.1.4", "token": ""})
    assert load(engine={"host": "0.0.0.0", "token": "long enough"}).engine.host == "0.0.0.0"
    assert load(page={"host": "192.168.1.4"}).page.host == "192.168.1.4", "it gets its token when it starts"


def test_secrets_do_not_show() -> None:
    settings = load(engine={"token": "a-very-secret-word", "brain": {"chat_key": "another-secret"}})
    assert "secret" not in repr(settings)
    assert "secret" not in settings.model_dump_json()


def test_a_zone_that_is_not_given_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert load().timezone == "Asia/Tokyo"
    assert load(timezone="Europe/Vienna").timezone == "Europe/Vienna"


def test_settings_do_not_change() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.timezone = "UTC"  # type: ignore[misc]  # that it fails is the point
    with pytest.raises(ValueError, match="frozen"):
        EngineSettings().port = 1  # type: ignore[misc]  # that it fails is the point
