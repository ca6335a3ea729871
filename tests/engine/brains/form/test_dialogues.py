"""Whole dialogues in three trades, each also with a brain that remembers nothing between requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.brains.form.play import Dialogue, Player, dialogues

ALL = [d for path in sorted((Path(__file__).parent / "dialogues").glob("*.txt")) for d in dialogues(path)]


@pytest.mark.parametrize("forgetful", [False, True], ids=["cached", "anew"])
@pytest.mark.parametrize("dialogue", ALL, ids=str)
async def test_dialogue(dialogue: Dialogue, forgetful: bool) -> None:
    await Player(dialogue, forgetful=forgetful).play()
