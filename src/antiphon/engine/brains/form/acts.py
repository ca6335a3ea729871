"""What a caller does with words, apart from values and wishes: yes, no, thanks, repeat, never mind, goodbye."""

from __future__ import annotations

import re
from typing import Literal

from antiphon.engine.brains.form.clauses import is_question
from antiphon.engine.brains.form.lexicon import ACTIONS, FILLERS, NO, YES, listed
from antiphon.engine.brains.form.tokens import Heard, hear

Act = Literal[
    "thanks", "bye", "hello", "repeat", "slower", "help", "ask", "clock", "abandon", "wait", "skip", "unsure",
    "insult", "smalltalk", "human", "hearing", "language", "back", "restart", "on", "house", "",
]  # fmt: skip

_PATTERNS: tuple[tuple[Act, re.Pattern[str]], ...] = tuple(
    (act, re.compile(pattern))  # type: ignore[misc]
    for act, pattern in (
        ("repeat", r"(?:\brepeat|\bsay (?:that|it) again|come again|once more|one more time|"
            r"what did you (?:just )?say|what was that|pardon|say again|i (?:did not|didn't) (?:hear|"
            r"catch|get|understand) (?:that|you|it|what)|^excuse me$|^what$|^huh$|^sorry$|^sorry what)\b"),
        ("ask", r"^(?:i have|i've got|just)? ?(?:a |one |another |1 )?(?:quick )?questions?(?: for you)?$|"
            r"^(?:hello |hi )?(?:can|could|may) (?:i|you) (?:just )?(?:ask(?: you)?(?: something| a question)?|help(?: me)?)$"),
        ("clock", r"\bwhat(?:'s| is)? (?:the )?(?:date|day|time) (?:is it|is today|today|now)\b|"
            r"^what(?:'s| is) (?:the )?(?:date|time)(?: today| now)?$"),
        ("on", r"^(?:(?:okay|ok|yes|fine|right|good|alright|all right|so|well|then|let's|please|now) )*(?:go on|carry on|continue|proceed|"
            r"keep going|go ahead with (?:it|that)|back to (?:it|mine|that|the \w+))(?: with .*| then| please)*$"),
        ("restart", r"\b(?:(?:start|begin)(?: it)?(?: all)? (?:over|again|afresh|anew)|from (?:the )?(?:scratch|beginning|start|top)|"
            r"start from (?:scratch|zero))\b"),
        ("slower", r"\b(?:slower|slow down|too fast|more slowly)\b"),
        ("hearing", r"\b(?:can you hear me|are you (?:still )?there|is anyone there|anybody there|hello hello)\b"),
        ("human", r"\b(?:(?:speak|talk) (?:to|with) (?:a |an |the |some )?(?:human|person|real|agent|manager|"
            r"somebody|someone|operator|staff)|real person|human being|are you (?:a )?(?:robot|bot|"
            r"machine|human|real|computer|ai|an ai)|who are you|what are you|who is this|"
            r"who am i (?:speaking|talking) (?:to|with)|your name)\b"),
        ("house", r"^(?:(?:oh|hi|hello|hey|good \w+|sorry|yes) )*(?:is (?:that|this)|"
            r"am i (?:through to|speaking (?:to|with)|talking to)|have i reached) "
            r"(?:the )?(?!my|your|a |an |it|free|ok|possible|right|one|done)[\w']+(?: [\w']+)?$"),
        ("help", r"\bwhat (?:sort|kind)s? of (?:things?|stuff) (?:can|do|could) you\b|"
            r"^(?:help|help me|what can (?:you|i) (?:do|say|ask)(?: for me)?|what do you do|how (?:can|"
            r"do) you help(?: me)?|what are my options|how does this work|what can you help me with)$|"
            r"\bwhat (?:else )?can you do\b|\bwhat can i (?:say|ask)\b"),
        ("abandon", r"\b(?:never ?mind|forget (?:it|that|about it|the whole thing)|don't bother|do not bother|"
            r"leave it(?! (?:as|like|at|that))|drop it|scra(?:tch|p) (?:that|it)|"
            r"i(?: have|'ve)? changed my mind|let's (?:not|stop|leave it|"
            r"forget it)|not any ?more|stop (?:it|that)|cancel that|cancel it|abort|quit that|"
            r"i don't want (?:it|that|to|this)(?: any ?more)?|i'll do it myself|i do not want it)\b|^(?:stop|cancel|quit|exit)$"),
        ("bye", r"\b(?:good ?bye|bye|bye bye|see you|have a (?:nice|good|great|lovely|pleasant) (?:day|evening|night|one|weekend)|"
            r"talk to you later|have a good one|"
            r"(?:i'll|i will) (?:call|ring) (?:you )?(?:again|back)(?: \w+)?|"
            r"that's all i (?:wanted|needed)|that's all|that is all|that will be all|that'll be all|nothing else|"
            r"i'm done|we're done|take care|hang up)\b"),
        ("thanks", r"\b(?:thanks|thank you(?: very much| so much)?|thank|cheers|much appreciated|appreciate it)\b"),
        ("wait", r"^(?:(?:yes|yeah|yep|ok|okay|no|sure|fine|all right|alright|just|please|sorry|actually) )*"
            r"(?:(?:can|could|would) you (?:please |just )?)?"
            r"(?:wait|hold on|hang on|let me (?:think|see|check)|(?:give me |i need )?(?:just |only )?"
            r"(?:a|1|one|another) (?:more |little |quick )?(?:moment|second|sec|minute)|moment$)\b"),
        ("back", r"^(?:go back|back|previous|undo)\b|\bgo back\b"),
        ("skip", r"^(?:skip|skip (?:it|that|this)|none|nothing|no preference|pass|leave it (?:out|empty|blank)|"
            r"i'd rather not(?: say)?|i don't have (?:one|any|a phone|it)|i haven't got (?:one|any)|"
            r"not necessary|no need)$|\b(?:rather not|prefer not)\b"),
        ("unsure", r"\b(?:i don't know|i do not know|not sure|no idea|i'm unsure|don't remember|i forgot|"
            r"can't remember|dunno|whatever|doesn't matter|don't mind|you choose|up to you)\b"),
        ("insult", r"\b(?:stupid|idiot|dumb|useless|crooks|rip off|ripoff|rubbish|shut up|fuck|fucking|shit|damn|moron|crap|suck|sucks|"
            r"hate you|asshole|bloody)\b"),
        ("language", r"\b(?:sprechen|deutsch|parlez|français|francais|habla|español|espanol|parla|italiano|"
            r"speak (?:german|french|spanish|italian|chinese|turkish|russian|polish)|hola|bonjour|"
            r"guten tag|buenos|buongiorno|por favor|bitte|merci|gracias)\b"),
        ("smalltalk", r"\b(?:how are you(?: doing)?(?: today| then)?|you've been (?:\w+ )?(?:lovely|great|helpful|kind|brilliant)|"
            r"how's it going|how do you do|nice to meet you|what's up|how is your day|"
            r"tell me a joke|i love you|you're (?:great|nice|funny|cute|awesome|amazing)|good job|"
            r"well done|that's (?:great|nice|awesome|cool|wonderful)$)\b"),
        ("hello", r"^(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|hi there|"
            r"hello there)(?: (?:there|again|hi|hello))*$"),
    )
)  # fmt: skip
_DIRECTED = re.compile(
    r"\b(?:you|you're|you are|this thing is|this is|what an?) (?:\w+ ){0,4}?"
    r"(?:stupid|idiot|dumb|useless|moron|crap|suck|sucks|shit|bloody|damn|fucking)\b|\bshut up\b|\bhate you\b|\bfuck\b"
)
_CANCEL_ANY = re.compile(r"\b(?:cancel|stop|abort|forget)\b")


