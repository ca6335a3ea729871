"""Wrong settings in words: their names, what would be right, and which known name may be meant."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from antiphon.errors import SettingsError


def in_words(error: ErrorDetails, root: type[BaseModel]) -> str:
    """One wrong setting: its name, what would be right, and its value unless that may be a secret."""
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting{_nearest(name, root)}"  # a mistyped name may well hold a secret
    if any(word in name for word in ("token", "key")):
        return f"{name}: {error['msg']}"
    return f"{name}: {error['msg']} (it is {error['input']!r})"


def all_names(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every setting's dotted name."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from all_names(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _nearest(name: str, root: type[BaseModel]) -> str:
    near = get_close_matches(name, list(all_names(root)), n=1, cutoff=0.75)
    return f"; {near[0]} may be meant" if near else ""


def refuse_misspelt(root: type[BaseModel]) -> None:
    """Refuses names at the top that would go unnoticed there, since other programs' variables stand beside ours.

    Raises:
        SettingsError: names what is not known, and what may be meant.
    """
    variables = {
        f"ANTIPHON_{name.replace('.', '_')}".upper(): f"ANTIPHON_{name.replace('.', '__')}".upper()
        for name in all_names(root)
    }
    for given in os.environ:
        right = variables.get(given.upper(), "")
        if right not in ("", given.upper()):
            raise SettingsError(
                f"wrong setting: {given} is not read.",
                mend=f"Between section and name stand two underscores: {right}",
            )
    file = Path("antiphon.toml")
    if file.is_file():
        for name in tomllib.loads(file.read_text("utf-8")):
            if name not in root.model_fields:
                near = get_close_matches(name, list(root.model_fields), n=1, cutoff=0.6)
                meant = f"; [{near[0]}] may be meant" if near else ""
                raise SettingsError(f"wrong setting: antiphon.toml: there is no section {name!r}{meant}.")
