"""How a covenant comes about, what is reported of it, and how a breach is cured or waived.

Borrower and lender sign it; of a facility the agent signs for the lenders. Reports are the
borrower's, with the auditor's signature where one is agreed. A waiver is the lender's; of a facility
that of lenders with its majority of the commitments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys, records
from lending.chart import Account
from lending.commands.covenants import AgreeCovenant, PayEquityCure, ReportFigure, WaiveBreach
from lending.covenants.book import (
    check_in_time,
    covenant_of,
    is_kept,
    is_over,
    named,
    put_covenant,
    subject_asset,
    wake,
)
from lending.covenants.breaches import closed, lifted, passed
from lending.facilities.book import commitments_by_lender
from lending.fields import RATE_MAX
from lending.journal import Leg, post
from lending.parties.authority import check_signed, has_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.products.template import template_of
from lending.records import covenant_keys
from lending.records import facilities as facility_records
from lending.records.covenants import Covenant, CovenantStatus
from lending.records.facilities import Facility
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.covenants import CROSS_DEFAULT, CovenantTerms

SUBJECT_MAX: Final = 16
"""The most covenants of one agreement or facility."""
CROSS_DEFAULTS_MAX: Final = 32
"""The most cross-default covenants of one borrower: a default looks at each."""

Parties = tuple[str, str, str, int]
"""Borrower, who signs for the lenders, asset, and the yearly rate; of a facility its highest."""


def agree_covenant(scope: Scope, command: AgreeCovenant) -> Rejected | None:
    """Both sides sign a covenant; its first test is awaited from now on."""
    terms = command.agreed
    parties = parties_of(scope, terms)
    if isinstance(parties, Rejected):
        return parties
    borrower, lender, _, _ = parties
    if scope.sender not in (borrower, lender):
        return wrong_role(scope, "the borrower or the lender")
    if refused := _check_signatures(scope, borrower, lender):
        return refused
    if not isinstance(covenant_of(scope, command.covenant), Rejected):
        return reject(Rejection.ALREADY_EXISTS, covenant=command.covenant)
    if is_over(scope, terms):
        return reject(Rejection.WRONG_STATUS, subject=terms.subject, status="ENDED")
    if refused := _check_terms(scope, terms, parties) or _check_room(scope, terms, borrower):
        return refused
    covenant = Covenant(
        command.covenant, CovenantStatus.WATCHED, terms, borrower, terms.first_test_ms, (), "", 0,
        (), is_in_force=False, stepped=0, held=0,
    )  # fmt: skip
    put_covenant(scope, covenant)
    scope.state.put(
        covenant_keys.covenant_of(terms.subject_kind, terms.subject, covenant.name), b"\x90"
    )
    if terms.kind == CROSS_DEFAULT:
        scope.state.put(covenant_keys.cross_default(borrower, covenant.name), b"\x90")
    wake(scope, covenant)
    scope.emit(
        "covenant_agreed", **named(covenant), borrower=borrower, figure=terms.figure or terms.kind,
        operator=terms.operator, limit_numerator=terms.limit_numerator,
        limit_denominator=terms.limit_denominator, consequence=terms.consequence,
        first_test_ms=terms.first_test_ms,
    )  # fmt: skip
    return None


def report_figure(scope: Scope, command: ReportFigure) -> Rejected | None:
    """The borrower reports; an open breach is cured by a figure that keeps the covenant."""
    covenant = covenant_of(scope, command.covenant)
    if isinstance(covenant, Rejected):
        return covenant
    terms = covenant.terms
    if scope.sender != covenant.borrower:
        return wrong_role(scope, "the borrower")
    if terms.auditor:
        auditor = party_of(scope, terms.auditor)
        assert auditor is not None, "the parties of a covenant are registered"
        if refused := check_signed(scope, auditor):
            return refused
    if covenant.status is CovenantStatus.ENDED or terms.kind == CROSS_DEFAULT:
        return reject(Rejection.WRONG_STATUS, status=str(covenant.status), kind=terms.kind)
    if command.test_ms != covenant.test_ms or scope.now_ms < covenant.test_ms:
        return reject(Rejection.OUT_OF_TIME, test_ms=covenant.test_ms)
    if refused := check_in_time(scope, covenant):
        return refused
    report = (command.numerator, command.denominator)
    keeps = is_kept(terms, report)
    scope.emit(
        "figure_reported", **named(covenant), test_ms=covenant.test_ms, figure=terms.figure,
        numerator=command.numerator, denominator=command.denominator, is_kept=keeps,
    )  # fmt: skip
    covenant = replace(covenant, report=report)
    if covenant.status is CovenantStatus.BREACHED and keeps:
        covenant = passed(scope, covenant, "CURED", scope.now_ms)
        wake(scope, covenant)
    put_covenant(scope, covenant)
    return None


def pay_equity_cure(scope: Scope, command: PayEquityCure) -> Rejected | None:
    """The payment is the borrower's, held aside until a test is passed; the breach is closed."""
    covenant = covenant_of(scope, command.covenant)
    if isinstance(covenant, Rejected):
        return covenant
    amount = covenant.terms.equity_cure
    if scope.sender == covenant.borrower:
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    if covenant.status is not CovenantStatus.BREACHED or not amount:
        return reject(Rejection.WRONG_STATUS, status=str(covenant.status), equity_cure=amount)
    if command.amount != amount:
        return reject(
            Rejection.BAD_TERMS, field="amount", value=command.amount, minimum=amount,
            maximum=amount,
        )  # fmt: skip
    asset = subject_asset(scope, covenant)
    if refused := check_in_time(scope, covenant):
        return refused
    if refused := check_funds(scope, scope.sender, asset, amount):
        return refused
    legs: list[Leg] = [
        (scope.sender, Account.CASH, -amount),
        (scope.sender, Account.TRANSFERS, amount),
        (covenant.borrower, Account.SET_ASIDE, amount),
        (covenant.borrower, Account.TRANSFERS, -amount),
    ]
    post(scope, asset, "equity_cure", covenant.name, legs)
    covenant = replace(covenant, held=covenant.held + amount)
    covenant = closed(scope, covenant, "EQUITY_CURE", scope.now_ms)
    wake(scope, covenant)
    put_covenant(scope, covenant)
    return None


