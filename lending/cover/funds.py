"""Cover funds: capital that a member sets aside, and the covers that it sells against it.

All covers together stay within a part of the capital, and each within another; capital that covers
need cannot be taken back. The premium is for the days of the cover, rounded up, and earned at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.commands.collateral import BuyCover, ChangeCoverCapital, OpenCoverFund
from lending.cover.pricing import cover_terms_of, rate_of
from lending.cover.protections import add, check_new, fund_of, lock, put_fund
from lending.credit.grades import grade_of
from lending.fields import RATE_UNIT
from lending.journal import post
from lending.parties.assets import asset_of
from lending.parties.authority import check_kind, wrong_role
from lending.parties.cash import check_funds
from lending.products.names import agreement_of
from lending.records import PartyKind
from lending.records.collateral import Fund, Protection, ProtectionStatus
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope

YEAR_DAYS: Final = 365


def open_cover_fund(scope: Scope, command: OpenCoverFund) -> Rejected | None:
    """A member or desk sets capital aside for covers."""
    if refused := check_kind(scope, PartyKind.MEMBER, PartyKind.DESK):
        return refused
    if fund_of(scope, command.fund) is not None:
        return reject(Rejection.ALREADY_EXISTS, fund=command.fund)
    asset = asset_of(scope, command.currency)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.currency)
    if refused := check_funds(scope, scope.sender, command.currency, command.capital):
        return refused
    fund = Fund(
        command.fund, scope.sender, command.currency, command.capital, 0, command.exposure_limit,
        command.cover_limit, command.premium_rate, command.premium_rate_secured,
    )  # fmt: skip
    lock(scope, fund.owner, fund.currency, fund.capital, fund.name)
    put_fund(scope, fund)
    scope.emit(
        "cover_fund_opened", fund=fund.name, owner=fund.owner, currency=fund.currency,
        capital=fund.capital, exposure_limit=fund.exposure_limit, cover_limit=fund.cover_limit,
        premium_rate=fund.premium_rate, premium_rate_secured=fund.premium_rate_secured,
    )  # fmt: skip
    return None


def change_cover_capital(scope: Scope, command: ChangeCoverCapital) -> Rejected | None:
    """The owner adds capital or takes back what the covers leave free."""
    fund = fund_of(scope, command.fund)
    if fund is None:
        return reject(Rejection.UNKNOWN_FUND, fund=command.fund)
    if scope.sender != fund.owner:
        return wrong_role(scope, "the fund's owner")
    room = command.capital * fund.exposure_limit // RATE_UNIT
    if fund.exposure > room and command.capital < fund.capital:
        return reject(Rejection.CAP_EXCEEDED, what="exposure", held=fund.exposure, most=room)
    more = command.capital - fund.capital
    if more > 0 and (refused := check_funds(scope, fund.owner, fund.currency, more)):
        return refused
    lock(scope, fund.owner, fund.currency, more, fund.name)
    put_fund(scope, replace(fund, capital=command.capital))
    scope.emit("cover_capital_changed", fund=fund.name, capital=command.capital)
    return None


def buy_cover(scope: Scope, command: BuyCover) -> Rejected | None:
    """A lender covers its loan and pays the premium to the fund's owner."""
    fund = fund_of(scope, command.fund)
    if fund is None:
        return reject(Rejection.UNKNOWN_FUND, fund=command.fund)
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if scope.sender != terms.lender:
        return wrong_role(scope, "the lender")
    if terms.asset != fund.currency:
        return reject(Rejection.UNKNOWN_ASSET, asset=terms.asset)
    if refused := check_new(scope, command.cover, fund.owner, agreement, command.until_ms):
        return refused
    if refused := _check_limits(fund, command.amount, terms.principal):
        return refused
    price = premium(scope, fund, agreement.name, command)
    if price > command.premium_max:
        return reject(Rejection.PREMIUM_TOO_HIGH, premium=price, premium_max=command.premium_max)
    if refused := check_funds(scope, scope.sender, fund.currency, price):
        return refused
    _post_premium(scope, fund, command.cover, price)
    put_fund(scope, replace(fund, exposure=fund.exposure + command.amount))
    cover = Protection(
        command.cover, "COVER", fund.owner, fund.name, agreement.name, fund.currency,
        command.amount, command.until_ms, ProtectionStatus.ACTIVE, paid=0, returned=0,
    )  # fmt: skip
    add(scope, cover)
    scope.emit(
        "cover_bought", cover=cover.name, fund=fund.name, buyer=scope.sender,
        agreement=agreement.name, amount=cover.amount, premium=price, until_ms=cover.until_ms,
    )  # fmt: skip
    return None


def premium(scope: Scope, fund: Fund, agreement: str, command: BuyCover) -> int:
    """What a cover costs: its amount at the fund's yearly rate for the loan's risk, by begun days.

    The rate of a loan without collateral is that of its borrower's grade, where the fund names it.
    """
    is_secured = scope.state.get(keys.secured(agreement)) is not None
    rate = fund.premium_rate_secured if is_secured else fund.premium_rate
    terms = cover_terms_of(scope, fund.name)
    if terms is not None and not is_secured:
        found = agreement_of(scope, agreement)
        assert found is not None, "the agreement was checked"
        by_grade = rate_of(terms, grade_of(scope, found.terms.borrower))
        rate = rate if by_grade is None else by_grade
    days = -(-(command.until_ms - scope.now_ms) // DAY_MS)
    return -(-command.amount * rate * days // (RATE_UNIT * YEAR_DAYS))


def _check_limits(fund: Fund, amount: int, principal: int) -> Rejected | None:
    limits = (
        ("cover of the loan", amount, principal),
        ("cover", amount, fund.capital * fund.cover_limit // RATE_UNIT),
        ("exposure", fund.exposure + amount, fund.capital * fund.exposure_limit // RATE_UNIT),
    )
    for what, held, most in limits:
        if held > most:
            return reject(Rejection.CAP_EXCEEDED, what=what, held=held, most=most)
    return None


def _post_premium(scope: Scope, fund: Fund, reference: str, price: int) -> None:
    legs = [
        (scope.sender, Account.CASH, -price),
        (scope.sender, Account.PREMIUM_EXPENSE, price),
        (fund.owner, Account.CASH, price),
        (fund.owner, Account.PREMIUM_INCOME, -price),
    ]
    post(scope, fund.currency, "premium", reference, legs)
