"""Watching collateral accounts: the margin call, its cure, the auction, and the loss that is left.

An account is looked at when one of its loans or its collateral changed, when a price fell below
one of its trigger prices, and when its own alarm rings. What is decided depends on debts, agreed
prices and the block's time alone; where a price cannot be decided by, nothing is decided.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys, records
from lending.collateral.auction import begin_auction, end_auction
from lending.collateral.book import (
    account_of,
    alarm_at,
    no_triggers,
    put_account,
    securing,
    set_triggers,
)
from lending.collateral.health import Worth, limits_of, running_debts, worth_of
from lending.cover.protections import claim, follow_loan
from lending.deferral import Check, has_failed
from lending.processes.arrears import accelerate
from lending.processes.write_off import book_loss
from lending.products.lifecycle import AGREEMENT_STEPS, RUNNING, loan_step
from lending.products.loan import loan_of, put_loan
from lending.products.names import agreement_of
from lending.records import Loan, LoanStatus
from lending.records.collateral import AccountStatus, CollateralAccount
from lending.scope import Scope
from lending.support.feeds import strike
from lending.waterfall import owed

RETRY_MS: Final = 3_600_000
"""How soon an account is looked at again whose prices could not be decided by."""


def run_prices(scope: Scope, budget: int) -> int:
    """Strike the prices that were reported and look at the accounts that they concern.

    At most `budget` accounts; the highest triggers first, the rest goes first in the next block.
    Returns how many there were.
    """
    spent = 0
    for key, _ in list(scope.state.iterate(keys.FEED_WORK, prefix_end(keys.FEED_WORK))):
        asset, _, currency = key[len(keys.FEED_WORK) :].decode().partition("/")
        strike(scope, asset, currency)
        price = records.PRICE.get(scope.state, keys.price(asset, currency))
        if price is not None:
            start, stop = keys.triggers_above(asset, currency, price.price)
            due = [each for each, _ in islice(scope.state.iterate(start, stop), budget - spent)]
            for trigger in due:
                attend_account(scope, trigger[len(start) + 8 :].decode())
            spent += len(due)
        if spent >= budget:
            return spent
        scope.state.delete(key)
    return spent


def loan_changed(scope: Scope, name: str) -> None:
    """A loan was drawn, billed, paid, or is in default: what stands behind it follows."""
    loan = loan_of(scope, name)
    if loan is None:
        return
    follow_loan(scope, loan)
    account = securing(scope, name)
    if account is not None:
        attend_account(scope, account.name)
    elif loan.status is LoanStatus.DEFAULTED:
        claim(scope, loan)


def attend_alarm(scope: Scope, subject: bytes, _budget: int) -> int:
    """An account's alarm rang and is gone; if something else has set another, that one will ring."""
    account = account_of(scope, subject.removeprefix(keys.ACCOUNT).decode())
    assert account is not None, "accounts are never removed"
    if account.alarm_ms and scope.state.get(keys.alarm(account.alarm_ms, subject)) is None:
        put_account(scope, replace(account, alarm_ms=0))
        attend_account(scope, account.name)
    return 1


def attend_account(scope: Scope, name: str) -> None:
    """Look at an account and do what its state asks for.

    One that is uncovered on the way through a batch is looked at after it: nobody is called, and
    nothing sold, for a state that does not stand.
    """
    if has_failed(scope, Check.ACCOUNT_COVER, name):
        return
    account = account_of(scope, name)
    assert account is not None, "accounts are never removed"
    account = _without_ended(scope, account)
    debts = running_debts(scope, account)
    debt = sum(each for _, each in debts)
    if not debt:
        _calm(scope, account)
    elif not account.holdings:
        _bear_losses(scope, account)
    else:
        value = worth_of(scope, account, account.holdings)
        if isinstance(value, Rejected):
            _wait(scope, account)
        else:
            is_default = any(loan.status is LoanStatus.DEFAULTED for loan, _ in debts)
            _judge(scope, account, debt, value, is_default=is_default)


