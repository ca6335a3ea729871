"""`antiphon serve`: the engine alone, an OpenAI Realtime server for any client."""

from __future__ import annotations

from antiphon.engine.brains.brain import Brain
from antiphon.settings import BrainSettings, Settings
from antiphon.supervisor import claim_port


def make_brain(settings: BrainSettings) -> Brain:
    """The brain that the settings name."""
    if settings.name == "chat":
        from antiphon.engine.brains.chat import ChatBrain

        return ChatBrain(settings)
    from antiphon.engine.brains.form import FormBrain

    return FormBrain()


def run(settings: Settings, *, supervised: bool = False) -> None:
    """Serves until Ctrl-C or SIGTERM.

    Args:
        settings: `engine` and the time zone matter.
        supervised: `antiphon up` started it and tells the person itself what happens.

    Raises:
        PortInUseError: the port is taken.
        MissingPartError: a model or package is absent.
        ModelDigestError: a model is not the one that was published.
    """
    claim_port(settings.engine.host, settings.engine.port, "The engine", "--port")
    raise NotImplementedError(supervised)