def plain(heard: Heard) -> str:
    """The norms as one string, number words as said, without fillers at the ends."""
    words = [t.text.lower() if t.number is not None else t.norm for t in heard.tokens]
    while words and words[0] in FILLERS - YES - {"hi", "hello", "hey"} and len(words) > 1:
        words.pop(0)
    while words and words[-1] in {"please", "um", "uh", "then", "so"} and len(words) > 1:
        words.pop()
    return " ".join(words)


def act_of(heard: Heard) -> Act:
    """The act in the utterance, "" if there is none."""
    return _found(heard)[0]


def besides(heard: Heard) -> Heard:
    """The words that are not the act's."""
    _, match = _found(heard)
    if match is None:
        return heard
    return hear(match.string[: match.start()] + " " + match.string[match.end() :])


def _found(heard: Heard) -> tuple[Act, re.Match[str] | None]:
    text = plain(heard)
    short = len(text.split()) <= 9
    for act, pattern in _PATTERNS:
        match = pattern.search(text)
        if match and act == "insult" and len(text.split()) > 4 and not _DIRECTED.search(text):
            continue  # "some idiot scratched my door"
        if match and (
            short
            or (len(text.split()) <= 14 and act in {"thanks", "bye", "hello", "smalltalk"})
            or act in {"insult", "repeat", "help", "human", "abandon", "language"}
        ):
            return act, match
    return "", None


