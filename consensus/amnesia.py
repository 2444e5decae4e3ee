"""When a replica may sign again that does not know what its key has signed; no signing here.

A data folder that was just made looks the same whether the member is new or lost its disk. What it
may have signed last belongs to the height after its head of then. Of any 2f others one had that
head's parent at least: whoever committed a block has seen 2f + 1 replicas agree on the one before. So
it catches up until it is level with 2f others, and then waits until the chain is three heights
further: nothing forgotten can be contradicted there.

If nothing moves although it is level, the others are too few without it. Then it votes after a
patience: PBFT counts a replica without memory among the f faulty ones, and holds. Where everybody is
at height 0, the chain begins.
"""

from __future__ import annotations

from typing import Final

from consensus.settings import ConsensusSettings
from ledger.membership import Height, MemberId

HEIGHTS_BEYOND: Final = 3


class Amnesia:
    """What one replica without memory has heard of the heights of others."""

    def __init__(self, settings: ConsensusSettings) -> None:
        self._settings = settings
        self._heads: dict[MemberId, Height] = {}
        self._level_at: Height | None = None
        self._head: Height | None = None
        self._moved_ms = 0

    def note(self, peer: MemberId, head: Height) -> None:
        """A member told its height. A lie upwards is of no use: it takes others to be level with."""
        self._heads[peer] = head

    def voting_from(self, head: Height, others_needed: int, now_ms: int) -> Height | None:
        """The first height to sign at, once it is known; 0 when the chain has not begun."""
        if head != self._head:
            self._head, self._moved_ms = head, now_ms
        if self._level_at is None:
            if sum(told <= head for told in self._heads.values()) < others_needed:
                return None
            if max((head, *self._heads.values())) == 0:
                return Height(0)
            self._level_at, self._moved_ms = head, now_ms
        is_beyond = head + 1 >= self._level_at + HEIGHTS_BEYOND
        if is_beyond or now_ms >= self._moved_ms + self._settings.amnesia_patience_ms:
            return Height(head + 1)
        return None
