"""Floating rates of plain loans: agreed before drawing, reset by the clock with an installment.

At a reset the newest fixing counts that is for a day up to the lag before it, was published before it,
and is not older than agreed; else the agreed fallback rate. So it does not matter when the clock gets
round to it. A correction reaches what is not billed yet, as in facilities.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.commands.changes import AgreeFloating
from lending.facilities.fixings import fixing_of, index_of, latest_fixing_ms
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.products import timetable
from lending.products.lifecycle import check_agreement_status
from lending.products.names import agreement_of
from lending.products.template import template_of
from lending.records import AgreementStatus, Loan
from lending.records.floating import FLOATING, Floating
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.terms import Template


def agree_floating(scope: Scope, command: AgreeFloating) -> Rejected | None:
    """Lender and borrower of a concluded agreement say what its rate follows."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if scope.sender not in (terms.lender, terms.borrower):
        return wrong_role(scope, "the lender or the borrower")
    for name in (terms.lender, terms.borrower):
        party = party_of(scope, name)
        assert party is not None, "parties are never removed"
        if refused := check_signed(scope, party):
            return refused
    if refused := check_agreement_status(agreement.status, AgreementStatus.CONCLUDED):
        return refused
    if floating_of(scope, agreement.name) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=agreement.name)
    if index_of(scope, command.index) is None:
        return reject(Rejection.UNKNOWN_INDEX, index=command.index)
    template = template_of(scope, terms.product, terms.version)
    bounds = (
        ("rate_floor", command.rate_floor, template.rate_min, template.rate_max),
        ("rate_cap", command.rate_cap, command.rate_floor, template.rate_max),
        ("fallback_rate", command.fallback_rate, command.rate_floor, command.rate_cap),
    )
    for field, value, minimum, maximum in bounds:
        if not minimum <= value <= maximum:
            return reject(
                Rejection.BAD_TERMS, field=field, value=value, minimum=minimum, maximum=maximum
            )
    floating = Floating(
        command.index, command.margin, command.rate_floor, command.rate_cap,
        command.fallback_rate, command.every, command.lag_days, command.age_max_days,
    )  # fmt: skip
    FLOATING.put(scope.state, keys.floating(agreement.name), floating)
    scope.emit(
        "floating_agreed", agreement=agreement.name, index=floating.index, margin=floating.margin,
        rate_floor=floating.rate_floor, rate_cap=floating.rate_cap,
        fallback_rate=floating.fallback_rate, every=floating.every, lag_days=floating.lag_days,
        age_max_days=floating.age_max_days,
    )  # fmt: skip
    return None


def reset_rate(scope: Scope, loan: Loan, template: Template, day_ms: int) -> Loan:
    """The loan with the rate of a reset on a day, its level worked out anew."""
    floating = floating_of(scope, loan.name)
    assert floating is not None, "a loan with resets floats"
    if not loan.due_ms:
        return loan
    until_ms = max(day_ms - floating.lag_days * DAY_MS, 0)
    fixing_ms = latest_fixing_ms(scope, floating.index, until_ms, day_ms)
    if fixing_ms is None or until_ms - fixing_ms > floating.age_max_days * DAY_MS:
        fixing_ms = 0
    after = replace(loan, fixing_ms=fixing_ms, reset_number=loan.reset_number + floating.every)
    return _at_rate(scope, after, template, _rate(scope, floating, fixing_ms, day_ms), day_ms)


def corrected(scope: Scope, loan: Loan, template: Template) -> Loan:
    """The loan at the corrected rate, if its fixing was corrected before its next due date."""
    floating = floating_of(scope, loan.name)
    assert floating is not None, "a loan with resets floats"
    rate = _rate(scope, floating, loan.fixing_ms, loan.due_ms)
    return loan if rate == loan.rate else _at_rate(scope, loan, template, rate, loan.due_ms)


def floating_of(scope: Scope, agreement: str) -> Floating | None:
    """What the rate of an agreement follows; None for a fixed one."""
    return FLOATING.get(scope.state, keys.floating(agreement))


def _rate(scope: Scope, floating: Floating, fixing_ms: int, before_ms: int) -> int:
    fixing = fixing_of(scope, floating.index, fixing_ms) if fixing_ms else None
    if fixing is None:
        return floating.fallback_rate
    value = fixing.value_before(before_ms) + floating.margin
    return min(max(value, floating.rate_floor), floating.rate_cap)


def _at_rate(scope: Scope, loan: Loan, template: Template, rate: int, day_ms: int) -> Loan:
    after = replace(loan, rate=rate)
    if template.contract_type == "ANN" and after.number > after.deferred_to:
        after = replace(after, level=timetable.level_of(template, after))
    scope.emit(
        "loan_rate_reset", loan=loan.name, number=loan.number, day_ms=day_ms,
        fixing_ms=loan.fixing_ms, rate=rate, level=after.level,
    )  # fmt: skip
    return after
