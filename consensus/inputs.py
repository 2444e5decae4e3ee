"""What can happen to a replica: five inputs and the two readings of the clock that come along."""

from __future__ import annotations

from dataclasses import dataclass

from consensus.messages import Message
from ledger.membership import MemberId
from ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks at the moment of an input."""

    monotonic_ms: int
    """For timeouts. Never goes back, means nothing outside this process."""
    business_ms: int
    """For block times: milliseconds since 1970; a devnet may let it run faster."""


@dataclass(frozen=True, slots=True)
class Received:
    """A peer sent a message."""

    sender: MemberId
    """Who, as the transport has authenticated it."""
    message: Message
    """What, decoded but not yet believed."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Transactions whose signatures the caller has verified."""

    transactions: tuple[Transaction, ...]
    """In the order of arrival."""
    relayed: bool
    """Whether a peer sent them, so that they are not passed on again."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A link to a peer came up, for the first time or again."""

    peer: MemberId
    """Who is at the other end."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed; the driver sends it at `Output.deadline_ms`, or at any time: it is harmless."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The driver has appended, durably, everything that the last output delivered."""


Input = Received | Submitted | Connected | Tick | Delivered
