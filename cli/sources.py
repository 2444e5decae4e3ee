"""Where a chain can be read from: an export file, a node's data folder, a node's URL. Nothing is trusted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cli.connection import connect
from cli.exits import Exit, Stop
from ledger.chain import GENESIS_KEY, read_head_height
from ledger.errors import Invalid, StoreDamaged
from ledger.export import Entry, read_entries, read_genesis, store_entries
from ledger.genesis import Genesis
from ledger.store import Reader, Store
from runtime.stores import open_store


@dataclass(frozen=True, slots=True)
class Source:
    """A chain that can be read once, from its beginning."""

    genesis: Genesis
    """The genesis document that it came with, unchecked."""
    entries: Iterator[Entry]
    """Its heights. Raises Unreadable, StoreDamaged, ClientError on the way."""
    size: int | None
    """How many heights there are, or bytes when `position` counts bytes; None when unknown."""
    stream: io.RawIOBase | io.BufferedIOBase | None = None
    """What is read, when it is a file."""
    records: Reader | None = None
    """All records of the node, when it is a data folder."""

    def position(self, height: int) -> int:
        """How far the reading has come, in the measure of `size`."""
        return height if self.stream is None else self.stream.tell()


@contextmanager
def open_source(source: str, first: int = 1) -> Iterator[Source]:
    """Open a chain to be read from height `first` on. Raises Stop, Invalid, ClientError."""
    with ExitStack() as stack:
        if source.startswith(("http://", "https://")):
            client = stack.enter_context(connect(source, patience=5.0))
            pieces = cast("io.RawIOBase", _Pieces(client.export()))
            yield _of_stream(io.BufferedReader(pieces), None, first)
            return
        path = Path(source)
        if path.is_dir():
            store = open_data(path)
            stack.callback(store.close)
            yield _of_store(store, first)
            return
        try:
            stream = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise Stop(f"{source}: {error.strerror}") from None
        yield _of_stream(stream, path.stat().st_size, first)


def open_data(folder: Path) -> Store:
    """The store of a member's folder or of its data folder. Raises Stop."""
    data = folder / "data" if (folder / "data").is_dir() else folder
    try:
        return open_store(data)
    except (Invalid, StoreDamaged, OSError) as error:
        detail = str(error)
        if "lock" in detail.lower() or "unavailable" in detail.lower():
            raise Stop(
                f"{data}: a running node has it open", Exit.FAILED,
                "Audit the node's URL instead, or stop the node.",
            ) from None  # fmt: skip
        raise Stop(f"{data}: {detail}") from None


def _of_stream(stream: io.BufferedIOBase, size: int | None, first: int) -> Source:
    genesis = read_genesis(stream)  # type: ignore[arg-type]
    entries = read_entries(stream, genesis.chain_id)  # type: ignore[arg-type]
    skipped = (entry for entry in entries if entry.height >= first)
    return Source(genesis, skipped, size, stream if size is not None else None)


def _of_store(store: Store, first: int) -> Source:
    genesis = Genesis.from_json(store.get(GENESIS_KEY) or b"")
    entries = store_entries(store, genesis.chain_id, first)
    return Source(genesis, entries, read_head_height(store), records=store)


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """The next bytes; 0 at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
