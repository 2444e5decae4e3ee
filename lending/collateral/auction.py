"""The auction of an account's collateral: a price that falls by the clock down to a floor.

Members and desks buy part or all at the price of the moment. What a sale brings pays the agent's
costs and then the loans, each in proportion to what it takes to pay it off; more than that stays
with the borrower. The auction ends when it raised its target, when all is sold, or by the clock.
"""

from __future__ import annotations

from dataclasses import replace

from lending.arithmetic import Rounding, mul_div
from lending.chart import Account
from lending.collateral.book import alarm_at, change_amount, held, no_triggers, put_account
from lending.collateral.health import ALL_OF_IT, Worth, running_debts
from lending.cover.protections import follow_loan
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.journal import post
from lending.parties.assets import asset_of
from lending.products.repayment import prepayment, settle
from lending.products.template import template_of
from lending.records import Loan, LoanStatus
from lending.records.collateral import AccountStatus, CollateralAccount, Lot
from lending.scope import Scope
from lending.terms import Template
from lending.waterfall import owed, take


def begin_auction(scope: Scope, account: CollateralAccount, value: Worth) -> CollateralAccount:
    """Put all collateral on sale, to raise the part of the debts that is to be closed."""
    terms = account.terms
    lots = tuple(
        Lot(
            holding.asset,
            start=min(price + part_of(price, terms.start_premium), AMOUNT_MAX),
            step=part_of(price, terms.step_rate),
            floor=max(1, part_of(price, terms.floor_rate)),
        )
        for holding, price in zip(account.holdings, value.prices, strict=True)
    )  # fmt: skip
    steps = max(-(-max(0, lot.start - lot.floor) // lot.step) for lot in lots)
    deadline_ms = scope.now_ms + (steps + 1) * terms.step_ms
    target = target_of(scope, account, value)
    account = replace(
        no_triggers(scope, account), status=AccountStatus.LIQUIDATING, lots=lots, target=target,
        auction_ms=scope.now_ms, deadline_ms=deadline_ms,
    )  # fmt: skip
    account = put_account(scope, alarm_at(scope, account, deadline_ms))
    scope.emit(
        "auction_started", account=account.name, value=value.shown, target=target,
        until_ms=deadline_ms,
        lots=tuple((lot.asset, held(account, lot.asset), lot.start, lot.floor) for lot in lots),
    )  # fmt: skip
    return account


def end_auction(scope: Scope, account: CollateralAccount, reason: str) -> CollateralAccount:
    """Take what is left off the sale."""
    scope.emit("auction_ended", account=account.name, reason=reason, unraised=account.target)
    account = replace(
        account, status=AccountStatus.OPEN, lots=(), target=0, auction_ms=0, deadline_ms=0
    )
    return put_account(scope, alarm_at(scope, account, 0))


def price_now(account: CollateralAccount, lot: Lot, now_ms: int) -> int:
    """The price of a whole unit: it falls a step at a time, and never below the floor."""
    steps = (now_ms - account.auction_ms) // account.terms.step_ms
    return max(lot.floor, lot.start - steps * lot.step)


def needed_amount(scope: Scope, account: CollateralAccount, lot: Lot, price: int) -> int:
    """How much of a lot the auction has still to sell: what brings its target and the costs."""
    gross = -(-account.target * RATE_UNIT // (RATE_UNIT - account.terms.cost_rate))
    return min(held(account, lot.asset), -(-gross * unit_of(scope, lot.asset) // price))


def sell(
    scope: Scope, account: CollateralAccount, asset: str, amount: int, payment: int
) -> CollateralAccount:
    """The sender pays and gets the collateral; the payment goes to costs, loans, the borrower."""
    owner, buyer = account.owner, scope.sender
    post(scope, asset, "auction", account.name, [
        (owner, Account.PLEDGED, -amount), (owner, Account.TRANSFERS, amount),
        (buyer, Account.CASH, amount), (buyer, Account.TRANSFERS, -amount),
    ])  # fmt: skip
    account = change_amount(scope, account, asset, -amount)
    post(scope, account.currency, "auction", account.name, [
        (buyer, Account.CASH, -payment), (buyer, Account.TRANSFERS, payment),
        (owner, Account.CASH, payment), (owner, Account.TRANSFERS, -payment),
    ])  # fmt: skip
    cost = payment * account.terms.cost_rate // RATE_UNIT
    post(scope, account.currency, "auction_cost", account.name, [
        (owner, Account.CASH, -cost), (owner, Account.FEE_EXPENSE, cost),
        (account.agent, Account.CASH, cost), (account.agent, Account.FEE_INCOME, -cost),
    ])  # fmt: skip
    paid = pay_loans(scope, account, payment - cost)
    account = put_account(scope, replace(account, target=max(0, account.target - paid)))
    scope.emit(
        "collateral_sold", account=account.name, asset=asset, amount=amount, buyer=buyer,
        payment=payment, cost=cost, paid=paid, surplus=payment - cost - paid,
        unraised=account.target,
    )  # fmt: skip
    return account


def pay_loans(scope: Scope, account: CollateralAccount, amount: int) -> int:
    """Pay an amount to the loans in proportion; returns what they took, at most all."""
    loans = [loan for loan, _ in running_debts(scope, account)]
    payoffs = [payoff_of(scope, loan) for loan in loans]
    parts = split(min(amount, sum(payoffs)), payoffs)
    for loan, part in zip(loans, parts, strict=True):
        if part:
            template = _payable_template(scope, loan)
            taken = take(part, loan.bills, template.waterfall, template.allocation)
            prepaid = prepayment(scope.today_ms, loan, template, taken.left)
            follow_loan(scope, settle(scope, loan, taken, prepaid, part))
    return sum(parts)


def payoff_of(scope: Scope, loan: Loan) -> int:
    """What a payment today could settle of a loan."""
    template = _payable_template(scope, loan)
    rest = prepayment(scope.today_ms, loan, template, AMOUNT_MAX)
    return owed(loan.bills) + rest.interest + rest.principal


def target_of(scope: Scope, account: CollateralAccount, value: Worth) -> int:
    """What an auction has to raise: the close factor's part of the debts, or all of them.

    All where little would be left, where a loan is in default, and where the collateral does not
    count for the debts any more.
    """
    loans = running_debts(scope, account)
    debt = sum(each for _, each in loans)
    part = -(-debt * account.terms.close_factor // RATE_UNIT)
    is_lost = any(loan.status is LoanStatus.DEFAULTED for loan, _ in loans)
    is_lost = is_lost or not value.covers(debt, ALL_OF_IT)
    if is_lost or debt - part < account.terms.least_debt or part == debt:
        return sum(payoff_of(scope, loan) for loan, _ in loans)
    return part


def split(amount: int, weights: list[int]) -> list[int]:
    """Parts of an amount in proportion, exact: largest remainder, of equal ones the first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place)
    )
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def unit_of(scope: Scope, asset_code: str) -> int:
    """How many minor units make a whole one."""
    asset = asset_of(scope, asset_code)
    assert asset is not None, "assets are never removed"
    return int(10**asset.decimals)


def part_of(price: int, part: int) -> int:
    """A part of a price, rounded up."""
    return mul_div(price, part, RATE_UNIT, Rounding.CEIL)


def _payable_template(scope: Scope, loan: Loan) -> Template:
    """A sale pays what is not due even where the borrower could not: with interest to the day."""
    template = template_of(scope, loan.product, loan.version)
    return replace(template, prepayment="TO_DATE") if template.prepayment == "REFUSED" else template
