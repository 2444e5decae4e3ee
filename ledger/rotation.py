"""Whose turn it is to propose: derived from the chain alone, so that all members agree.

Every height goes round the members; a member whose views were passed over without a block is set
aside for a number of heights that doubles with each further failure, up to a cap, and is forgiven
when it gets a block through. One dead member then costs one timeout now and then, not one in every
n blocks. The evidence is the view of the parent's certificate, which the header fixes: reading it
any earlier could differ between two honest members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger import codec
from ledger.certificate import QuorumCertificate
from ledger.membership import MemberId, Membership

STATE_KEY: Final = b"sys/rotation"
STANDSTILL_HEIGHTS_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class Rotation:
    """The turn order of one height, and who is set aside."""

    order: tuple[MemberId, ...]
    """The primary of view v at `height` is order[v % n]."""
    strikes: tuple[tuple[MemberId, int, int], ...]
    """(member, failures in a row, first height at which it may lead again), ascending by member."""

    def encode(self) -> bytes:
        """The canonical bytes kept in the state."""
        return codec.encode_array((self.order, self.strikes))

    @classmethod
    def decode(cls, data: bytes) -> Rotation:
        """Read `encode`."""
        order, strikes = codec.decode(data)
        return cls(order, strikes)

    def primary(self, view: int) -> MemberId:
        """Whose proposal is awaited in `view`."""
        return self.order[view % len(self.order)]


def first_rotation(membership: Membership) -> Rotation:
    """The order of height 1."""
    return Rotation(turn_order(membership, 1, {}), ())


def turn_order(
    membership: Membership, height: int, strikes: Mapping[MemberId, tuple[int, int]]
) -> tuple[MemberId, ...]:
    """The order of `height`: those in good standing by turns, then those set aside."""
    ready = [m for m in membership.ids if strikes.get(m, (0, 0))[1] <= height]
    aside = [m for m in membership.ids if m not in ready]
    if not ready:
        ready, aside = aside, ready
    at = height % len(ready)
    return (*ready[at:], *ready[:at], *aside)


def next_rotation(
    current: Rotation, membership: Membership, height: int, parent: QuorumCertificate | None,
    parent_order: tuple[MemberId, ...],
) -> Rotation:
    """The order of `height + 1`, from what the certificate of `height - 1` tells.

    `current` is the order of `height`; `parent_order` that of `height - 1`.
    """
    strikes = {member: (count, until) for member, count, until in current.strikes}
    if parent is not None:
        view = parent.ballot.view
        for failed in parent_order[: min(view, len(parent_order))]:
            count = strikes.get(failed, (0, 0))[0] + 1
            pause = min(membership.n << count, STANDSTILL_HEIGHTS_MAX)
            strikes[failed] = (count, height + pause)
        strikes.pop(parent_order[view % len(parent_order)], None)
    kept = {m: strikes[m] for m in membership.ids if m in strikes}
    return Rotation(
        turn_order(membership, height + 1, kept),
        tuple((member, count, until) for member, (count, until) in kept.items()),
    )
