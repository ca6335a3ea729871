"""The models, loaded once for all tests of the speech parts."""

import pytest

from antiphon.engine.speech import models
from antiphon.engine.speech.smart_turn import SmartTurn
from antiphon.engine.speech.vad import SileroModel
from antiphon.engine.speech.whisper import Whisper


@pytest.fixture(scope="session")
def whisper() -> Whisper:
    return Whisper(models.WHISPER.verified().parent)


@pytest.fixture(scope="session")
def smart_turn() -> SmartTurn:
    return SmartTurn(models.SMART_TURN.verified())


@pytest.fixture(scope="session")
def silero() -> SileroModel:
    return SileroModel(models.SILERO.verified())
