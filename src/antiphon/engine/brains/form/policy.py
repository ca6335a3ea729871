"""What to do next: one turn of the caller's, or the outputs of tools, turned into a reply and the state after it.

The policy is deterministic: the same state and words give the same reply, which is how the state is recovered from a conversation's items
(history.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from antiphon.engine.brains.brain import Note
from antiphon.engine.brains.form import phrasing, results
from antiphon.engine.brains.form.acts import act_of, assent, says_no_values, wants_out
from antiphon.engine.brains.form.assign import Assigned, assign
from antiphon.engine.brains.form.clauses import asks_openly, clauses_of, is_question
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.intent import WANTED, Wish, actions_in
from antiphon.engine.brains.form.kinds import KINDS, Candidate, Context
from antiphon.engine.brains.form.kinds.time import daypart
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.state import Done, Question, State, Task, Value
from antiphon.engine.brains.form.tokens import Heard, hear, stem

_PERSONAL = frozenset({"name", "phone", "email"})


@dataclass
class Reply:
    """What is said and done in answer: words, the question among them, a call, reasons."""

    parts: list[str] = field(default_factory=list)
    question: Question | None = None
    question_at: int = 0
    call: tuple[str, dict[str, Any]] | None = None
    notes: list[Note] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words."""
        return "".join(self.parts).strip()


@dataclass(frozen=True)
class Reading:
    """An utterance sorted: wishes, answers to its questions, and the words that may hold values."""

    wishes: tuple[tuple[Wish, Heard], ...]
    answers: tuple[str, ...]
    unanswered: tuple[Heard, ...]
    rest: Heard


