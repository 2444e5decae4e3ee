"""The records of joint-liability groups; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from ledger import codec
from lending.records import RecordCodec, pair


@dataclass(frozen=True, slots=True)
class Recourse:
    """What one member paid for another, and what of it came back."""

    payer: str
    """Who paid."""
    borrower: str
    """Whose debt it was; it owes the payer the difference of the two amounts."""
    asset: str
    """In what."""
    paid: int
    """All that the payer paid for the borrower."""
    returned: int
    """What of that the borrower gave back."""


@dataclass(frozen=True, slots=True)
class Group:
    """Borrowers who are each liable for the whole of every loan that they bound to the group."""

    name: str
    """The unique name."""
    members: tuple[str, ...]
    """Who is liable, in the order in which they were named."""
    loans: tuple[str, ...]
    """The agreements that are bound and not over, in the order in which they came."""
    recourses: tuple[Recourse, ...]
    """Who paid what for whom, in the order of first payment."""


def _outward(rows: tuple[Recourse, ...]) -> object:
    return tuple((row.payer, row.borrower, row.asset, row.paid, row.returned) for row in rows)


def _inward(value: object) -> tuple[Recourse, ...]:
    return tuple(Recourse(*cast("tuple[str, str, str, int, int]", codec.items(row)))
                 for row in codec.items(value))  # fmt: skip


GROUP = RecordCodec(Group, recourses=pair(_outward, _inward))
