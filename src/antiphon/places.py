"""Where files are kept that belong to this user and machine, not to a project."""

from __future__ import annotations

import os
from pathlib import Path

from antiphon.errors import SettingsError


def state_folder(setting: str) -> Path:
    """The user's folder for what is kept between runs: `antiphon` in XDG_STATE_HOME (~/.local/state).

    Args:
        setting: what could name another folder, for the message.

    Raises:
        SettingsError: there is no home folder.
    """
    given = os.environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(given) if os.path.isabs(given) else Path.home() / ".local" / "state"
    except RuntimeError as error:
        raise SettingsError("There is no home folder to keep files in.", mend=f"Set {setting}.") from error
    return base / "antiphon"
