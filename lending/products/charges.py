"""What late and early money costs: default interest by the day, and the fee on a prepayment. Pure.

Both are agreed in the template and are fees: they are billed and paid as fees, and bear no interest.
"""

from __future__ import annotations

from dataclasses import replace

from lending.arithmetic import DayCount, Rounding, divide, interest_for_period
from lending.arithmetic.dates import from_epoch_ms
from lending.fields import RATE_UNIT
from lending.records import Bill, Loan
from lending.terms import Template


def default_interest(template: Template, loan: Loan, day_ms: int) -> tuple[Loan, int]:
    """The loan with default interest charged up to a day on its late bills, and how much that is.

    It runs on unpaid interest and principal from the end of grace, by the loan's day count. Rounded
    up: whoever pays has chosen the day.
    """
    bills = tuple(_charged(template, bill, day_ms) for bill in loan.bills)
    total = sum(bill.fees for bill in bills) - sum(bill.fees for bill in loan.bills)
    return (replace(loan, bills=bills), total) if bills != loan.bills else (loan, 0)


def prepayment_fee(template: Template, loan: Loan, amount: int, today_ms: int) -> int:
    """The fee on a prepaid amount of principal: the agreed part of it, rounded up.

    Which part depends on the whole months since the loan was drawn.
    """
    return divide(amount * _fee_rate(template, loan, today_ms), RATE_UNIT, Rounding.CEIL)


def prepayable(template: Template, loan: Loan, amount: int, today_ms: int) -> int:
    """The most principal that an amount can prepay, its fee included."""
    return amount * RATE_UNIT // (RATE_UNIT + _fee_rate(template, loan, today_ms))


def _fee_rate(template: Template, loan: Loan, today_ms: int) -> int:
    if not template.prepayment_fee:
        return 0
    start, today = from_epoch_ms(loan.start_ms), from_epoch_ms(today_ms)
    months = 12 * (today.year - start.year) + today.month - start.month
    months -= today.day < start.day
    reached = [rate for first, rate in template.prepayment_fee if first <= months]
    return reached[-1] if reached else 0


def _charged(template: Template, bill: Bill, day_ms: int) -> Bill:
    if not bill.is_late or day_ms <= bill.charged_to_ms:
        return bill
    fee = interest_for_period(
        bill.interest + bill.principal, template.default_rate, bill.charged_to_ms, day_ms,
        DayCount(template.day_count_convention), rounding=Rounding.CEIL,
    )  # fmt: skip
    return replace(bill, fees=bill.fees + fee, charged_to_ms=day_ms)
