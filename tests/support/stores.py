"""The three backends behind one door, for tests that must hold for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from ledger.sqlite import SqliteStore
from ledger.store import MemoryStore, Store

DURABLE: Final = ("leveldb", "sqlite")
BACKENDS: Final = ("memory", *DURABLE)


@dataclass(frozen=True)
class Backend:
    """How to make a store in a folder and open it again."""

    name: str
    """The backend's name."""
    create: Callable[[], Store]
    """Make an empty store. The file must not exist."""
    open: Callable[[], Store]
    """Open what was made."""
    path: Path
    """The file or folder on disk."""

    @property
    def is_durable(self) -> bool:
        """Whether what is written is there after closing."""
        return self.name in DURABLE


def backend(name: str, folder: Path) -> Backend:
    """The backend of this name in a folder; skips the test where it cannot be had."""
    if name == "memory":
        store = MemoryStore()
        return Backend(name, lambda: store, lambda: store, folder)
    if name == "sqlite":
        path = folder / "chain.sqlite"
        return Backend(
            name, lambda: SqliteStore(path, create=True), lambda: SqliteStore(path), path
        )
    if find_spec("plyvel") is None:
        pytest.skip("this Python has no LevelDB binding")
    from ledger.leveldb import LevelStore  # noqa: PLC0415  (the binding may be missing)

    path = folder / "chain.leveldb"
    return Backend(name, lambda: LevelStore(path, create=True), lambda: LevelStore(path), path)
