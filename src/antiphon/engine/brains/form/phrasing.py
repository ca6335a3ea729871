"""The agent's words. Openers are fixed phrases, so that the voice has them ready; what varies comes after them.

Nothing here claims that something was done: only a tool's own output says that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from antiphon.engine.brains.form.kinds import KINDS
from antiphon.engine.brains.form.kinds.date import is_past
from antiphon.engine.brains.form.lexicon import MONTHS, listed
from antiphon.engine.brains.form.questions import asked_for
from antiphon.engine.brains.form.schema import Form, Slot

_FIXED: dict[str, tuple[str, ...]] = {
    "got": ("Okay.", "All right.", "Great.", "Good.", "Perfect."),
    "sure": ("Sure.", "Of course.", "Gladly.", "Certainly."),
    "changed": ("Okay, changed.", "All right, noted.", "No problem."),
    "missed": (
        "Sorry, I didn't catch that.",
        "I'm sorry, I didn't get that.",
        "Sorry, I couldn't make that out.",
    ),
    "bye": ("Goodbye!", "Thank you, and goodbye!", "Goodbye, and take care!"),
    "welcome": ("You're welcome.", "My pleasure.", "Any time."),
    "else": (
        "Is there anything else I can do for you?",
        "Can I help you with anything else?",
        "Anything else?",
    ),
    "abandoned": ("All right, I'll leave that.", "Okay, never mind.", "No problem, we'll leave it."),
    "checking": ("Let me check.", "Let me have a look.", "One second."),
    "doing": ("One moment, please.", "Just a moment.", "Bear with me a moment."),
    "unknown": (
        "I'm afraid I don't know that.",
        "I have no information on that, sorry.",
        "That's something I can't tell you.",
        "I'm sorry, that is beyond what I know.",
    ),
    "hello": ("Hello!", "Hi there!", "Hello again!"),
    "readback": ("Let me read that back.", "So, to be sure.", "Let me repeat that."),
    "patience": ("Of course, take your time.", "No rush.", "Sure, I'm here."),
    "sorry": ("I'm sorry about that.", "I'm sorry.", "My apologies."),
}


def fixed(kind: str, n: int) -> str:
    """A fixed phrase of a kind, varied by n."""
    phrases = _FIXED[kind]
    return phrases[n % len(phrases)]


_PREPOSITIONS = frozenset(listed("at on from to until till by for when start end since after before"))
_MASS = frozenset(["availability", "information", "info", "weather", "help", "status", "support", "hours"])
_OWN = frozenset({"change", "cancel", "read"})


def thing(form: Form, whose: Literal["a", "your", "it"] = "a") -> str:
    """The tool's object: "a table", "your booking", "availability"."""
    noun = " ".join(form.nouns)
    if not noun:
        return "it"
    last = form.nouns[-1]
    if (
        noun in _MASS
        or last in _MASS
        or (last.endswith("s") and not last.endswith("ss"))
        or form.nouns[0] in {"my", "your", "all", "a", "the"}
    ):
        return noun
    if whose == "your":
        return f"your {noun}"
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def deed(form: Form) -> str:
    """What the tool does, as a verb phrase: "book a table", "cancel your booking"."""
    verb = {
        "lookup": "look up",
        "get": "tell you",
        "fetch": "tell you",
        "query": "look up",
        "query_": "look up",
    }.get(form.verb, form.verb)
    own = form.action in _OWN and "availability" not in form.nouns
    if verb == "tell you":
        return f"tell you the {' '.join(form.nouns)}"
    return f"{verb} {thing(form, 'your' if own else 'a')}"


def shall(form: Form) -> str:
    """For example "Shall I book it?"."""
    transitive = form.action in {"create", "change", "cancel", "send"} and form.verb not in listed(
        "sign set apply register take open pay transfer make leave"
    )
    if transitive and form.nouns:
        return f"Shall I {form.verb} it?"
    return "Shall I go ahead?"


