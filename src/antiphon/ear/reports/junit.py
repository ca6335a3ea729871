"""A run as JUnit XML, in the form that Jenkins's schema asks for and GitLab reads.

A suite is a scenario; a test case is one of its bounds, one expectation of one call, or a call that failed. A scenario whose calls were all
held has one more case that says so: a suite without cases is an error to some readers.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from antiphon.ear.figure_names import interval, plain, relation_sign, shown
from antiphon.ear.reports.facts import bound_words, calls_of, flat
from antiphon.ear.results import Bound, Call, Expectation, Run, ScenarioResult


def junit(run: Run) -> str:
    """The XML document."""
    root = ET.Element("testsuites", name=plain(f"antiphon bench: {run.label}"), time=f"{run.took_s:.3f}")
    for scenario in run.scenarios:
        root.append(_suite(run, scenario))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(run: Run, scenario: ScenarioResult) -> ET.Element:
    calls = calls_of(run, scenario)
    suite = ET.Element("testsuite", name=plain(scenario.name))
    properties = ET.SubElement(suite, "properties")
    for name, value in flat({"about": scenario.about, "target": run.target, "instrument": run.instrument}):
        ET.SubElement(properties, "property", name=name, value=value)
    cases = [_bound(scenario, bound) for bound in scenario.bounds]
    cases += [_expectation(scenario, call, each) for call in calls for each in call.expectations]
    failed = [_error(scenario, call) for call in calls if call.error]
    cases += failed or [_case(scenario, f"{len(calls)} calls were held")]
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = plain(_figures(scenario), lines=True)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(len(failed)))
    suite.set("skipped", "0")
    suite.set("time", f"{sum(call.duration_ms for call in calls) / 1000:.3f}")
    suite.set("timestamp", plain(run.began).split("+")[0].rstrip("Z").split(".")[0])
    return suite


def _case(scenario: ScenarioResult, name: str, time_ms: float = 0.0) -> ET.Element:
    return ET.Element(
        "testcase", classname=plain(scenario.name), name=plain(name), time=f"{time_ms / 1000:.3f}"
    )


def _bound(scenario: ScenarioResult, bound: Bound) -> ET.Element:
    limit = shown(bound.figure, bound.limit)
    case = _case(scenario, f"{bound.figure} {relation_sign(bound.relation)} {limit}")
    if not bound.passed:
        _failure(case, "bound", bound_words(bound))
    return case


def _expectation(scenario: ScenarioResult, call: Call, each: Expectation) -> ET.Element:
    case = _case(scenario, f"{call.id}: {each.what}", call.duration_ms)
    if not each.met:
        _failure(case, "expectation", f"expected: {each.what}; found: {each.found or 'nothing'}")
    return case


def _failure(case: ET.Element, kind: str, message: str) -> None:
    failure = ET.SubElement(case, "failure", message=plain(message), type=kind)
    failure.text = plain(message, lines=True)


def _error(scenario: ScenarioResult, call: Call) -> ET.Element:
    case = _case(scenario, f"{call.id} was held", call.duration_ms)
    error = ET.SubElement(case, "error", message=plain(call.error), type="call")
    error.text = plain(call.error, lines=True)
    return case


def _figures(scenario: ScenarioResult) -> str:
    lines = []
    for name, figure in scenario.figures.items():
        found = interval(name, figure)
        lines.append(
            f"{name} {shown(name, figure.value)}"
            + (f" (95 %: {found})" if found else "")
            + f", n = {figure.count}"
            + (f"; {figure.note}" if figure.note else "")
        )
    return "\n".join(lines)
