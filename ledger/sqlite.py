"""The SQLite store: what takes over where the LevelDB binding has no wheel; the same roots.

SQLite has no checksum of its own on ordinary pages, so every value is stored behind the first
eight bytes of its SHA-256 over key and value, checked on every read.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import StoreDamaged
from ledger.store import Reader, Write

_CHECK_BYTES: Final = 8
_PAGE_ROWS: Final = 512
_SELECT: Final = {
    False: "SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k LIMIT ?",
    True: "SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?",
}


def _check(key: bytes, value: bytes) -> bytes:
    return hashlib.sha256(len(key).to_bytes(4, "big") + key + value).digest()[:_CHECK_BYTES]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"SQLite at {path}: {error}") from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreDamaged(f"SQLite at {path}: {error}") from error
    return connection


class _View:
    """Reads through one connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def _open(self, key: bytes, stored: bytes) -> bytes:
        value = stored[_CHECK_BYTES:]
        if stored[:_CHECK_BYTES] != _check(key, value):
            raise StoreDamaged(f"SQLite at {self._path}: the record {key[:24].hex()} is damaged")
        return value

    def _fetch(self, query: str, arguments: tuple[object, ...]) -> list[tuple[bytes, bytes]]:
        try:
            return self._connection.execute(query, arguments).fetchall()
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(f"SQLite at {self._path}: {error}") from error

    def get(self, key: bytes) -> bytes | None:
        """See ledger.store.Reader."""
        rows = self._fetch("SELECT k, v FROM kv WHERE k = ?", (key,))
        return self._open(key, rows[0][1]) if rows else None

    def iterate(
        self, start: bytes, stop: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """See ledger.store.Reader. Reads a page at a time, so that a long walk holds no cursor."""
        while True:
            rows = self._fetch(_SELECT[reverse], (start, stop, _PAGE_ROWS))
            for key, stored in rows:
                yield key, self._open(key, stored)
            if len(rows) < _PAGE_ROWS:
                return
            start, stop = (start, rows[-1][0]) if reverse else (rows[-1][0] + b"\x00", stop)


class SqliteStore(_View):
    """A Store in one SQLite file in WAL mode; other processes may read it while it is open."""

    name = "sqlite"

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create and path.exists():
            raise FileExistsError(f"{path} exists")
        if not create and not path.exists():
            raise FileNotFoundError(f"no SQLite database at {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(_connect(path, "rwc" if create else "rw"), path)
        if create:
            self._connection.execute(
                "CREATE TABLE kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID"
            )

    def write(self, batch: Iterable[Write], *, sync: bool) -> None:
        """See ledger.store.Store."""
        execute = self._connection.execute
        execute(f"PRAGMA synchronous={'FULL' if sync else 'OFF'}")
        execute("BEGIN IMMEDIATE")
        try:
            for key, value in batch:
                if value is None:
                    execute("DELETE FROM kv WHERE k = ?", (key,))
                else:
                    stored = _check(key, value) + value
                    execute("INSERT OR REPLACE INTO kv (k, v) VALUES (?, ?)", (key, stored))
        except BaseException:
            execute("ROLLBACK")
            raise
        execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """See ledger.store.Store: a second connection inside a read transaction."""
        connection = _connect(self._path, "ro")
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM kv LIMIT 1").fetchall()
            yield _View(connection, self._path)
        finally:
            connection.close()

    def close(self) -> None:
        """See ledger.store.Store."""
        self._connection.close()
