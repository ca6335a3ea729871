"""The page itself: every row has a test and every test its row, the versions are the installed ones, the form runs."""

from __future__ import annotations

import ast
import asyncio
import re
import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from antiphon.ear.scripted_engine import ScriptedEngine

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "API_NOTES.md").read_text()
ROW = re.compile(r'^\| <a id="(?P<anchor>[^"]+)"></a>`(?P<id>[^`]+)` \|(?P<cells>.*)\|$', re.MULTILINE)
NOT_TESTED = re.compile(r"\*not tested: [^*]{10,}\*")
DEMANDED_VERSIONS = {"livekit-agents", "livekit-plugins-openai", "openai", "livekit", "livekit-api"}


def rows() -> dict[str, str]:
    """Id → the other cells."""
    return {row["id"]: row["cells"] for row in ROW.finditer(PAGE)}


def marks() -> dict[str, list[str]]:
    """Id → names of the tests that carry it."""
    found: dict[str, list[str]] = {}
    for path in Path(__file__).parent.glob("test_*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for mark in function.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.row":
                        found.setdefault(ast.literal_eval(mark.keywords[0].value), []).append(function.name)
    return found


def test_every_row_has_a_test_or_says_why_not() -> None:
    untested = {row for row, cells in rows().items() if NOT_TESTED.search(cells)}
    assert rows().keys() - marks().keys() == untested
    assert not any("not tested" in NOT_TESTED.sub("", cells) for cells in rows().values()), (
        "a reason is missing"
    )
    assert len(untested) <= 6


def test_every_test_has_a_row() -> None:
    assert marks().keys() <= rows().keys()


def test_rows_are_whole() -> None:
    assert len(rows()) > 70
    lines = [line for line in PAGE.splitlines() if line.startswith("| <a ")]
    assert len(lines) == len(rows()), "an id twice, or a line that is no row"
    for row in ROW.finditer(PAGE):
        assert row["anchor"] == row["id"]
        cells = [cell.strip() for cell in row["cells"].split("|")]
        assert len(cells) == 4 and all(cells), row["id"]


def test_ids_that_rows_refer_to_are_there() -> None:
    for linked in re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE):
        assert linked in rows() or re.search(rf"^## {linked.replace('-', '[ -]')}$", PAGE, re.M | re.I), (
            linked
        )


def test_the_versions_on_the_page_are_the_installed_ones() -> None:
    named = dict(re.findall(r"^\| ([a-z-]+) \| (\d[\w.]*) \|$", PAGE, re.MULTILINE))
    assert named.keys() >= DEMANDED_VERSIONS
    installed = {package: version(package) for package in named}
    assert named == installed, "run tests/api_notes, read what fails, mend the page, then its versions"


@pytest.mark.parametrize("module", re.findall(r"`((?:agent|desk|engine|wire|audio)/[\w/]+\.py)`", PAGE))
def test_files_that_the_page_names_are_there(module: str) -> None:
    assert (PROJECT / "src" / "antiphon" / module).is_file()


async def test_the_form_on_the_page_greets(server: ScriptedEngine) -> None:
    (form,) = re.findall(r"## The form\n\n```python\n(.*?)```", PAGE, re.DOTALL)
    code = form.replace("http://127.0.0.1:8001/v1", server.url)
    body = textwrap.indent(code + "\nreturn session, model", "    ")
    names: dict[str, Any] = {}
    exec(f"async def run():\n{body}", names)
    session, model = await asyncio.wait_for(names["run"](), 30)
    assert [asked.instructions for asked in server.asked] == ["…\nGreet the caller."]
    assert session.history.items[-1].text_content == "All right."
    await session.aclose()
    await model.aclose()
