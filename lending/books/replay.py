"""A loan's life lived again by the production code, in a scratch world that is thrown away.

From the drawdown on the clock's steps and the payments are done in their order of time, with books
that begin at nothing; what the scratch journal posts is what the loan's life posts. It changes
nothing of the state that it reads. Whoever uses it compares the loan at the end with the loan that
there is: only a life that comes out the same is known in full.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from ledger.overlay import Overlay, StateReader
from lending import keys, records
from lending.chart import NAMES, Account
from lending.clock import next_step
from lending.fields import AMOUNT_MAX
from lending.products import timetable
from lending.products.lifecycle import PAYABLE, RUNNING
from lending.products.repayment import prepayment, settle
from lending.products.template import template_of
from lending.records import AgreementStatus, Book, Loan, LoanStatus
from lending.scope import Scope
from lending.terms import Template
from lending.waterfall import take

STEPS_MAX: Final = 2_000
"""The most that one life may hold: due dates, late fees, buckets and payments together."""

Payment = tuple[int, int]
"""When it came and what was offered."""


@dataclass(frozen=True, slots=True)
class Life:
    """How a loan's life comes out."""

    loan: Loan
    """The loan at the end."""
    postings: Counter[str]
    """What its postings sum to, by account."""
    taken: tuple[int, ...]
    """What was taken of each payment."""


def first_loan(loan: Loan, template: Template) -> Loan:
    """The loan as it was drawn, from the loan that it has become."""
    dates = timetable.loan_timetable(template, loan)
    return replace(
        loan, status=LoanStatus.PERFORMING, balance=loan.principal, number=1,
        due_ms=timetable.due_ms(dates, 1), accrued_from_ms=loan.start_ms, carried_interest=0,
        bills=(), bucket=0, paid_fees=0, paid_interest=0, paid_principal=0, written_off=0,
        recovered=0,
    )  # fmt: skip


def relive(
    state: StateReader, loan: Loan, payments: tuple[Payment, ...], until_ms: int
) -> Life | None:
    """The life of a loan with these payments up to a time; None if it is not known or too long."""
    if loan.changes:
        # Its first terms are not known any more; with those of now the dates may not even exist.
        return None
    scope = Scope(Overlay(state), loan.start_ms, 0)
    template = template_of(scope, loan.product, loan.version)
    lived = first_loan(loan, template)
    _open_books(scope, lived)
    steps = 0
    taken: list[int] = []
    for time_ms, offered in (*payments, (until_ms, 0)):
        scope.now_ms = time_ms
        while lived.status in RUNNING:
            due_ms, step = next_step(lived, template)
            if due_ms > time_ms:
                break
            lived = step(scope, lived, template)
            steps += 1
            if steps > STEPS_MAX:
                return None
        if offered:
            paid, lived = _pay(scope, lived, template, offered)
            taken.append(paid)
    return Life(lived, _sums(scope, loan), tuple(taken))


def _pay(scope: Scope, loan: Loan, template: Template, offered: int) -> tuple[int, Loan]:
    if loan.status not in PAYABLE:
        return 0, loan
    due = take(offered, loan.bills, template.waterfall, template.allocation)
    prepaid = prepayment(scope.today_ms, loan, template, due.left)
    amount = due.total + prepaid.interest + prepaid.principal
    return amount, settle(scope, loan, due, prepaid, offered) if amount else loan


def _open_books(scope: Scope, loan: Loan) -> None:
    """Books in which the loan has just been drawn, and the borrower can always pay."""
    for owner, opening in (
        (loan.lender, {Account.LOANS_RECEIVABLE: loan.principal}),
        (loan.borrower, {Account.BORROWINGS: -loan.principal, Account.CASH: AMOUNT_MAX}),
    ):
        balances = [0] * len(NAMES)
        for account, amount in opening.items():
            balances[account] = amount
        balances[Account.FUNDING] = -sum(balances)
        records.BOOK.put(scope.state, keys.book(owner, loan.asset), Book(tuple(balances)))
    agreement = records.AGREEMENT.get(scope.state, keys.agreement(loan.name))
    assert agreement is not None, "a loan has an agreement"
    drawn = replace(agreement, status=AgreementStatus.DRAWN)
    records.AGREEMENT.put(scope.state, keys.agreement(loan.name), drawn)


def _sums(scope: Scope, loan: Loan) -> Counter[str]:
    sums: Counter[str] = Counter()
    for name, fields in scope.events:
        if name == "posting" and fields["reference"] == loan.name:
            for account, amount, _ in fields["entries"]:
                if account.endswith(f"/{loan.asset}"):
                    sums[account] += amount
    return sums