_PARTICIPLES = {
    "make": "made", "set": "set", "put": "put", "send": "sent", "cut": "cut", "get": "got", "buy": "bought", "pay": "paid",
    "begin": "begun",
    "submit": "submitted", "cancel": "cancelled", "transfer": "transferred", "rebook": "rebooked", "drop": "dropped", "swap": "swapped",
    "stop": "stopped", "ship": "shipped", "plan": "planned", "refer": "referred",
}  # fmt: skip
_VAGUE = frozenset(listed("leave take give tell call make open start begin get put move_house"))


def done(form: Form, values: Mapping[str, Any]) -> str:
    """That the tool did it, where its own output gives only facts: "The appointment is cancelled."."""
    refused = any(
        value is False and slot.required for slot in form.slots for value in [values.get(slot.path)]
    )
    if refused or not form.nouns or form.verb in _VAGUE:
        return "That's done."
    verb = form.verb
    past = _PARTICIPLES.get(verb) or (
        verb + "d"
        if verb.endswith("e")
        else verb[:-1] + "ied"
        if re.search(r"[^aeiou]y$", verb)
        else verb + "ed"
    )
    noun = " ".join(form.nouns)
    plural = noun.endswith("s") and not noun.endswith("ss")
    return f"{'Your' if form.action in _OWN else 'The'} {noun} {'are' if plural else 'is'} {past}."


def fragment(form: Form, slot: Slot, value: Any) -> str:
    """A value inside a read-back: "for 4 people", "on Thursday the 26th of November", "at 7 p.m."."""
    kind = KINDS[slot.kind]
    said = ", ".join(kind.say(v, slot) for v in value) if isinstance(value, list) else kind.say(value, slot)
    simple = slot.concept in {
        "date",
        "day",
        "time",
        "party_size",
        "name",
        "phone",
        "email",
    } or slot.concept.endswith(("guests", "people"))
    if slot.role == "new":
        return said if slot.kind in {"date", "time", "number", "name"} else f"{slot.title} {said}"
    now = "now " if slot.role == "old" else ""
    match slot.kind:
        case "date" if simple or now:
            return f"{now}on {said}"
        case "time" if simple or now:
            return f"{now}at {said}"
        case "number" if said.endswith(("people", "person")):
            return f"for {said}"
        case "number" if any(c.isalpha() for c in said):
            return said if slot.title.split()[0] in said else f"{slot.title} {said}"
        case "name" if KINDS["name"].question(slot).startswith("What name"):
            return f"under the name {said}"
        case "phone":
            return f"phone number {said}"
        case "boolean":
            return said
        case "code" | "enum" | "number" | "date" | "time" | "name":
            return f"{slot.title.replace(' id', ' number')} {said}"
    return f"{slot.title}: {said}"


def readback(form: Form, values: Mapping[str, Any], n: int) -> list[str]:
    """All values, to be confirmed: "A table for 4 people, on Thursday the 26th of November, at 7 p.m., under the name Smith."."""
    order = {"number": 0, "date": 1, "time": 2, "name": 7, "phone": 8, "email": 8}
    slots = [s for s in form.slots if s.path in values]
    if form.action in {"create", "send", "other"}:
        slots.sort(key=lambda s: 5 if s.kind == "date" and is_past(s) else order.get(s.kind, 3))
    said = [fragment(form, s, values[s.path]) for s in slots if s.role != "new"]
    news = [fragment(form, s, values[s.path]) for s in slots if s.role == "new"]
    if not said and not news:
        return []
    what = thing(form, "your" if form.action in _OWN else "a") if form.nouns else deed(form)
    glue = " " if said and said[0].split()[0] in {"for", "on", "at", "under"} else ", "
    text = what + (glue + ", ".join(said) if said else "")
    if news:
        text += ", changed to " + ", ".join(news)
    opener = [fixed("readback", n) + " "] if len(slots) > 2 else []
    return [*opener, f"{text[0].upper()}{text[1:].rstrip('.')}. "]


def question_for(form: Form, slot: Slot, tries: int = 0) -> str:
    """One natural question for a slot; with a hint from the second time on, and another way from the third."""
    first = _question(form, slot)
    if tries <= 0:
        return first
    hint = KINDS[slot.kind].hint(slot)
    if tries == 1:
        return f"{first} {hint}".strip()
    return f"{first} You can also type it."


