"""JUnit XML as Jenkins's schema has it (junit-10.xsd), and as GitLab counts it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from antiphon.ear.reports.junit import junit
from tests.ear.reports.runs import run

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {
        "name",
        "tests",
        "failures",
        "errors",
        "group",
        "time",
        "skipped",
        "timestamp",
        "hostname",
        "id",
    },
    "properties": set[str](),
    "property": {"name", "value"},
    "testcase": {"name", "assertions", "time", "classname", "status"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "system-out": set[str](),
}
CHILDREN = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase", "system-out", "system-err"],
    "properties": ["property"],
    "testcase": ["skipped", "error", "failure", "system-out", "system-err"],
}
NEEDED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "property": {"name", "value"},
}


def check(element: ET.Element) -> None:
    """Holds an element against the schema: attributes, children, their order."""
    assert set(element.attrib) <= ATTRIBUTES[element.tag], element.attrib
    assert NEEDED.get(element.tag, set()) <= set(element.attrib)
    order = CHILDREN.get(element.tag, [])
    places = [order.index(child.tag) for child in element]
    assert places == sorted(places), element.tag
    for child in element:
        check(child)


def test_it_keeps_the_schema_and_counts_right() -> None:
    root = ET.fromstring(junit(run()))
    check(root)
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(cases) > 0
        assert int(element.get("failures", "")) == len(list(element.iter("failure")))
        assert int(element.get("errors", "")) == len(list(element.iter("error")))
        assert len({case.get("name") for case in cases}) == len(cases), "a name twice: GitLab would show one"


def test_every_bound_and_expectation_is_a_case() -> None:
    root = ET.fromstring(junit(run()))
    names = {case.get("name", ""): case for case in root.iter("testcase")}
    missed = names["time_to_yield_p50_ms ≤ 350 ms"].find("failure")
    assert missed is not None and missed.get("message") == "time_to_yield_p50_ms 450 ms, bound ≤ 350 ms"
    assert names["yield_rate ≥ 98 %"].find("failure") is None
    unmet = names["interruption-001: tool book was called without error"].find("failure")
    assert unmet is not None and unmet.get("type") == "expectation"
    assert root.find("testsuite[@name='plain']/testcase[@name='6 calls were held']") is not None


def test_a_failed_call_is_an_error() -> None:
    found = run(eventful=False)
    calls = (replace(found.calls[0], error="the line broke:\n\x1b[31m no\x00 way"), *found.calls[1:])
    root = ET.fromstring(junit(replace(found, calls=calls)))
    check(root)
    error = root.find("testsuite/testcase[@name='plain-000 was held']/error")
    assert error is not None and error.get("message") == "the line broke: \ufffd[31m no\ufffd way"
    assert root.get("errors") == "1"


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\ud800", "\uffff", "\x85"])
def test_what_xml_forbids_is_replaced(char: str) -> None:
    root = ET.fromstring(junit(replace(run(), label=f"a{char}b")))
    assert root.get("name") == "antiphon bench: a\ufffdb"
