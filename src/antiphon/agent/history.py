"""Keeps a call's history to what was heard.

When a reply is cut, LiveKit keeps all of its text: in the session's history, in the agent's chat context and in the
plugin's mirror of the server's conversation, which is replayed after a reconnection. The server knows the words that
were heard; here they are put in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

from livekit.agents import AgentSession, llm


def realtime_session(session: AgentSession[Any]) -> Any | None:
    """The plugin's session of the current agent, or None (not started, or an agent with a plain LLM)."""
    activity = session._activity
    return None if activity is None else activity.realtime_llm_session


def keep_heard(session: AgentSession[Any], heard: Mapping[str, str]) -> None:
    """Puts the heard words in the place of each cut message's text, wherever it stands.

    Args:
        session: the call's session.
        heard: item id → words. A message of which nothing was heard disappears.
    """
    for chat_ctx in _contexts(session):
        for item_id, words in heard.items():
            item = chat_ctx.get_by_id(item_id)
            if not isinstance(item, llm.ChatMessage):
                continue
            if words:
                item.content = [words]
                item.interrupted = True
            else:
                chat_ctx.items.remove(item)
    for item_id, words in heard.items():
        # an unheard message stays in the mirror, without words: only the server's own event takes it out
        _set_mirrored(session, item_id, [words] if words else [])


async def forget(session: AgentSession[Any], item_ids: Collection[str]) -> None:
    """Has the server delete items that nobody heard. They leave the other contexts by `keep_heard`, once it has.

    Interrupted before its first frame is played, a reply is only cancelled by the plugin: what was generated of it stays in the
    conversation, and the model believes that it has said it.

    Raises:
        RealtimeError: the server did not confirm it within 5 s.
    """
    activity, remote = session._activity, realtime_session(session)
    if activity is None or remote is None:
        return
    for item_id in item_ids:
        _set_mirrored(session, item_id, [])  # what has no words is not replayed, should the connection go now
    async with (
        activity._rt_chat_ctx_lock
    ):  # else an item that LiveKit adds meanwhile would be put after one that is gone
        known = remote.chat_ctx
        known.items = [item for item in known.items if item.id not in item_ids]
        await remote.update_chat_ctx(known)


Open = Literal["greeting", "question", "nothing"]
"""What a conversation waits for: its beginning, an answer, or the caller's next words."""


def open_end(items: Iterable[llm.ChatItem]) -> Open:
    """What a conversation, as the server knew it, waits for. A message without words is one that was never finished."""
    said = [item for item in items if item.type != "message" or item.content]
    if not said:
        return "greeting"
    last = said[-1]
    asked = (
        last.role == "user" if isinstance(last, llm.ChatMessage) else isinstance(last, llm.FunctionCallOutput)
    )
    return "question" if asked else "nothing"


def _set_mirrored(session: AgentSession[Any], item_id: str, content: list[Any]) -> None:
    mirror = getattr(realtime_session(session), "_remote_chat_ctx", None)
    node = mirror.get(item_id) if mirror is not None else None
    if node is not None and isinstance(node.item, llm.ChatMessage):
        node.item.content = content


def _contexts(session: AgentSession[Any]) -> Iterator[llm.ChatContext]:
    yield session.history
    if session._activity is not None:
        yield session._activity.agent._chat_ctx  # chat_ctx itself is a read-only copy


def count(session: AgentSession[Any], text: str) -> int:
    """How many of the caller's messages in the server's conversation have this text."""
    remote = realtime_session(session)
    if remote is None:
        return 0
    return sum(
        isinstance(item, llm.ChatMessage) and item.role == "user" and item.text_content == text
        for item in remote.chat_ctx.items
    )


def drop(session: AgentSession[Any], item_id: str) -> None:
    """Takes a message out of the history; the server's mirror keeps it, without words, as the server does."""
    for chat_ctx in _contexts(session):
        if (item := chat_ctx.get_by_id(item_id)) is not None:
            chat_ctx.items.remove(item)
    _set_mirrored(session, item_id, [])
