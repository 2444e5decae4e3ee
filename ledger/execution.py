"""The meaning of a block, on one page: what it is checked for, what it does, what it commits to.

    block h = header + transactions
    1. the header continues the chain: height, parent, parent's certificate, membership, rules, time
    2. every transaction is well formed, signed, for this chain, unexpired, and in no block before
    3. the clock: the turn order moves on, and what is due at the block's time happens
    4. each transaction in order: Applied keeps its writes, Rejected drops them; both get a receipt
    5. the roots of transactions, receipts and state are those of the header

Executing comes before voting, so a certificate on a header covers all five. Not here: where blocks
are kept (chain), who votes for them (consensus), what a transaction means (the StateMachine).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger import merkle
from ledger.block import TIMESTAMP_MS_MAX, Block, Header
from ledger.certificate import QuorumCertificate, verify_commit
from ledger.crypto import ZERO_DIGEST, Digest
from ledger.errors import Invalid
from ledger.machine import BlockContext, StateMachine
from ledger.membership import Height, MemberId, Membership
from ledger.overlay import Overlay
from ledger.receipt import Applied, Receipt, Rejected
from ledger.rotation import STATE_KEY, Rotation, next_rotation
from ledger.state_tree import StateTree, TreeDelta
from ledger.transaction import (
    LIFETIME_HEIGHTS_MAX,
    ChainId,
    Transaction,
    parse_transaction,
    verify_signatures,
)

IsSeen = Callable[[Digest], bool]
"""Whether a transaction id stands in an earlier block."""
Lookup = Callable[[bytes], Transaction | None]
"""A transaction of these wire bytes whose signatures were verified before, if known."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a block is executed on: the chain up to its parent."""

    chain_id: ChainId
    """The chain."""
    parent: Header
    """The header of the block before."""
    membership: Membership
    """The members whose votes count at the new height."""
    rules: int
    """The version of the rules in force at the new height."""


@dataclass(frozen=True, slots=True)
class Executed:
    """A block and all that came of it, ready to be stored as one batch."""

    block: Block
    """The block."""
    context: BlockContext
    """What the machine knew."""
    transaction_ids: tuple[Digest, ...]
    """The ids, in order."""
    receipts: tuple[Receipt, ...]
    """The clock's, then one per transaction."""
    encoded_receipts: tuple[bytes, ...]
    """Their canonical bytes: the leaves of the receipts tree."""
    writes: dict[bytes, bytes | None]
    """What changed in the state."""
    delta: TreeDelta
    """The state tree's change and its new root."""


def run(
    machine: StateMachine,
    state: Overlay,
    context: BlockContext,
    transactions: Sequence[Transaction],
    membership: Membership,
    parent_certificate: QuorumCertificate | None,
) -> tuple[Receipt, ...]:
    """Steps 3 and 4: move the turn order, let the clock work, apply each transaction."""
    record = state.get(STATE_KEY)
    assert record is not None, "genesis wrote the turn order"
    rotation = next_rotation(
        Rotation.decode(record), membership, context.height, parent_certificate
    )
    state.put(STATE_KEY, rotation.encode())
    receipts = [Receipt(ZERO_DIGEST, Applied(machine.begin_block(state, context)))]
    for transaction in transactions:
        state.begin()
        outcome = machine.apply(state, context, transaction)
        if isinstance(outcome, Rejected):
            state.rollback()
        else:
            state.commit()
        receipts.append(Receipt(transaction.id, outcome))
    return tuple(receipts)


