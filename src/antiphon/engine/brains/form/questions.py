"""A description made a question: "Which meter it is" → "Which meter is it?", "Euros a month" → "How many euros a month?"."""

from __future__ import annotations

import re

_MOST_WORDS = 10
"""Longer descriptions explain more than they ask."""
_ASIDE = re.compile(
    r",? (?:if (?:mentioned|known|given|any|offered|they say so|wanted|possible|needed|one is offered)|"
    r"when (?:mentioned|known|given))\b.*$",
    re.IGNORECASE,
)
_AMOUNTS = re.compile(
    r"(?:euros|dollars|pounds|cents|miles|kilometres|kilometers|litres|liters|kilos|kilograms|grams|hours|minutes|days|weeks|months|years|"
    r"nights|pieces|copies|times|units|percent)\b",
    re.IGNORECASE,
)
_WHO = {"he", "she", "it", "this", "that"}
_BE = {
    "is",
    "are",
    "was",
    "were",
    "can",
    "could",
    "will",
    "would",
    "should",
    "shall",
    "must",
    "may",
    "has",
    "have",
}


def asked_for(description: str) -> str:
    """The question that a description implies; "" if it is too long or none of a known form."""
    text = _ASIDE.sub("", description).strip()
    if not text or len(text.split()) > _MOST_WORDS or re.search(r"[.;:(,]", text):
        return ""
    if not (text.split()[0].isupper() and len(text.split()[0]) > 1):
        text = text[0].lower() + text[1:]
    if re.match(
        r"(?:for|on|since|from|at|in|by|until|with|to|about|under) (?:how|what|which|when|whom)\b", text
    ):
        return _ended(text)
    if asks := re.match(r"(?:what|which|where|when|who|whom|whose|why|how)\b", text):
        return _turned(text, asks.group())
    if _AMOUNTS.match(text):
        return _ended(f"how many {text}")
    if text.startswith("any "):
        return f"Do you have {text}?"
    if re.match(r"(?:whether|if|true|false|yes|use|set|must|should|optional|one of|either)\b", text):
        return ""
    article = "" if re.match(r"(?:the|a|an|your|their|his|her|all)\b", text) else "the "
    return f"What is {article}{text}?"


def _turned(text: str, asks: str) -> str:
    """An indirect question as a direct one: verb before subject, with "do" where there is none to move."""
    words = text.split()
    if words[1:2] == ["to"]:
        return _ended(f"{asks} should we {' '.join(words[2:])}")
    if len(words) > 1 and words[1] in _BE:
        return _ended(text)
    if len(words) > 2 and words[-1] in {"is", "are", "was"}:  # "which meter it is", "what the name is"
        subject = 2 if words[-2] in _WHO | {"they", "we", "you"} else len(words) - 2
        at = len(words) - 2 if subject == 2 else 1
        return _ended(" ".join([*words[:at], words[-1], *words[at:-1]]))
    if match := re.match(rf"{asks} (you|they|we|he|she|it) (\w+)(.*)$", text):
        who, verb, rest = match.groups()
        if verb in _BE:
            return _ended(f"{asks} {verb} {who}{rest}")
        does = who in {"he", "she", "it"}
        return _ended(
            f"{asks} {'does' if does else 'do'} {who} {verb.removesuffix('s') if does else verb}{rest}"
        )
    if match := re.match(rf"{asks} ((?:the|your|this|that|a|an) [\w ]+?) (\w{{2,}}s)((?: \w+)?)$", text):
        who, verb, rest = match.groups()
        if verb in _BE:
            return _ended(f"{asks} {verb} {who}{rest}")
        return _ended(f"{asks} does {who} {_base(verb)}{rest}")
    return _ended(text)


def _base(verb: str) -> str:
    if verb.endswith(("shes", "ches", "xes", "sses", "oes")):
        return verb[:-2]
    return verb[:-3] + "y" if verb.endswith("ies") else verb[:-1]


def _ended(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}?"
