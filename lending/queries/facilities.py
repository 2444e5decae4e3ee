"""What can be asked of facilities, votes and fixings: pure functions of one version of the state.

Results are plain values, as in `lending.queries`. The history of a facility is read from the index
under `lending.index.facility_subject`.
"""

from __future__ import annotations

from dataclasses import asdict

from ledger.overlay import Overlay, StateReader
from ledger.store import prefix_end
from lending import keys
from lending.facilities.book import all_due, committed, outstanding, terms_of
from lending.facilities.periods import accrue, fees_of, interest_of, rate_of
from lending.facilities.voting import has_carried, tally
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import facilities as records
from lending.records.facilities import Amendment, Facility, Index
from lending.scope import DAY_MS, Scope


def facility(state: StateReader, name: str, now_ms: int) -> Facts | None:
    """A facility: its figures, each tranche with its lenders' shares and what accrued until today."""
    found = records.FACILITY.read(state, keys.facility(name))
    return None if found is None else _facility(state, found, now_ms)


def facilities(
    state: StateReader, now_ms: int, *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """All facilities by name."""
    return read_page(
        state,
        keys.FACILITY,
        lambda _, raw: _facility(state, records.FACILITY.decode(raw), now_ms),
        cursor=cursor,
        limit=limit,
    )


def position(state: StateReader, name: str, lender: str, now_ms: int) -> Facts | None:
    """What one lender has in a facility, tranche by tranche, and its claims of fees."""
    found = records.FACILITY.read(state, keys.facility(name))
    if found is None:
        return None
    tranches = [_tranche(state, found, place, now_ms) for place in range(len(found.tranches))]
    return {
        "facility": name,
        "lender": lender,
        "is_defaulting": lender in found.defaulting,
        "fees_due": dict(found.claims).get(lender, 0),
        "shares": [
            {"tranche": tranche["tranche"], **share}
            for tranche in tranches
            for share in _shares_of(tranche)
            if share["lender"] == lender
        ],
    }


def amendment(state: StateReader, name: str, vote: str) -> Facts | None:
    """A vote: its matter, who voted, and how much of what counts agrees."""
    found = records.AMENDMENT.read(state, keys.amendment(name, vote))
    owner = records.FACILITY.read(state, keys.facility(name))
    return None if found is None or owner is None else _amendment(owner, found)


def amendments(state: StateReader, name: str) -> list[Facts]:
    """All votes of a facility by name."""
    owner = records.FACILITY.read(state, keys.facility(name))
    prefix = keys.amendment(name, "")
    if owner is None:
        return []
    pairs = state.iterate(prefix, prefix_end(prefix))
    return [_amendment(owner, records.AMENDMENT.decode(raw)) for _, raw in pairs]


def amendments_page(
    state: StateReader, name: str, *, cursor: str = "", limit: int = 100
) -> Page[Facts] | None:
    """The votes of a facility page by page; None where there is no such facility."""
    owner = records.FACILITY.read(state, keys.facility(name))
    if owner is None:
        return None
    return read_page(
        state,
        keys.amendment(name, ""),
        lambda _, raw: _amendment(owner, records.AMENDMENT.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def index(state: StateReader, name: str) -> Facts | None:
    """An index: who reports it, and how many must agree."""
    found = records.INDEX.read(state, keys.rate_index(name))
    return None if found is None else _index(found)


def indices(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All indices by name."""
    return read_page(
        state,
        keys.RATE_INDEX,
        lambda _, raw: _index(records.INDEX.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def fixings(
    state: StateReader, index: str, *, cursor: str = "", limit: int = 100, newest_first: bool = True
) -> Page[Facts]:
    """The published fixings of an index by day."""
    return read_page(
        state,
        keys.fixing(index, 0)[:-8],
        _fixing,
        cursor=cursor,
        limit=limit,
        newest_first=newest_first,
    )


def _facility(state: StateReader, found: Facility, now_ms: int) -> Facts:
    return {
        "facility": found.name,
        "status": str(found.status),
        "borrower": found.terms.borrower,
        "agent": found.terms.agent,
        "asset": found.terms.asset,
        "signed": list(found.signed),
        "terms": asdict(found.terms),
        "terms_digest": found.terms_digest.hex(),
        "start_ms": found.start_ms,
        "committed": sum(map(committed, found.tranches)),
        "outstanding": sum(map(outstanding, found.tranches)),
        "due": all_due(found),
        "fees_due": [list(claim) for claim in found.claims],
        "bills": [list(bill) for bill in found.bills],
        "defaulting": list(found.defaulting),
        "tranches": [_tranche(state, found, place, now_ms) for place in range(len(found.tranches))],
    }


def _tranche(state: StateReader, found: Facility, place: int, now_ms: int) -> Facts:
    agreed = terms_of(found, place)
    today_ms = now_ms - now_ms % DAY_MS
    tranche = accrue(found, place, today_ms).tranches[place]
    rate = rate_of(Scope(Overlay(state), now_ms, 0), agreed, tranche)
    interest = interest_of(rate, tranche.shares)
    fees = fees_of(agreed.commitment_fee_rate, tranche.shares)
    shares = [
        {
            "lender": share.lender,
            "commitment": share.commitment,
            "outstanding": share.outstanding,
            "principal_due": share.principal_due,
            "interest_due": share.interest_due,
            "fees_due": share.fees_due,
            "deferred": share.deferred,
            "accrued_interest": accrued,
            "accrued_fee": fee,
        }
        for share, accrued, fee in zip(tranche.shares, interest, fees, strict=True)
    ]
    return {
        "tranche": tranche.name,
        "kind": agreed.kind,
        "committed": committed(tranche),
        "outstanding": outstanding(tranche),
        "rate": rate,
        "fixing_ms": tranche.fixing_ms,
        "period_start_ms": tranche.period_start_ms,
        "period_end_ms": tranche.period_end_ms,
        "maturity_ms": tranche.maturity_ms,
        "is_available": tranche.is_available,
        "holiday": tranche.holiday,
        "requested": tranche.requested,
        "accrued_interest": sum(interest),
        "accrued_fee": sum(fees),
        "shares": shares,
    }


def _shares_of(tranche: Facts) -> list[Facts]:
    shares = tranche["shares"]
    assert isinstance(shares, list), "made by _tranche"
    return shares


def _index(found: Index) -> Facts:
    return {
        "index": found.name,
        "sources": list(found.sources),
        "quorum": found.quorum,
        "correction_days": found.correction_days,
    }


def _fixing(day: bytes, raw: bytes) -> Facts:
    found = records.FIXING.decode(raw)
    return {
        "day_ms": int.from_bytes(day, "big"),
        "value": found.value,
        "history": [list(each) for each in found.history],
    }


def _amendment(owner: Facility, found: Amendment) -> Facts:
    agreed, whole = tally(owner, found)
    return {
        "facility": owner.name,
        "amendment": found.name,
        "matter": found.matter,
        "tranche": found.tranche,
        "value": found.value,
        "status": str(found.status),
        "open_until_ms": found.open_until_ms,
        "electorate": [list(each) for each in found.electorate],
        "votes_for": list(found.votes_for),
        "votes_against": list(found.votes_against),
        "is_consented": found.is_consented,
        "agreed": agreed,
        "whole": whole,
        "has_carried": has_carried(owner, found),
    }
