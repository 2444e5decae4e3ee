"""Messages for heights to come, kept until their height: bounded per sender, nothing believed.

Their signatures cannot be judged yet, for the members in force may change. One message with a
block in it is kept per sender, and one light message per sender, height and type.
"""

from __future__ import annotations

from consensus.messages import (
    NewView,
    PrePrepare,
    ViewChange,
    VoteMessage,
)
from consensus.settings import FUTURE_HEIGHTS_MAX
from ledger.membership import Height, MemberId

HeightMessage = PrePrepare | VoteMessage | ViewChange | NewView
"""A message that belongs to one height."""

_Slot = tuple[MemberId, Height, str]


class FutureMessages:
    """What was received too early."""

    def __init__(self) -> None:
        self._slots: dict[_Slot, HeightMessage] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def keep(self, sender: MemberId, message: HeightMessage, current: Height) -> bool:
        """Keep a message if its height is near; a later one in the same slot replaces it."""
        if not current < message.height <= current + FUTURE_HEIGHTS_MAX:
            return False
        self._slots[_slot_of(sender, message)] = message
        return True

    def take(self, height: Height) -> list[tuple[MemberId, HeightMessage]]:
        """Remove and return what belongs to `height`, proposals first; forget what is below."""
        due = [(slot[0], item) for slot, item in self._slots.items() if item.height == height]
        self._slots = {slot: item for slot, item in self._slots.items() if item.height > height}
        due.sort(key=lambda pair: isinstance(pair[1], VoteMessage))
        return due


def _slot_of(sender: MemberId, message: HeightMessage) -> _Slot:
    if isinstance(message, VoteMessage):
        return (sender, message.height, message.vote.ballot.phase.value)
    if isinstance(message, ViewChange) and message.prepared is None:
        return (sender, message.height, "view-change")
    return (sender, Height(0), "block")
