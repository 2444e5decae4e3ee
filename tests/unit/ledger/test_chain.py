"""The chain on disk: whole or not at all, and equal on every backend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import codec, merkle
from ledger.block import Block
from ledger.certificate import CertifiedBlock
from ledger.chain import (
    CANDIDATES_MAX,
    Chain,
    Namespace,
    find_transaction,
    read_block,
    read_head_height,
    read_receipt,
    read_receipts,
)
from ledger.crypto import Digest
from ledger.errors import Invalid
from ledger.genesis import Genesis
from ledger.machine import BlockContext
from ledger.membership import Height
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Rejected
from ledger.state_proof import verify_state_proof
from ledger.store import (
    INDEX,
    MemoryStore,
    Store,
    Write,
)
from ledger.transaction import LIFETIME_HEIGHTS_MAX, Transaction
from tests.support.chain_factory import Consortium, EchoMachine, genesis_document, transaction
from tests.support.stores import BACKENDS, DURABLE, backend

FOUR = Consortium.of(4)
NAMES = list(FOUR.signers)
EVERYTHING = (b"", b"\xff" * 80)


def unknown(raw: bytes) -> Transaction | None:
    return None


def content(store: Store) -> dict[bytes, bytes]:
    return dict(store.iterate(*EVERYTHING))


def copy(store: Store) -> MemoryStore:
    twin = MemoryStore()
    twin.write(store.iterate(*EVERYTHING), sync=False)
    return twin


@pytest.fixture
def chain() -> Chain:
    """Give a chain of six blocks, three transactions each."""
    made = FOUR.create()
    FOUR.grow(made, 6)
    return made


# Making and growing


def test_height_zero() -> None:
    chain = FOUR.create()
    assert (chain.head.height, chain.head.certificate) == (0, None)
    assert chain.head.timestamp_ms == FOUR.genesis.timestamp_ms
    assert chain.head.header.state_root == chain.tree.root
    assert chain.primaries[0] == NAMES[1], "the turns begin with height 1"
    assert chain.certified(0) is None
    assert chain.overlay().get(b"kv/greeting") == codec.encode("moin")
    assert read_receipts(chain.store, 0) == ()


def test_a_store_holds_one_chain() -> None:
    store = MemoryStore()
    FOUR.create(store)
    before = content(store)
    with pytest.raises(Invalid, match="NOT_EMPTY"):
        Chain.create(store, Consortium.of(5).genesis, FOUR.machine)
    assert content(store) == before


def test_the_machine_may_refuse_the_genesis_and_nothing_is_written() -> None:
    genesis = Genesis.from_document({**genesis_document(FOUR.signers), "application": []})
    store = MemoryStore()
    with pytest.raises(Invalid, match="BAD_APPLICATION"):
        Chain.create(store, genesis, EchoMachine())
    assert content(store) == {}


def test_everything_of_a_block_can_be_looked_up(chain: Chain) -> None:
    batch = FOUR.batch(7, 3)
    certified = FOUR.extend(chain, batch)
    assert chain.head.header == certified.block.header
    assert chain.head.certificate == certified.certificate
    assert chain.certified(7) == certified
    assert read_head_height(chain.store) == 7
    assert read_block(chain.store, 7) == certified.block
    for index, item in enumerate(batch):
        assert chain.is_seen(item.id)
        assert find_transaction(chain.store, item.id) == (7, index)
        receipt = read_receipt(chain.store, 7, index + 1)
        assert receipt.transaction_id == item.id
        assert isinstance(receipt.outcome, Rejected if index == 2 else Applied)
    assert read_receipt(chain.store, 7, 0).is_clock
    assert merkle.root(read_receipts(chain.store, 7)) == certified.block.header.receipts_root
    index_records = Namespace(chain.store, INDEX)
    assert [key for key, _ in index_records.iterate(b"7/", b"70")] == [b"7/0", b"7/1", b"7/2"]
    assert chain.overlay().get(b"kv/7/2") is None
    assert chain.overlay().get(b"kv/7/1") == codec.encode(1)
    assert find_transaction(chain.store, bytes(32)) is None
    assert chain.certified(8) is None


def test_the_state_can_be_proved_at_the_head(chain: Chain) -> None:
    root = chain.head.header.state_root
    value = chain.overlay().get(b"kv/3/1")
    verify_state_proof(root, b"kv/3/1", value, chain.tree.prove(b"kv/3/1"))
    verify_state_proof(root, b"kv/none", None, chain.tree.prove(b"kv/none"))


def test_the_parents_certificate_is_kept_as_the_next_block_fixes_it() -> None:
    """Two members may hold different quorums for their head; from the next block on they agree."""
    one, other = FOUR.create(), FOUR.create()
    block = FOUR.propose(one)
    mine, theirs = (
        FOUR.certificate(block, voters=NAMES[:3]),
        FOUR.certificate(block, voters=NAMES[1:]),
    )
    one.append(CertifiedBlock(block, None, mine))
    other.append(CertifiedBlock(block, None, theirs))
    assert content(one.store) != content(other.store)
    second = FOUR.extend(one)
    other.append(second)
    assert other.certificate(1) == mine
    assert content(one.store) == content(other.store)


def test_appending_a_block_that_is_there_is_nothing_new(chain: Chain) -> None:
    before = content(chain.store)
    for height in (1, 3, 6):
        known = chain.certified(height)
        assert known is not None
        assert chain.append(known) is None
    assert content(chain.store) == before


def test_a_wrong_block_at_a_known_height_is_refused_and_a_certified_one_halts(chain: Chain) -> None:
    known = chain.certified(3)
    assert known is not None
    other = Block(replace(known.block.header, state_root=Digest(b"x" * 32)), ())
    with pytest.raises(Invalid, match="CERTIFICATE_FOR_OTHER_BLOCK"):
        chain.append(CertifiedBlock(other, known.parent_certificate, known.certificate))
    forked = CertifiedBlock(other, known.parent_certificate, FOUR.certificate(other))
    with pytest.raises(AssertionError, match="two certified blocks at height 3"):
        chain.append(forked)


def test_what_append_refuses(chain: Chain) -> None:
    block = FOUR.propose(chain, FOUR.batch(7, 2))
    good = FOUR.certificate(block)
    parent = chain.head.certificate
    before = content(chain.store)
    for certified, code in (
        (CertifiedBlock(block, parent, FOUR.certificate(block, voters=NAMES[:2])), "NO_QUORUM"),
        (CertifiedBlock(block, parent, parent or good), "CERTIFICATE_FOR_OTHER_BLOCK"),
        (CertifiedBlock(block, None, good), "BAD_HEADER"),
        (CertifiedBlock(block, good, good), "BAD_HEADER"),
    ):
        with pytest.raises(Invalid, match=code):
            chain.append(certified)
    later = Block(replace(block.header, height=Height(8)), block.transactions)
    with pytest.raises(Invalid, match="BAD_HEADER"):
        chain.append(CertifiedBlock(later, parent, FOUR.certificate(later)))
    assert content(chain.store) == before
    assert chain.append(CertifiedBlock(block, parent, good)) is not None


def test_a_parents_certificate_of_someones_own_making_is_not_stored(chain: Chain) -> None:
    """The block may have been executed before; its parent's certificate is checked all the same."""
    block = FOUR.propose(chain)
    chain.check(block, chain.head.certificate, unknown)
    parent = FOUR.certificate(Block(chain.head.header, ()), voters=NAMES[1:])
    assert parent != chain.head.certificate
    with pytest.raises(Invalid, match="BAD_HEADER"):
        chain.append(CertifiedBlock(block, parent, FOUR.certificate(block)))
    assert chain.certificate(6) == chain.head.certificate


