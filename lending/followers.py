"""The followers: records derived from what happened, kept current event by event.

A follower reads the fields of one event and updates its own records; it refuses nothing and moves
no money between parties. What it emits is followed in turn, after everything that was emitted before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ledger import codec
from lending.books.payments import PAID
from lending.compliance.reports import MOVEMENTS
from lending.covenants.work import follow_acceleration, follow_default
from lending.credit.conduct import CONDUCT
from lending.events import EVENTS
from lending.fees.charging import bind_fees
from lending.impairment.assessing import IMPAIRMENT
from lending.monitoring.figures import RISK
from lending.scope import Scope

Follower = Callable[[Scope, dict[str, codec.Value]], None]

TABLES: Final[tuple[Mapping[str, Follower], ...]] = (
    CONDUCT,
    {"agreement_offered": bind_fees},
    {"defaulted": follow_default, "facility_accelerated": follow_acceleration},
    IMPAIRMENT,
    RISK,
    MOVEMENTS,
    PAID,
)
"""Who follows what, the tables in the order in which they are asked."""

FOLLOWERS: Final[dict[str, tuple[Follower, ...]]] = {
    name: tuple(table[name] for table in TABLES if name in table)
    for name in EVENTS
    if any(name in table for table in TABLES)
}
"""Who follows which event, in order."""


def follow(scope: Scope) -> None:
    """Let the followers of every event that they have not seen do their work, in order."""
    while scope.followed < len(scope.events):
        name, fields = scope.events[scope.followed]
        for follower in FOLLOWERS.get(name, ()):
            follower(scope, fields)
        scope.followed += 1
