"""Pages of lists: cutting an ordered iteration, and showing a page that a query cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from api.schemas import Page
from ledger.crypto import ZERO_DIGEST
from lending.paging import Page as Found
from lending.queries import Facts

Item = TypeVar("Item")
Row = TypeVar("Row")


def page_of(
    items: Iterable[Item], limit: int, row: Callable[[Item], Row], cursor: Callable[[Item], str]
) -> Page[Row]:
    """The first `limit` items as a page; `cursor` names an item so that the next page starts after it."""
    taken = list(islice(items, limit + 1))
    shown = taken[:limit]
    has_more = len(taken) > limit
    following = cursor(shown[-1]) if has_more else None
    return Page(data=[row(item) for item in shown], has_more=has_more, next=following)


def page_from(found: Found[Item], row: Callable[[Item], Row]) -> Page[Row]:
    """A page that a query of lending gave."""
    return Page(
        data=[row(item) for item in found.items],
        has_more=bool(found.cursor),
        next=found.cursor or None,
    )


def history_row(row: Facts) -> Facts:
    """A row of the past with its transaction's id; the clock's work has none."""
    shown = {name: value for name, value in row.items() if name != "transaction"}
    transaction = row["transaction"]
    return {**shown, "transaction_id": None if transaction == ZERO_DIGEST.hex() else transaction}
