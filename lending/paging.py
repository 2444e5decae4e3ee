"""Pages of a sorted range of keys: bounded, and continued by a cursor that names the last key seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from ledger.errors import Invalid
from ledger.overlay import Pair
from ledger.store import prefix_end

T = TypeVar("T")

PAGE_ITEMS_MAX: Final = 1_000


class Ranges(Protocol):
    """Anything that reads a sorted range: a state or a store."""

    def iterate(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[Pair]:
        """The pairs with start <= key < stop in order of key."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items and how to get the next ones."""

    items: tuple[T, ...]
    """At most as many as were asked for."""
    cursor: str
    """Give it back for the next page; empty on the last."""


def read_page(
    reader: Ranges,
    prefix: bytes,
    read: Callable[[bytes, bytes], T],
    *,
    cursor: str = "",
    limit: int = 100,
    newest_first: bool = False,
) -> Page[T]:
    """The items under a prefix, each made by `read(rest of the key, value)`.

    Raises Invalid for a cursor that no page gave.
    """
    assert 0 < limit <= PAGE_ITEMS_MAX, "the caller bounds its pages"
    after = _parse_cursor(cursor)
    start, stop = prefix, prefix_end(prefix)
    if after is not None:
        start, stop = (start, prefix + after) if newest_first else (prefix + after + b"\0", stop)
    found: list[T] = []
    last = b""
    for key, value in reader.iterate(start, stop, reverse=newest_first):
        if len(found) == limit:
            return Page(tuple(found), last.hex())
        last = key[len(prefix) :]
        found.append(read(last, value))
    return Page(tuple(found), "")


def _parse_cursor(cursor: str) -> bytes | None:
    if not cursor:
        return None
    try:
        return bytes.fromhex(cursor)
    except ValueError:
        raise Invalid("BAD_CURSOR", cursor[:40]) from None
