"""The Store Protocol, its namespaces, and the store that lives in memory; not a database of its own."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

Write = tuple[bytes, bytes | None]
"""A key and its new value; None deletes it."""

META: Final = b"M"
BLOCK: Final = b"B"
CERTIFICATE: Final = b"C"
RECEIPTS: Final = b"R"
TRANSACTION: Final = b"T"
STATE: Final = b"S"
INDEX: Final = b"I"


class Reader(Protocol):
    """Reading one consistent view of a store."""

    def get(self, key: bytes) -> bytes | None:
        """The value, verified against its checksum, or None. Raises StoreDamaged."""

    def iterate(
        self, start: bytes, stop: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Pairs with start <= key < stop in ascending (or descending) order of key."""


class Store(Reader, Protocol):
    """A sorted map on disk. One writer; a batch becomes visible and durable as a whole."""

    name: str
    """The backend's name, for people."""

    def write(self, batch: Iterable[Write], *, sync: bool) -> None:
        """Apply the batch atomically; with `sync` it is on disk when this returns.

        An I/O error is fatal: the caller lets the process die and never retries.
        """

    def snapshot(self) -> AbstractContextManager[Reader]:
        """A consistent view that later writes do not change."""

    def close(self) -> None:
        """Release the files."""


def height_key(namespace: bytes, height: int) -> bytes:
    """The key of a record kept by height: big-endian, so that keys sort as heights do."""
    return namespace + height.to_bytes(8, "big")


def prefix_end(prefix: bytes) -> bytes:
    """The smallest key after every key with this prefix."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else b"\xff" * 64


class MemoryStore:
    """A Store in a dict: for tests, the simulator and audits of what fits in memory."""

    name = "memory"

    def __init__(self) -> None:
        self._data: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []

    def get(self, key: bytes) -> bytes | None:
        """See Reader."""
        return self._data.get(key)

    def iterate(
        self, start: bytes, stop: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """See Reader."""
        low, high = bisect_left(self._keys, start), bisect_left(self._keys, stop)
        selected = self._keys[low:high]
        for key in reversed(selected) if reverse else selected:
            yield key, self._data[key]

    def write(self, batch: Iterable[Write], *, sync: bool) -> None:
        """See Store."""
        for key, value in tuple(batch):  # read to its end before anything changes
            if value is None:
                if self._data.pop(key, None) is not None:
                    del self._keys[bisect_left(self._keys, key)]
            else:
                if key not in self._data:
                    insort(self._keys, key)
                self._data[key] = value

    def snapshot(self) -> AbstractContextManager[Reader]:
        """A copy: right, and dear only in proportion to what tests hold."""
        copy = MemoryStore()
        copy._data = dict(self._data)
        copy._keys = list(self._keys)
        return nullcontext(copy)

    def close(self) -> None:
        """Nothing to release."""
