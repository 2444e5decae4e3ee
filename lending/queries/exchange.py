"""What can be asked about offers to exchange. Pure functions of one version of the state."""

from __future__ import annotations

from dataclasses import asdict

from ledger.overlay import StateReader
from lending import keys
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import exchange as stored
from lending.records.exchange import Exchange


def exchange(state: StateReader, name: str) -> Facts | None:
    """An offer: who gives what for what, until when, and what became of it."""
    found = stored.EXCHANGE.read(state, keys.exchange(name))
    return None if found is None else _offer(found)


def exchanges(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All offers by name."""
    return read_page(
        state,
        keys.EXCHANGE,
        lambda _, raw: _offer(stored.EXCHANGE.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def _offer(found: Exchange) -> Facts:
    return {**asdict(found), "status": str(found.status)}
