"""What becomes of a test: passed, breached, cured or waived, or its consequence.

A consequence executes itself, once, and stays until a test is passed or the lenders waive it: a
higher margin and a draw stop are then taken back; what a default made due stays due.
"""

from __future__ import annotations

from dataclasses import replace

from lending import keys
from lending.alarms import set_alarm
from lending.arithmetic import InvalidTerms
from lending.changes.replan import replan
from lending.chart import Account
from lending.collateral.watch import loan_changed
from lending.covenants.book import named, next_test_ms, subject_asset
from lending.facilities import changes as facility_changes
from lending.facilities.book import facility_of, put_facility
from lending.fields import RATE_MAX
from lending.journal import Leg, post
from lending.processes.arrears import accelerate
from lending.products.lifecycle import RUNNING
from lending.products.loan import loan_of, put_loan
from lending.products.template import template_of
from lending.records import covenant_keys
from lending.records.covenants import Covenant, CovenantStatus
from lending.records.facilities import Facility, FacilityStatus
from lending.scope import DAY_MS, Scope
from lending.support.drawstops import allow_drawing, stop_drawing
from lending.terms.covenants import CROSS_DEFAULT


def breached(scope: Scope, covenant: Covenant, cause: str, day_ms: int) -> Covenant:
    """The covenant after a breach was opened on a day: there is so much time to cure it."""
    until_ms = day_ms + covenant.terms.cure_days * DAY_MS
    scope.emit(
        "covenant_breached", **named(covenant), test_ms=covenant.test_ms, cause=cause,
        until_ms=until_ms,
    )  # fmt: skip
    return replace(
        covenant, status=CovenantStatus.BREACHED, cause=cause, until_ms=until_ms, waivers=()
    )


def passed(scope: Scope, covenant: Covenant, result: str, now_ms: int) -> Covenant:
    """The covenant after a test that it passed: what was in force or held aside is over."""
    covenant = lifted(scope, covenant, result) if covenant.is_in_force else covenant
    covenant = released(scope, covenant)
    return closed(scope, covenant, result, now_ms)


def closed(scope: Scope, covenant: Covenant, result: str, now_ms: int) -> Covenant:
    """The covenant after a test was decided: the next one that comes after this moment is awaited.

    Tests whose day passed while a breach was open are not made.
    """
    scope.emit("covenant_tested", **named(covenant), test_ms=covenant.test_ms, result=result)
    cause = covenant.cause if covenant.is_in_force else ""
    covenant = replace(
        covenant, status=CovenantStatus.WATCHED, report=(), until_ms=0, waivers=(), cause=cause
    )
    if covenant.terms.kind == CROSS_DEFAULT:
        return covenant
    test_ms = next_test_ms(covenant.terms, max(covenant.test_ms, now_ms))
    return replace(covenant, test_ms=test_ms) if test_ms else ended(scope, covenant)


def ended(scope: Scope, covenant: Covenant) -> Covenant:
    """The covenant after its last test, or after the end of what it was agreed with.

    A higher margin stays; a draw stop does not, and what was held aside is the borrower's.
    """
    terms = covenant.terms
    allow_drawing(scope.state, terms.subject_kind, terms.subject, covenant.name)
    scope.state.delete(covenant_keys.covenant_of(terms.subject_kind, terms.subject, covenant.name))
    if terms.kind == CROSS_DEFAULT:
        scope.state.delete(covenant_keys.cross_default(covenant.borrower, covenant.name))
    covenant = released(scope, covenant)
    scope.emit("covenant_ended", **named(covenant))
    return replace(covenant, status=CovenantStatus.ENDED, until_ms=0, waivers=(), report=())


def executed(scope: Scope, covenant: Covenant, day_ms: int) -> Covenant:
    """The covenant after its consequence: nobody cured or waived the breach in time."""
    terms = covenant.terms
    if not covenant.is_in_force:
        stepped = _EXECUTE[terms.consequence](scope, covenant)
        covenant = replace(covenant, stepped=stepped)
        scope.emit(
            "covenant_enforced", **named(covenant), consequence=terms.consequence,
            cause=covenant.cause,
        )  # fmt: skip
    covenant = replace(covenant, is_in_force=True)
    return closed(scope, covenant, "BREACHED", day_ms)


