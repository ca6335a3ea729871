"""How written words are said: times, telephone numbers, money, codes, addresses, abbreviations.

A voice reads "555-1234" as "five hundred fifty-five dash one thousand …". Each written word is turned into what is
said for it, so that the words keep their places: the transcript shows what was written, the ear hears what is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_OPENING = "\"'“‘([{*_`#"
_CLOSING = "\"'”’)]}*_`"
_STOPS = ".,;:!?…"
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?")
_HALF_OF_DAY = re.compile(r"([ap])\.?m\.?", re.IGNORECASE)
_GLUED_TIME = re.compile(r"(\d{1,2}(?:[:.]\d{2})?)([ap])\.?m\.?", re.IGNORECASE)
_MONEY = re.compile(r"([$€£])(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{2}))?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_RANGE = re.compile(r"(\d+(?::\d\d)?)[-–](\d+(?::\d\d)?)")
_CODE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Z0-9]+(?:-[A-Z0-9]+)*")
_ADDRESS = re.compile(r"\S+@\S+\.\S+|(?:https?://|www\.)\S+|\S+\.(?:com|net|org|example|eu|uk)")
_DASHES = ("–", "—", "-")
_CURRENCY = {"$": ("dollar", "dollars"), "€": ("euro", "euros"), "£": ("pound", "pounds")}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ABBREVIATIONS = {
    "mr.": "mister",
    "mrs.": "missis",
    "ms.": "miz",
    "dr.": "doctor",
    "prof.": "professor",
    "st.": "street",
    "ave.": "avenue",
    "rd.": "road",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "approx.": "about",
    "vs.": "versus",
    "km": "kilometres",
    "&": "and",
    "w/": "with",
}
_PHONE_DIGITS = 5
"""So many digits without commas are a telephone number or a code; people read such digit by digit."""


def say_as(words: Sequence[str]) -> list[str]:
    """What is said for each written word: any number of spoken words, "" for none.

    Args:
        words: of one clause, as `str.split` gives them.
    """
    telephone = _telephone_places(words)
    said: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        spoken = _digits(word, after) if index in telephone else _one(word, before, after)
        breath = after in _DASHES or after.startswith("(") or (word.endswith(")") and bool(after))
        said.append(spoken + "," if breath and spoken[-1:].isalnum() else spoken)
    return said


def _one(word: str, before: str, after: str) -> str:
    body, stop = _bare(word)
    lower = body.lower()
    if not any(c.isalnum() for c in body):
        return _ABBREVIATIONS.get(body, "")
    if (said := _abbreviation(lower, stop, before, after)) is not None:
        return said
    if match := _HALF_OF_DAY.fullmatch(body + stop[:1] if stop.startswith(".") else body):
        # Without its full stops, or the voice ends a sentence here; with one where the clause ends.
        return f"{match[1]}m" + (stop.lstrip(".") or "." * (not after))
    if match := _GLUED_TIME.fullmatch(body):
        return f"{_time(match[1], half=True)} {match[2]}m{stop}"
    if match := _TIME.fullmatch(body):
        half = bool(_HALF_OF_DAY.fullmatch(after.strip(_STOPS + _CLOSING)))
        if half or ":" in body:
            return _time(body, half=half) + stop
    if match := _MONEY.fullmatch(body):
        return _money(*match.groups()) + stop
    if match := _ISO_DATE.fullmatch(body):
        year, month, day = match.groups()
        return f"{_MONTHS[(int(month) - 1) % 12]} {int(day)}, {year}{stop}"
    if match := _RANGE.fullmatch(body):
        return f"{_one(match[1], '', after)} to {_one(match[2], '', after)}{stop}"
    if _ADDRESS.fullmatch(body):
        return _address(body) + stop
    if _CODE.fullmatch(body):
        return _spelled(body) + stop
    return body + stop


def _bare(word: str) -> tuple[str, str]:
    """A word without brackets, quotes and Markdown, and the punctuation at its end."""
    body = re.sub(r"[*`“”]", "", word).lstrip(_OPENING).rstrip(_CLOSING)
    bare = body.rstrip(_STOPS)
    return bare.rstrip(_CLOSING), body[len(bare) :]


def _abbreviation(lower: str, stop: str, before: str, after: str) -> str | None:
    """What an abbreviation stands for; None: it is none."""
    if stop.startswith(".") and lower in ("no", "nr") and after[:1].isdigit():
        return "number"
    key = lower + "." if stop.startswith(".") else lower
    said = _ABBREVIATIONS.get(key)
    if said is None or (key == "st." and not before):
        return None  # "St. Anna"
    rest = stop[1:] if key.endswith(".") else stop
    # The full stop of an abbreviation at the end is the sentence's, too.
    return said + (rest or "." * (not after and bool(stop)))


def _time(written: str, *, half: bool) -> str:
    """Written → said: "7:30" → "7 30", "7:05" → "7 oh 5", "19:00" → "7 pm" (the voice is American)."""
    match = _TIME.fullmatch(written)
    hour, minute = (int(match[1]), int(match[2])) if match else (int(written), 0)
    if hour > 24 or minute > 59:
        return written
    suffix = ""
    if not half and (hour > 12 or hour == 0):
        hour, suffix = (hour % 12 or 12), " pm" if 12 < hour < 24 else " am"
    if not minute:
        return f"{hour}{suffix or ('' if half else ' o’clock')}"
    return f"{hour} {'oh ' if minute < 10 else ''}{minute}{suffix}"


def _money(sign: str, whole: str, cents: str | None) -> str:
    one, many = _CURRENCY[sign]
    said = f"{whole} {one if whole == '1' else many}"
    return f"{said} {int(cents)}" if cents and int(cents) else said


def _address(written: str) -> str:
    """An e-mail or web address."""
    plain = re.sub(r"^https?://", "", written).rstrip("/")
    for sign, name in (
        ("@", " at "),
        (".", " dot "),
        ("/", " slash "),
        ("-", " dash "),
        ("_", " underscore "),
    ):
        plain = plain.replace(sign, name)
    return plain


def _spelled(code: str) -> str:
    """A booking's code, "A12-7", letter by letter."""
    return ", ".join(" ".join(part) for part in code.split("-"))


def _telephone_places(words: Sequence[str]) -> set[int]:
    """Which words are parts of telephone numbers: runs of plain digit groups that are long together."""
    found: set[int] = set()
    run: list[int] = []
    for index, word in enumerate([*words, ""]):
        body, stop = _bare(word)
        if re.fullmatch(r"\+?\(?\d+\)?(?:[-/]\d+)*", body) and not _ISO_DATE.fullmatch(body):
            run.append(index)
            if not stop:
                continue
        if _is_telephone([_bare(words[place])[0] for place in run]):
            found.update(run)
        run = []
    return found


def _is_telephone(groups: list[str]) -> bool:
    joined = "".join(c for group in groups for c in group if c.isdigit())
    if any("-" in group and len(group.split("-")[-1]) >= 3 for group in groups):
        return True
    if any(len(group) > 1 and group[0] in "0+" for group in groups):
        return True
    round_sum = len(groups) == 1 and joined.endswith("000")
    return len(joined) >= _PHONE_DIGITS and not round_sum and any(len(group) >= 3 for group in groups)


def _digits(word: str, after: str) -> str:
    """A group of a telephone number, digit by digit, with a breath between groups."""
    body, stop = _bare(word)
    groups = re.findall(r"\d+", body)
    said = ", ".join(" ".join(group) for group in groups)
    breath = "," if after and len(body) > 1 else ""
    return ("plus " if body.startswith("+") else "") + said + (stop or breath)
