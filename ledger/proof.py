"""Proofs that a stranger can check offline with the genesis document alone: a transaction's receipt.

A proof is: the header, a commit certificate for it, the transaction with its path to the
transactions root, and the receipt with its path to the receipts root. Proofs of the state are in
state_proof; this file binds both kinds to a certified header.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger import codec, merkle
from ledger.block import Block, Header
from ledger.certificate import QuorumCertificate, verify_commit
from ledger.chain import (
    find_transaction,
    read_block,
    read_certificate,
    read_receipts,
)
from ledger.errors import Invalid
from ledger.genesis import Genesis
from ledger.membership import Membership
from ledger.receipt import Receipt
from ledger.state_proof import StateProof, verify_state_proof
from ledger.store import Reader
from ledger.transaction import ChainId, parse_transaction, verify_signatures


@dataclass(frozen=True, slots=True)
class TransactionProof:
    """That a certified block holds a transaction, and what came of it."""

    header: Header
    """The block's header."""
    certificate: QuorumCertificate
    """A quorum's commit of it."""
    index: int
    """The transaction's place among `count`."""
    count: int
    """How many transactions the block holds."""
    transaction: bytes
    """The wire bytes."""
    transaction_path: tuple[bytes, ...]
    """RFC 9162 path of the transaction."""
    receipt: bytes
    """The encoded receipt: leaf index + 1 of count + 1, for leaf 0 is the clock's."""
    receipt_path: tuple[bytes, ...]
    """RFC 9162 path of the receipt."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (
            self.header.to_value(), self.certificate.to_value(), self.index, self.count,
            self.transaction, self.transaction_path, self.receipt, self.receipt_path,
        )  # fmt: skip

    @classmethod
    def from_value(cls, value: codec.Value) -> TransactionProof:
        """Read `to_value`; nothing is verified. Raises Invalid."""
        header_value, certificate, index, count, raw, path, receipt, receipt_path = codec.fields(
            value, tuple, tuple, int, int, bytes, tuple, bytes, tuple
        )
        header = Header.from_value(header_value)
        return cls(
            header, QuorumCertificate.from_value(header.chain_id, certificate), index, count, raw,
            _path(path), receipt, _path(receipt_path),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CertifiedState:
    """That a key of the state has a value, or is absent, at a certified height."""

    header: Header
    """The header whose state root is meant."""
    certificate: QuorumCertificate
    """A quorum's commit of it."""
    key: bytes
    """The key asked for."""
    value: bytes | None
    """Its value; None when it is absent."""
    path: StateProof
    """The way from the value to the root."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (
            self.header.to_value(), self.certificate.to_value(), self.key, self.value,
            self.path.to_value(),
        )  # fmt: skip

    @classmethod
    def from_value(cls, value: codec.Value) -> CertifiedState:
        """Read `to_value`; nothing is verified. Raises Invalid."""
        header_value, certificate, key, item, path = codec.fields(
            value, tuple, tuple, bytes, object, tuple
        )
        if item is not None and not isinstance(item, bytes):
            raise Invalid("BAD_SHAPE", "a value is a byte string or nil")
        header = Header.from_value(header_value)
        return cls(
            header, QuorumCertificate.from_value(header.chain_id, certificate), key, item,
            StateProof.from_value(path),
        )  # fmt: skip


def _path(value: codec.Value) -> tuple[bytes, ...]:
    steps = codec.items(value, maximum=64)
    if any(type(step) is not bytes for step in steps):
        raise Invalid("BAD_SHAPE", "a path holds byte strings")
    return tuple(steps)


def prove_transaction(
    reader: Reader, chain_id: ChainId, transaction_id: bytes
) -> TransactionProof | None:
    """The proof of a committed transaction; None when no block holds it."""
    place = find_transaction(reader, transaction_id)
    if place is None:
        return None
    height, index = place
    block, receipts = read_block(reader, height), read_receipts(reader, height)
    return TransactionProof(
        block.header,
        read_certificate(reader, chain_id, height),
        index,
        len(block.transactions),
        block.transactions[index],
        merkle.inclusion_proof(block.transactions, index),
        receipts[index + 1],
        merkle.inclusion_proof(receipts, index + 1),
    )


def verify_transaction_proof(genesis: Genesis, proof: TransactionProof) -> Receipt:
    """Check a proof with nothing but the genesis. Raises Invalid; returns the receipt."""
    return verify_receipt(genesis.chain_id, genesis.membership, proof)


def verify_receipt(chain_id: ChainId, membership: Membership, proof: TransactionProof) -> Receipt:
    """Check a proof with nothing but a chain's id and members. Raises Invalid; returns the receipt."""
    header = proof.header
    _verify_header(chain_id, membership, header, proof.certificate)
    merkle.verify_inclusion(
        header.transactions_root, proof.count, proof.index, proof.transaction,
        proof.transaction_path,
    )  # fmt: skip
    merkle.verify_inclusion(
        header.receipts_root, proof.count + 1, proof.index + 1, proof.receipt, proof.receipt_path
    )
    transaction = parse_transaction(proof.transaction)
    verify_signatures(transaction)
    receipt = Receipt.from_value(codec.decode(proof.receipt))
    if receipt.transaction_id != transaction.id or transaction.chain_id != chain_id:
        raise Invalid("BAD_PROOF", "the receipt is of another transaction")
    return receipt


def verify_certified_state(genesis: Genesis, proof: CertifiedState) -> None:
    """Check a state proof with nothing but the genesis. Raises Invalid."""
    _verify_header(genesis.chain_id, genesis.membership, proof.header, proof.certificate)
    verify_state_proof(proof.header.state_root, proof.key, proof.value, proof.path)


def _verify_header(
    chain_id: ChainId, membership: Membership, header: Header, certificate: QuorumCertificate
) -> None:
    if header.chain_id != chain_id:
        raise Invalid("OTHER_CHAIN", header.chain_id.hex())
    verify_commit(certificate, Block(header, ()), membership)
