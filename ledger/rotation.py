"""Whose turn it is to propose: derived from the chain alone, so that all members agree.

Every height goes round the members; a member whose views were passed over without a block is set
aside for a number of heights that doubles with each further failure, up to a cap, and after that for
as long as the newest certificate lacks its vote. It is forgiven when it gets a block through. One
dead member then costs one timeout, not one in every n blocks, and one that comes back leads again
soon. The evidence is the parent's certificate, its view and its signers, which the header fixes:
reading it any earlier could differ between two honest members.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from ledger import codec
from ledger.certificate import QuorumCertificate
from ledger.membership import MemberId, Membership

STATE_KEY: Final = b"sys/rotation"
STANDSTILL_HEIGHTS_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class Rotation:
    """The record in the state after block h: who leads at h + 1, and who is set aside."""

    order: tuple[MemberId, ...]
    """The primary of view v at height h + 1 is order[v % n]."""
    previous: tuple[MemberId, ...]
    """The same for height h: what the certificate of block h will be read against."""
    strikes: tuple[tuple[MemberId, int, int], ...]
    """(member, failures in a row, first height at which it may lead again), ascending by member."""

    def encode(self) -> bytes:
        """The canonical bytes kept in the state."""
        return codec.encode_array((self.order, self.previous, self.strikes))

    @classmethod
    def decode(cls, data: bytes) -> Rotation:
        """Read `encode`."""
        return cls(*codec.fields(codec.decode(data), tuple, tuple, tuple))

    def primary(self, view: int) -> MemberId:
        """Whose proposal is awaited in `view` of height h + 1."""
        return self.order[view % len(self.order)]


def first_rotation(membership: Membership) -> Rotation:
    """The record of genesis."""
    return Rotation(turn_order(membership, 1, {}, ()), (), ())


def turn_order(
    membership: Membership,
    height: int,
    strikes: Mapping[MemberId, tuple[int, int]],
    voters: Collection[MemberId],
) -> tuple[MemberId, ...]:
    """The order of `height`: those in good standing by turns, then those set aside.

    Who has failed is in good standing again when the pause is over and it is among the voters.
    """
    ready = [
        m for m in membership.ids if m not in strikes or (strikes[m][1] <= height and m in voters)
    ]
    aside = [m for m in membership.ids if m not in ready]
    if not ready:
        ready, aside = aside, ready
    at = height % len(ready)
    return (*ready[at:], *ready[:at], *aside)


def next_rotation(
    current: Rotation, membership: Membership, height: int, parent: QuorumCertificate | None
) -> Rotation:
    """The record after block `height`, whose header fixes the certificate `parent`."""
    strikes = {member: (count, until) for member, count, until in current.strikes}
    if parent is not None:
        view, order = parent.ballot.view, current.previous
        for failed in order[: min(view, len(order))]:
            count = strikes.get(failed, (0, 0))[0] + 1
            pause = min(membership.n << min(count, 16), STANDSTILL_HEIGHTS_MAX)
            strikes[failed] = (count, height + pause)
        strikes.pop(order[view % len(order)], None)
    kept = {m: strikes[m] for m in membership.ids if m in strikes}
    voters = () if parent is None else tuple(voter for voter, _ in parent.signatures)
    return Rotation(
        turn_order(membership, height + 1, kept, voters),
        current.order,
        tuple((member, count, until) for member, (count, until) in kept.items()),
    )
