"""What a figure's name tells: its unit, its percentile, which way is better, and how its value is written.

Nothing here lists the figures. A name that follows no rule is shown as it is, and nobody claims to know which way of it is better.
"""

from __future__ import annotations

import re
from typing import Literal

from antiphon.ear.results import Figure

Better = Literal["lower", "higher", "unknown"]

_PERCENTILE = re.compile(r"^(?P<base>.+)_p(?P<q>\d{1,2})_ms$")
_SHARE = re.compile(r"^share_at_most_(?P<ms>\d+)_rate$")
_UNITS = ("_ms", "_rate", "_count", "_words")

_HIGHER = re.compile(r"share_at_most|yield_rate|resume_rate|success|survival|hit_rate|max_calls")
_LOWER = re.compile(
    r"unanswered|mispredict|cut_?off|false|overlap|gap|unheard|error|missed|failed|refused|late_|lost|repeated|clipped"
)


def percentile_of(name: str) -> tuple[str, int] | None:
    """What it is a percentile of, and which: "heard_e2e_latency_p50_ms" → ("heard_e2e_latency", 50); None: of nothing."""
    found = _PERCENTILE.match(name)
    return (found["base"], int(found["q"])) if found else None


def share_of(name: str) -> float | None:
    """The latency in ms that a share is counted up to: "share_at_most_300_rate" → 300; None: it is no such share."""
    found = _SHARE.match(name)
    return float(found["ms"]) if found else None


def better(name: str) -> Better:
    """Which way is better, as far as the name tells."""
    if "bias" in name:  # signed: the nearer to 0 the better
        return "unknown"
    if _HIGHER.search(name):
        return "higher"
    if _LOWER.search(name) or name.endswith("_ms"):
        return "lower"
    return "unknown"


def shown(name: str, value: float | None, *, unit: bool = True, signed: bool = False) -> str:
    """A value as people read it: "312 ms", "4.2 %", "3"; "–" where there is none."""
    if value is None:
        return "–"
    plus = "+" if signed else ""
    if name.endswith("_rate"):
        percent = value * 100
        digits = 0 if percent == round(percent) else 1
        return f"{percent:{plus}.{digits}f}" + (" %" if unit else "")
    digits = 0 if value == round(value) or (name.endswith("_ms") and abs(value) >= 10) else 1
    if name.endswith("_count") and digits:
        digits = 2
    return f"{value:{plus}.{digits}f}" + (" ms" if unit and name.endswith("_ms") else "")


def difference(name: str, value: float | None, *, unit: bool = True) -> str:
    """A difference as people read it: "+120 ms", "−3.5 points"."""
    text = shown(name, value, unit=unit, signed=True).replace("-", "−")
    return text.removesuffix("%") + "points" if text.endswith("%") else text


def interval(name: str, figure: Figure) -> str:
    """A figure's 95 % interval, in its unit but without it: "290 to 341"; "" where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{shown(name, figure.low, unit=False)} to {shown(name, figure.high, unit=False)}"


def short(name: str) -> str:
    """A name for narrow places: "heard p50", "≤ 300 ms", "yield"."""
    if (ms := share_of(name)) is not None:
        return f"≤ {ms:g} ms"
    name = re.sub("^heard_e2e_latency_", "heard_", name)
    for unit in _UNITS:
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def relation_sign(relation: str) -> str:
    """A bound's relation as a sign."""
    return "≤" if relation == "at_most" else "≥"


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
"""Control characters, halves of characters, what XML forbids, and what turns the direction of the text around it."""


def plain(text: object, *, lines: bool = False) -> str:
    """Foreign text without control characters (terminals obey them, XML forbids them), line ends kept or made spaces."""
    kept = "\n\t" if lines else ""

    def instead(found: re.Match[str]) -> str:
        char = found.group()
        return char if char in kept else " " if char in "\r\n\t" else "\ufffd"

    return _CONTROL.sub(instead, str(text))
