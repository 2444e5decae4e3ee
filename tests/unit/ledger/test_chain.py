"""The chain on disk: whole or not at all, equal on every backend, and re-checked when opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import codec, merkle
from ledger.block import Block
from ledger.certificate import CertifiedBlock
from ledger.chain import (
    CANDIDATES_MAX,
    FORMAT_KEY,
    HEAD_KEY,
    Chain,
    Namespace,
    find_transaction,
    read_block,
    read_head_height,
    read_receipt,
    read_receipts,
)
from ledger.crypto import Digest
from ledger.errors import Invalid, StoreDamaged
from ledger.genesis import Genesis
from ledger.machine import BlockContext
from ledger.membership import Height
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Rejected
from ledger.rotation import STATE_KEY
from ledger.state_proof import verify_state_proof
from ledger.store import (
    BLOCK,
    CERTIFICATE,
    INDEX,
    META,
    RECEIPTS,
    STATE,
    TRANSACTION,
    MemoryStore,
    Store,
    Write,
    height_key,
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


# Opening


def test_opened_again_it_is_the_same(chain: Chain) -> None:
    again = FOUR.open(chain.store)
    assert again.head == chain.head
    assert again.tree.root == chain.tree.root
    assert again.primaries == chain.primaries
    assert again.membership == chain.membership
    block = FOUR.propose(chain, FOUR.batch(7, 3))
    again.check(block, again.head.certificate, unknown)


def test_a_chain_of_another_genesis_is_not_opened(chain: Chain) -> None:
    with pytest.raises(Invalid, match="OTHER_CHAIN"):
        Consortium.of(5).open(chain.store)


def test_an_empty_store_is_no_chain() -> None:
    with pytest.raises(StoreDamaged):
        FOUR.open(MemoryStore())


def test_another_format_is_not_opened(chain: Chain) -> None:
    chain.store.write([(FORMAT_KEY, codec.encode(2))], sync=True)
    with pytest.raises(StoreDamaged, match="another format"):
        FOUR.open(chain.store)


RECORDS: dict[str, Callable[[], bytes]] = {
    "the format": lambda: FORMAT_KEY,
    "the genesis": lambda: META + b"genesis",
    "the head": lambda: HEAD_KEY,
    "the newest block": lambda: height_key(BLOCK, 6),
    "a block": lambda: height_key(BLOCK, 3),
    "the block of height zero": lambda: height_key(BLOCK, 0),
    "the newest certificate": lambda: height_key(CERTIFICATE, 6),
    "a certificate": lambda: height_key(CERTIFICATE, 2),
    "the newest receipts": lambda: height_key(RECEIPTS, 6),
    "receipts": lambda: height_key(RECEIPTS, 4),
    "the place of a transaction": lambda: TRANSACTION + FOUR.batch(5, 1)[0].id,
    "a value of the state": lambda: STATE + b"kv/2/1",
    "the turn order": lambda: STATE + STATE_KEY,
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_missing_record_is_found_at_boot(chain: Chain, record: Callable[[], bytes]) -> None:
    assert chain.store.get(record()) is not None
    chain.store.write([(record(), None)], sync=True)
    with pytest.raises(StoreDamaged):
        FOUR.open(chain.store)


def _change_stored(path: Path, key: bytes) -> None:
    """Change one byte of a value where SQLite keeps it, behind the back of the store."""
    import sqlite3  # noqa: PLC0415

    database = sqlite3.connect(path)
    (stored,) = database.execute("SELECT v FROM kv WHERE k = ?", (key,)).fetchone()
    at = len(stored) // 2
    changed = stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]
    database.execute("UPDATE kv SET v = ? WHERE k = ?", (changed, key))
    database.commit()
    database.close()


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_changed_byte_of_a_record_is_found_at_boot(
    tmp_path: Path, record: Callable[[], bytes]
) -> None:
    made = backend("sqlite", tmp_path)
    chain = FOUR.create(made.create())
    FOUR.grow(chain, 6)
    chain.store.close()
    _change_stored(made.path, record())
    store = made.open()
    with pytest.raises(StoreDamaged):
        FOUR.open(store)
    store.close()


def test_a_changed_byte_of_a_leveldb_table_is_found_or_does_not_matter(tmp_path: Path) -> None:
    """What does not matter is LevelDB's filter, which it does without, and padding."""
    made = backend("leveldb", tmp_path)
    chain = FOUR.create(made.create())
    FOUR.grow(chain, 12)
    before = content(chain.store)
    chain.store.close()
    made.open().close()
    (table,) = (path for path in made.path.iterdir() if path.suffix in {".ldb", ".sst"})
    whole = table.read_bytes()
    found, places = 0, range(0, len(whole), len(whole) // 60)
    for at in places:
        table.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            assert _open_and_read(made.open) == before
        except StoreDamaged:
            found += 1
    assert found > len(places) * 9 // 10
    table.write_bytes(whole)
    assert _open_and_read(made.open) == before


def _open_and_read(opener: Callable[[], Store]) -> dict[bytes, bytes]:
    store = opener()
    try:
        FOUR.open(store)
        return content(store)
    finally:
        store.close()


WRONG: dict[str, Callable[[Chain], list[Write]]] = {
    "a head that is too low": lambda c: [(HEAD_KEY, codec.encode(5))],
    "a head that is too high": lambda c: [(HEAD_KEY, codec.encode(7))],
    "two blocks swapped": lambda c: [
        (height_key(BLOCK, 3), c.store.get(height_key(BLOCK, 4))),
        (height_key(BLOCK, 4), c.store.get(height_key(BLOCK, 3))),
    ],
    "two certificates swapped": lambda c: [
        (height_key(CERTIFICATE, 3), c.store.get(height_key(CERTIFICATE, 4))),
        (height_key(CERTIFICATE, 4), c.store.get(height_key(CERTIFICATE, 3))),
    ],
    "the certificate of another block": lambda c: [
        (height_key(CERTIFICATE, 6), c.store.get(height_key(CERTIFICATE, 5)))
    ],
    "receipts of another block": lambda c: [
        (height_key(RECEIPTS, 4), c.store.get(height_key(RECEIPTS, 5)))
    ],
    "a transaction at another place": lambda c: [
        (TRANSACTION + FOUR.batch(5, 1)[0].id, bytes(8) + bytes(4))
    ],
    "a changed value": lambda c: [(STATE + b"kv/2/1", codec.encode(2))],
    "an added value": lambda c: [(STATE + b"kv/new", codec.encode(2))],
    "a value of an earlier height": lambda c: [(STATE + b"clock", codec.encode((1, "bank-01")))],
    "a certificate of too few": lambda c: [
        (
            height_key(CERTIFICATE, 6),
            codec.encode(FOUR.certificate(Block(c.head.header, ()), voters=NAMES[:2]).to_value()),
        )
    ],
    "another valid certificate than the next block fixes": lambda c: [
        (
            height_key(CERTIFICATE, 4),
            codec.encode(FOUR.certificate(read_block(c.store, 4), voters=NAMES[1:]).to_value()),
        )
    ],
}


@pytest.mark.parametrize("writes", WRONG.values(), ids=WRONG.keys())
def test_well_formed_records_that_do_not_fit_are_found_at_boot(
    chain: Chain, writes: Callable[[Chain], list[Write]]
) -> None:
    chain.store.write(writes(chain), sync=True)
    with pytest.raises(StoreDamaged):
        FOUR.open(chain.store)


def test_a_chain_that_lost_its_newest_block_opens_as_the_shorter_chain(chain: Chain) -> None:
    """The chain cannot know that it was longer: the safety journal does, and keeps it from voting."""
    shorter = FOUR.create()
    FOUR.grow(shorter, 5)
    assert FOUR.open(shorter.store).head.height == 5
    sixth = chain.certified(6)
    assert sixth is not None
    reopened = FOUR.open(shorter.store)
    reopened.append(sixth)
    assert content(reopened.store) == content(chain.store)


def test_boot_reads_no_more_than_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = FOUR.create()
    FOUR.grow(chain, 8)
    chain.store.write([(height_key(RECEIPTS, 1), codec.encode(()))], sync=True)
    for name, bound in (("BOOT_CHECK_BLOCKS", 7), ("BOOT_CHECK_TRANSACTIONS", 9)):
        with monkeypatch.context() as patch:
            patch.setattr(f"ledger.chain.{name}", bound)
            assert FOUR.open(chain.store).head.height == 8
    with pytest.raises(StoreDamaged, match="receipts 1"):
        FOUR.open(chain.store)
