"""The chain on one node's disk: append, look up, and re-check at boot; it decides nothing.

One batch per block makes block, certificate, receipts, state, tree pages and indexes visible and
durable together, so a crash leaves the node at block h - 1 or at block h and never between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger import codec, merkle
from ledger.block import Block, Header
from ledger.certificate import CertifiedBlock, QuorumCertificate, verify_commit
from ledger.crypto import ZERO_DIGEST, Digest
from ledger.errors import Invalid, StoreDamaged
from ledger.execution import Base, Executed, Lookup, build_block, check_block
from ledger.genesis import Genesis
from ledger.machine import BlockContext, StateMachine
from ledger.membership import Height, MemberId, Membership
from ledger.overlay import Overlay
from ledger.receipt import Receipt
from ledger.rotation import STATE_KEY, Rotation, first_rotation
from ledger.state_tree import StateTree
from ledger.store import (
    BLOCK,
    CERTIFICATE,
    INDEX,
    META,
    RECEIPTS,
    STATE,
    TRANSACTION,
    Reader,
    Store,
    Write,
    height_key,
)
from ledger.transaction import LIFETIME_HEIGHTS_MAX, ChainId, Transaction

FORMAT: Final = 1
HEAD_KEY: Final = META + b"head"
GENESIS_KEY: Final = META + b"genesis"
FORMAT_KEY: Final = META + b"format"
BOOT_CHECK_BLOCKS: Final = 1_000
BOOT_CHECK_TRANSACTIONS: Final = 10_000
CANDIDATES_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block of the chain."""

    header: Header
    """Its header."""
    certificate: QuorumCertificate | None
    """A commit certificate for it; None at genesis."""

    @property
    def height(self) -> Height:
        """Its height."""
        return self.header.height

    @property
    def block_id(self) -> Digest:
        """Its id."""
        return self.header.id

    @property
    def timestamp_ms(self) -> int:
        """Its business time."""
        return self.header.timestamp_ms


