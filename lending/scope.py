"""What one transaction, or the clock, works with: the state, the time, who signed, what happened.

A handler gets a Scope and a command, makes all its checks, and only then writes. It holds no rule.
"""

from __future__ import annotations

from typing import Final

from ledger import codec
from ledger.overlay import Overlay
from ledger.receipt import Event

DAY_MS: Final = 86_400_000


class Scope:
    """The work of one transaction or of the clock in one block."""

    __slots__ = (
        "deferred", "events", "followed", "height", "now_ms", "reviewed", "sender", "signers",
        "state", "step",
    )  # fmt: skip

    state: Overlay
    """What is read and written."""
    now_ms: int
    """The block's time."""
    height: int
    """The block's height."""
    sender: str
    """The party in whose name the transaction acts; empty for the clock."""
    signers: tuple[bytes, ...]
    """The keys that signed it."""
    events: list[Event]
    """What happened so far, in order."""
    followed: int
    """How many of the events the followers have seen."""
    reviewed: int
    """How many of the events the rules of compliance have seen, or are the clock's."""
    deferred: dict[tuple[str, str], tuple[int, bool]] | None
    """In a batch: what its end must satisfy, by which step, and whether it failed so far."""
    step: int
    """Which command of a batch this is, from 0."""

    def __init__(
        self,
        state: Overlay,
        now_ms: int,
        height: int,
        sender: str = "",
        signers: tuple[bytes, ...] = (),
    ) -> None:
        self.state = state
        self.now_ms = now_ms
        self.height = height
        self.sender = sender
        self.signers = signers
        self.events = []
        self.followed = 0
        self.reviewed = 0
        self.deferred = None
        self.step = 0

    @property
    def today_ms(self) -> int:
        """The midnight (UTC) that began the block's day."""
        return self.now_ms - self.now_ms % DAY_MS

    def emit(self, name: str, **fields: codec.Value) -> None:
        """Add an event; `lending.events` documents every name."""
        self.events.append((name, fields))
