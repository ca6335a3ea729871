"""Words that the other files share: calendars, verbs of tools, fillers, common words that are never names."""

from __future__ import annotations

from typing import Final


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = listed(
    "january february march april may june july august september october november december"
)

WEEKDAY: Final = {
    **{name: i for i, name in enumerate(WEEKDAYS)},
    **{name + "s": i for i, name in enumerate(WEEKDAYS)},
    **{name + "'s": i for i, name in enumerate(WEEKDAYS)},
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sun": 6,
    "wensday": 2, "wednsday": 2, "thirsty": 3, "thirsday": 3,
}  # fmt: skip
"""Weekday words, with abbreviations and what the recogniser makes of them."""

MONTH: Final = {
    **{name: i + 1 for i, name in enumerate(MONTHS)},
    **{name[:3]: i + 1 for i, name in enumerate(MONTHS) if name != "may"},
    "sept": 9,
}

TWINS: Final = {
    "for": 4, "fore": 4, "to": 2, "too": 2, "won": 1, "ate": 8, "tree": 3, "free": 3, "sex": 6, "sicks": 6, "aid": 8, "tin": 10, "tan": 10,
    "heaven": 7, "sever": 7, "ford": 4, "fort": 4, "fife": 5,
}  # fmt: skip
"""Words that sound like a number, taken for it only where nothing else fits."""

FILLERS: Final = _words(
    "um uh uhm hm hmm er erm ah oh well so like please okay ok alright right actually just maybe "
    "and then but hi hello hey yes yeah"
)
"""Words that carry nothing at the start or end of an answer."""

COMMON: Final = _words(
    "a about above actually after again all almost already also always am an and any anybody "
    "anyone anything are aren't around as ask at "
    "available back bad be because been before being best better big both bring but by bye call "
    "called calling came can can't cannot "
    "cancel change check close closed come coming could couldn't couple day days did didn't "
    "different do does doesn't doing don't done "
    "double down during each early either else even evening ever every everybody everything "
    "exactly fine first for forget from full "
    "get getting give go goes going gone good got great guests had half happy has have haven't "
    "having he hear hello help her here him "
    "his hold hour hours how hungry i i'd i'll i'm i've if in instead interested into is isn't "
    "it it's its just keep know last late "
    "later let lets let's like little long look looking lot lunch dinner breakfast made make "
    "making many may maybe me mean midday midnight "
    "might mind mine minute minutes moment month months more morning most move much must my "
    "myself name name's need needs never new next "
    "night no nobody none noon nope not nothing now number o'clock of off oh ok okay old on once "
    "one only open or order other our "
    "ours out over own party past pay people per perhaps person persons phone place please pm "
    "possible quarter quite rather ready "
    "really repeat reservation booking table right room said same saw say saying see send seven "
    "she should since sir madam so some "
    "somebody someone something sometimes soon sorry speak speaking spell started still stop "
    "sure take talk tell than thank thanks that "
    "that's the their them then there there's these they thing things think this those time "
    "times to today together told tomorrow "
    "tonight too tried try trying two under until up us use used very wait want wants was wasn't "
    "way we we'd we'll we're we've week "
    "weekend weeks well went were what what's when where whether which while who whole whom "
    "whose why will wish with within without "
    "won't wonder wondering work would wouldn't wrong yeah year years yes yesterday yet you "
    "you're your yours yourself afternoon am "
    "free charge adults children kids friend friends family wife husband mother father boss afraid allergic "
    "able tired lost stuck running"
)
"""Common words: none of them is taken for a name."""

YES: Final = _words(
    "yes yeah yep yup yah ya sure correct right exactly absolutely definitely certainly "
    "affirmative perfect ok okay fine great agreed "
    "confirmed confirm indeed lovely good please alright yea"
)
NO: Final = _words("no nope nah negative wrong incorrect never not don't")

ACTIONS: Final = {
    "create": _words(
        "book reserve make schedule arrange create add order place set register sign request buy get "
            "hire rent open start begin rebook organise "
        "organize submit enter enroll enrol subscribe apply"
    ),
    "change": _words(
        "change modify move reschedule edit update alter amend shift postpone switch adjust swap "
            "delay correct redirect reroute extend"
    ),
    "cancel": _words("cancel cancelled cancell cancels cancelling canceling delete remove drop scrap undo revoke "
        "withdraw unsubscribe"),
    "read": _words(
        "get find list check search look show read fetch query lookup view see tell count describe "
            "track quote estimate locate calculate "
        "compute verify is has what when which where who how are does do status info lookup browse "
            "retrieve confirm know hear"
    ),
    "send": _words("send ship mail post email text message deliver dispatch forward notify report pay transfer "
        "leave take call transfer"),
}  # fmt: skip
"""Verbs by what they do. The classes "create", "change", "cancel" and "send" change something; "read" does not."""

READING: Final = _words(
    "get find list check search look lookup show read fetch query view see count describe track "
    "quote estimate locate calculate compute "
    "verify browse retrieve is has what when which where who how are does status"
)
"""A tool whose name begins with one of these is called without asking first (docs: naming of tools)."""

AVAILABILITY: Final = _words(
    "available availability free space slot slots vacancy vacancies opening openings room left any"
)

PLACEHOLDER_NOUNS: Final = _words("it that this one them mine")

STREETS: Final = _words(
    "street road lane avenue square drive way court place boulevard alley terrace st rd ave walk close crescent grove row gardens hill "
    "park view mews quay wharf rise parade"
)
"""How streets' names end."""
