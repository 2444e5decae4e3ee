"""Joint liability as the loans feel it: who may pay for whom, what that costs, when none may draw.

A member pays what has fallen due on another's loan out of its own cash: it advances the money to the
borrower, which owes it the same amount, and the borrower's debt is settled as by any repayment.
"""

from __future__ import annotations

from dataclasses import replace

from ledger import codec
from ledger.receipt import Rejected
from lending import keys, records
from lending.chart import Account
from lending.journal import post
from lending.records import Loan, LoanStatus
from lending.records.groups import GROUP, Group, Recourse
from lending.rejections import Rejection, reject
from lending.scope import Scope

UNCURED = (LoanStatus.DEFAULTED, LoanStatus.WRITTEN_OFF)
"""The statuses of a loan that keep its group from drawing more."""


def group_of(scope: Scope, name: str) -> Group | None:
    """The group of a name."""
    return GROUP.get(scope.state, keys.liability(name))


def put_group(scope: Scope, group: Group) -> None:
    """Set a group's record."""
    GROUP.put(scope.state, keys.liability(group.name), group)


def group_behind(scope: Scope, agreement: str) -> Group | None:
    """The group that an agreement is bound to."""
    raw = scope.state.get(keys.bound(agreement))
    if raw is None:
        return None
    name: str = codec.decode(raw)
    return group_of(scope, name)


def is_liable(scope: Scope, loan: Loan, party: str) -> bool:
    """Whether a party that is not the borrower answers for a loan."""
    group = group_behind(scope, loan.name)
    return group is not None and party in group.members


def check_group(scope: Scope, agreement: str) -> Rejected | None:
    """Refuse to draw while a loan of the group is in default or written off and not paid."""
    group = group_behind(scope, agreement)
    for name in () if group is None else group.loans:
        loan = records.LOAN.get(scope.state, keys.loan(name))
        if group is not None and loan is not None and loan.status in UNCURED:
            return reject(
                Rejection.GROUP_IN_DEFAULT, group=group.name, loan=name, status=str(loan.status)
            )
    return None


def advance(scope: Scope, loan: Loan, payer: str, amount: int) -> None:
    """A member puts money into the borrower's hands to pay with; the borrower owes it that much."""
    group = group_behind(scope, loan.name)
    assert group is not None, "the payer was found liable"
    legs = [
        (payer, Account.CASH, -amount),
        (payer, Account.RECOURSE_RECEIVABLE, amount),
        (loan.borrower, Account.CASH, amount),
        (loan.borrower, Account.RECOURSE_PAYABLE, -amount),
    ]
    post(scope, loan.asset, "recourse", loan.name, legs)
    row = recourse_of(group, payer, loan.borrower, loan.asset)
    put_group(scope, with_recourse(group, replace(row, paid=row.paid + amount)))
    scope.emit(
        "paid_for_member", group=group.name, loan=loan.name, payer=payer, amount=amount,
        claim=row.paid + amount - row.returned,
    )  # fmt: skip


def recourse_of(group: Group, payer: str, borrower: str, asset: str) -> Recourse:
    """What a member paid for another; nothing so far, if there is no row."""
    for row in group.recourses:
        if (row.payer, row.borrower, row.asset) == (payer, borrower, asset):
            return row
    return Recourse(payer, borrower, asset, 0, 0)


def with_recourse(group: Group, new: Recourse) -> Group:
    """The group with a row set anew, at its place or at the end."""
    old = recourse_of(group, new.payer, new.borrower, new.asset)
    if old in group.recourses:
        rows = tuple(new if row == old else row for row in group.recourses)
    else:
        rows = (*group.recourses, new)
    return replace(group, recourses=rows)
