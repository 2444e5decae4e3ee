"""The smallest ledger that a replica can work on: a list of blocks and a hash for a state.

Fast, so that thousands of seeds run in minutes; the simulator runs on `ledger.chain.Chain` too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from consensus.ports import Lookup
from ledger import crypto, merkle
from ledger.block import Block, Header
from ledger.certificate import CertifiedBlock, QuorumCertificate, verify_commit
from ledger.crypto import ZERO_DIGEST, Digest, Purpose
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, Membership
from ledger.transaction import ChainId, Transaction, parse_transaction, verify_signatures


@dataclass(frozen=True, slots=True)
class FakeHead:
    """The last block."""

    header: Header
    certificate: QuorumCertificate | None

    @property
    def height(self) -> Height:
        return self.header.height

    @property
    def block_id(self) -> Digest:
        return self.header.id

    @property
    def timestamp_ms(self) -> int:
        return self.header.timestamp_ms


class FakeLedger:
    """Fulfils `consensus.ports.Ledger`, and appends; survives the crash of its node."""

    def __init__(
        self, chain_id: ChainId, membership: Membership, timestamp_ms: int, *, poison: bytes = b""
    ) -> None:
        self.chain_id = chain_id
        self.membership = membership
        self.blocks: list[CertifiedBlock] = []
        self.poison = poison
        header = Header(
            chain_id, Height(0), ZERO_DIGEST, ZERO_DIGEST, timestamp_ms, membership.ids[0],
            ZERO_DIGEST, ZERO_DIGEST, ZERO_DIGEST, membership.digest, 1,
        )  # fmt: skip
        self._first = self.head = FakeHead(header, None)
        self._seen: dict[Digest, int] = {}
        self._checked: dict[Digest, tuple[Digest, ...]] = {}

    @property
    def primaries(self) -> tuple[MemberId, ...]:
        ids = self.membership.ids
        at = (self.head.height + 1) % len(ids)
        return (*ids[at:], *ids[:at])

    def lose(self, count: int) -> None:
        """The disk forgets the last blocks."""
        kept = self.blocks[: max(0, len(self.blocks) - count)]
        self.blocks, self.head, self._seen = [], self._first, {}
        self._checked.clear()
        for certified in kept:
            self.append(certified)

    def reopen(self) -> FakeLedger:
        """What a restarted node finds on its disk."""
        self._checked.clear()
        return self

    def build(
        self, proposer: MemberId, timestamp_ms: int, transactions: Sequence[Transaction]
    ) -> Block:
        raws = [item.raw for item in transactions]
        block = self._make(proposer, timestamp_ms, raws, self.head.certificate)
        self._checked[block.id] = tuple(item.id for item in transactions)
        return block

    def check(
        self, block: Block, parent_certificate: QuorumCertificate | None, lookup: Lookup
    ) -> None:
        if block.id in self._checked:
            return
        self._check_place(block, parent_certificate)
        identifiers: list[Digest] = []
        for raw in block.transactions:
            transaction = lookup(raw)
            if transaction is None:
                transaction = parse_transaction(raw)
                verify_signatures(transaction)
            if not self.is_includable(transaction) or transaction.id in identifiers:
                raise Invalid("NOT_INCLUDABLE", transaction.id.hex())
            identifiers.append(transaction.id)
        header = block.header
        raws = list(block.transactions)
        made = self._make(header.proposer, header.timestamp_ms, raws, parent_certificate)
        if made.header != header:
            raise Invalid("ROOTS_DIFFER", f"height {block.height}")
        self._checked[block.id] = tuple(identifiers)

    def append(self, certified: CertifiedBlock) -> None:
        block = certified.block
        if block.height <= self.head.height:
            stored = self.blocks[block.height - 1].block
            assert stored.id == block.id, f"two certified blocks at height {block.height}"
            return
        verify_commit(certified.certificate, block, self.membership)
        self.check(block, certified.parent_certificate, lambda _: None)
        self._seen.update((identifier, block.height) for identifier in self._checked[block.id])
        self.blocks.append(certified)
        self.head = FakeHead(block.header, certified.certificate)
        self._checked.clear()

    def certified(self, height: int) -> CertifiedBlock | None:
        return self.blocks[height - 1] if 1 <= height <= len(self.blocks) else None

    def is_includable(self, transaction: Transaction) -> bool:
        return (
            transaction.chain_id == self.chain_id
            and transaction.expires_at > self.head.height
            and transaction.id not in self._seen
        )

    def is_seen(self, identifier: Digest) -> bool:
        return identifier in self._seen

    def _check_place(self, block: Block, parent: QuorumCertificate | None) -> None:
        header, head = block.header, self.head
        fixed = ZERO_DIGEST if parent is None else parent.digest
        if (header.chain_id, header.height, header.parent, header.parent_certificate) != (
            self.chain_id, head.height + 1, head.block_id, fixed
        ):  # fmt: skip
            raise Invalid("BAD_HEADER", f"height {header.height} does not continue the chain")
        if (parent is None) != (head.height == 0) or header.timestamp_ms <= head.timestamp_ms:
            raise Invalid("BAD_HEADER", "parent certificate or time")
        if parent is not None:
            verify_commit(parent, Block(head.header, ()), self.membership)

    def _make(
        self,
        proposer: MemberId,
        timestamp_ms: int,
        raws: list[bytes],
        certificate: QuorumCertificate | None,
    ) -> Block:
        head = self.head
        body = hashlib.sha256(b"".join(raws)).digest()
        state = crypto.digest(
            Purpose.DOCUMENT,
            head.header.state_root + body + str(timestamp_ms).encode() + self.poison,
        )
        parent = ZERO_DIGEST if certificate is None else certificate.digest
        header = Header(
            self.chain_id, Height(head.height + 1), head.block_id, parent, timestamp_ms, proposer,
            Digest(merkle.root(raws)), Digest(body), state, self.membership.digest, 1,
        )  # fmt: skip
        return Block(header, tuple(raws))
