"""The form brain: fills in the session's tools in a talk, from instructions and JSON Schemas alone, with no language model.

brain.py      the interface, and the cache        history.py   the state, recovered from the items
policy.py     what to do next                     state.py     what the talk has come to
schema.py     tools as forms                      kinds/       one file per kind of value
assign.py     values into slots                   intent.py    which tool is wanted
acts.py       yes, no, repeat, thanks …           clauses.py   an utterance in clauses
knowledge.py  answers from the instructions       results.py   what tools' outputs say
phrasing.py   the agent's words                   speakable.py text for a voice
evidence.py   has the caller finished?            greeting.py  replies to order
chat.py       try it: python -m antiphon.engine.brains.form.chat
"""

from antiphon.engine.brains.form.brain import FormBrain

__all__ = ["FormBrain"]