class Counting(EchoMachine):
    """A machine that counts how often a block is executed."""

    def __init__(self) -> None:
        self.runs = 0

    def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
        """Count."""
        self.runs += 1
        return super().begin_block(state, context)


def test_candidates_are_executed_once_and_forgotten() -> None:
    machine = Counting()
    chain = replace(FOUR, machine=machine).create()
    block = FOUR.propose(chain)
    for _ in range(3):
        chain.check(block, None, unknown)
    chain.append(CertifiedBlock(block, None, FOUR.certificate(block)))
    assert machine.runs == 1
    for offset in range(3 * CANDIDATES_MAX):
        chain.build(NAMES[0], chain.head.timestamp_ms + 1 + offset, [])
    assert len(chain._candidates) == CANDIDATES_MAX


def test_several_candidates_of_one_height_do_not_disturb_each_other(chain: Chain) -> None:
    one = FOUR.propose(chain, [transaction(FOUR.genesis, fields={"key": "k", "value": 1})])
    other = FOUR.propose(chain, [transaction(FOUR.genesis, fields={"key": "k", "value": 2})])
    chain.append(CertifiedBlock(one, chain.head.certificate, FOUR.certificate(one)))
    assert chain.tree.root == one.header.state_root != other.header.state_root
    assert chain.overlay().get(b"kv/k") == codec.encode(1)