def _judge(
    scope: Scope, account: CollateralAccount, debt: int, value: Worth, *, is_default: bool
) -> None:
    limits = limits_of(scope, account)
    is_safe = not is_default and value.covers(debt, limits.margin)
    if account.status is AccountStatus.LIQUIDATING and not is_safe:
        if scope.now_ms < account.deadline_ms and account.target:
            return
        reason = "unsold" if account.target else "raised"
        account = end_auction(scope, account, reason)
    if is_safe:
        _calm(scope, account, value.trigger_prices(debt, limits.margin))
    elif is_default or not value.covers(debt, limits.liquidation):
        begin_auction(scope, account, value)
    elif account.status is not AccountStatus.CALLED:
        _call(scope, account, debt, value)
    elif scope.now_ms >= account.deadline_ms:
        begin_auction(scope, account, value)
    else:
        account = set_triggers(scope, account, value.trigger_prices(debt, limits.liquidation))
        put_account(scope, alarm_at(scope, account, account.deadline_ms))


def _call(scope: Scope, account: CollateralAccount, debt: int, value: Worth) -> None:
    limits = limits_of(scope, account)
    deadline_ms = scope.now_ms + account.terms.cure_ms
    account = set_triggers(scope, account, value.trigger_prices(debt, limits.liquidation))
    account = replace(account, status=AccountStatus.CALLED, deadline_ms=deadline_ms)
    put_account(scope, alarm_at(scope, account, deadline_ms))
    scope.emit(
        "margin_called", account=account.name, debt=debt, value=value.shown,
        margin_limit=value.counted(limits.margin) // value.value, until_ms=deadline_ms,
    )  # fmt: skip


def _calm(scope: Scope, account: CollateralAccount, limits: tuple[int, ...] = ()) -> None:
    """Nothing is to be asked of the borrower."""
    if account.status is AccountStatus.LIQUIDATING:
        account = end_auction(scope, account, "raised" if not account.target else "cured")
    elif account.status is AccountStatus.CALLED:
        scope.emit("margin_cured", account=account.name)
    account = set_triggers(scope, account, limits) if limits else no_triggers(scope, account)
    account = replace(account, status=AccountStatus.OPEN, deadline_ms=0)
    put_account(scope, alarm_at(scope, account, 0))


def _wait(scope: Scope, account: CollateralAccount) -> None:
    """Prices cannot be decided by: neither is the borrower called nor anything put on sale."""
    if account.status is AccountStatus.LIQUIDATING and scope.now_ms >= account.deadline_ms:
        account = end_auction(scope, account, "unsold")
    account = no_triggers(scope, account)
    put_account(scope, alarm_at(scope, account, scope.now_ms + RETRY_MS))


def _bear_losses(scope: Scope, account: CollateralAccount) -> None:
    """No collateral is left and something is owed: the loss goes through its declared order, now."""
    if account.status is AccountStatus.LIQUIDATING:
        account = end_auction(scope, account, "sold out")
    for loan, _ in running_debts(scope, account):
        defaulted = _defaulted(scope, loan)
        covered = claim(scope, defaulted)
        book_loss(scope, defaulted)
        loss = owed(defaulted.bills)
        scope.emit(
            "bad_debt", account=account.name, loan=loan.name, lender=loan.lender, debt=loss,
            covered=covered, lender_loss=loss - covered,
        )  # fmt: skip
    _calm(scope, _without_ended(scope, account))


def _defaulted(scope: Scope, loan: Loan) -> Loan:
    if loan.status in RUNNING:
        late = replace(loan, status=loan_step(loan.status, LoanStatus.DELINQUENT))
        loan = accelerate(scope, late, scope.today_ms)
        put_loan(scope, loan)
    return loan


def _without_ended(scope: Scope, account: CollateralAccount) -> CollateralAccount:
    """Forget the agreements that are over, and the loans that were written off."""
    kept = tuple(name for name in account.loans if _is_live(scope, name))
    for name in account.loans:
        if name not in kept:
            scope.state.delete(keys.secured(name))
    return account if kept == account.loans else put_account(scope, replace(account, loans=kept))


def _is_live(scope: Scope, name: str) -> bool:
    agreement = agreement_of(scope, name)
    assert agreement is not None, "agreements are never removed"
    loan = loan_of(scope, name)
    is_lost = loan is not None and loan.status is LoanStatus.WRITTEN_OFF
    return bool(AGREEMENT_STEPS[agreement.status]) and not is_lost