def only_waits(heard: Heard) -> bool:
    """Whether the words are nothing but "one moment", not "no, wait, leave it as it is"."""
    return _found(heard)[0] == "wait" and set(besides(heard).norms) <= FILLERS | NO | YES | _MOMENT


_MOMENT = frozenset(
    listed(
        "please a the for just moment second minute sorry here i i'm to let me have look check think see ask"
    )
)
_YES_PHRASES = re.compile(
    r"^(?:please do|go ahead|make it so|that's (?:right|correct|fine|it|good|perfect|great|all right)|that is (?:right|correct|fine)|"
    r"sounds (?:good|great|right|fine)|looks good|of course|you (?:can|may|got it)|all right|why not|"
    r"let's do (?:it|that)|i'll take it|that works|works for me|no problem|"
    r"i (?:do|would|am|did)(?: (?:please|thanks|indeed|yes))*$|it is(?: (?:please|yes|right|correct|fine|indeed|all))*$|"
    r"i'd (?:love|like) (?:to|that|it)(?: (?:please|thanks|yes|very|much))*$|"
    r"(?:confirm|do) (?:it|that|them)(?: please| now| then)?$|(?:that|this) (?:is|one) (?:right|fine|good))\b"
)
_NO_PHRASES = re.compile(
    r"^(?:not (?:really|quite|yet|now|exactly|that)|don't|do not|that's (?:wrong|not (?:right|"
    r"correct|it|what))|(?:that|it) is (?:wrong|not)|it's (?:wrong|not)|there's a mistake|i (?:do not|"
    r"don't|didn't|did not)|absolutely not|of course not|certainly not|rather not|no way|"
    r"please don't|isn't|wrong|incorrect)\b"
)

_HARDLY_YES = frozenset(listed("ok okay right good great fine alright perfect lovely please indeed"))
"""Of the words for yes, those with which people also begin something else."""
_PONDERS = re.compile(
    r"\b(?:good|great) (?:question|evening|morning|afternoon|day)\b|\bthink about\b|"
    r"\b(?:let me|i(?:'ll| will| must| have to)) (?:ask|check|think|see)\b"
)


def assent(heard: Heard, verb: str = "") -> Literal["yes", "no", ""]:
    """Whether the words begin with (or are) a yes or a no.

    Args:
        heard: the words.
        verb: of the tool that was asked about: "book it" is a yes to "Shall I book it?".
    """
    text = re.sub(r"^(?:(?:um|uh|uhm|hm|er|oh|well|so|hmm) )+", "", plain(heard))
    if not text:
        return ""
    if _NO_PHRASES.search(text):
        return "no"
    if only_waits(heard) or (verb and _asks_for_other(text, verb)):
        return ""  # "okay, one moment", and "yes, cancel it" to "Shall I book it?"
    if _YES_PHRASES.search(text) or (
        verb and re.match(rf"{re.escape(verb)} (?:it|that|them|the \w+|me in)\b(?! to| for)", text)
    ):
        return "yes"
    first = text.split()[0]
    if first in _HARDLY_YES and (is_question(hear(text).part(1, len(hear(text)))) or _PONDERS.search(text)):
        return ""  # "okay, what does it cost?"
    if first in NO - {"never", "not"} or text in NO:
        return "no"
    if first in YES and not re.search(r"\b(?:but|except)\b|\bonly\b.*\b(?:not|wrong)\b", text):
        return "yes"
    last = text.split()[-1]
    if (
        len(text.split()) <= 3
        and first not in {"is", "are", "was"}
        and last in YES - {"please", "right", "good", "great", "fine"}
    ):
        return "yes"
    return ""


def _asks_for_other(text: str, verb: str) -> bool:
    """Whether the words ask for a change or for cancelling where the tool that was asked about does neither."""
    own = {"change", "cancel"} & {action for action, verbs in ACTIONS.items() if verb in verbs}
    words = set(text.split())
    others = {"cancel": {"cancel", "delete", "remove"}, "change": {"change", "modify", "move", "reschedule"}}
    return any(words & verbs for action, verbs in others.items() if action not in own)


def says_no_values(heard: Heard) -> bool:
    """Whether all words are yes, no or fillers."""
    return all(
        w in YES | NO | FILLERS | {"thanks", "thank", "you", "it", "that's", "is", "that"}
        for w in heard.norms
    )


def wants_out(heard: Heard) -> bool:
    """A bare "cancel", "stop", "forget it" inside a task."""
    return bool(_CANCEL_ANY.search(plain(heard))) and len(heard) <= 4
