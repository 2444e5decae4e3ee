"""What is particular to one store; what all of them promise is in tests/contracts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.errors import StoreDamaged
from ledger.sqlite import SqliteStore
from ledger.store import MemoryStore
from tests.support.stores import backend


def test_what_sqlite_stores_is_a_checksum_and_the_value(tmp_path: Path) -> None:
    """docs/develop/data-folder.md says so, for who reads the file with other tools."""
    store = SqliteStore(tmp_path / "s", create=True)
    store.write([(b"key", b"value")], sync=True)
    rows = sqlite_rows(tmp_path / "s", "SELECT k, v FROM kv")
    assert rows == [(b"key", bytes.fromhex("9c55d2f17341fb6a") + b"value")]
    store.close()


def sqlite_rows(path: Path, statement: str, *arguments: bytes) -> list[tuple[object, ...]]:
    database = sqlite3.connect(path)
    rows = database.execute(statement, arguments).fetchall()
    database.commit()
    database.close()
    return rows


def test_a_value_moved_to_another_key_is_found(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s", create=True)
    store.write([(b"a", b"1"), (b"b", b"2")], sync=True)
    store.close()
    ((stored,),) = sqlite_rows(tmp_path / "s", "SELECT v FROM kv WHERE k = ?", b"a")
    assert isinstance(stored, bytes)
    sqlite_rows(tmp_path / "s", "UPDATE kv SET v = ? WHERE k = ?", stored, b"b")
    again = SqliteStore(tmp_path / "s")
    assert again.get(b"a") == b"1"
    with pytest.raises(StoreDamaged, match="the record 62 is damaged"):
        again.get(b"b")
    with pytest.raises(StoreDamaged):
        list(again.iterate(b"", b"\xff"))
    with again.snapshot() as view, pytest.raises(StoreDamaged):
        view.get(b"b")
    again.close()


def test_a_file_without_our_table_is_damaged(tmp_path: Path) -> None:
    sqlite_rows(tmp_path / "s", "CREATE TABLE other (k)")
    store = SqliteStore(tmp_path / "s")
    with pytest.raises(StoreDamaged, match="no such table"):
        store.get(b"a")
    store.close()


def test_sqlite_syncs_as_it_is_told(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s", create=True)
    for sync, level in ((True, 2), (False, 0), (True, 2)):
        store.write([(b"a", b"1")], sync=sync)
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (level,)
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_leveldb_checks_what_it_reads_and_makes_nothing_by_itself(tmp_path: Path) -> None:
    made = backend("leveldb", tmp_path)
    made.create().close()
    (made.path / "CURRENT").unlink()
    with pytest.raises(FileNotFoundError):
        made.open()


def test_a_leveldb_folder_with_an_empty_current_is_damaged(tmp_path: Path) -> None:
    made = backend("leveldb", tmp_path)
    made.create().close()
    (made.path / "CURRENT").write_bytes(b"")
    with pytest.raises(StoreDamaged, match="do not repair"):
        made.open()


def test_what_is_taken_from_memory_can_be_changed_while_walking() -> None:
    store = MemoryStore()
    store.write([(bytes([n]), b"") for n in range(5)], sync=False)
    walked = []
    for key, _ in store.iterate(b"", b"\xff"):
        walked.append(key)
        if key == b"\x01":
            store.write([(b"\x09", b"")], sync=False)
    assert walked == [bytes([n]) for n in range(5)]
