"""The form brain: fills in the session's tools in a talk, from instructions and JSON Schemas alone, with no language model.

    brain.py         the interface, and caches           history.py    the state, recovered from the items
    state.py         what the talk has come to            step.py       one step: state, reply, values taken

Understanding:
    tokens.py        words, numbers, letters              lexicon.py    word lists        sound.py    what sounds alike
    clauses.py       an utterance in clauses              acts.py       yes, no, repeat, thanks …
    meaning.py       sentences as vectors                 verbs.py      what is to be done
    json_schema.py   JSON Schema as it is written         schema.py     tools as forms
    kinds/           one file per kind of value           assign.py     values into slots
    kinds/repairs.py second thoughts in one breath        spans.py      from when until when
    leftovers.py     … and what is left, by its meaning   telling.py    … or because it is told
    reading.py       wishes, questions, values in it      wishing.py    which tool a clause wishes for
    intent.py        which tool is wanted, weighed from   signals.py (words)   likeness.py (meaning)   fits.py (values)
    evidence.py      has the caller finished?             expectation.py  what will be said next

Policy:
    policy.py        what to do next                      tasks.py      fill in, confirm, call
    alone.py         outside any task                     asides.py     repeat, help, never mind …
    corrections.py   "no, make that five"                 picks.py      "the second one"
    outcomes.py      after a tool's output                greeting.py   replies to order

Words:
    facts.py         what the instructions tell callers   knowledge.py  … found for a question     themes.py  words that ask for the same
    results.py       what tools' outputs say              refusals.py   … and which value they refuse
    phrasing.py      the agent's words                    questions.py  descriptions made questions
    speakable.py     text for a voice

For people who write tools: docs/FORM_BRAIN.md.
Try it: `python -m antiphon.engine.brains.form.chat SESSION.json`.
"""

from antiphon.engine.brains.form.brain import FormBrain

__all__ = ["FormBrain"]
