"""Lists that come page by page: the next request, and what a page holds. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from client.errors import ClientError
from client.flows import Flow, Flows
from client.wire import member_of

PAGE_ROWS: Final = 200

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rows:
    """One page."""

    rows: tuple[Row, ...]
    """Its rows."""
    cursor: str
    """Where the next page begins; empty after the last."""


def fetch(flows: Flows, path: str, query: Mapping[str, str | int], cursor: str) -> Flow[Rows]:
    """One page of a list. Raises as asking does."""
    asked: dict[str, str | int] = {"limit": PAGE_ROWS, **query}
    if cursor:
        asked["cursor"] = cursor
    value = yield from flows.get(path, asked)
    data, following = member_of(value, "data"), member_of(value, "next")
    if not isinstance(data, list) or not isinstance(following, str | None):
        raise ClientError("the node's answer is no page")
    return Rows(tuple(cast("list[Row]", data)), following or "")