def build_block(
    machine: StateMachine,
    tree: StateTree,
    state: Overlay,
    base: Base,
    parent_certificate: QuorumCertificate | None,
    proposer: MemberId,
    timestamp_ms: int,
    transactions: Sequence[Transaction],
) -> Executed:
    """Execute transactions on the parent and make the block that commits to the result."""
    context = BlockContext(
        base.chain_id, Height(base.parent.height + 1), timestamp_ms, proposer, base.rules
    )
    receipts = run(machine, state, context, transactions, base.membership, parent_certificate)
    encoded = tuple(receipt.encode() for receipt in receipts)
    writes = state.writes()
    delta = tree.prepare(writes)
    raw = tuple(transaction.raw for transaction in transactions)
    header = Header(
        chain_id=base.chain_id,
        height=context.height,
        parent=base.parent.id,
        parent_certificate=certificate_digest(parent_certificate),
        timestamp_ms=timestamp_ms,
        proposer=proposer,
        transactions_root=Digest(merkle.root(raw)),
        receipts_root=Digest(merkle.root(encoded)),
        state_root=Digest(delta.root),
        membership=base.membership.digest,
        rules=base.rules,
    )
    ids = tuple(transaction.id for transaction in transactions)
    return Executed(Block(header, raw), context, ids, receipts, encoded, writes, delta)


def check_block(
    machine: StateMachine,
    tree: StateTree,
    state: Overlay,
    base: Base,
    parent_certificate: QuorumCertificate | None,
    block: Block,
    lookup: Lookup,
    is_seen: IsSeen,
) -> Executed:
    """Check a block against its parent and execute it. Raises Invalid; ROOTS_DIFFER alone means
    that the block is well formed and this node's execution differs from the proposer's.
    """
    header = block.header
    check_header(base, parent_certificate, header)
    transactions = check_transactions(base, block, lookup, is_seen)
    executed = build_block(
        machine, tree, state, base, parent_certificate, header.proposer, header.timestamp_ms,
        transactions,
    )  # fmt: skip
    if executed.block.header != header:
        raise Invalid("ROOTS_DIFFER", difference(executed.block.header, header))
    return executed


def check_header(base: Base, certificate: QuorumCertificate | None, header: Header) -> None:
    """Step 1. Raises Invalid."""
    expected = (
        base.chain_id, base.parent.height + 1, base.parent.id, certificate_digest(certificate),
        base.membership.digest, base.rules,
    )  # fmt: skip
    given = (
        header.chain_id, header.height, header.parent, header.parent_certificate,
        header.membership, header.rules,
    )  # fmt: skip
    if given != expected:
        raise Invalid("BAD_HEADER", f"height {header.height} does not continue the chain")
    if (certificate is None) != (base.parent.height == 0):
        raise Invalid("BAD_HEADER", "every block but the first fixes its parent's certificate")
    if not base.parent.timestamp_ms < header.timestamp_ms <= TIMESTAMP_MS_MAX:
        raise Invalid("BAD_TIME", "block time must be after the parent's")
    if header.proposer not in base.membership.by_id:
        raise Invalid("BAD_PROPOSER", header.proposer)
    if certificate is not None:
        verify_commit(certificate, Block(base.parent, ()), base.membership)


def check_transactions(
    base: Base, block: Block, lookup: Lookup, is_seen: IsSeen
) -> tuple[Transaction, ...]:
    """Step 2. Raises Invalid."""
    height = block.height
    transactions: list[Transaction] = []
    ids: set[Digest] = set()
    for raw in block.transactions:
        transaction = lookup(raw)
        if transaction is None:
            transaction = parse_transaction(raw)
            verify_signatures(transaction)
        if transaction.chain_id != base.chain_id:
            raise Invalid("OTHER_CHAIN", transaction.id.hex())
        if not height <= transaction.expires_at <= height + LIFETIME_HEIGHTS_MAX:
            raise Invalid("EXPIRED", transaction.id.hex())
        if transaction.id in ids or is_seen(transaction.id):
            raise Invalid("DUPLICATE_TRANSACTION", transaction.id.hex())
        ids.add(transaction.id)
        transactions.append(transaction)
    return tuple(transactions)


def difference(mine: Header, theirs: Header) -> str:
    """Which roots of two headers differ, for people."""
    names = ("transactions_root", "receipts_root", "state_root")
    differing = [name for name in names if getattr(mine, name) != getattr(theirs, name)]
    return f"height {theirs.height}: {', '.join(differing) or 'other fields'} differ"


def certificate_digest(certificate: QuorumCertificate | None) -> Digest:
    """What a header fixes its parent's certificate by; the zero digest stands for none."""
    return ZERO_DIGEST if certificate is None else certificate.digest