def lifted(scope: Scope, covenant: Covenant, reason: str) -> Covenant:
    """The covenant after its consequence was taken back, as far as it can be."""
    terms = covenant.terms
    if covenant.stepped:
        step_margin(scope, covenant, -covenant.stepped)
    if terms.consequence == "DRAWSTOP":
        allow_drawing(scope.state, terms.subject_kind, terms.subject, covenant.name)
    scope.emit("covenant_lifted", **named(covenant), consequence=terms.consequence, reason=reason)
    return replace(covenant, is_in_force=False, stepped=0, cause="", waivers=())


def released(scope: Scope, covenant: Covenant) -> Covenant:
    """The covenant with nothing held aside any more: it is the borrower's cash."""
    if not covenant.held:
        return covenant
    asset = subject_asset(scope, covenant)
    legs: list[Leg] = [
        (covenant.borrower, Account.SET_ASIDE, -covenant.held),
        (covenant.borrower, Account.CASH, covenant.held),
    ]
    post(scope, asset, "equity_cure_release", covenant.name, legs)
    return replace(covenant, held=0)


def step_margin(scope: Scope, covenant: Covenant, step: int) -> int:
    """Change the yearly rate: of a facility from its next periods on, of a loan by a new plan.

    Returns by how much: a loan that has not begun, or of which all is due, keeps its rate.
    """
    terms = covenant.terms
    if terms.subject_kind == "FACILITY":
        facility = facility_of(scope, terms.subject)
        assert isinstance(facility, Facility), "facilities are never removed"
        tranches = tuple(
            replace(each, next_rate=max(0, min(each.next_rate + step, RATE_MAX)))
            for each in facility.tranches
        )
        put_facility(scope, replace(facility, tranches=tranches))
        return step
    loan = loan_of(scope, terms.subject)
    if loan is None or loan.status not in RUNNING or not loan.balance:
        return 0
    template = template_of(scope, loan.product, loan.version)
    left = loan.installments - loan.number + 1
    rate = max(template.rate_min, min(loan.rate + step, template.rate_max))
    try:
        put_loan(scope, replan(template, loan, scope.today_ms, rate, left))
    except InvalidTerms:
        # The next installment falls due today: what is left is not planned anew.
        return 0
    return rate - loan.rate


def stop(scope: Scope, covenant: Covenant) -> int:
    """Nothing more may be drawn; the rate stays."""
    terms = covenant.terms
    stop_drawing(scope.state, terms.subject_kind, terms.subject, covenant.name)
    return 0


def default(scope: Scope, covenant: Covenant) -> int:
    """Everything falls due: of a loan by default, of a facility by acceleration; nothing is drawn."""
    stop(scope, covenant)
    terms = covenant.terms
    if terms.subject_kind == "FACILITY":
        facility = facility_of(scope, terms.subject)
        assert isinstance(facility, Facility), "facilities are never removed"
        if facility.status is FacilityStatus.EFFECTIVE:
            put_facility(scope, facility_changes.accelerate(scope, facility))
            set_alarm(scope.state, scope.now_ms, keys.facility(facility.name))
        return 0
    loan = loan_of(scope, terms.subject)
    if loan is not None and loan.status in RUNNING:
        put_loan(scope, accelerate(scope, loan, scope.today_ms))
        loan_changed(scope, loan.name)
    return 0


def step_up(scope: Scope, covenant: Covenant) -> int:
    """The margin rises by what was agreed."""
    return step_margin(scope, covenant, covenant.terms.step_up)


_EXECUTE = {"MARGIN_STEP_UP": step_up, "DRAWSTOP": stop, "EVENT_OF_DEFAULT": default}
"""What each consequence does."""
