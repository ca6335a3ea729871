"""Words that ask for the same thing, so that "can I park?" finds the garage; and words that tell nothing."""

from __future__ import annotations

from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.tokens import stem

_THEMES = (
    "open opening hours hour close closing closed shut opens closes",
    "address street located location situated find directions where avenue road square district reach station metro",
    "park parking car garage lot drive cars",
    "price prices cost costs charge charges fee fees expensive much rate rates pay free tariff dollars euros",
    "pay payment card cards credit cash debit visa amex apple",
    "eat food menu dish dishes serve cuisine speciality specialty cook",
    "vegetarian vegan gluten allergy allergies allergic diet dietary plant-based meat celiac coeliac lactose nut nuts",
    "dog dogs pet pets animal animals cat cats",
    "kid kids child children baby babies high chair pram stroller family",
    "wheelchair accessible accessibility step steps disabled ramp barrier",
    "wifi internet wireless wi-fi wlan",
    "phone telephone number call contact email reach",
    "terrace garden outside patio outdoor outdoors sit",
    "smoke smoking cigarette",
    "takeaway take-away delivery deliver takeout",
    "birthday cake celebration",
    "party event private group groups large",
    "dress code wear jacket",
    "drink drinks wine beer cocktail bar corkage bottle alcohol",
    "toilet toilets restroom bathroom",
    "lunch midday noon",
    "dinner evening supper",
    "breakfast brunch morning",
    "cancellation cancel deposit refund late notice",
    "insurance insured cover health",
    "emergency urgent pain",
    "music live band concert",
    "voucher vouchers gift",
    "owner chef manager boss run runs",
    "bus tram train subway underground metro station transit",
    "long duration minutes last",
    "stay keep hold sit",
    "weight heavy weigh kilo kilograms kg",
    "size big large dimensions",
    "language languages speak english german french spanish italian",
)  # fmt: skip
GROUPS: dict[str, set[int]] = {}
for _number, _theme in enumerate(_THEMES):
    for _word in _theme.split():
        GROUPS.setdefault(stem(_word), set()).add(_number)

"""Stem → numbers of the themes that it belongs to."""

STOP = frozenset(
    stem(w)
    for w in listed(
        "a an the i you we they he she it me my your our us them this that these those is are was were be "
        "been am do does did have has had having can could will would shall should may might must of to in on "
        "at by for with from about as and or but if so not no any some there here what which who whom whose "
        "when where why how please tell know want like need let get got give say just also too then than very "
        "really actually okay ok yes hi hello hey thanks thank sorry well um uh i'd i'm i'll you're we're "
        "it's what's where's when's who's how's that's there's don't can't do's anything something possible "
        "question ask wondering wonder maybe guys place go going come coming restaurant today now much many "
        "half past quarter o'clock exactly perhaps happen happens else way one"
    )
)
"""Stems that no fact is found by."""
