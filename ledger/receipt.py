"""Receipts: the definite, certified answer to every transaction, applied or refused."""

from __future__ import annotations

from dataclasses import dataclass

from ledger import codec
from ledger.crypto import DIGEST_BYTES, ZERO_DIGEST, Digest
from ledger.errors import Invalid

Event = tuple[str, dict[str, codec.Value]]
"""What happened: a name and its fields (lending documents them)."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The transaction took effect."""

    events: tuple[Event, ...]
    """What it did, in order."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rule said no; nothing changed. A value, not an exception."""

    code: str
    """The stable, documented refusal code, UPPER_SNAKE_CASE."""
    facts: dict[str, codec.Value]
    """The figures that the rule compared."""


Outcome = Applied | Rejected


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of one transaction, or of the clock's work at the begin of a block."""

    transaction_id: Digest
    """Whose outcome it is; the zero digest for the clock."""
    outcome: Outcome
    """What came of it."""

    @property
    def is_clock(self) -> bool:
        """Whether this is what fell due by itself."""
        return self.transaction_id == ZERO_DIGEST

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of an applied transaction, nothing for a refused one."""
        return self.outcome.events if isinstance(self.outcome, Applied) else ()

    def to_value(self) -> codec.Value:
        """`[id, "applied", events]` or `[id, "rejected", [code, facts]]`."""
        if isinstance(self.outcome, Applied):
            return (self.transaction_id, "applied", self.outcome.events)
        return (self.transaction_id, "rejected", (self.outcome.code, self.outcome.facts))

    def encode(self) -> bytes:
        """The canonical bytes: a leaf of the receipts tree."""
        return codec.encode(self.to_value())

    @classmethod
    def from_value(cls, value: codec.Value) -> Receipt:
        """Read `to_value`. Raises Invalid."""
        identifier, status, body = codec.fields(value, bytes, str, tuple)
        if len(identifier) != DIGEST_BYTES:
            raise Invalid("BAD_RECEIPT", "an id is 32 bytes")
        if status == "applied":
            return cls(Digest(identifier), Applied(tuple(codec.fields(e, str, dict) for e in body)))
        if status == "rejected":
            code, facts = codec.fields(body, str, dict)
            return cls(Digest(identifier), Rejected(code, facts))
        raise Invalid("BAD_RECEIPT", status[:20])
