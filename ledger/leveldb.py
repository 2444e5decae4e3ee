"""The LevelDB store: the only door to plyvel; not a repair tool.

What this file closes (measured traps of LevelDB and its binding): the database is created only
when asked; every read verifies checksums and every open is paranoid; a batch that fails half-way
writes nothing; damage is reported, never repaired silently. What it cannot see (a log cut at its
end, a deleted log, an older copy of the folder) the chain sees: it compares its head with what
this node has signed, and its state with the certified root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import plyvel

from ledger.errors import Invalid, StoreDamaged
from ledger.store import Reader, Write

_OPTIONS: Final = {
    "paranoid_checks": True,
    "write_buffer_size": 32 * 1024 * 1024,
    "lru_cache_size": 64 * 1024 * 1024,
    "bloom_filter_bits": 10,
    "max_open_files": 256,
}


def _damaged(path: str, error: Exception) -> StoreDamaged:
    return StoreDamaged(
        f"LevelDB at {path}: {error}. Restore a backup or let the node fetch the chain again "
        "into an empty folder; do not repair this folder by hand on a voting node."
    )


class _View:
    """Reads through a database or one of its snapshots."""

    def __init__(self, source: plyvel.DB | plyvel.Snapshot, path: str) -> None:
        self._source = source
        self._path = path

    def get(self, key: bytes) -> bytes | None:
        """See ledger.store.Reader."""
        try:
            value: bytes | None = self._source.get(key, verify_checksums=True)
        except plyvel.Error as error:
            raise _damaged(self._path, error) from error
        return value

    def iterate(
        self, start: bytes, stop: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """See ledger.store.Reader."""
        try:
            # Backwards, the binding takes an empty start for "before everything" and yields nothing.
            with self._source.iterator(
                start=start or None,
                stop=stop,
                reverse=reverse,
                verify_checksums=True,
                fill_cache=False,
            ) as iterator:
                yield from iterator
        except plyvel.Error as error:
            raise _damaged(self._path, error) from error


class LevelStore(_View):
    """A Store in a LevelDB folder. One process at a time: LevelDB holds a lock.

    Raises FileExistsError, FileNotFoundError, StoreDamaged; Invalid when it is in use.
    """

    name = "leveldb"

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create and path.exists() and any(path.iterdir()):
            raise FileExistsError(f"{path} is not empty")
        if not create and not (path / "CURRENT").exists():
            raise FileNotFoundError(f"no LevelDB database at {path}")
        path.mkdir(parents=True, exist_ok=True)
        try:
            self._database = plyvel.DB(str(path), create_if_missing=create, **_OPTIONS)
        except plyvel.Error as error:
            if "lock" in str(error).lower():
                raise Invalid("STORE_IN_USE", f"another process holds the lock of {path}") from None
            raise _damaged(str(path), error) from error
        super().__init__(self._database, str(path))

    def write(self, batch: Iterable[Write], *, sync: bool) -> None:
        """See ledger.store.Store."""
        with self._database.write_batch(transaction=True, sync=sync) as pending:
            put, delete = pending.put, pending.delete
            for key, value in batch:
                if value is None:
                    delete(key)
                else:
                    put(key, value)

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """See ledger.store.Store."""
        with self._database.snapshot() as view:
            yield _View(view, self._path)

    def close(self) -> None:
        """See ledger.store.Store."""
        self._database.close()
