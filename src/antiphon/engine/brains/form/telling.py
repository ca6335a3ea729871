"""What a caller tells beside his wish, for free text that takes anything: "she can't do stairs", "it pulls to the left", "I sold the car".

Such text is known by its slot's words ("Notes", "Wishes", "What they should know", "Why"). What is told is a statement about somebody or
something, or a wish; what is said about the call itself ("I called before", "that would be great", "you were recommended") is not.
"""

from __future__ import annotations

import re

from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import stem

_WHY = re.compile(r"\b(?:reason|why|cause)\b", re.IGNORECASE)
_ANYTHING = re.compile(
    r"\b(?:should know|anything else|notes?|comments?|remarks?|requests?|wishes|requirements?|instructions?|special|details)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^(?:(?:because|as|since|that) )?(?:i|i'm|i've|i'll|we|we're|we've|it|it's|there's|there is|my|our|he|she|"
    r"she's|he's|something|a \w+|the \w+)\b"
)
_OF_SOMEBODY = re.compile(
    r"^(?:(?:my|our|his|her|the) \w+(?:'s)?(?: \w+)*? (?:is|are|has|have|can't|cannot|can|needs?|won't|doesn't|"
    r"don't|uses?|keeps?|makes?|only|never|\w+s|\w+'t)\b"
    r"|(?:my|our) \w+'s \w+|(?:one|two|three|some|both) of (?:us|them)\b|there's|there is|there are|(?:he|she|it|they)(?:'s|'ll|'re)? \w+"
    r"|(?:i have|i've got|we have|we've got|we'll have|we'll be bringing|we're bringing) \w+|something \w+)"
)
_WISHES = re.compile(
    r"^(?:please|(?:i|we)(?:'d| would)? (?:also )?(?:like|need|love|prefer|want)|(?:could|can|would|may) (?:you|we|i))\b"
    r"|\b(?:please|if possible)$"
)
_OF_THE_CALL = re.compile(
    r"\b(?:call|called|calling|calls|ring|rang|phone|phoned|speak|hope|hoping|sorry|thanks?|recommend\w*|found you|saw you|seen|heard|"
    r"told me|told us|"
    r"you|your|yours|before|again|last|customer|first time|would be|will be|suits?|suit|works?|fine|great|good|nice|lovely|possible|"
    r"know|think|thought|wonder\w*|sure|appointment|booking|reservation|try|tried|trying|information|question|help|name|number|address|"
    r"tell|write|say|says|ask|explain|check|quick\w*|it was (?:with|for|on|at)|that's|which|whether|somebody|someone|anybody)\b(?! there)"
)
_FOR_US = re.compile(r"\b(?:could|can|would|will) you\b|\byou'll have to\b|\bif possible\b")
_JUST_NOW = re.compile(r"(?:my|our) (\w+)(?:'s| is| are) \w+ing\b")
"""What somebody is doing while the caller speaks: "my son's shaking his head"."""
_LEAST = 3
"""Words that tell something."""


def tells(slot: Slot, text: str, trade: frozenset[str], *, stated: bool = False) -> bool:
    """Whether words that no value took belong into a free text, whatever they are about.

    Args:
        slot: the free text.
        text: the words.
        trade: stems of what the tool is for.
        stated: they are known for a statement.
    """
    low = text.lower()
    now = _JUST_NOW.match(low)
    if now and stem(now.group(1)) not in trade:
        return False
    if len(low.split()) < _LEAST or _OF_THE_CALL.search(_FOR_US.sub("", low)):
        return False
    about = f"{slot.title} {slot.description}"
    if _WHY.search(about):
        return bool(_STATES.search(low)) and not _WISHES.search(low)
    if not _ANYTHING.search(about) and not _examples(slot):
        return False
    return stated or bool(_OF_SOMEBODY.search(low) or _WISHES.search(low))


def _examples(slot: Slot) -> bool:
    """Whether the description lists what it may be: "Allergies, a high chair, a birthday"."""
    return len(re.split(r", (?!if\b)| or ", slot.description)) >= 3
