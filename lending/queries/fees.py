"""What can be asked of fees: schedules, links, quotes in advance, and how a loan's interest is shared.

A quote is worked out by the functions that charge: what it says is what the transaction would take.
Results are plain values, as in `lending.queries`.
"""

from __future__ import annotations

from dataclasses import asdict

from ledger.overlay import Overlay, StateReader
from lending import keys, records
from lending.facilities.fees import facility_charge
from lending.fees.charging import (
    drawing_charges,
    loan_fees,
    prepayment_charge,
    withdrawal_charge,
)
from lending.fees.rules import Charge, charge, payees_of, rule_of
from lending.fees.servicing import shares_of
from lending.paging import Page, read_page
from lending.products.repayment import prepayment
from lending.products.template import template_of
from lending.queries import Facts
from lending.records import facilities as facility_records
from lending.records import fees as stored
from lending.records.fees import FeeScheduleVersion
from lending.scope import DAY_MS, Scope
from lending.waterfall import take


def fee_schedule(state: StateReader, name: str, version: int) -> Facts | None:
    """One version of a schedule with its rules and approvals."""
    found = stored.FEE_SCHEDULE.read(state, keys.fee_schedule(name, version))
    return None if found is None else _schedule(found)


def fee_schedules(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All versions of all schedules."""
    return read_page(
        state,
        keys.FEE_SCHEDULE,
        lambda _, raw: _schedule(stored.FEE_SCHEDULE.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def fee_link(state: StateReader, kind: str, subject: str, version: int = 0) -> Facts | None:
    """Which schedule counts for a product's version, a facility or a pool now."""
    found = stored.FEE_LINK.read(state, keys.fee_link(kind, subject, version))
    return None if found is None else asdict(found)


def quote(state: StateReader, name: str, version: int, occasion: str, amount: int) -> Facts | None:
    """What a schedule charges on an amount, with members by their weights if it names them."""
    found = stored.FEE_SCHEDULE.read(state, keys.fee_schedule(name, version))
    rule = None if found is None else rule_of(found.terms, occasion)
    if found is None or rule is None:
        return None
    return _charge(charge(rule, amount, payees_of(found.terms, "", "", (("", 1),))))


def quote_drawdown(state: StateReader, agreement: str) -> Facts | None:
    """What drawing a loan will cost, what the borrower has afterwards and needs before."""
    found = records.AGREEMENT.read(state, keys.agreement(agreement))
    if found is None:
        return None
    terms = found.terms
    charges = drawing_charges(_scope(state), agreement, terms.lender, terms.principal)
    netted = sum(each.fee for each in charges if each.is_netted)
    total = sum(each.fee for each in charges)
    return {
        "agreement": agreement,
        "principal": terms.principal,
        "fees": [_charge(each) for each in charges],
        "total": total,
        "needed_before": total - netted,
        "proceeds": terms.principal - netted,
    }


def quote_repayment(state: StateReader, loan: str, amount: int, now_ms: int) -> Facts | None:
    """What of an amount a payment now takes: for what is due, for what is not, and as a fee."""
    found = records.LOAN.read(state, keys.loan(loan))
    if found is None:
        return None
    scope = _scope(state, now_ms)
    template = template_of(scope, found.product, found.version)
    taken = take(amount, found.bills, template.waterfall, template.allocation)
    prepaid = prepayment(scope.today_ms, found, template, taken.left)
    fee = prepayment_charge(scope, found, prepaid.principal, taken.left - prepaid.interest)
    principal = fee.amount if fee else prepaid.principal
    cost = fee.fee if fee else 0
    return {
        "loan": loan,
        "due": taken.total,
        "prepaid_interest": prepaid.interest,
        "prepaid_principal": principal,
        "fee": cost,
        "total": taken.total + prepaid.interest + principal + cost,
    }


def quote_facility(state: StateReader, name: str, occasion: str, amount: int) -> Facts | None:
    """What an occasion of a facility costs by the schedule it is linked to."""
    found = facility_records.FACILITY.read(state, keys.facility(name))
    charged = found and facility_charge(_scope(state), found, occasion, amount)
    return _charge(charged) if charged else None


def quote_withdrawal(state: StateReader, pool: str, money: int) -> Facts | None:
    """What a withdrawal of so much money from a pool costs."""
    charged = withdrawal_charge(_scope(state), pool, money)
    return _charge(charged) if charged else None


def loan_interest(state: StateReader, name: str) -> Facts | None:
    """How a loan's interest is shared: what was billed, the lender's, and that of who serves it."""
    loan = records.LOAN.read(state, keys.loan(name))
    if loan is None:
        return None
    scope = _scope(state)
    fees = loan_fees(scope, name)
    if fees is None:
        return {"loan": name, "borrower_rate": loan.rate, "lender_rate": loan.rate,
                "schedule": "", "version": 0, "servicer": "", "billed": 0, "servicing": 0,
                "lender_interest": 0, "passed_on": 0, "owed": []}  # fmt: skip
    return {
        "loan": name,
        "borrower_rate": loan.rate,
        "lender_rate": loan.rate - min(fees.spread, loan.rate),
        "schedule": fees.schedule,
        "version": fees.version,
        "servicer": fees.servicer,
        "billed": fees.billed,
        "servicing": fees.earned,
        "lender_interest": fees.billed - fees.earned,
        "passed_on": fees.passed_on,
        "owed": [list(claim) for claim in fees.claims],
    }


def quote_servicing(state: StateReader, loan: str, interest: int) -> Facts | None:
    """Who will have what of so much billed interest of a loan."""
    found = records.LOAN.read(state, keys.loan(loan))
    if found is None:
        return None
    scope = _scope(state)
    fees = loan_fees(scope, loan)
    parts = shares_of(scope, fees, found, interest) if fees else ()
    taken = sum(part for _, part in parts)
    return {"interest": interest, "lender": interest - taken, "parts": [list(p) for p in parts]}


def _scope(state: StateReader, now_ms: int = 0) -> Scope:
    return Scope(Overlay(state), now_ms - now_ms % DAY_MS, 0)


def _schedule(found: FeeScheduleVersion) -> Facts:
    terms = asdict(found.terms)
    return {
        "schedule": found.name,
        "version": found.version,
        "proposer": found.proposer,
        "approvals": list(found.approvals),
        "is_active": found.is_active,
        "fees": terms,
    }


def _charge(charged: Charge) -> Facts:
    return {
        "occasion": charged.occasion,
        "amount": charged.amount,
        "fee": charged.fee,
        "parts": [list(part) for part in charged.parts],
        "is_netted": charged.is_netted,
    }