class Namespace:
    """A Reader's keys below one prefix, for reading the state, the tree's pages, the indexes."""

    def __init__(self, reader: Reader, prefix: bytes) -> None:
        self._reader = reader
        self._prefix = prefix

    def get(self, key: bytes) -> bytes | None:
        """The value of prefix + key."""
        return self._reader.get(self._prefix + key)

    def iterate(
        self, start: bytes, stop: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """The pairs with start <= key < stop, without the prefix."""
        size, prefix = len(self._prefix), self._prefix
        for key, value in self._reader.iterate(prefix + start, prefix + stop, reverse=reverse):
            yield key[size:], value


class Chain:
    """The chain of one genesis in one store; implements the Ledger port of consensus."""

    def __init__(self, store: Store, genesis: Genesis, machine: StateMachine) -> None:
        """Open what `create` made and re-check it. Raises StoreDamaged, Invalid."""
        self.store = store
        self.genesis = genesis
        self.machine = machine
        self.chain_id: ChainId = genesis.chain_id
        self.membership: Membership = genesis.membership
        self._state = Namespace(store, STATE)
        self._candidates: dict[Digest, Executed] = {}
        self.tree, self.head = _open(store, genesis)
        self.primaries: tuple[MemberId, ...] = self._rotation().order

    @staticmethod
    def create(store: Store, genesis: Genesis, machine: StateMachine) -> None:
        """Write height 0 into an empty store. Raises Invalid."""
        if store.get(FORMAT_KEY) is not None:
            raise Invalid("NOT_EMPTY", "the store holds a chain already")
        state, tree = Overlay(Namespace(store, STATE)), StateTree()
        context = BlockContext(
            genesis.chain_id, Height(0), genesis.timestamp_ms, genesis.membership.ids[0],
            genesis.rules,
        )  # fmt: skip
        state.put(STATE_KEY, first_rotation(genesis.membership).encode())
        machine.genesis(state, context, genesis.application)
        writes = state.writes()
        delta = tree.prepare(writes)
        header = genesis.header(Digest(delta.root))
        store.write(
            [
                (FORMAT_KEY, codec.encode(FORMAT)),
                (GENESIS_KEY, genesis.to_json()),
                (HEAD_KEY, codec.encode(0)),
                (height_key(BLOCK, 0), codec.encode(Block(header, ()).to_value())),
                (height_key(RECEIPTS, 0), codec.encode(())),
                *((STATE + key, value) for key, value in writes.items()),
            ],
            sync=True,
        )

    # --- the Ledger port of consensus ------------------------------------------------------------

    def build(
        self, proposer: MemberId, timestamp_ms: int, transactions: Sequence[Transaction]
    ) -> Block:
        """Execute transactions on the head and make a block of them."""
        executed = build_block(
            self.machine, self.tree, self.overlay(), self._base(), self.head.certificate, proposer,
            timestamp_ms, transactions,
        )  # fmt: skip
        self._remember(executed)
        return executed.block

    def check(
        self, block: Block, parent_certificate: QuorumCertificate | None, lookup: Lookup
    ) -> None:
        """Check a block against the head and execute it. Raises Invalid."""
        if block.id not in self._candidates:
            self._remember(self._execute(block, parent_certificate, lookup))

    def append(self, certified: CertifiedBlock) -> Executed | None:
        """Store a certified block durably; one that is stored already is nothing new.

        Raises Invalid when the certificate or the block is wrong.
        """
        block = certified.block
        if block.height <= self.head.height:
            self._must_be_known(certified)
            return None
        verify_commit(certified.certificate, block, self.membership)
        _must_be_fixed(block.header, certified.parent_certificate)
        executed = self._candidates.get(block.id)
        if executed is None:
            executed = self._execute(block, certified.parent_certificate, _unknown)
        self.store.write(self._batch(executed, certified), sync=True)
        self.tree.commit(executed.delta)
        self.head = Head(block.header, certified.certificate)
        self.primaries = self._rotation().order
        self._candidates.clear()
        return executed

    def certified(self, height: int) -> CertifiedBlock | None:
        """The certified block of a height from 1 to the head."""
        if not 1 <= height <= self.head.height:
            return None
        block = read_block(self.store, height)
        parent = None if height == 1 else self.certificate(height - 1)
        return CertifiedBlock(block, parent, self.certificate(height))

    def is_includable(self, transaction: Transaction) -> bool:
        """Whether the next block may hold it."""
        return not self.obstacle(transaction)

    def obstacle(self, transaction: Transaction) -> str:
        """Why the next block may not hold it: a stable code; empty when it may."""
        height = self.head.height + 1
        if transaction.chain_id != self.chain_id:
            return "OTHER_CHAIN"
        if self.is_seen(transaction.id):
            return "SEEN"
        if transaction.expires_at < height:
            return "EXPIRED"
        return "LIFETIME_TOO_LONG" if transaction.expires_at > height + LIFETIME_HEIGHTS_MAX else ""

    # --- looking things up -----------------------------------------------------------------------

    def is_seen(self, transaction_id: Digest) -> bool:
        """Whether a block holds this transaction."""
        return self.store.get(TRANSACTION + transaction_id) is not None

    def certificate(self, height: int) -> QuorumCertificate:
        """The stored certificate of a height from 1 to the head."""
        return read_certificate(self.store, self.chain_id, height)

    def overlay(self) -> Overlay:
        """A fresh overlay on the committed state."""
        return Overlay(self._state)

    # --- inside ----------------------------------------------------------------------------------

    def _base(self) -> Base:
        return Base(self.chain_id, self.head.header, self.membership, self.genesis.rules)

    def _rotation(self) -> Rotation:
        record = self._state.get(STATE_KEY)
        if record is None:
            raise StoreDamaged("the turn order is missing from the state")
        return Rotation.decode(record)

    def _execute(
        self, block: Block, certificate: QuorumCertificate | None, lookup: Lookup
    ) -> Executed:
        return check_block(
            self.machine, self.tree, self.overlay(), self._base(), certificate, block, lookup,
            self.is_seen,
        )  # fmt: skip

    def _remember(self, executed: Executed) -> None:
        while len(self._candidates) >= CANDIDATES_MAX:
            self._candidates.pop(next(iter(self._candidates)))
        self._candidates[executed.block.id] = executed

    def _must_be_known(self, certified: CertifiedBlock) -> None:
        block = certified.block
        if read_block(self.store, block.height).id != block.id:
            verify_commit(certified.certificate, block, self.membership)
            raise AssertionError(f"two certified blocks at height {block.height}")

    def _batch(self, executed: Executed, certified: CertifiedBlock) -> Iterator[Write]:
        block = executed.block
        height = block.height
        yield height_key(BLOCK, height), codec.encode(block.to_value())
        if certified.parent_certificate is not None:
            yield _certificate_write(height - 1, certified.parent_certificate)
        yield _certificate_write(height, certified.certificate)
        yield height_key(RECEIPTS, height), codec.encode_array(executed.encoded_receipts)
        for index, identifier in enumerate(executed.transaction_ids):
            place = height.to_bytes(8, "big") + index.to_bytes(4, "big")
            yield TRANSACTION + identifier, place
        for key, value in executed.writes.items():
            yield STATE + key, value
        for key, entry in self.machine.index(executed.context, executed.receipts):
            yield INDEX + key, entry
        yield HEAD_KEY, codec.encode(height)


def _certificate_write(height: int, certificate: QuorumCertificate) -> Write:
    return height_key(CERTIFICATE, height), codec.encode_array(certificate.to_value())


def _must_be_fixed(header: Header, certificate: QuorumCertificate | None) -> None:
    """What is stored as a parent's certificate is the one that every member stores."""
    given = ZERO_DIGEST if certificate is None else certificate.digest
    if given != header.parent_certificate:
        raise Invalid("BAD_HEADER", f"height {header.height} fixes another parent certificate")


def _unknown(_raw: bytes) -> Transaction | None:
    return None


# --- reading records, from a store or a snapshot --------------------------------------------------


def read_head_height(reader: Reader) -> Height:
    """The height of the newest block. Raises StoreDamaged."""
    return Height(codec.decode(_must(reader.get(HEAD_KEY), "head")))


def read_block(reader: Reader, height: int) -> Block:
    """A block of the chain. Raises StoreDamaged."""
    data = _must(reader.get(height_key(BLOCK, height)), f"block {height}")
    try:
        return Block.from_value(codec.decode(data))
    except Invalid as error:
        raise StoreDamaged(f"block {height}: {error}") from error


def read_certificate(reader: Reader, chain_id: ChainId, height: int) -> QuorumCertificate:
    """The certificate of a block. Raises StoreDamaged."""
    data = _must(reader.get(height_key(CERTIFICATE, height)), f"certificate {height}")
    try:
        return QuorumCertificate.from_value(chain_id, codec.decode(data))
    except Invalid as error:
        raise StoreDamaged(f"certificate {height}: {error}") from error


def read_receipts(reader: Reader, height: int) -> tuple[bytes, ...]:
    """The encoded receipts of a block. Raises StoreDamaged."""
    data = _must(reader.get(height_key(RECEIPTS, height)), f"receipts {height}")
    return tuple(codec.decode_own(data))


def read_receipt(reader: Reader, height: int, index: int) -> Receipt:
    """Receipt `index` of a block: 0 is the clock's. Raises StoreDamaged."""
    return Receipt.from_value(codec.decode(read_receipts(reader, height)[index]))


def find_transaction(reader: Reader, transaction_id: bytes) -> tuple[Height, int] | None:
    """The height and index of a transaction, if a block holds it."""
    place = reader.get(TRANSACTION + transaction_id)
    if place is None:
        return None
    return Height(int.from_bytes(place[:8], "big")), int.from_bytes(place[8:], "big")


def _must(value: bytes | None, what: str) -> bytes:
    if value is None:
        raise StoreDamaged(f"{what} is missing from the store")
    return value


# --- boot -----------------------------------------------------------------------------------------


def _open(store: Store, genesis: Genesis) -> tuple[StateTree, Head]:
    _check_origin(store, genesis)
    height = read_head_height(store)
    header = read_block(store, height).header
    certificate = None if height == 0 else read_certificate(store, genesis.chain_id, height)
    _check_recent(store, genesis, height)
    pairs = Namespace(store, STATE).iterate(b"", b"\xff" * 64)
    try:
        tree = StateTree.load(pairs, root=header.state_root)
    except Invalid as error:
        raise StoreDamaged(
            f"the state on disk is not the one certified at height {height}: {error}"
        ) from error
    return tree, Head(header, certificate)


def _check_origin(store: Store, genesis: Genesis) -> None:
    if codec.decode(_must(store.get(FORMAT_KEY), "the format record")) != FORMAT:
        raise StoreDamaged("the data folder was written by another format of Hansa")
    stored = Genesis.from_json(_must(store.get(GENESIS_KEY), "genesis"))
    if stored.digest != genesis.digest:
        raise Invalid("OTHER_CHAIN", "the data folder belongs to another genesis")


def _check_recent(store: Store, genesis: Genesis, height: int) -> None:
    """Re-check the newest blocks and what belongs to them, newest first. Raises StoreDamaged.

    It ends at height 0, or when enough has been read: older records are checked when they are
    used, and all of them by an audit of the folder.
    """
    block = read_block(store, height)
    if height > 0:
        certificate = read_certificate(store, genesis.chain_id, height)
        try:
            verify_commit(certificate, block, genesis.membership)
        except Invalid as error:
            raise StoreDamaged(f"certificate {height}: {error}") from error
    left = BOOT_CHECK_TRANSACTIONS
    for at in range(height, max(0, height - BOOT_CHECK_BLOCKS), -1):
        parent = read_block(store, at - 1)
        if block.header.parent != parent.id or block.height != at:
            raise StoreDamaged(f"block {at} does not continue block {at - 1}")
        _check_records(store, genesis.chain_id, block)
        left -= len(block.transactions)
        if left < 0:
            return
        block = parent


def _check_records(store: Store, chain_id: ChainId, block: Block) -> None:
    """Re-check a block's receipts, the places of its transactions, its parent's certificate."""
    header, height = block.header, block.height
    receipts = read_receipts(store, height)
    if merkle.root(receipts) != header.receipts_root:
        raise StoreDamaged(f"receipts {height} are not those of the block")
    for index, data in enumerate(receipts[1:]):
        identifier = Receipt.from_value(codec.decode_own(data)).transaction_id
        if find_transaction(store, identifier) != (height, index):
            raise StoreDamaged(f"the place of transaction {identifier.hex()} is not {height}")
    if height > 1 and read_certificate(store, chain_id, height - 1).digest != (
        header.parent_certificate
    ):
        raise StoreDamaged(f"certificate {height - 1} is not the one that block {height} fixes")