def _question(form: Form, slot: Slot) -> str:
    if slot.description.endswith("?"):
        return slot.description
    if (
        slot.kind == "name"
        and form.action in {"change", "cancel", "read"}
        and KINDS["name"].question(slot).startswith("What name")
    ):
        return "What name should it be under?" if slot.role == "new" else "What name is it under?"
    asked = KINDS[slot.kind].question(slot)
    if slot.kind == "enum" and (told := asked_for(slot.description)) and len(slot.options) <= 5:
        named = [KINDS["enum"].say(option, slot) for option in slot.options]
        return f"{told.rstrip('?')}: {_any_of(named)}?"
    if asked:
        return asked
    if told := asked_for(slot.description):
        return told
    if slot.kind in {"date", "time"} and (len(slot.title) < 3 or slot.title in _PREPOSITIONS):
        return "Which day would you like?" if slot.kind == "date" else "What time would you like?"
    if slot.kind in {"date", "time"} and not slot.title.endswith((" date", " day", " time")):
        return f"{'Which day' if slot.kind == 'date' else 'What time'} is the {slot.title}?"
    return f"What is the {slot.title}?"


def other_question(form: Form, slot: Slot) -> str:
    """For another value, after a tool refused one."""
    match slot.kind:
        case "date":
            return "Which other day would suit you?"
        case "time":
            return "What other time would suit you?"
        case "name":
            return "What other name could it be under? You can spell it."
        case "enum" | "code":
            return _question(form, slot)
    return _question(form, slot)


def choice(slot: Slot, options: Sequence[Any]) -> str:
    """For example "Thursday the 26th or Friday the 27th?", "In the morning or in the evening?"."""
    if (
        slot.kind == "time"
        and len(options) == 2
        and (options[0].hour + 12, options[0].minute)
        == (
            options[1].hour,
            options[1].minute,
        )
    ):
        return "In the morning or in the evening?"
    said = " or ".join(KINDS[slot.kind].say(o, slot) for o in options[:3])
    return f"{said[0].upper()}{said[1:]}?"


def range_told(slot: Slot, value: Any) -> str:
    """That a number is out of range: "I can take at most 8 people."."""
    kind = KINDS[slot.kind]
    if slot.maximum is not None and value > slot.maximum:
        limit = int(slot.maximum) if slot.maximum == int(slot.maximum) else slot.maximum
        return f"I'm afraid the most I can take is {kind.say(limit, slot)}."
    limit = (
        int(slot.minimum or 0) if slot.minimum is None or slot.minimum == int(slot.minimum) else slot.minimum
    )
    return f"I'm afraid it has to be at least {kind.say(limit, slot)}."


def what_to_change(form: Form, slots: Sequence[Slot]) -> str:
    """For example "What would you like to change: the date, the time or the number of people?"."""
    names = [label(s) for s in slots]
    if not names or len(names) > 5:
        return "What would you like to change?"
    listed = _any_of(names)
    return f"What would you like to change: {listed}?"


def label(slot: Slot) -> str:
    """A slot as a thing to change: "the date", "the number of people"."""
    if slot.kind == "number" and KINDS["number"].question(slot) == "For how many people?":
        return "the number of people"
    return f"the {slot.title}"


def capabilities(forms: Sequence[Form], knows: bool) -> str:
    """For example "I can book a table, find, change or cancel your booking, and answer questions about us."."""
    grouped: dict[str, list[str]] = {}
    for form in forms:
        verb, _, what = deed(form).partition(" ")
        grouped.setdefault(what, []).append(verb)
    deeds = [f"{_any_of(verbs)} {what}".strip() for what, verbs in grouped.items()][:6]
    if knows:
        deeds.append("answer questions about us")
    if not deeds:
        return "I can only listen, I'm afraid."
    listed = f"{', '.join(deeds[:-1])}, and {deeds[-1]}" if len(deeds) > 1 else deeds[0]
    return f"I can {listed}."


def _any_of(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def which_day(days: Sequence[date]) -> str:
    """Asks for the day when only a week or a month was named, given by its first and last day."""
    if len(days) == 2 and days[1] - days[0] > timedelta(7):
        return f"Which day in {MONTHS[days[0].month - 1].capitalize()}?"
    return "Which day of the week?"
