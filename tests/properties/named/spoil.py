"""Breaks one record, balance or event at a time, so that a test can see every property fail.

It knows nothing of what a record means: an integer is one more or less, a status another one, a row
is missing or there twice. What no such change can break is not checked by any function.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar, cast

from ledger import codec
from lending import keys, records
from lending.records import pools as pool_records
from tests.campaigns.lending_stage import Ask, Change, Wait
from tests.properties.named.view import View

T = TypeVar("T")

RECORDS_EACH: Final = 12
"""How many records of a kind are tried."""
ROWS_EACH: Final = 4
"""How many rows of a table within a record are tried."""


def variants(value: object) -> Iterator[object]:
    """Values of the same kind that are not the value."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from {value + 1, value - 1, -1, 0, value + 99, value * 2} - {value}
    elif isinstance(value, StrEnum):
        yield from (each for each in type(value) if each is not value)
    elif isinstance(value, str):
        yield from {"nobody", "alpha", "acme", ""} - {value}
    elif isinstance(value, bytes):
        yield bytes(len(value) + 1)
    elif isinstance(value, tuple | list):
        yield from _row_variants(value)
    elif is_dataclass(value):
        for field in fields(value):
            for other in variants(getattr(value, field.name)):
                yield replace(cast("View", value), **{field.name: other})  # type: ignore[arg-type]


def _row_variants(rows: tuple[object, ...] | list[object]) -> Iterator[object]:
    make = type(rows)
    if rows:
        yield make(rows[:-1])
        yield make([*rows, rows[-1]])
        yield make(reversed(rows))
    yield make([*rows, "nobody"]) if all(isinstance(each, str) for each in rows) else make()
    wide = isinstance(rows, list)
    for place, row in enumerate(rows if wide else rows[:ROWS_EACH]):
        for other in (*variants(row), *((2**70,) if isinstance(row, int) else ())):
            yield make([*rows[:place], other, *rows[place + 1 :]])


def of_mapping(found: Mapping[object, object], rng: random.Random) -> Iterator[object]:
    """The mapping with one entry changed, gone, or under another name too."""
    names = list(found)
    rng.shuffle(names)
    for name in names[:RECORDS_EACH]:
        rest = {key: value for key, value in found.items() if key != name}
        for other in variants(found[name]):
            yield {**rest, name: other}
        yield rest
        for other_name in variants(name):
            yield {**found, other_name: found[name]}
            yield {**rest, other_name: found[name]}


def spoiled_views(view: View, check: Callable[[T], None], seed: int = 1) -> Iterator[View]:
    """Views that differ in one thing, first in what the function reads."""
    rng = random.Random(seed)
    module = inspect.getmodule(check)
    source = inspect.getsource(module) if module else ""
    own = inspect.getsource(check)
    every = [each.name for each in fields(view)]
    direct = [name for name in every if f".{name}" in own]
    others = [name for name in every if name not in direct and f".{name}" in source]
    for name in (*direct, *others):
        value = getattr(view, name)
        for other in of_mapping(value, rng) if isinstance(value, dict) else _others(value):
            yield replace(view, **{name: other})  # type: ignore[arg-type]


def _others(value: object) -> Iterator[object]:
    if isinstance(value, set):
        some = next(iter(sorted(value)), "")
        yield value | {some + some}
        yield value - {some}
    elif isinstance(value, list) and not value:
        yield [b"x"]
    else:
        yield from variants(value)


def spoiled_changes(change: Change) -> Iterator[Change]:
    """Steps that differ in one thing that they wrote or said."""
    yield replace(change, refusal="NO_SUCH_CODE")
    yield replace(change, refusal="WRONG_ROLE")
    yield replace(change, events=change.events[:-1])
    yield replace(change, act=Wait(1))
    if isinstance(change.act, Ask):
        yield replace(change, act=Ask("crow", "repay", {}))
    for place, (name, told) in enumerate(change.events):
        for field, value in told.items():
            for other in variants(value):
                event = (name, {**told, field: cast("codec.Value", other)})
                events = (*change.events[:place], event, *change.events[place + 1 :])
                yield replace(change, events=events)
    for key, (before, after) in change.written.items():
        yield replace(change, written={**change.written, key: (before, None)})
        for raw in _raw_variants(key, after):
            yield replace(change, written={**change.written, key: (before, raw)})


def _raw_variants(key: bytes, raw: bytes | None) -> Iterator[bytes]:
    if raw is None:
        return
    if key.startswith(keys.BOOK):
        for other in variants(records.BOOK.decode(raw)):
            yield records.BOOK.encode(cast("records.Book", other))
    elif key.startswith(keys.POOL):
        for each in variants(pool_records.POOL.decode(raw)):
            if (
                isinstance(each, pool_records.Pool)
                and type(each.name) is str
                and each.index < 2**64
            ):
                yield pool_records.POOL.encode(each)
