"""What must never happen, looked at with every block appended and every message that leaves.

Only honest members are held to it. A violation is an AssertionError that names rule and place.
"""

from __future__ import annotations

from collections.abc import Iterator

from consensus.messages import Message, NewView, PrePrepare, ViewChange, VoteMessage
from ledger.certificate import CertifiedBlock, Phase, verify_commit
from ledger.crypto import Digest
from ledger.membership import MemberId, Membership

Position = tuple[int, int, int]
"""Height, view, and the step in the order in which a member may take it."""


class Checks:
    """Remembers what honest members have appended and said."""

    def __init__(self, membership: Membership, honest: tuple[MemberId, ...]) -> None:
        self._membership = membership
        self._honest = honest
        self._agreed: dict[int, CertifiedBlock] = {}
        self._executed: dict[bytes, int] = {}
        self._said: dict[tuple[MemberId, Position], bytes] = {}
        self._highest: dict[MemberId, Position] = {}
        self._heights: dict[int, int] = {}

    @property
    def top(self) -> int:
        """The highest height appended by anybody honest."""
        return max(self._agreed, default=0)

    def appended(self, host: int, certified: CertifiedBlock) -> None:
        """An honest host has appended a block."""
        height, block = certified.block.height, certified.block
        assert height == self._heights.get(host, 0) + 1, f"append-only: host {host} at {height}"
        self._heights[host] = height
        verify_commit(certified.certificate, block, self._membership)
        signers = {member for member, _ in certified.certificate.signatures}
        assert len(signers) >= self._membership.quorum, f"certificate validity at {height}"
        agreed = self._agreed.get(height)
        if agreed is not None:
            assert agreed.block.id == block.id, f"agreement: two blocks at height {height}"
            return
        self._agreed[height] = certified
        if height > 1:
            parent = self._agreed[height - 1].block
            assert block.header.parent == parent.id, f"links: height {height}"
            assert block.header.timestamp_ms > parent.header.timestamp_ms, f"time at {height}"
        for raw in block.transactions:
            earlier = self._executed.setdefault(raw, height)
            assert earlier == height, f"executed once: in {earlier} and {height}"
        assert len(set(block.transactions)) == len(block.transactions), "executed once"

    def forgot(self, host: int, height: int) -> None:
        """The disk of a host has lost what is above a height; it may append that again."""
        self._heights[host] = height

    def sent(self, member: MemberId, message: Message) -> None:
        """A message leaves an honest member: it must fit everything that member ever said."""
        if member not in self._honest:
            return
        for position, statement in _statements(message):
            earlier = self._said.get((member, position))
            if earlier is not None:
                assert earlier == statement, f"single vote: {member} contradicts at {position}"
                continue
            highest = self._highest.get(member, (0, 0, 0))
            assert position > highest, f"single vote: {member} at {position} after {highest}"
            self._said[member, position] = statement
            self._highest[member] = position

    def has_executed(self, raw: bytes) -> bool:
        """Whether a transaction stands in an agreed block."""
        return raw in self._executed

    def agreed_id(self, height: int) -> Digest:
        """The block agreed on at a height."""
        return self._agreed[height].block.id


def _statements(message: Message) -> Iterator[tuple[Position, bytes]]:
    """What the sender itself signs in a message."""
    match message:
        case VoteMessage(vote):
            ballot = vote.ballot
            step = 2 if ballot.phase is Phase.PREPARE else 3
            yield (ballot.height, ballot.view, step), ballot.signing_bytes()
        case ViewChange():
            yield (message.height, message.view, 0), message.statement
        case PrePrepare():
            yield (message.height, message.view, 1), message.statement
        case NewView(pre_prepare):
            yield (message.height, message.view, 1), pre_prepare.statement
        case _:
            return
