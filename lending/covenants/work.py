"""What the clock does for covenants: tests, the end of a cure, and the defaults of other debts.

A test is made when its reporting time is over, as of that moment, whenever the block comes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys, records
from lending.alarms import set_alarm
from lending.covenants.book import (
    covenant_of,
    due_of,
    is_kept,
    is_over,
    put_covenant,
    subject_asset,
    wake,
)
from lending.covenants.breaches import breached, closed, ended, executed, passed
from lending.facilities.work import catch_up_facility
from lending.products.lifecycle import RUNNING
from lending.records import LoanStatus, covenant_keys
from lending.records import facilities as facility_records
from lending.records.covenants import Covenant, CovenantStatus
from lending.scope import Scope

STEPS_MAX: Final = 8
"""How much of one covenant's past is caught up with at a time."""
STEP_COST: Final = 10
"""What a step costs of the clock's budget: a consequence changes a whole loan or facility."""


def attend_covenant(scope: Scope, subject: bytes, _: int) -> int:
    """Do what fell due for a covenant and set its next alarm; returns what it cost of the budget."""
    return max(1, catch_up_covenant(scope, subject.removeprefix(covenant_keys.COVENANT).decode()))


def catch_up_covenant(scope: Scope, name: str) -> int:
    """Do what fell due for a covenant, if there is one; returns what it cost."""
    found = covenant_of(scope, name)
    if isinstance(found, Rejected):
        return 0
    covenant, cost = found, 0
    while cost < STEPS_MAX * STEP_COST and (due_ms := due_of(covenant)):
        if due_ms > scope.now_ms:
            break
        if _must_wait(scope, covenant):
            set_alarm(scope.state, scope.now_ms, covenant_keys.covenant(name))
            return cost + 1
        covenant = _decided(scope, covenant, due_ms)
        # What the consequence changed is kept before anything else is read of it.
        put_covenant(scope, covenant)
        cost += STEP_COST
    wake(scope, covenant)
    return cost


def follow_default(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """A loan is in default: the borrower's other debts may have a covenant about that."""
    loan = records.LOAN.get(scope.state, keys.loan(fields["loan"]))
    assert loan is not None, "a loan that defaulted exists"
    debt = fields["fees"] + fields["interest"] + fields["principal"]
    _open(scope, loan.borrower, ("LOAN", loan.name), loan.asset, debt)


def follow_acceleration(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """A facility was accelerated: the same."""
    facility = facility_records.FACILITY.get(scope.state, keys.facility(fields["facility"]))
    assert facility is not None, "a facility that was accelerated exists"
    place = ("FACILITY", facility.name)
    _open(scope, facility.terms.borrower, place, facility.terms.asset, fields["due"])


def _open(scope: Scope, borrower: str, place: tuple[str, str], asset: str, debt: int) -> None:
    prefix = covenant_keys.cross_default(borrower, "")
    for key, _ in scope.state.iterate(prefix, prefix_end(prefix)):
        covenant = covenant_of(scope, key[len(prefix) :].decode())
        assert isinstance(covenant, Covenant), "covenants are never removed"
        terms = covenant.terms
        if is_over(scope, terms):
            put_covenant(scope, ended(scope, covenant))
        elif (
            covenant.status is CovenantStatus.WATCHED
            and not covenant.is_in_force
            and (terms.subject_kind, terms.subject) != place
            and subject_asset(scope, covenant) == asset
            and debt >= terms.threshold
        ):
            today = replace(covenant, test_ms=scope.today_ms)
            covenant = breached(scope, today, place[1], scope.today_ms)
            put_covenant(scope, covenant)
            wake(scope, covenant)


def _must_wait(scope: Scope, covenant: Covenant) -> bool:
    """Bring what the covenant is about up to date; of a loan the clock does that before us.

    A test reads nothing of the loan; only a consequence has to find it as it is now.
    """
    terms = covenant.terms
    if terms.subject_kind == "FACILITY":
        catch_up_facility(scope, terms.subject)
        return False
    loan = records.LOAN.get(scope.state, keys.loan(terms.subject))
    if loan is None or covenant.status is not CovenantStatus.BREACHED:
        return False
    return loan.status in RUNNING and 0 < loan.due_ms <= scope.now_ms


def _decided(scope: Scope, covenant: Covenant, due_ms: int) -> Covenant:
    if is_over(scope, covenant.terms):
        return ended(scope, covenant)
    if covenant.status is CovenantStatus.BREACHED:
        if _is_made_good(scope, covenant):
            return closed(scope, covenant, "CURED", due_ms)
        return executed(scope, covenant, due_ms)
    if covenant.report and is_kept(covenant.terms, covenant.report):
        return passed(scope, covenant, "PASSED", due_ms)
    return breached(scope, covenant, "FAILED" if covenant.report else "MISSING", due_ms)


def _is_made_good(scope: Scope, covenant: Covenant) -> bool:
    """Whether the loan whose default opened a breach has been paid in full."""
    loan = records.LOAN.get(scope.state, keys.loan(covenant.cause))
    return loan is not None and loan.status in (LoanStatus.REPAID, LoanStatus.RECOVERED)
