"""Cutting an ordered iteration into pages, each with the cursor of the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from api.schemas import Page

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
