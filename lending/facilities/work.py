"""What the clock does for facilities: periods end, drawdowns are funded, commitments expire, votes end.

Everything is done as of its own day and in the order of its days, whenever the block comes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.facilities.book import facility_of, put_facility, terms_of
from lending.facilities.drawing import end_availability, fund_requested
from lending.facilities.opening import charge_agency, end_offer
from lending.facilities.paying import close_if_over
from lending.facilities.periods import end_period
from lending.facilities.voting import attend_amendment
from lending.records import facilities as records
from lending.records.facilities import Facility, FacilityStatus
from lending.scope import Scope

STEPS_PER_FACILITY_MAX: Final = 64
"""How much of one facility's past is caught up with at a time."""
STEP_COST: Final = 10
"""What a step costs of the clock's budget: a period's end has an entry for every lender."""

Step = Callable[[Scope, Facility], Facility]


def attend_facility(scope: Scope, subject: bytes, steps_max: int) -> int:
    """Do what fell due for one facility and set its next alarm; returns what it cost of the budget."""
    name = subject.removeprefix(keys.FACILITY).decode()
    steps = catch_up_facility(scope, name, _affordable(steps_max))
    facility = facility_of(scope, name)
    assert isinstance(facility, Facility), "facilities are never removed"
    due = next_step(facility)
    if due is not None:
        set_alarm(scope.state, due[0], subject)
    return max(steps * STEP_COST, 1)


def attend_vote(scope: Scope, subject: bytes, steps_max: int) -> int:
    """Do what fell due for one vote; returns what it cost of the budget."""
    name, vote = subject.removeprefix(keys.AMENDMENT).decode().split("/")
    steps = catch_up_facility(scope, name, _affordable(steps_max))
    facility = facility_of(scope, name)
    amendment = records.AMENDMENT.get(scope.state, subject)
    assert isinstance(facility, Facility), "facilities are never removed"
    assert amendment is not None, f"the vote {vote} is never removed"
    attend_amendment(scope, facility, amendment)
    # A vote may bring the next step of its facility forward, and never so that it rings late.
    set_alarm(scope.state, scope.now_ms, keys.facility(name))
    return (steps + 1) * STEP_COST


def catch_up_facility(scope: Scope, name: str, steps_max: int = STEPS_PER_FACILITY_MAX) -> int:
    """Do what fell due for one facility, if there is one, and return how much that was."""
    found = facility_of(scope, name)
    if isinstance(found, Rejected):
        return 0
    facility, steps = found, 0
    while steps < steps_max and (due := next_step(facility)) and due[0] <= scope.now_ms:
        facility = due[1](scope, facility)
        if _runs(facility):
            facility = close_if_over(scope, facility)
        steps += 1
    if facility is not found:
        put_facility(scope, facility)
    return steps


def next_step(facility: Facility) -> tuple[int, Step] | None:
    """The first thing that will concern a facility; of several at one time, in this order."""
    if facility.status is FacilityStatus.OFFERED:
        return facility.terms.sign_until_ms, _lapse
    if not _runs(facility):
        return None
    steps: list[tuple[int, Step]] = []
    for place, tranche in enumerate(facility.tranches):
        if tranche.period_end_ms and tranche.shares:
            steps.append((tranche.period_end_ms, partial(_end_period, place=place)))
        if tranche.requested:
            steps.append((tranche.requested_ms, partial(_fund, place=place)))
        if tranche.is_available:
            until_ms = terms_of(facility, place).available_until_ms
            steps.append((until_ms, partial(_expire, place=place)))
    if facility.agency_due_ms:
        steps.append((facility.agency_due_ms, charge_agency))
    return min(steps, key=lambda step: step[0], default=None)


def _affordable(budget: int) -> int:
    """How many steps a budget pays for, and one in any case, so that the clock gets on."""
    return max(1, min(budget // STEP_COST, STEPS_PER_FACILITY_MAX))


def _runs(facility: Facility) -> bool:
    return facility.status is FacilityStatus.EFFECTIVE


def _lapse(scope: Scope, facility: Facility) -> Facility:
    return end_offer(scope, facility, FacilityStatus.LAPSED)


def _end_period(scope: Scope, facility: Facility, place: int) -> Facility:
    return end_period(scope, facility, place)


def _fund(scope: Scope, facility: Facility, place: int) -> Facility:
    return fund_requested(scope, facility, place)


def _expire(scope: Scope, facility: Facility, place: int) -> Facility:
    until_ms = terms_of(facility, place).available_until_ms
    return end_availability(scope, facility, place, until_ms)
