"""The conversation: items in order, and what the caller really heard of each.

An assistant's message carries two texts: `text`, what the brain said, and `heard`, what reached the
caller's ear before an interruption (the same, unless truncated). Brains are given what was heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from antiphon.errors import ConversationError


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the caller said or typed. `text` is empty while speech is still being recognised."""

    id: str
    text: str
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What the agent said.

    Attributes:
        text: the words that the caller heard (all of them, unless the reply was cut off).
        unheard: the words that were prepared and cut off; "" when all was heard.
        interrupted: the caller's speech cut it off.
    """

    id: str
    text: str
    unheard: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """A note of the application's to the brain, not spoken by anybody."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """The brain's request to run a tool. `arguments` is JSON text, as on the wire."""

    id: str
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class FunctionCallOutput:
    """A tool's result, as the application gave it: free text or JSON text."""

    id: str
    call_id: str
    output: str


Item = UserMessage | AssistantMessage | SystemMessage | FunctionCall | FunctionCallOutput


@dataclass(slots=True)
class Conversation:
    """Items in order, with the edits that the Realtime API allows. `version` grows with every edit."""

    _items: list[Item] = field(default_factory=list)
    version: int = 0

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def snapshot(self) -> tuple[Item, ...]:
        """The items as an immutable sequence, for a brain."""
        return tuple(self._items)

    def find(self, item_id: str) -> Item | None:
        """The item with this id, or None."""
        return next((item for item in self._items if item.id == item_id), None)

    def previous_id(self, item_id: str) -> str | None:
        """The id of the item before this one; None for the first."""
        index = self._index(item_id)
        return self._items[index - 1].id if index else None

    @property
    def last_id(self) -> str | None:
        """The id of the last item; None when empty."""
        return self._items[-1].id if self._items else None

    def insert(self, item: Item, after: str | None = None) -> str | None:
        """Adds an item at the end, after the item `after`, or at the start ("root").

        Returns:
            The id of the item before it, None at the start.

        Raises:
            ConversationError: the id is taken, or `after` names no item.
        """
        if self.find(item.id) is not None:
            raise ConversationError(
                f"an item with id {item.id!r} exists already",
                param="item.id",
                code="item_create_duplicate_item_id",
            )
        if after is None:
            index = len(self._items)
        elif after == "root":
            index = 0
        else:
            index = self._index(after, "previous_item_id") + 1
        self._items.insert(index, item)
        self.version += 1
        return self._items[index - 1].id if index else None

    def set(self, item: Item) -> None:
        """Puts a new version in the place of the item with the same id."""
        self._items[self._index(item.id)] = item
        self.version += 1

    def delete(self, item_id: str) -> None:
        """Removes an item.

        Raises:
            ConversationError: there is no such item.
        """
        del self._items[self._index(item_id)]
        self.version += 1

    def truncate(self, item_id: str, heard: str, unheard: str) -> AssistantMessage:
        """Keeps of an assistant's message only what was heard.

        Raises:
            ConversationError: there is no such item, or it is not an assistant's message.
        """
        item = self._items[self._index(item_id)]
        if not isinstance(item, AssistantMessage):
            raise ConversationError(f"item {item_id!r} is not an assistant's audio message", param="item_id")
        cut = replace(item, text=heard, unheard=unheard, interrupted=bool(unheard))
        self.set(cut)
        return cut

    def _index(self, item_id: str, param: str = "item_id") -> int:
        for index, item in enumerate(self._items):
            if item.id == item_id:
                return index
        raise ConversationError(f"there is no item with id {item_id!r} in the conversation", param=param)