def waive_breach(scope: Scope, command: WaiveBreach) -> Rejected | None:
    """Lenders waive an open breach, or take back a consequence that can be taken back."""
    covenant = covenant_of(scope, command.covenant)
    if isinstance(covenant, Rejected):
        return covenant
    voters = _voters(scope, covenant.terms)
    if scope.sender not in dict(voters):
        return wrong_role(scope, "a lender")
    is_open = covenant.status is CovenantStatus.BREACHED
    can_lift = covenant.is_in_force and covenant.status is CovenantStatus.WATCHED
    if not is_open and not can_lift:
        return reject(Rejection.WRONG_STATUS, status=str(covenant.status), cause=covenant.cause)
    if is_open and command.test_ms != covenant.test_ms:
        return reject(Rejection.OUT_OF_TIME, test_ms=covenant.test_ms)
    if refused := check_in_time(scope, covenant):
        return refused
    new = tuple(name for name, _ in voters if name not in covenant.waivers and _signs(scope, name))
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=covenant.waivers)
    covenant = replace(covenant, waivers=(*covenant.waivers, *new))
    scope.emit("breach_waived", **named(covenant), test_ms=covenant.test_ms, lenders=new)
    if _has_carried(scope, covenant, voters):
        if is_open:
            covenant = closed(scope, covenant, "WAIVED", scope.now_ms)
            wake(scope, covenant)
        else:
            covenant = lifted(scope, covenant, "WAIVED")
    put_covenant(scope, covenant)
    return None


def parties_of(scope: Scope, terms: CovenantTerms) -> Parties | Rejected:
    """The parties to a covenant, or the refusal that there is no such agreement or facility."""
    if terms.subject_kind == "FACILITY":
        facility = _facility(scope, terms.subject)
        if facility is None:
            return reject(Rejection.UNKNOWN_FACILITY, facility=terms.subject)
        agreed = facility.terms
        highest = max(tranche.rate for tranche in facility.tranches)
        return agreed.borrower, agreed.agent, agreed.asset, highest
    agreement = records.AGREEMENT.get(scope.state, keys.agreement(terms.subject))
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=terms.subject)
    loan = records.LOAN.get(scope.state, keys.loan(terms.subject))
    sheet = agreement.terms
    if loan is None:
        return sheet.borrower, sheet.lender, sheet.asset, sheet.rate
    return loan.borrower, loan.lender, loan.asset, loan.rate


