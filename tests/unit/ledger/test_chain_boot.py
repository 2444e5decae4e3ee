"""What a node finds when it opens its chain: every record that does not fit, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import codec
from ledger.block import Block
from ledger.chain import (
    FORMAT_KEY,
    HEAD_KEY,
    Chain,
    read_block,
)
from ledger.errors import Invalid, StoreDamaged
from ledger.rotation import STATE_KEY
from ledger.store import (
    BLOCK,
    CERTIFICATE,
    META,
    RECEIPTS,
    STATE,
    TRANSACTION,
    MemoryStore,
    Store,
    Write,
    height_key,
)
from ledger.transaction import Transaction
from tests.support.chain_factory import Consortium
from tests.support.stores import backend

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