class Talk:
    """One step of the dialogue. Make one, call one of `hear`, `absorb`, `nudge`; read `state` and `reply`."""

    def __init__(self, domain: Domain, state: State, now: datetime) -> None:
        self.domain = domain
        self.state = state
        self.now = now
        self.reply = Reply()
        self._doubts: list[tuple[Slot, Candidate]] = []

    # --- what happened -------------------------------------------------------------------------------------------------

    def hear(self, text: str) -> None:
        """The caller said (or typed) something."""
        heard = hear(text)
        asked = self.state.asked
        self.state = replace(self.state, turns=self.state.turns + 1, asked=None, planned=None)
        if not heard.tokens:
            self._missed(asked)
        elif self.state.calling is not None:
            self._while_calling(heard)
        elif not self._whole_turn_act(heard, asked):
            self._understand(heard, asked)
        self._finish()

    def absorb(self, outputs: Sequence[str]) -> None:
        """Tools came back with these outputs, in order."""
        calling = self.state.calling
        self.state = replace(self.state, calling=None, asked=None, planned=None)
        for output in outputs:
            self._absorb_one(calling, output)
            calling = None
        self._finish()

    def nudge(self) -> None:
        """The agent is to say something although nobody spoke: go on where the talk stands."""
        if self.state.task is not None:
            self._advance()
        else:
            self._say(phrasing.fixed("else", self.state.turns) if self.state.turns else "How can I help you?")
        self._finish()

    def _finish(self) -> None:
        text = self.reply.text
        before = "".join(self.reply.parts[: self.reply.question_at])
        plan = (text, len(before.split())) if self.reply.question else (text, len(text.split()))
        self.state = replace(self.state, planned=self.reply.question, last=text or self.state.last, plan=plan)

    # --- saying --------------------------------------------------------------------------------------------------------

    def _say(self, *parts: str) -> None:
        self.reply.parts += [part if part.endswith(" ") else part + " " for part in parts if part]

    def _ask(self, question: Question, text: str) -> None:
        self.reply.question = question
        self.reply.question_at = len(self.reply.parts)
        self._say(text)

    def _note(self, topic: str, **detail: Any) -> None:
        self.reply.notes.append(Note(topic, detail))

    def _open(self, kind: str) -> None:
        """A fixed opener, unless something was said already."""
        if not self.reply.parts:
            self._say(phrasing.fixed(kind, self.state.turns))

    # --- acts that are a whole turn ------------------------------------------------------------------------------------

    def _whole_turn_act(self, heard: Heard, asked: Question | None) -> bool:
        act = act_of(heard)
        task = self.state.task
        if not act:
            return False
        actions, _ = actions_in(heard)
        if (
            asked
            and asked.kind == "slot"
            and self._is_text(asked)
            and act not in {"repeat", "abandon", "help"}
        ):
            return False
        if act in {"thanks", "hello", "smalltalk", "wait"} and (len(heard) > 6 or self._has_content(heard)):
            return False
        if (
            act == "abandon"
            and task is None
            and (actions or self._has_content(heard))
            and not re.search(r"never ?mind|forget", heard.text.lower())
        ):
            return False
        if (
            act == "abandon"
            and self._has_content(heard)
            and not re.search(r"never ?mind|forget|changed my mind", heard.text.lower())
        ):
            return False
        if act == "bye" and self._has_content(heard):
            return False
        self._note("act", act=act)
        match act:
            case "repeat" | "slower":
                self._repeat(asked, act == "slower")
            case "help":
                self._say(phrasing.capabilities(self.domain.tools.forms, bool(self.domain.knowledge.facts)))
                self._again(asked)
            case "hearing":
                self._say("Yes, I'm here.")
                self._again(asked)
            case "human":
                name = self.domain.knowledge.business
                self._say(
                    f"I'm the automated assistant{f' of {name}' if name else ''}, so I can't put anybody on the line."
                )
                self._again(asked)
            case "language":
                self._say("I'm sorry, I only speak English.")
                self._again(asked)
            case "insult":
                self._say("I'm sorry you're not happy with me.")
                self._again(asked)
            case "smalltalk":
                self._say(
                    "That's kind, thank you."
                    if "how" not in heard.norms and "what's" not in heard.norms
                    else "I'm fine, thank you."
                )
                self._again(asked)
            case "hello":
                self._say(phrasing.fixed("hello", 0 if not self.state.greeted else 1))
                self._again(asked)
            case "wait":
                self._say(phrasing.fixed("patience", self.state.turns))
                self.reply.question = asked
            case "abandon":
                self._abandon()
            case "bye":
                if asked and asked.kind == "confirm":
                    return False
                self.state = replace(self.state, tasks=())
                self._say(phrasing.fixed("bye", self.state.turns))
            case "thanks":
                if asked and asked.kind in {"confirm", "offer"}:
                    return False
                self._say(phrasing.fixed("welcome", self.state.turns))
                if task is not None:
                    self._again(asked)
                elif asked is None or asked.kind != "else":
                    self._ask(Question("else"), phrasing.fixed("else", 2))
                elif assent(heard) == "no":
                    self.reply.parts = []
                    self._say(phrasing.fixed("bye", 1))
            case "skip" | "unsure":
                if not (asked and asked.kind in {"slot", "choice"}):
                    return False
                return self._skip(asked, heard)
            case _:
                return False
        return True

    def _has_content(self, heard: Heard) -> bool:
        """Whether there is a wish, a question or a value besides the act's words."""
        wishes = self.domain.tools.wishes(heard)
        if wishes and wishes[0].score >= WANTED:
            return True
        if is_question(heard) and (answer := self.domain.knowledge.answer(heard)) and answer.score >= 0.5:
            return True
        if (task := self.state.task) is not None:
            form = self.domain.tools.by_name[task.tool]
            return bool(assign(heard, form, lambda s: self._context(task, s, None), task.values))
        return False

    def _is_text(self, asked: Question) -> bool:
        form = self.domain.tools.by_name.get(asked.tool)
        slot = form.slot(asked.slot) if form else None
        return slot is not None and slot.kind == "text"

    def _repeat(self, asked: Question | None, slowly: bool) -> None:
        if not self.state.last:
            self._say("How can I help you?")
            return
        self._say("Of course." if slowly else "I said:" if False else "Sure.")
        last = re.sub(
            r"^(?:Sure\.|Of course\.|Okay\.|All right\.|Great\.|Sorry, [^.]*\.)\s*", "", self.state.last
        )
        self.reply.question = asked
        self.reply.question_at = len(self.reply.parts)
        self._say(last)

    def _abandon(self) -> None:
        if self.state.task is None:
            self._say(phrasing.fixed("abandoned", 1))
            self._ask(Question("else"), phrasing.fixed("else", self.state.turns))
            return
        self._note("task", dropped=self.state.task.tool)
        self.state = replace(self.state, tasks=self.state.tasks[:-1])
        self._say(phrasing.fixed("abandoned", self.state.turns))
        self._next_or_else()

    def _skip(self, asked: Question, heard: Heard) -> bool:
        task = self.state.task
        if task is None:
            return False
        form = self.domain.tools.by_name[task.tool]
        slot = form.slot(asked.slot)
        if slot is None:
            return False
        if slot.kind == "enum" and assign(heard, form, lambda s: self._context(task, s, asked), task.values):
            return False
        if not slot.required:
            self.state = self.state.with_task(replace(task, declined=task.declined | {slot.path}))
            self._say("No problem.")
            self._advance()
            return True
        self.state = self.state.with_task(task.tried(slot.path))
        self._say("I do need that, I'm afraid.")
        self._ask(asked, phrasing.question_for(form, slot, 1))
        return True

    def _again(self, asked: Question | None) -> None:
        """After an aside: the open question once more."""
        task = self.state.task
        if task is not None:
            self._advance(aside=True)
        elif asked is not None and asked.kind in {"offer"}:
            form = self.domain.tools.by_name.get(asked.tool)
            if form:
                self._ask(asked, f"Would you like me to {phrasing.deed(form)}?")
        elif self.state.turns and (asked is None or asked.kind != "else"):
            self._ask(
                Question("else"),
                "What can I do for you?" if not self.state.done else "Is there anything else?",
            )

    def _missed(self, asked: Question | None) -> None:
        self._say(phrasing.fixed("missed", self.state.misses))
        self.state = replace(self.state, misses=self.state.misses + 1)
        task = self.state.task
        if task is not None and asked is not None and asked.slot:
            form = self.domain.tools.by_name[task.tool]
            slot = form.slot(asked.slot)
            if slot is not None and asked.kind == "slot":
                task = task.tried(slot.path)
                self.state = self.state.with_task(task)
                if task.tries[slot.path] > 3:
                    self.reply.parts = []
                    self._say("I'm sorry, I still can't make that out, so let's leave it here.")
                    self.state = replace(self.state, tasks=self.state.tasks[:-1], misses=0)
                    self._next_or_else()
                    return
                self._ask(asked, phrasing.question_for(form, slot, task.tries[slot.path]))
                return
        if task is not None:
            self._advance(aside=True)
            return
        if self.state.misses > 1:
            self._say(phrasing.capabilities(self.domain.tools.forms, bool(self.domain.knowledge.facts)))
        self._ask(
            Question("else"),
            "What can I do for you?" if self.state.misses > 1 else "Could you say that again?",
        )

    def _while_calling(self, heard: Heard) -> None:
        answer = self.domain.knowledge.answer(heard) if is_question(heard) else None
        if answer and answer.score >= 0.5:
            self._say(self.domain.spoken(answer.text))
        else:
            self._say("One moment, I'm still on it.")

    # --- understanding -------------------------------------------------------------------------------------------------

    def _understand(self, heard: Heard, asked: Question | None) -> None:
        reading = self._read(heard, asked)
        self._note(
            "heard",
            text=heard.text,
            wishes=[(w.form.name, w.score, w.why) for w, _ in reading.wishes],
            answers=len(reading.answers),
        )
        for text in reading.answers:
            self._say(self.domain.spoken(text))
        said = assent(heard)
        if reading.wishes:
            self._begin(reading)
            return
        task = self.state.task
        if task is None:
            self._without_task(heard, reading, asked, said)
            return
        self._within_task(task, heard, reading, asked, said)

    def _read(self, heard: Heard, asked: Question | None) -> Reading:
        wishes: list[tuple[Wish, Heard]] = []
        answers: list[str] = []
        unanswered: list[Heard] = []
        rest: list[Heard] = []
        for clause in clauses_of(heard):
            wish = self._wish_of(clause)
            asks = is_question(clause)
            answer = self.domain.knowledge.answer(clause)
            text_asked = asked is not None and asked.kind == "slot" and self._is_text(asked)
            if wish and not (asks and answer and self._beyond(clause, wish, answer.score)):
                if not any(w.form.name == wish.form.name for w, _ in wishes):
                    wishes.append((wish, clause))
                rest.append(clause)
                continue
            fills = self._fills(clause, asked)
            bar = 0.45 if asks else 0.6
            if text_asked and not asks_openly(clause):
                bar = 2.0
            if answer and answer.score >= bar and (not fills or asks and asks_openly(clause)):
                if answer.text not in answers:
                    answers.append(answer.text)
            elif asks and not fills and not (text_asked and not asks_openly(clause)) and len(clause) > 1:
                unanswered.append(clause)
            else:
                rest.append(clause)
        tokens = tuple(t for part in rest for t in part.tokens)
        if (
            not wishes
            and not answers
            and self.state.task is None
            and (wish := self.domain.tools.by_sound(heard))
        ):
            wishes.append((wish, heard))
            unanswered, tokens = [], heard.tokens
        return Reading(
            tuple(wishes), tuple(answers), tuple(unanswered), Heard(" ".join(p.text for p in rest), tokens)
        )

    def _wish_of(self, clause: Heard) -> Wish | None:
        """The tool that a clause wishes for, if it is not what is being done already."""
        wishes = self.domain.tools.wishes(clause)
        task = self.state.task
        actions, _ = actions_in(clause)
        best = wishes[0] if wishes and wishes[0].score >= WANTED else None
        if (
            best is None
            and actions & {"cancel", "change"}
            and (task is None or {"booking", "reservation", "appointment"} & set(clause.norms))
        ):
            same = [w for w in wishes if w.form.action in actions]
            if len(same) == 1 and (len(clause) <= 12):
                best = same[0]
        if task is None or best is None:
            return best
        if best.form.name == task.tool:
            return None
        form = self.domain.tools.by_name[task.tool]
        if best.form.action == "change" and form.action in {"create", "send", "change"}:
            return (
                best
                if re.search(
                    r"\b(?:my|existing|an|another) (?:\w+ )?(?:"
                    + "|".join(best.form.nouns or ("booking",))
                    + r"|reservation|booking)\b",
                    " ".join(clause.norms),
                )
                else None
            )
        if best.explicit or best.score >= 2.6:
            if (
                best.form.action == "cancel"
                and not set(best.form.nouns) & set(clause.norms)
                and form.action != "read"
            ):
                return None
            return best
        return None

    def _beyond(self, clause: Heard, wish: Wish, score: float) -> bool:
        """Whether a question asks about more than the tool's own words: "can I cancel free of charge?"."""
        if score < 0.55:
            return False
        vocabulary = (
            {stem(w) for w in (wish.form.verb, *wish.form.nouns)}
            | set(hear(wish.form.description).stems)
            | {"book", "reserv", "cancel", "chang", "tabl"}
        )
        extra = self.domain.knowledge.telling(clause) - vocabulary
        values = self._values_anywhere(clause, wish.form)
        return bool(extra) and not values

    def _values_anywhere(self, clause: Heard, form: Form) -> bool:
        return any(
            a.slot.kind in {"date", "time", "number", "phone"}
            for a in assign(clause, form, lambda s: Context(self.now), ())
        )

    def _fills(self, clause: Heard, asked: Question | None) -> bool:
        """Whether a clause holds a value for the present task."""
        task = self.state.task
        if task is None:
            return False
        form = self.domain.tools.by_name[task.tool]
        if asked and asked.kind in {"confirm", "offer"} and assent(clause):
            return True
        return bool(assign(clause, form, lambda s: self._context(task, s, asked), task.values))

    # --- tasks ---------------------------------------------------------------------------------------------------------

    def _begin(self, reading: Reading) -> None:
        """Starts the first wish; later ones wait."""
        first, _ = reading.wishes[0]
        self.state = replace(
            self.state,
            misses=0,
            waiting=(*self.state.waiting, *((w.form.name, c.text) for w, c in reading.wishes[1:])),
        )
        words = reading.rest
        if len(reading.wishes) > 1:
            kept = [c for w, c in reading.wishes[1:]]
            words = Heard(words.text, tuple(t for t in words.tokens if not any(t in c.tokens for c in kept)))
        self._start(first.form, words)
        self._open("sure")
        self._advance()

    def _start(self, form: Form, words: Heard) -> None:
        task = Task(form.name, values=self._known(form, words), daypart=daypart(words))
        self._note("task", started=form.name, known={k: v.said for k, v in task.values.items()})
        self.state = replace(self.state, tasks=(*[t for t in self.state.tasks if t.tool != form.name], task))
        if words.tokens:
            self._fill(words, None)

    def _known(self, form: Form, words: Heard) -> dict[str, Value]:
        """Values that were given before and hold for a new task: who calls; what was just checked; which booking."""
        known: dict[str, Value] = {}
        open_task = self.state.task
        last = next((d for d in reversed(self.state.done) if d.ok), None)
        another = {"another", "other", "second", "new"} & set(words.norms)
        for slot in form.slots:
            if slot.role == "new":
                continue
            held = self.state.memory.get(slot.concept)
            if held is None and slot.concept.endswith("name"):
                held = self.state.memory.get("name")
            usable = held is not None and held[0] == slot.kind
            personal = slot.kind in _PERSONAL or slot.kind == "code"
            identifies = (
                form.action in {"change", "cancel", "read"}
                and slot.required
                and last is not None
                and self._wrote(last.tool)
            )
            checked = form.action in {"create", "send"} and last is not None and not self._wrote(last.tool)
            if (
                usable
                and held is not None
                and not another
                and (personal and (slot.required or slot.ask) or identifies or checked)
            ):
                known[slot.path] = Value(held[1], str(held[1]), "given before")
            elif open_task is not None and (form.reads or self.domain.tools.by_name[open_task.tool].reads):
                other = self.domain.tools.by_name[open_task.tool]
                twin = next(
                    (s for s in other.slots if s.concept == slot.concept and s.kind == slot.kind), None
                )
                if twin and twin.path in open_task.values:
                    known[slot.path] = replace(open_task.values[twin.path], why="given for the other task")
        return known

    def _wrote(self, tool: str) -> bool:
        form = self.domain.tools.by_name.get(tool)
        return form is not None and not form.reads

    def _context(self, task: Task, slot: Slot, asked: Question | None) -> Context:
        value = task.values.get(slot.path)
        held = self.state.memory.get(slot.concept)
        current = value.value if value else task.refused.get(slot.path, held[1] if held else None)
        return Context(
            now=self.now,
            asked=asked is not None and asked.slot == slot.path and asked.kind in {"slot", "choice"},
            current=current,
            open_hours=self.domain.knowledge.open_hours,
            daypart=task.daypart,
            partial=task.partial.get(slot.path, ""),
        )

    def _fill(self, heard: Heard, asked: Question | None) -> list[str]:
        """Takes every value out of the words. Returns the paths that changed."""
        task = self.state.task
        assert task is not None
        form = self.domain.tools.by_name[task.tool]
        if part := daypart(heard):
            task = replace(task, daypart=part)
        present = task
        taken = assign(heard, form, lambda s: self._context(present, s, asked), task.values)
        changed: list[str] = []
        many: dict[str, list[Any]] = {}
        for found in taken:
            self._note_slot(found)
            if found.candidate.doubt is not None:
                self._doubts.append((found.slot, found.candidate))
                if found.candidate.doubt.why == "short":
                    task = replace(task, partial={**task.partial, found.slot.path: found.candidate.value})
                continue
            value = found.candidate.value
            if found.slot.many:
                many.setdefault(found.slot.path, []).append(value)
                value = list(many[found.slot.path])
            before = task.values.get(found.slot.path)
            if before is None or before.value != value:
                changed.append(found.slot.path)
            task = task.put(found.slot.path, Value(value, found.said, found.candidate.why))
        self.state = self.state.with_task(task)
        return changed

    def _note_slot(self, found: Assigned) -> None:
        doubt = found.candidate.doubt
        self._note(
            "slot", slot=found.slot.path, value=str(found.candidate.value), said=found.said, why=found.candidate.why,
            strength=round(found.candidate.strength, 2), **({"doubt": doubt.why} if doubt else {}),
        )  # fmt: skip

    def _within_task(
        self, task: Task, heard: Heard, reading: Reading, asked: Question | None, said: str
    ) -> None:
        form = self.domain.tools.by_name[task.tool]
        if asked and asked.kind == "choice" and self._choose(asked, heard):
            self._open("got")
            self._advance()
            return
        changed = self._fill(reading.rest, asked) if reading.rest.tokens else []
        if changed or self._doubts:
            self.state = replace(self.state, misses=0)
            if changed and not self._doubts:
                self._open("got" if not (asked and asked.kind == "confirm") else "changed")
            self._advance()
            return
        if asked and asked.kind == "confirm":
            if said == "yes":
                self.state = self.state.with_task(replace(self.state.task or task, confirmed=True))
                self._advance()
                return
            if said == "no":
                self._refused_confirmation(form, heard)
                return
        if asked and asked.kind == "what" and said == "no" and says_no_values(heard):
            self._abandon()
            return
        if reading.answers:
            self._advance(aside=True)
            return
        if reading.unanswered:
            self._dont_know()
            self._advance(aside=True)
            return
        if wants_out(heard):
            self._abandon()
            return
        if slot := self._named(form, heard):
            self.state = self.state.with_task(self._without(task, slot.path))
            self._say(phrasing.fixed("sure", self.state.turns))
            self._ask(Question("slot", form.name, slot.path), phrasing.question_for(form, slot))
            return
        optional = asked and asked.kind == "slot" and (slot := form.slot(asked.slot)) and not slot.required
        if optional and said == "no" and asked:
            self._skip(asked, heard)
            return
        same = asked and asked.kind == "slot" and asked.slot in task.values and not changed
        if same or (said == "yes" and not (asked and asked.kind == "slot")):
            self._advance(aside=True)
            return
        self._missed(asked)

    def _refused_confirmation(self, form: Form, heard: Heard) -> None:
        task = self.state.task
        assert task is not None
        if slot := self._named(form, heard):
            self.state = self.state.with_task(self._without(task, slot.path))
            self._say(phrasing.fixed("got", 0))
            self._ask(Question("slot", form.name, slot.path), phrasing.question_for(form, slot))
            return
        self._say("Okay, I won't.")
        self._ask(Question("what", form.name), "Tell me what to change, or say never mind.")

    def _without(self, task: Task, path: str) -> Task:
        return replace(task, values={k: v for k, v in task.values.items() if k != path}, confirmed=False)

    def _named(self, form: Form, heard: Heard) -> Slot | None:
        """A slot that the words name without a value: "the time is wrong", "change the date"."""
        marks = set(heard.stems)
        for slot in form.slots:
            words = set(slot.title_stems) - {"new", "the"}
            if (
                slot.kind == "number"
                and "people" in heard.norms
                and phrasing.label(slot) == "the number of people"
            ):
                return slot
            if slot.kind == "date" and "day" in heard.norms:
                return slot
            if words and words <= marks:
                return slot
        return None

    def _choose(self, asked: Question, heard: Heard) -> bool:
        """An answer to "the first or the second?"."""
        task = self.state.task
        if task is None:
            return False
        form = self.domain.tools.by_name[task.tool]
        slot = form.slot(asked.slot)
        if slot is None:
            return False
        chosen: Any = None
        if slot.kind == "time":
            part = daypart(heard)
            half = (
                "am"
                if part == "morning" or "am" in heard.norms
                else "pm"
                if part or "pm" in heard.norms or "night" in heard.norms
                else ""
            )
            if half:
                chosen = next((o for o in asked.options if (o.hour < 12) == (half == "am")), None)
        if chosen is None:
            found = KINDS[slot.kind].find(heard, slot, self._context(task, slot, asked))
            chosen = next((c.value for c in found if c.value in asked.options), None)
        if chosen is None:
            for word, index in (
                ("1st", 0),
                ("2nd", 1),
                ("3rd", 2),
                ("former", 0),
                ("latter", 1),
                ("earlier", 0),
                ("later", 1),
                ("either", 0),
            ):
                if word in heard.norms and index < len(asked.options):
                    chosen = asked.options[index]
                    break
        if chosen is None:
            return False
        rest = self._fill(heard, None) if len(heard) > 4 else []
        self._doubts = []
        self._note("slot", slot=slot.path, value=str(chosen), said=heard.text, why=f"chosen; with {rest}")
        self.state = self.state.with_task(
            (self.state.task or task).put(slot.path, Value(chosen, heard.text, "chosen"))
        )
        return True

    # --- without a task ------------------------------------------------------------------------------------------------

    def _without_task(self, heard: Heard, reading: Reading, asked: Question | None, said: str) -> None:
        if asked and asked.kind == "offer" and (form := self.domain.tools.by_name.get(asked.tool)):
            if said == "yes":
                self._start(form, reading.rest)
                self._open("sure")
                self._advance()
                return
            if said == "no" and says_no_values(heard):
                self._say("All right.")
                self._ask(Question("else"), phrasing.fixed("else", self.state.turns))
                return
        if reading.answers:
            self.state = replace(self.state, misses=0)
            return
        if self._by_values(heard, reading):
            return
        if asked and asked.kind == "else" and says_no_values(heard) and said == "no":
            self._say(phrasing.fixed("bye", self.state.turns))
            return
        if reading.unanswered:
            self._dont_know()
            self._say(phrasing.capabilities(self.domain.tools.forms, bool(self.domain.knowledge.facts)))
            return
        if said == "yes" and says_no_values(heard):
            self._ask(Question("else"), "What can I do for you?")
            return
        if said == "no" and says_no_values(heard):
            self._say("All right.")
            self._ask(Question("else"), phrasing.fixed("else", self.state.turns))
            return
        if answer := self.domain.knowledge.answer(heard):
            if answer.score >= 0.45:
                self._say(self.domain.spoken(answer.text))
                return
        self.state = replace(self.state, misses=self.state.misses + 1)
        if self.state.misses % 2 == 1:
            self._say("I'm not sure what you mean.")
        else:
            self._say(phrasing.fixed("missed", self.state.misses))
        self._say(phrasing.capabilities(self.domain.tools.forms, bool(self.domain.knowledge.facts)))

    def _by_values(self, heard: Heard, reading: Reading) -> bool:
        """Values without a verb: of what was just done ("make it five"), or of the one tool that they fit ("four people tomorrow at seven")."""
        actions, _ = actions_in(heard)
        last = next((d for d in reversed(self.state.done) if d.ok and self._wrote(d.tool)), None)
        best: tuple[float, Form] | None = None
        for form in self.domain.tools.forms:
            found = [
                a
                for a in assign(
                    reading.rest,
                    form,
                    lambda s: Context(self.now, open_hours=self.domain.knowledge.open_hours),
                    (),
                )
                if a.slot.kind in {"date", "time", "number", "enum"}
            ]
            if not found:
                continue
            score = len(found) + 0.1 * sum(a.candidate.strength for a in found)
            if last is not None and form.action == "change":
                score += 3.0
            elif form.action not in {"create", "send"} or len(found) < 2:
                continue
            if best is None or score > best[0]:
                best = (score, form)
        if best is None or reading.unanswered:
            return False
        self._start(best[1], reading.rest)
        self._open("sure")
        self._advance()
        return True

    def _dont_know(self) -> None:
        self._say(phrasing.fixed("unknown", self.state.unknown))
        self.state = replace(self.state, unknown=self.state.unknown + 1)

    # --- going on ------------------------------------------------------------------------------------------------------

    def _advance(self, aside: bool = False) -> None:
        """The next step of the present task: a doubt, a missing value, confirmation, or the call."""
        task = self.state.task
        if task is None:
            return
        form = self.domain.tools.by_name[task.tool]
        if self._doubts:
            self._ask_about(form, *self._doubts[0])
            return
        missing = self._missing(form, task)
        if missing is not None:
            if missing.path in task.partial:
                self._ask(Question("slot", form.name, missing.path), "And the rest of the number?")
                return
            question = (
                phrasing.other_question(form, missing)
                if missing.path in task.refused
                else phrasing.question_for(form, missing, task.tries.get(missing.path, 0))
            )
            self._ask(Question("slot", form.name, missing.path), question)
            return
        news = [s for s in form.slots if s.role == "new"]
        if form.action == "change" and news and not any(s.path in task.values for s in news):
            self._ask(Question("what", form.name), phrasing.what_to_change(form, news))
            return
        arguments = form.arguments({path: _plain(v.value) for path, v in task.values.items()})
        if faults := form.faults(arguments):
            self._mend(form, task, faults)
            return
        if not form.reads and not task.confirmed:
            if not aside:
                self._say(
                    *phrasing.readback(form, {p: v.value for p, v in task.values.items()}, self.state.turns)
                )
            elif not self.reply.parts:
                self._say("Okay.")
            self._ask(Question("confirm", form.name), phrasing.shall(form))
            return
        if not self.domain.may_call:
            self._say("I can't do that right now, I'm afraid.")
            self.state = replace(self.state, tasks=self.state.tasks[:-1])
            return
        if self.reply.parts and self.reply.parts[-1].strip() in {
            "Sure.",
            "Okay.",
            "Of course.",
            "Gladly.",
            "Certainly.",
            "All right.",
            "Great.",
            "Good.",
            "Perfect.",
        }:
            self.reply.parts.pop()
        self._say(phrasing.fixed("checking" if form.reads else "doing", self.state.turns))
        self.reply.call = (form.name, arguments)
        self._note("call", tool=form.name, arguments=arguments)

    def _missing(self, form: Form, task: Task) -> Slot | None:
        wanted = [
            s
            for s in form.slots
            if (s.required or s.ask and s.path not in task.declined) and s.path not in task.values
        ]
        if form.action in {"create", "send", "other"}:
            wanted.sort(key=lambda s: s.kind in _PERSONAL)
        refused = [s for s in form.slots if s.path in task.refused and s.path not in task.values]
        if refused:
            return refused[0]
        if (
            not wanted
            and not task.values
            and form.reads
            and form.verb in {"find", "search", "look", "lookup", "track"}
            and form.slots
        ):
            return form.slots[0]
        return wanted[0] if wanted else None

    def _ask_about(self, form: Form, slot: Slot, found: Candidate) -> None:
        doubt = found.doubt
        assert doubt is not None
        kind = KINDS[slot.kind]
        slot_question = Question("slot", form.name, slot.path)
        match doubt.why:
            case "choice":
                choice = Question("choice", form.name, slot.path, doubt.options)
                if (
                    slot.kind == "time"
                    and len(doubt.options) == 2
                    and doubt.options[0].hour % 12 == doubt.options[1].hour % 12
                    and doubt.options[0].minute == doubt.options[1].minute
                ):
                    self._ask(choice, "In the morning or in the evening?")
                else:
                    self._ask(choice, f"{' or '.join(kind.say(o, slot) for o in doubt.options[:3])}?")
            case "low" | "high" if slot.kind == "number":
                self._say(phrasing.range_told(slot, found.value))
                self._ask(slot_question, phrasing.question_for(form, slot))
            case "past":
                self._say("That day is already past.")
                self._ask(slot_question, phrasing.question_for(form, slot))
            case "short":
                self._ask(
                    slot_question, "Go on, please." if len(found.value) < 4 else "And the rest of the number?"
                )
            case "part":
                self._ask(slot_question, "Which day of the week?")
            case _:
                self._say("I'm afraid that doesn't look right.")
                self._ask(slot_question, phrasing.question_for(form, slot, 1))

    def _mend(self, form: Form, task: Task, faults: list[str]) -> None:
        path = faults[0].split(":")[0]
        self._note("invalid", faults=faults)
        slot = form.slot(path)
        if slot is None:
            self._say("I'm afraid I can't do that with what you told me.")
            self.state = replace(self.state, tasks=self.state.tasks[:-1])
            return
        self.state = self.state.with_task(self._without(task, path))
        self._say("I'm afraid I can't use that.")
        self._ask(Question("slot", form.name, path), phrasing.question_for(form, slot, 1))

    # --- outputs -------------------------------------------------------------------------------------------------------

    def _absorb_one(self, calling: tuple[str, str] | None, output: str) -> None:
        result = results.read(output)
        task = self.state.task
        name = calling[0] if calling else task.tool if task else ""
        form = self.domain.tools.by_name.get(name)
        values = {p: v.value for p, v in task.values.items()} if task and task.tool == name else {}
        self._note("output", tool=name, ok=result.ok, text=result.text)
        self.state = replace(self.state, done=(*self.state.done, Done(name, values, output, result.ok)))
        if form is None or task is None or task.tool != name:
            self._say(result.text or ("Done." if result.ok else "That did not work."))
            return
        if result.ok:
            self._succeeded(form, task, result, values)
        else:
            self._failed(form, task, result, values, output)

    def _succeeded(self, form: Form, task: Task, result: results.Result, values: Mapping[str, Any]) -> None:
        self._remember(form, values, result)
        self._say(result.text or "That's done.")
        self.state = replace(self.state, tasks=self.state.tasks[:-1], misses=0)
        if form.reads and (below := self.state.task):
            self._share(form, values, below)
        if self.state.tasks or self.state.waiting:
            self._next_or_else()
            return
        if form.reads:
            if create := self._offer(form):
                self._ask(Question("offer", create.name), f"Would you like me to {phrasing.deed(create)}?")
            return
        self._ask(Question("else"), phrasing.fixed("else", self.state.turns))

    def _share(self, form: Form, values: Mapping[str, Any], below: Task) -> None:
        """Values that a check found good are taken into the task that waits below it."""
        other = self.domain.tools.by_name[below.tool]
        for slot in other.slots:
            twin = next((s for s in form.slots if s.concept == slot.concept and s.kind == slot.kind), None)
            if twin and twin.path in values and slot.path not in below.values and slot.role != "new":
                below = below.put(
                    slot.path, Value(values[twin.path], str(values[twin.path]), f"from {form.name}")
                )
        self.state = self.state.with_task(below)

    def _offer(self, form: Form) -> Form | None:
        """A tool that creates what was just checked: most of its values are known."""
        mine = {(s.concept, s.kind) for s in form.slots}
        for other in self.domain.tools.forms:
            theirs = {(s.concept, s.kind) for s in other.slots if s.required}
            if (
                other.action in {"create", "send"}
                and len(mine & theirs) >= 2
                and len(mine & theirs) >= len(mine) - 1
            ):
                return other
        return None

    def _failed(
        self, form: Form, task: Task, result: results.Result, values: Mapping[str, Any], output: str
    ) -> None:
        if result.internal or not result.text:
            self._say("I'm sorry, something went wrong on our side.")
            self.state = self.state.with_task(replace(task, confirmed=False))
            self._ask(Question("confirm", form.name), "Shall I try again?")
            return
        self._say(result.text)
        slot = results.culprit(result, form, values, output)
        if slot is None:
            self.state = replace(self.state, tasks=self.state.tasks[:-1])
            self._next_or_else()
            return
        refused = {**task.refused, slot.path: values[slot.path]}
        self.state = self.state.with_task(replace(self._without(task, slot.path), refused=refused))
        self._ask(Question("slot", form.name, slot.path), phrasing.other_question(form, slot))

    def _remember(self, form: Form, values: Mapping[str, Any], result: results.Result) -> None:
        memory = dict(self.state.memory)
        for slot in form.slots:
            if slot.path in values and not slot.many and slot.role != "old":
                memory[slot.concept] = (slot.kind, values[slot.path])
        known = {s.concept: s for f in self.domain.tools.forms for s in f.slots if s.kind == "code"}
        for concept, slot in known.items():
            if isinstance(result.data, Mapping) and result.data.get(concept):
                memory[concept] = (slot.kind, str(result.data[concept]))
            elif match := re.search(
                rf"\b(?:{'|'.join(slot.title.split())}|reference|number|code)\W+(?:is\W+|number\W+)*([A-Z0-9][A-Z0-9-]{{2,}})\b",
                result.text,
            ):
                memory[concept] = (slot.kind, match.group(1))
        self.state = replace(self.state, memory=memory)

    def _next_or_else(self) -> None:
        """Back to what waited: a task below, or another wish; else whether there is more."""
        if (task := self.state.task) is not None:
            self._say(f"Now, back to it: {phrasing.deed(self.domain.tools.by_name[task.tool])}.")
            self._advance()
            return
        if self.state.waiting:
            (name, text), *later = self.state.waiting
            self.state = replace(self.state, waiting=tuple(later))
            self._say("Now, the other thing.")
            self._start(self.domain.tools.by_name[name], hear(text))
            self._advance()
            return
        self._ask(Question("else"), phrasing.fixed("else", self.state.turns))


def _plain(value: Any) -> Any:
    """A value as JSON has it: dates ISO, times "HH:MM"."""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def recorded(form: Form, arguments: str) -> dict[str, Value]:
    """A recorded call's arguments as slot values."""
    try:
        data = json.loads(arguments or "{}")
    except ValueError:
        return {}
    out: dict[str, Value] = {}
    for slot in form.slots:
        place: Any = data
        for part in slot.path.split("."):
            place = place.get(part) if isinstance(place, Mapping) else None
        if place is None:
            continue
        value: Any = place
        try:
            if slot.kind == "date":
                value = date.fromisoformat(str(place))
            elif slot.kind == "time":
                value = time.fromisoformat(str(place))
        except ValueError:
            pass
        out[slot.path] = Value(value, str(place), "as recorded")
    return out
