"""What must hold of every facility after every command (M14), computed the slow and obvious way.

The lenders' shares are the facility's figures by construction of the record; here they are held
against the books of every party, the bills, and the alarms of the clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys
from lending.facilities.book import all_due
from lending.facilities.work import next_step
from lending.records import facilities as records
from lending.records.facilities import Facility, FacilityStatus

Expected = dict[tuple[str, str], list[int]]


def facilities(state: StateReader) -> Iterator[Facility]:
    """Every facility; its bytes must be those that it encodes to."""
    for _, raw in state.iterate(keys.FACILITY, prefix_end(keys.FACILITY)):
        found = records.FACILITY.decode(raw)
        assert records.FACILITY.encode(found) == raw
        yield found


def add_claims(state: StateReader, expected: Expected) -> None:
    """Add what facilities owe to what the books of lenders and borrowers must say.

    The positions are principal, interest, fees receivable; then the same payable.
    """
    for facility in facilities(state):
        asset, borrower = facility.terms.asset, facility.terms.borrower
        claims = [(payee, 0, 0, fees) for payee, fees in facility.claims]
        claims += [
            (share.lender, share.outstanding, share.interest_due + share.deferred, share.fees_due)
            for tranche in facility.tranches
            for share in tranche.shares
        ]
        for payee, *parts in claims:
            for position, part in enumerate(parts):
                expected[payee, asset][position] += part
                expected[borrower, asset][3 + position] -= part


def check(state: StateReader) -> None:
    """All invariants of the facilities of one state."""
    alarms: dict[bytes, list[int]] = {}
    for key, _ in state.iterate(keys.ALARM, prefix_end(keys.ALARM)):
        time = int.from_bytes(key[len(keys.ALARM) : len(keys.ALARM) + 8], "big")
        alarms.setdefault(keys.alarm_subject(key), []).append(time)
    for facility in facilities(state):
        _check_figures(facility)
        due = next_step(facility)
        times = alarms.get(keys.facility(facility.name), [])
        assert due is None or min(times) <= due[0], facility.name


def _check_figures(facility: Facility) -> None:
    assert sum(unpaid for _, unpaid in facility.bills) == all_due(facility), facility
    assert all(unpaid > 0 for _, unpaid in facility.bills), facility
    assert [due_ms for due_ms, _ in facility.bills] == sorted(d for d, _ in facility.bills)
    for tranche in facility.tranches:
        lenders = [share.lender for share in tranche.shares]
        assert len(set(lenders)) == len(lenders), facility
        assert facility.terms.borrower not in lenders
        for share in tranche.shares:
            figures = (share.principal_due, share.interest_due, share.fees_due, share.deferred,
                       share.interest_base, share.undrawn_base)  # fmt: skip
            assert min(figures) >= 0, share
            assert 0 <= share.principal_due <= share.outstanding <= share.commitment, share
        if facility.status is FacilityStatus.EFFECTIVE and not tranche.is_available:
            assert all(share.commitment == share.outstanding for share in tranche.shares)