def test_why_a_transaction_cannot_be_included(chain: Chain) -> None:
    elsewhere = replace(FOUR.genesis, digest=Digest(b"e" * 32))
    for item, code in (
        (transaction(FOUR.genesis, expires_at=7), ""),
        (transaction(FOUR.genesis, expires_at=7 + LIFETIME_HEIGHTS_MAX), ""),
        (transaction(elsewhere), "OTHER_CHAIN"),
        (FOUR.batch(2, 1)[0], "SEEN"),
        (transaction(FOUR.genesis, expires_at=6), "EXPIRED"),
        (transaction(FOUR.genesis, expires_at=8 + LIFETIME_HEIGHTS_MAX), "LIFETIME_TOO_LONG"),
    ):
        assert chain.obstacle(item) == code
        assert chain.is_includable(item) == (code == "")


@pytest.mark.parametrize("name", BACKENDS)
def test_records_and_roots_do_not_depend_on_the_backend(tmp_path: Path, name: str) -> None:
    made = backend(name, tmp_path)
    chain = FOUR.create(made.create())
    FOUR.grow(chain, 4)
    plain = FOUR.create()
    FOUR.grow(plain, 4)
    assert content(chain.store) == content(plain.store)
    assert chain.tree.root == plain.tree.root
    if made.is_durable:
        chain.store.close()
        again = FOUR.open(made.open())
        assert again.head == plain.head
        assert again.primaries == plain.primaries
        FOUR.grow(again, 2)
        FOUR.grow(plain, 2)
        assert again.head == plain.head
        again.store.close()


# Dying half-way


class FailingStore(MemoryStore):
    """A store whose disk fails at a given write of a batch, or at the end of it."""

    def __init__(self, fail_at: int | None) -> None:
        super().__init__()
        self.fail_at = fail_at

    def write(self, batch: Iterable[Write], *, sync: bool) -> None:
        """Fail as a disk does: the batch is not there."""
        written = tuple(batch)
        if self.fail_at is not None and self.fail_at <= len(written):
            raise OSError(28, "No space left on device")
        super().write(written, sync=sync)


@pytest.mark.parametrize("fail_at", [0, 5])
def test_a_failed_write_leaves_the_chain_at_the_block_before(fail_at: int) -> None:
    store = FailingStore(None)
    chain = FOUR.create(store)
    FOUR.grow(chain, 3)
    before, head = content(store), chain.head
    store.fail_at = fail_at
    with pytest.raises(OSError, match="No space"):
        FOUR.grow(chain, 1)
    assert content(store) == before
    assert (chain.head, chain.tree.root) == (head, head.header.state_root)
    assert FOUR.open(copy(store)).head == head


@pytest.mark.parametrize("name", DURABLE)
def test_an_index_that_fails_half_way_leaves_no_half_block(tmp_path: Path, name: str) -> None:
    class Breaking(EchoMachine):
        def index(self, *given: object) -> Iterator[tuple[bytes, bytes]]:
            yield b"half", b""
            raise AssertionError("we are wrong")

    made = backend(name, tmp_path)
    store = made.create()
    chain = FOUR.create(store)
    FOUR.grow(chain, 2)
    before = content(store)
    chain.machine = Breaking()
    with pytest.raises(AssertionError, match="we are wrong"):
        FOUR.grow(chain, 1)
    assert content(store) == before
    store.close()
