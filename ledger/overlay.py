"""What one block (or one transaction in it) reads and writes, above a state that does not change.

An Overlay is where all execution happens: reads fall through to the base, writes stay here until
the block is certified, a savepoint drops what a rejected transaction wrote. It is not a store and
knows nothing of hashing: `writes()` is handed to the state tree and to the store's batch.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar, cast

T = TypeVar("T")
Pair = tuple[bytes, bytes]
Cells = list[tuple[bytes, "Cell"]]

_INSERT_ONE_BY_ONE_MAX: Final = 32


class StateReader(Protocol):
    """Reading one version of the state: a sorted map of byte keys to byte values."""

    def get(self, key: bytes) -> bytes | None:
        """The value of the key, or None."""

    def iterate(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[Pair]:
        """The pairs with start <= key < stop in ascending (or descending) order of key."""


class Cell:
    """What an overlay knows of one key: its bytes, its decoded object, or both."""

    __slots__ = ("encode", "is_written", "raw", "value")

    raw: bytes | None
    """The bytes; None when the key is absent, or while `encode` has not been asked yet."""
    value: object
    """The decoded object, None until somebody asks for it."""
    encode: Callable[[object], bytes] | None
    """How to make `raw` from `value`; None once that is done."""
    is_written: bool
    """Whether this overlay changed the key, or only read it."""

    def __init__(
        self,
        raw: bytes | None,
        value: object,
        encode: Callable[[object], bytes] | None,
        is_written: bool,
    ) -> None:
        self.raw = raw
        self.value = value
        self.encode = encode
        self.is_written = is_written

    def encoded(self) -> bytes | None:
        """The bytes, encoded at most once; None for an absent key."""
        if self.encode is not None:
            self.raw = self.encode(self.value)
            self.encode = None
        return self.raw


class Overlay:
    """Reads and writes above `base`, which must not change as long as the overlay is used.

    A cell is replaced, never changed, by a write; so an undo log of replaced cells makes a
    savepoint cost nothing but what is written after it. Overlays may be stacked.
    """

    __slots__ = ("_base", "_cells", "_fresh", "_keys", "_known", "_marks", "_undo")

    def __init__(self, base: StateReader) -> None:
        self._base = base
        self._cells: dict[bytes, Cell] = {}
        # Keys ever written here: membership in _known, in order in _keys, not yet sorted in _fresh.
        self._known: set[bytes] = set()
        self._keys: list[bytes] = []
        self._fresh: list[bytes] = []
        self._undo: list[tuple[bytes, Cell | None]] = []
        self._marks: list[int] = []

    def get(self, key: bytes) -> bytes | None:
        """The value of the key as the writes so far leave it, or None."""
        cell = self._cells.get(key) or self._read(key)
        return cell.raw if cell.encode is None else cell.encoded()

    def get_object(self, key: bytes, decode: Callable[[bytes], T]) -> T | None:
        """The decoded value or None; decoded at most once, so it must be an immutable object.

        A key is always used with the same pair of `decode` and `encode`.
        """
        cell = self._cells.get(key) or self._read(key)
        if cell.value is None and cell.raw is not None:
            cell.value = decode(cell.raw)
        return cast("T | None", cell.value)

    def put(self, key: bytes, value: bytes) -> None:
        """Set the key to these bytes."""
        self._write(key, Cell(value, None, None, True))  # noqa: FBT003

    def put_object(self, key: bytes, value: T, encode: Callable[[T], bytes]) -> None:
        """Set the key to an immutable object, encoded once when its bytes are first needed."""
        erased = cast("Callable[[object], bytes]", encode)
        self._write(key, Cell(None, value, erased, True))  # noqa: FBT003

    def delete(self, key: bytes) -> None:
        """Make the key absent; nothing happens when it is."""
        self._write(key, Cell(None, None, None, True))  # noqa: FBT003

    def _read(self, key: bytes) -> Cell:
        cell = Cell(self._base.get(key), None, None, False)  # noqa: FBT003
        self._cells[key] = cell
        return cell

    def _write(self, key: bytes, cell: Cell) -> None:
        if self._marks:
            self._undo.append((key, self._cells.get(key)))
        self._cells[key] = cell
        if key not in self._known:
            self._known.add(key)
            self._fresh.append(key)

    def begin(self) -> None:
        """Set a savepoint; they nest."""
        self._marks.append(len(self._undo))

    def commit(self) -> None:
        """Keep what was written since the last savepoint. AssertionError without one."""
        assert self._marks, "commit without begin"
        self._marks.pop()
        if not self._marks:
            self._undo.clear()

    def rollback(self) -> None:
        """Drop what was written since the last savepoint. AssertionError without one."""
        assert self._marks, "rollback without begin"
        mark = self._marks.pop()
        for key, cell in reversed(self._undo[mark:]):
            if cell is None:
                del self._cells[key]
            else:
                self._cells[key] = cell
        del self._undo[mark:]

    def writes(self) -> dict[bytes, bytes | None]:
        """Every key written, in ascending order, with its new value; None deletes it.

        AssertionError inside a savepoint: half a transaction has no meaning.
        """
        assert not self._marks, "writes inside a savepoint"
        return {key: cell.encoded() for key, cell in self._written(self._sorted_keys())}

    def iterate(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[Pair]:
        """The pairs with start <= key < stop in ascending (or descending) order of key.

        They are those of the moment of the call: the caller may write while it goes through them.
        """
        keys = self._sorted_keys()
        mine = self._written(keys[bisect_left(keys, start) : bisect_left(keys, stop)])
        below = self._base.iterate(start, stop, reverse=reverse)
        if not mine:
            return below
        if reverse:
            mine.reverse()
        return _merge(below, mine, reverse=reverse)

    def _written(self, keys: list[bytes]) -> Cells:
        cells = self._cells
        found = ((key, cells.get(key)) for key in keys)
        return [(key, cell) for key, cell in found if cell is not None and cell.is_written]

    def _sorted_keys(self) -> list[bytes]:
        """All keys ever written, also those of dropped writes, in order.

        A few new keys are inserted one by one, many are sorted at once: a machine that turns from
        writing to iterating and back must not sort the whole block each time.
        """
        if len(self._fresh) <= _INSERT_ONE_BY_ONE_MAX:
            for key in self._fresh:
                insort(self._keys, key)
        else:
            self._keys.extend(self._fresh)
            self._keys.sort()
        self._fresh.clear()
        return self._keys


def _merge(below: Iterator[Pair], mine: Cells, *, reverse: bool) -> Iterator[Pair]:
    """Both in one order; where both have a key, `mine` counts, and an absent one is left out."""
    position = 0
    for key, value in below:
        while position < len(mine) and _precedes(mine[position][0], key, reverse=reverse):
            yield from _present(mine[position])
            position += 1
        if position < len(mine) and mine[position][0] == key:
            yield from _present(mine[position])
            position += 1
        else:
            yield key, value
    for pair in mine[position:]:
        yield from _present(pair)


def _precedes(one: bytes, other: bytes, *, reverse: bool) -> bool:
    return one > other if reverse else one < other


def _present(pair: tuple[bytes, Cell]) -> Iterator[Pair]:
    raw = pair[1].encoded()
    if raw is not None:
        yield pair[0], raw
