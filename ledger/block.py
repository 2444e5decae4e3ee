"""Blocks: a header that commits to everything, and the transactions; no view, no votes in it.

A block is executed before anybody votes for it, so its header already holds the roots of its
receipts and of the state after it, and a certificate on the header covers the result.
The view a block was proposed in is not part of it: re-proposed in a later view it keeps its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ledger import codec, crypto, merkle
from ledger.crypto import Digest, Purpose
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, member_id
from ledger.transaction import TRANSACTION_BYTES_MAX, ChainId

BLOCK_BYTES_MAX: Final = 4 * 1024 * 1024
BLOCK_TRANSACTIONS_MAX: Final = 10_000
TIMESTAMP_MS_MAX: Final = 2**53


@dataclass(frozen=True)
class Header:
    """What a block commits to; the block id is the digest of these bytes."""

    chain_id: ChainId
    """The chain it belongs to."""
    height: Height
    """Its place: genesis is 0."""
    parent: Digest
    """The id of the block before it."""
    parent_certificate: Digest
    """The digest of the commit certificate of the parent that this block fixes for ever."""
    timestamp_ms: int
    """Business time in milliseconds since 1970, strictly after the parent's."""
    proposer: MemberId
    """The member that first proposed it."""
    transactions_root: Digest
    """RFC 9162 root over the transactions' wire bytes."""
    receipts_root: Digest
    """RFC 9162 root over the receipts: first the clock's, then one per transaction."""
    state_root: Digest
    """Root of the authenticated state after this block."""
    membership: Digest
    """The members whose votes count at this height."""
    rules: int
    """The version of the rules the block is executed under."""

    def to_value(self) -> codec.Value:
        """The canonical tuple, in the order of the fields."""
        return (
            self.chain_id, self.height, self.parent, self.parent_certificate, self.timestamp_ms,
            self.proposer, self.transactions_root, self.receipts_root, self.state_root,
            self.membership, self.rules,
        )  # fmt: skip

    @classmethod
    def from_value(cls, value: codec.Value) -> Header:
        """Read `to_value`. Raises Invalid."""
        chain, height, parent, certificate, time, proposer, *roots = codec.fields(
            value, bytes, int, bytes, bytes, int, str, bytes, bytes, bytes, bytes, int
        )
        digests = (chain, parent, certificate, *roots[:-1])
        if any(len(item) != crypto.DIGEST_BYTES for item in digests):
            raise Invalid("BAD_HEADER", "digests are 32 bytes")
        if not 0 <= height < 2**63 or not 0 <= time <= TIMESTAMP_MS_MAX:
            raise Invalid("BAD_HEADER", "height is in [0, 2**63), time in [0, 2**53]")
        if not 0 <= roots[-1] < 2**63:
            raise Invalid("BAD_HEADER", "rules are in [0, 2**63)")
        return cls(
            ChainId(chain), Height(height), Digest(parent), Digest(certificate), time,
            member_id(proposer), *roots,
        )  # fmt: skip

    @cached_property
    def id(self) -> Digest:
        """The block id."""
        return crypto.digest(Purpose.BLOCK, codec.encode_array(self.to_value()))


@dataclass(frozen=True)
class Block:
    """A header and the transactions it commits to."""

    header: Header
    """What is voted on."""
    transactions: tuple[bytes, ...]
    """The wire bytes of each transaction, in order."""

    @property
    def id(self) -> Digest:
        """The header's digest."""
        return self.header.id

    @property
    def height(self) -> Height:
        """The header's height."""
        return self.header.height

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.header.to_value(), self.transactions)

    @classmethod
    def from_value(cls, value: codec.Value) -> Block:
        """Read `to_value`; the transactions must be those of the header. Raises Invalid."""
        header_value, listed = codec.fields(value, tuple, tuple)
        transactions = codec.items(listed, maximum=BLOCK_TRANSACTIONS_MAX)
        for raw in transactions:
            if type(raw) is not bytes or len(raw) > TRANSACTION_BYTES_MAX:
                raise Invalid("BAD_BLOCK", "a transaction is a byte string of bounded size")
        header = Header.from_value(header_value)
        if merkle.root(transactions) != header.transactions_root:
            raise Invalid("BAD_TRANSACTIONS_ROOT", f"height {header.height}")
        return cls(header, transactions)