def _check_signatures(scope: Scope, *names: str) -> Rejected | None:
    for name in names:
        party = party_of(scope, name)
        assert party is not None, "the parties of an agreement are registered"
        if refused := check_signed(scope, party):
            return refused
    return None


def _check_terms(scope: Scope, terms: CovenantTerms, parties: Parties) -> Rejected | None:
    borrower, lender, _, rate = parties
    if terms.auditor:
        if party_of(scope, terms.auditor) is None:
            return reject(Rejection.UNKNOWN_PARTY, party=terms.auditor)
        if terms.auditor in (borrower, lender):
            return reject(Rejection.SAME_PARTY, party=terms.auditor)
    is_figure = terms.kind != CROSS_DEFAULT
    steps = terms.consequence == "MARGIN_STEP_UP"
    problems = (
        ("figure", bool(terms.figure) != is_figure, "is named for a figure, and only for one"),
        ("threshold", is_figure == bool(terms.threshold), "is for a cross default, and above zero"),
        ("step_up", bool(terms.step_up) != steps, "is for a step-up, and above zero"),
        ("first_test_ms", is_figure and terms.first_test_ms <= scope.now_ms, "is over"),
        ("last_test_ms", terms.last_test_ms < terms.first_test_ms, "is before the first"),
        ("equity_cure", bool(terms.equity_cure) and not is_figure, "cures no cross default"),
        ("equity_cure", bool(terms.equity_cure) and not terms.cure_days, "has no time to be paid"),
        ("step_up", rate + terms.step_up > _rate_max(scope, terms), "is above the highest rate"),
    )
    for field, is_wrong, reason in problems:
        if is_wrong:
            return reject(Rejection.BAD_TERMS, field=field, reason=reason)
    return None


def _rate_max(scope: Scope, terms: CovenantTerms) -> int:
    if terms.subject_kind == "FACILITY":
        return RATE_MAX
    agreement = records.AGREEMENT.get(scope.state, keys.agreement(terms.subject))
    assert agreement is not None, "the subject was found"
    return template_of(scope, agreement.terms.product, agreement.terms.version).rate_max


def _check_room(scope: Scope, terms: CovenantTerms, borrower: str) -> Rejected | None:
    limits = [(covenant_keys.covenant_of(terms.subject_kind, terms.subject, ""), SUBJECT_MAX)]
    if terms.kind == CROSS_DEFAULT:
        limits.append((covenant_keys.cross_default(borrower, ""), CROSS_DEFAULTS_MAX))
    for prefix, most in limits:
        held = sum(1 for _ in scope.state.iterate(prefix, prefix_end(prefix)))
        if held >= most:
            return reject(Rejection.CAP_EXCEEDED, what="covenants", held=held, most=most)
    return None


def _voters(scope: Scope, terms: CovenantTerms) -> tuple[tuple[str, int], ...]:
    """Who may waive and with which weight: those who lend now, without defaulting lenders."""
    facility = _facility(scope, terms.subject) if terms.subject_kind == "FACILITY" else None
    if facility is not None:
        held = commitments_by_lender(facility)
        return tuple(each for each in held if each[0] not in facility.defaulting)
    parties = parties_of(scope, terms)
    assert not isinstance(parties, Rejected), "the subject of a covenant exists"
    return ((parties[1], 1),)


def _has_carried(scope: Scope, covenant: Covenant, voters: tuple[tuple[str, int], ...]) -> bool:
    agreed = sum(weight for name, weight in voters if name in covenant.waivers)
    whole = sum(weight for _, weight in voters)
    facility = _facility(scope, covenant.terms.subject)
    if covenant.terms.subject_kind != "FACILITY" or facility is None:
        return agreed == whole
    return agreed * facility.terms.majority_whole >= whole * facility.terms.majority_parts


def _facility(scope: Scope, name: str) -> Facility | None:
    return facility_records.FACILITY.get(scope.state, keys.facility(name))


def _signs(scope: Scope, name: str) -> bool:
    party = party_of(scope, name)
    return party is not None and has_signed(scope, party)
