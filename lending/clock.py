"""The clock: what happens at block time by itself. Bounded per block; what is left goes first next.

It reports the totals of the block before, then attends to the alarms that ring, the oldest first.
For a loan it does everything that has fallen due, in the order of its days, and sets the alarm anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lending import keys, records
from lending.alarms import drop_alarm, ringing, set_alarm
from lending.bridge.chains import attend_wrapped
from lending.changes.offers import attend_change, carry_out
from lending.chart import NAMES
from lending.collateral.watch import attend_alarm, loan_changed, run_prices
from lending.covenants.work import attend_covenant
from lending.cover.deposits import attend_deposit_cover
from lending.cover.protections import attend_protection
from lending.exchange.offers import attend_exchange
from lending.facilities.work import attend_facility, attend_vote
from lending.impairment.policies import attend_impairment
from lending.journal import changed_assets, forget_changes
from lending.monitoring.rules import attend_monitoring
from lending.origination.book import attend_application, attend_offer
from lending.parties.consortium import parameters
from lending.pools.queue import attend_pool
from lending.processes import arrears
from lending.products.agreement import attend_agreement
from lending.products.billing import bill_installment, charge_default_interest
from lending.products.lifecycle import RUNNING
from lending.products.loan import put_loan
from lending.products.names import attend_rival
from lending.products.template import template_of
from lending.records import Loan, covenant_keys, places, services
from lending.records.bridge import WRAPPED_AT
from lending.records.deposit_cover import DEPOSIT_COVER_AT
from lending.scope import Scope
from lending.services.orders import attend_order
from lending.terms import Template

STEPS_PER_LOAN_MAX: Final = 64
"""How much of one loan's past is caught up with at a time."""

Attendant = Callable[[Scope, bytes, int], int]
"""Does what fell due for a record, within a budget, and returns what it cost of it."""
ATTENDANTS: Final[dict[bytes, Attendant]] = {
    keys.LOAN: lambda scope, subject, budget: attend_loan(scope, subject, budget),  # noqa: PLW0108
    keys.AGREEMENT: attend_agreement,
    keys.ACCOUNT: attend_alarm,
    keys.PROTECTION: attend_protection,
    keys.POOL: attend_pool,
    keys.FACILITY: attend_facility,
    keys.AMENDMENT: attend_vote,
    covenant_keys.COVENANT: attend_covenant,
    services.ORDER: attend_order,
    WRAPPED_AT: attend_wrapped,
    DEPOSIT_COVER_AT: attend_deposit_cover,
    places.MONITORING: attend_monitoring,
    places.IMPAIRMENT: attend_impairment,
    keys.EXCHANGE: attend_exchange,
    keys.CHANGE: attend_change,
    keys.APPLICATION: attend_application,
    keys.OFFER: attend_offer,
    keys.RIVAL: attend_rival,
}
"""Who attends to the alarms of which records, by what their keys begin with."""

Step = Callable[[Scope, Loan, Template], Loan]
Due = tuple[int, Step]
"""When something concerns a loan, and what is to be done then."""


def run_clock(scope: Scope) -> None:
    """Do what has fallen due."""
    report_totals(scope)
    budget = parameters(scope).work_per_block
    budget -= run_prices(scope, -(-budget // 2))
    for key in ringing(scope.state, scope.now_ms, budget):
        subject = keys.alarm_subject(key)
        drop_alarm(scope.state, key)
        budget -= ATTENDANTS[subject.partition(b"/")[0] + b"/"](scope, subject, budget)
        if budget <= 0:
            break


def report_totals(scope: Scope) -> None:
    """Say what the accounts came to at the end of the block before, for the assets that moved."""
    for asset in changed_assets(scope.state):
        total = records.TOTAL.get(scope.state, keys.total(asset))
        assert total is not None, "a changed total exists"
        sums = tuple(pair for pair in zip(NAMES, total.sums, strict=True) if pair[1])
        scope.emit("trial_balance", asset=asset, height=scope.height - 1, sums=sums)
    forget_changes(scope.state)


def attend_loan(scope: Scope, subject: bytes, budget: int) -> int:
    """Do what fell due for one loan and set its next alarm; returns what it cost of the budget."""
    steps = catch_up(scope, subject, min(budget, STEPS_PER_LOAN_MAX))
    loan = records.LOAN.get(scope.state, subject)
    assert loan is not None, "loans are never removed"
    if loan.status in RUNNING:
        due_ms, _ = next_step(loan, template_of(scope, loan.product, loan.version))
        set_alarm(scope.state, due_ms, subject)
    return max(steps, 1)


def catch_up(scope: Scope, subject: bytes, steps_max: int = STEPS_PER_LOAN_MAX) -> int:
    """Do what fell due for one loan, if there is one, and return how much that was.

    At most `steps_max` of it is done, and the loan's alarm is left as it is.

    The clock may be behind with its work, so whatever is asked about a loan waits for this first:
    what is billed never depends on the order in which the clock and a payment came to it.
    """
    before = loan = records.LOAN.get(scope.state, subject)
    steps = 0
    while loan is not None and loan.status in RUNNING and steps < steps_max:
        template = template_of(scope, loan.product, loan.version)
        due_ms, step = next_step(loan, template)
        if due_ms > scope.now_ms:
            break
        if template.default_rate:
            loan = charge_default_interest(scope, loan, template, due_ms)
        loan = step(scope, loan, template)
        steps += 1
    if loan is not None and loan is not before:
        put_loan(scope, loan)
        loan_changed(scope, loan.name)
    return steps


def next_step(loan: Loan, template: Template) -> Due:
    """The first thing that will concern a running loan; of several at one time, in this order."""
    steps: list[Due] = []
    if loan.due_ms:
        steps.append((loan.due_ms, bill_installment))
    if loan.change_ms:
        steps.append((loan.change_ms, carry_out))
    if loan.bills:
        fresh = next((bill for bill in loan.bills if not bill.is_late), None)
        if fresh is not None:
            steps.append((arrears.grace_end_ms(template, fresh), arrears.charge_late_fee))
        if (bucket_ms := arrears.next_bucket_ms(loan)) is not None:
            steps.append((bucket_ms, arrears.move_bucket))
        steps.append((arrears.default_ms(template, loan), arrears.declare_default))
    return min(steps, key=_due_ms)


def _due_ms(due: Due) -> int:
    return due[0]
