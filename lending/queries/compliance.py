"""What can be asked of the committed state about compliance: freezes, limits, eligibility, reports.

Pure functions of one version of the state; results are plain values.
"""

from __future__ import annotations

from dataclasses import fields

from ledger.overlay import Overlay, StateReader
from lending import credit_keys
from lending.compliance.exposures import exposure_of, group_of, parties_of
from lending.compliance.freezes import rows_of
from lending.compliance.limits import limits_of
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import compliance as stored
from lending.scope import Scope


def movement_reports(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """The reported movements, the oldest first."""

    def read(rest: bytes, raw: bytes) -> Facts:
        found = stored.MOVEMENT.decode(raw)
        facts: Facts = {each.name: getattr(found, each.name) for each in fields(found)}
        return {"report": int.from_bytes(rest, "big"), **facts}

    return read_page(state, credit_keys.MOVEMENT, read, cursor=cursor, limit=limit)


def compliance_status(state: StateReader, party: str, asset: str, now_ms: int) -> Facts:
    """What of a party is frozen, what it may do, its group, and what it and the group owe."""
    scope = Scope(Overlay(state), now_ms, 0)
    limits, group = limits_of(scope, party), group_of(scope, party)
    return {
        "party": party,
        "frozen": [
            {"asset": row[0], "amount": row[1], "is_by_vote": row[2], "reference": row[3].hex(),
             "since_ms": row[4]}
            for row in rows_of(scope, party)
        ],
        "may_lend": limits is None or limits.may_lend,
        "may_borrow": limits is None or limits.may_borrow,
        "limits": [] if limits is None else [list(row) for row in limits.rows],
        "group": group,
        "exposure": exposure_of(scope, party, asset),
        "group_exposure": sum(exposure_of(scope, one, asset) for one in parties_of(scope, group)),
    }  # fmt: skip


def eligibility(state: StateReader, kind: str, name: str) -> Facts | None:
    """Who may take a product, a facility or a pool's money."""
    found = stored.ELIGIBILITY.read(state, credit_keys.eligibility(kind, name))
    if found is None:
        return None
    return {"kyc_level": found.kyc_level, "jurisdictions": list(found.jurisdictions)}
