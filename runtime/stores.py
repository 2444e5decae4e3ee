"""Which store a data folder has: LevelDB where its binding is installed, else SQLite; and says so.

State roots and exports never depend on the backend.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ledger.errors import Invalid
from ledger.sqlite import SqliteStore
from ledger.store import Store

LEVELDB_FOLDER: Final = "chain.leveldb"
SQLITE_FILE: Final = "chain.sqlite"


def has_leveldb() -> bool:
    """Whether the LevelDB binding is installed for this Python."""
    return find_spec("plyvel") is not None


def create_store(data: Path, backend: str) -> Store:
    """Make the store of a new data folder. Raises Invalid when there is one already."""
    if (data / LEVELDB_FOLDER).exists() or (data / SQLITE_FILE).exists():
        raise Invalid("DATA_EXISTS", f"{data} holds a chain already; nothing was changed")
    if backend == "leveldb" or (backend == "auto" and has_leveldb()):
        return _leveldb(data, create=True)
    return SqliteStore(data / SQLITE_FILE, create=True)


def open_store(data: Path) -> Store:
    """Open the store of a data folder. Raises Invalid when there is none, StoreDamaged."""
    if (data / LEVELDB_FOLDER).exists():
        return _leveldb(data, create=False)
    if (data / SQLITE_FILE).exists():
        return SqliteStore(data / SQLITE_FILE)
    raise Invalid("NO_DATA", f"{data} holds no chain: run `hansa init` first")


def _leveldb(data: Path, *, create: bool) -> Store:
    if not has_leveldb():
        raise Invalid(
            "NO_LEVELDB",
            "this folder is a LevelDB database and this Python has no LevelDB binding: "
            "use Python 3.11 or 3.12, or make a new folder with --backend sqlite",
        )
    from ledger.leveldb import LevelStore  # noqa: PLC0415  (the binding may be missing)

    return LevelStore(data / LEVELDB_FOLDER, create=create)
