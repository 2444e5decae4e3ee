"""What can be asked of covenants: pure functions of one version of the state.

Results are plain values, as in `lending.queries`. What happened is in the history of the loan or the
facility, and in the events.
"""

from __future__ import annotations

from dataclasses import asdict

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending.covenants.book import due_of
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import covenant_keys
from lending.records import covenants as stored
from lending.records.covenants import Covenant


def covenant(state: StateReader, name: str) -> Facts | None:
    """A covenant: its terms, the test that is awaited, what is open or in force."""
    found = stored.COVENANT.read(state, covenant_keys.covenant(name))
    return None if found is None else _covenant(found)


def covenants(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All covenants by name."""
    return read_page(
        state,
        covenant_keys.COVENANT,
        lambda _, raw: _covenant(stored.COVENANT.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def covenants_of(state: StateReader, kind: str, subject: str) -> list[Facts]:
    """The covenants of an agreement (LOAN) or a facility (FACILITY) that have not ended."""
    prefix = covenant_keys.covenant_of(kind, subject, "")
    names = [key[len(prefix) :].decode() for key, _ in state.iterate(prefix, prefix_end(prefix))]
    found = (covenant(state, name) for name in names)
    return [facts for facts in found if facts is not None]


def _covenant(found: Covenant) -> Facts:
    return {
        "covenant": found.name,
        "status": str(found.status),
        "borrower": found.borrower,
        "terms": asdict(found.terms),
        "test_ms": found.test_ms,
        "decided_ms": due_of(found),
        "report": list(found.report),
        "cause": found.cause,
        "waivers": list(found.waivers),
        "is_in_force": found.is_in_force,
        "held": found.held,
    }
