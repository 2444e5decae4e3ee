"""What becomes of each loan of the demo: a row of the record -> the actions of its parties. Pure.

    fully paid    the month k whose interest, all months up to it taken together, is nearest to the
                  recorded interest: bills 1 to k are paid, and with bill k all the rest
    charged off   as many whole installments as the recorded principal and interest pay for, then
                  what is left as a part of the next, then nothing more: late fee, default and
                  write-off follow; what the record says was recovered is paid then

A prepayment takes no interest of the month that has begun (the product says so), so the chain
must arrive at the figures below to the cent, whatever the speed of the machine. Not here: who sends
what when (actors), and where the loans come from (book).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import Enum
from functools import lru_cache
from itertools import accumulate
from typing import Final

from cli.demo.book import Record
from lending.arithmetic import ContractType, Installment, loan_terms, plan

DUE_DAYS: Final = 28
"""The record knows the month of issue only; the loans of a month are spread over its first days."""


class Step(Enum):
    """What a party does."""

    PAY = "pay"
    """The borrower pays on the bill."""
    SETTLE = "settle"
    """The borrower pays the bill, if there is one, and all that is not yet due."""
    WRITE_OFF = "write off"
    """The lender takes the defaulted loan off its books."""
    RECOVER = "recover"
    """The borrower pays on the loan that was written off, and a collector keeps a part."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a party does about a loan."""

    step: Step
    """What."""
    bill: int
    """The bill that it follows, from 1; 0 is the payout of the loan."""
    amount: int
    """How much is paid, in cents."""
    fee: int = 0
    """How much of it the collector keeps."""


@dataclass(frozen=True, slots=True)
class Life:
    """What is to become of one loan, and what its lender is to have received in the end."""

    record: Record
    """The row that it follows."""
    actions: tuple[Action, ...]
    """All that its parties do, in order, after the payout."""
    principal: int
    """Principal received before any charge-off."""
    interest: int
    """Interest received before any charge-off."""

    @property
    def is_early(self) -> bool:
        """Whether it is paid back before its term is over."""
        last = self.actions[-1]
        return last.step is Step.SETTLE and last.bill < self.record.months

    @property
    def needs(self) -> int:
        """The cash that the borrower must have from elsewhere, beyond the loan itself."""
        return max(0, sum(action.amount for action in self.actions) - self.record.principal)


def plan_life(record: Record) -> Life:
    """What becomes of the loan of a row."""
    bills = planned_bills(record)
    return _paid(record, bills) if record.is_paid else _charged_off(record, bills)


@lru_cache(maxsize=8_192)
def planned_bills(record: Record) -> tuple[Installment, ...]:
    """The bills of the loan, were it paid as agreed: what the chain's own engine will say."""
    start = int(datetime.combine(record.issued, time(), UTC).timestamp()) * 1_000
    terms = loan_terms(ContractType.ANN, record.principal, record.rate, start, record.months)
    return plan(terms)


def payout_days(record: Record) -> int:
    """On which day of its month, from 0, the loan is paid out."""
    return record.row % DUE_DAYS


def _paid(record: Record, bills: tuple[Installment, ...]) -> Life:
    interest = (0, *accumulate(bill.interest for bill in bills))
    month = min(range(len(interest)), key=lambda k: abs(interest[k] - record.interest_received))
    actions = [Action(Step.PAY, bill.number, bill.payment) for bill in bills[:month]]
    if month < record.months:
        last = actions.pop().amount if actions else 0
        rest = bills[month - 1].balance_after if month else record.principal
        actions.append(Action(Step.SETTLE, month, last + rest))
    return Life(record, tuple(actions), record.principal, interest[month])


def _charged_off(record: Record, bills: tuple[Installment, ...]) -> Life:
    cash = record.principal_received + record.interest_received
    whole, rest = divmod(cash, record.installment)
    paid = bills[:whole]
    actions = [Action(Step.PAY, bill.number, bill.payment) for bill in paid]
    if rest:
        actions.append(Action(Step.PAY, whole + 1, rest))
    actions.append(Action(Step.WRITE_OFF, whole + 1, 0))
    if record.recovered:
        actions.append(Action(Step.RECOVER, whole + 1, record.recovered, record.collection_fee))
    # The waterfall of the product: interest of an installment before its principal.
    interest = min(rest, bills[whole].interest)
    return Life(
        record,
        tuple(actions),
        sum(bill.principal for bill in paid) + rest - interest,
        sum(bill.interest for bill in paid) + interest,
    )
