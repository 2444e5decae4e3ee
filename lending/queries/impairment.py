"""What can be asked of the committed state about impairment: policies, and why an allowance is what it is.

Pure functions of one version of the state, like `lending.queries`; results are plain values.
"""

from __future__ import annotations

from dataclasses import asdict, fields

from ledger.overlay import StateReader
from lending import keys, records
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import impairment as stored
from lending.records import places
from lending.records.impairment import ImpairmentPolicy


def policies(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """The policies of all currencies, with their tables of default."""
    return read_page(
        state,
        places.IMPAIRMENT_POLICY,
        lambda _, raw: _policy(stored.IMPAIRMENT.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def provision(state: StateReader, loan: str) -> Facts | None:
    """What is set aside for a loan, and every figure that it comes from; None if never assessed."""
    found = stored.ALLOWANCE.read(state, places.allowance(loan))
    record = records.LOAN.read(state, keys.loan(loan))
    if found is None or record is None:
        return None
    facts: Facts = {field.name: getattr(found, field.name) for field in fields(found)}
    return {"loan": loan, "asset": record.asset, "status": str(record.status), **facts}


def _policy(policy: ImpairmentPolicy) -> Facts:
    facts: Facts = {field.name: getattr(policy, field.name) for field in fields(policy)}
    del facts["cursor"]
    facts["rates"] = [asdict(line) for line in policy.rates]
    facts["is_walking"] = not policy.complete_height or bool(policy.cursor)
    return facts
