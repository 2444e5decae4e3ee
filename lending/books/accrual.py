"""Accrual against cash: what a loan has earned day by day, what of it was billed, what was received.

Earned is counted by the billing engine itself: what was billed, and from the last bill on the
interest of each day that has passed, to any day; beyond the newest block as if nothing more were
paid. Of the past it is known for loans whose life can be lived again from their own events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ledger.overlay import Overlay, StateReader
from ledger.store import Reader
from lending import keys, records, statements
from lending.arithmetic import DayCount, interest_for_period
from lending.books.replay import Payment, relive
from lending.products.lifecycle import RUNNING
from lending.products.template import template_of
from lending.queries import Facts
from lending.records import Loan, LoanStatus
from lending.records import corrections as correction_records
from lending.scope import DAY_MS, Scope

_GIVEN_UP: Final = (LoanStatus.WRITTEN_OFF, LoanStatus.RECOVERED)


@dataclass(frozen=True, slots=True)
class Accrued:
    """The interest of one loan."""

    received: int
    """Billed and paid."""
    unpaid: int
    """Billed and not paid: what the journal has as receivable."""
    lost: int
    """Billed and written off."""
    unbilled: int
    """Earned in the running period and not due yet."""

    @property
    def billed(self) -> int:
        """Earned and due: what the journal has as income."""
        return self.received + self.unpaid + self.lost

    @property
    def earned(self) -> int:
        """All that was earned to date."""
        return self.billed + self.unbilled


def running_interest(state: StateReader, loan: Loan, day_ms: int) -> int:
    """The interest earned since the last bill up to a day; rounded half to even, as a bill is."""
    if loan.status not in RUNNING:
        return 0
    template = template_of(Scope(Overlay(state), day_ms, 0), loan.product, loan.version)
    until_ms = day_ms - day_ms % DAY_MS
    if until_ms <= loan.accrued_from_ms:
        return loan.carried_interest
    return loan.carried_interest + interest_for_period(
        loan.balance, loan.rate, loan.accrued_from_ms, until_ms,
        DayCount(template.day_count_convention),
    )  # fmt: skip


def accrued_of(state: StateReader, reader: Reader, loan: Loan, day_ms: int) -> Accrued:
    """The interest of a loan as it stands, up to a day."""
    is_given_up = loan.status in _GIVEN_UP
    return Accrued(
        received=loan.paid_interest,
        unpaid=0 if is_given_up else sum(bill.interest for bill in loan.bills),
        lost=_written_off_interest(reader, loan.name) if is_given_up else 0,
        unbilled=running_interest(state, loan, day_ms),
    )


def loan_accrual(
    state: StateReader, reader: Reader, name: str, day_ms: int, now_ms: int
) -> Facts | None:
    """Accrual against cash of a loan at a time; None where its life then is not known.

    `now_ms` is the time of the newest block.
    """
    loan = records.LOAN.read(state, keys.loan(name))
    if loan is not None and day_ms < now_ms:
        loan = loan_at(state, reader, loan, day_ms, now_ms)
    return None if loan is None else _view(loan, accrued_of(state, reader, loan, day_ms))


def lender_accrual(
    state: StateReader, reader: Reader, lender: str, day_ms: int, *, cursor: str = "",
    limit: int = 100,
) -> Facts:  # fmt: skip
    """The same of a page of a lender's loans as they stand, and the sums of the page."""
    page = statements.agreements_of(reader, lender, cursor=cursor, limit=limit)
    rows: list[Facts] = []
    for row in page.items:
        loan = records.LOAN.read(state, keys.loan(str(row["agreement"])))
        if loan is not None and loan.lender == lender:
            rows.append(_view(loan, accrued_of(state, reader, loan, day_ms)))
    return {"lender": lender, "loans": rows, "cursor": page.cursor}


def loan_at(
    state: StateReader, reader: Reader, loan: Loan, time_ms: int, now_ms: int
) -> Loan | None:
    """A loan as it stood at an earlier time; None if what happened to it is not known in full."""
    if time_ms < loan.start_ms:
        return None
    payments = noted_payments(state, loan.name) or payments_of(reader, loan.name)
    whole = relive(state, loan, payments, now_ms)
    if whole is None or _written_off(whole.loan, loan) != loan:
        return None
    life = relive(state, loan, tuple(each for each in payments if each[0] <= time_ms), time_ms)
    return None if life is None else life.loan


def _written_off(lived: Loan, loan: Loan) -> Loan:
    """What the lender's write-off made of a loan that lived until its default."""
    if loan.status is not LoanStatus.WRITTEN_OFF or lived.status is not LoanStatus.DEFAULTED:
        return lived
    return replace(lived, status=loan.status, written_off=loan.written_off)


def noted_payments(state: StateReader, name: str) -> tuple[Payment, ...]:
    """The payments of a loan as they stand after corrections, where its product allows these."""
    found = correction_records.PAYMENTS.read(state, keys.payments(name))
    return () if found is None else found.payments


def payments_of(reader: Reader, name: str) -> tuple[Payment, ...]:
    """When the payments of a loan came, and what was offered."""
    return tuple(
        (_integer(row["timestamp_ms"]), _integer(fields["offered"]))
        for row, fields in _history(reader, name, "repaid")
    )


def _written_off_interest(reader: Reader, name: str) -> int:
    return sum(_integer(each["interest"]) for _, each in _history(reader, name, "written_off"))


def _history(reader: Reader, name: str, event: str) -> list[tuple[Facts, Facts]]:
    """The events of one name in a loan's history, and their fields."""
    found: list[tuple[Facts, Facts]] = []
    cursor = ""
    while True:
        page = statements.history(reader, name, cursor=cursor, limit=1_000)
        for row in page.items:
            fields = row["fields"]
            assert isinstance(fields, dict), "an event has fields"
            if row["event"] == event:
                found.append((row, fields))
        cursor = page.cursor
        if not cursor:
            return found


def _view(loan: Loan, accrued: Accrued) -> Facts:
    return {
        "loan": loan.name,
        "lender": loan.lender,
        "borrower": loan.borrower,
        "asset": loan.asset,
        "status": str(loan.status),
        "earned": accrued.earned,
        "billed": accrued.billed,
        "unbilled": accrued.unbilled,
        "received": accrued.received,
        "unpaid": accrued.unpaid,
        "lost": accrued.lost,
    }


def _integer(value: object) -> int:
    assert isinstance(value, int), "figures are integers"
    return value
