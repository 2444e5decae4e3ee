"""Cover for deposits: bought for a pool's loss or a custodian's, paid by the machine at the event, once.

The event pays in its own transaction, so nobody can come between: a pool's loss that its manager
realises, or a loss at a custodian that a quorum of members declares. What is paid is the loss of what
was covered and is still held, at most the cover, at most the fund. A cover begins after the fund's
waiting time, so that nobody buys it when the loss is known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from ledger.receipt import Rejected
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands.deposit_cover import (
    CoverDeposit,
    CoverHolding,
    DeclareCustodianLoss,
    SetCoverTerms,
)
from lending.commands.pools import WriteOffPoolDebt
from lending.cover.pricing import cover_terms_of, rate_of
from lending.cover.protections import fund_of, put_fund
from lending.fields import RATE_UNIT
from lending.journal import balance_of, post
from lending.parties.assets import asset_of
from lending.parties.authority import wrong_role
from lending.parties.cash import check_funds
from lending.pools.books import open_pool, template_of, terms_of
from lending.pools.losses import write_off_pool_debt
from lending.pools.positions import position_of
from lending.pools.shares import tranche_of, value_of
from lending.records import deposit_cover as stored
from lending.records.collateral import Fund, ProtectionStatus
from lending.records.deposit_cover import CoverNames, CoverTerms, DepositCover
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.feeds import check_approved
from lending.support.prices import collateral_value

COVERS_MAX: Final = 64
"""How many active covers one tranche or asset may have: an event pays them all at once."""
YEAR_DAYS: Final = 365
Order = CoverDeposit | CoverHolding


def set_cover_terms(scope: Scope, command: SetCoverTerms) -> Rejected | None:
    """The owner of a fund fixes what it sells from now on; covers that are sold keep their terms."""
    fund = fund_of(scope, command.fund)
    if fund is None:
        return reject(Rejection.UNKNOWN_FUND, fund=command.fund)
    if scope.sender != fund.owner:
        return wrong_role(scope, "the fund's owner")
    terms = CoverTerms(command.rates, command.subject_limit, command.waiting_ms)
    stored.COVER_TERMS.put(scope.state, stored.cover_terms_key(fund.name), terms)
    scope.emit(
        "cover_terms_set", fund=fund.name, rates=terms.rates, subject_limit=terms.subject_limit,
        waiting_ms=terms.waiting_ms,
    )  # fmt: skip
    return None


def cover_deposit(scope: Scope, command: CoverDeposit) -> Rejected | None:
    """A depositor covers its shares of a tranche."""
    fund = fund_of(scope, command.fund)
    if fund is None:
        return reject(Rejection.UNKNOWN_FUND, fund=command.fund)
    pool, terms = open_pool(scope, command.pool), terms_of(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    if terms is None or template_of(scope, pool).asset != fund.currency:
        return reject(Rejection.UNKNOWN_ASSET, asset=fund.currency)
    if scope.sender in (fund.owner, terms.manager):
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    position = position_of(scope, pool, command.tranche, scope.sender)
    shares = 0 if position is None else position.shares
    worth = value_of(tranche_of(pool, command.tranche), shares)
    subject = f"{command.pool}/{command.tranche}"
    return _sell(scope, fund, command, subject, command.tranche, shares, worth)


def cover_holding(scope: Scope, command: CoverHolding) -> Rejected | None:
    """A holder covers what a custodian keeps for it."""
    fund = fund_of(scope, command.fund)
    if fund is None:
        return reject(Rejection.UNKNOWN_FUND, fund=command.fund)
    asset, money = asset_of(scope, command.asset), asset_of(scope, fund.currency)
    if asset is None or money is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if asset.custodian == money.custodian:
        # The fund's own money would be lost in the very event that it covers.
        return reject(Rejection.NOT_ELIGIBLE, asset=asset.code, currency=fund.currency)
    if scope.sender in (fund.owner, asset.custodian):
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    held = _held(scope, scope.sender, asset.code)
    if held < command.units:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=scope.sender, asset=asset.code, available=held,
            needed=command.units,
        )  # fmt: skip
    worth = collateral_value(scope, asset.code, command.units, fund.currency)
    if isinstance(worth, Rejected):
        return worth
    return _sell(scope, fund, command, asset.code, "CUSTODIAN", command.units, worth)


def write_off_pool_debt_covered(scope: Scope, command: WriteOffPoolDebt) -> Rejected | None:
    """The manager realises a loss; the covers of the depositors who bear it pay at once."""
    if refused := write_off_pool_debt(scope, command):
        return refused
    _, event = scope.events[-1]
    pool = open_pool(scope, command.pool)
    assert not isinstance(pool, Rejected), "a pool that lost is open"
    for tranche, part in (("JUNIOR", event["junior"]), ("SENIOR", event["senior"])):
        whole = tranche_of(pool, tranche).shares
        paid: dict[str, int] = {}
        for cover in _of_subject(scope, f"{pool.name}/{tranche}") if part else ():
            position = position_of(scope, pool, tranche, cover.buyer)
            shares = min(cover.units, 0 if position is None else position.shares)
            # Two covers of one deposit together pay its loss, not each of them.
            before = paid.get(cover.buyer, 0)
            paid[cover.buyer] = before + _pay(scope, cover, part * shares // whole - before)
    return None


def declare_custodian_loss(scope: Scope, command: DeclareCustodianLoss) -> Rejected | None:
    """Members declare what a custodian has lost in all; what is new of it the covers pay at once."""
    if refused := check_approved(scope):
        return refused
    asset = asset_of(scope, command.asset)
    if asset is None or asset.kind == "wrapped":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    raw = scope.state.get(stored.custodian_loss_key(asset.code))
    known = 0 if raw is None else int(codec.decode(raw))
    more = command.loss_rate - known
    if more <= 0:
        return reject(
            Rejection.BAD_TERMS, field="loss_rate", value=command.loss_rate, minimum=known + 1
        )
    scope.state.put(stored.custodian_loss_key(asset.code), codec.encode(command.loss_rate))
    scope.emit(
        "custodian_loss_declared",
        asset=asset.code,
        custodian=asset.custodian,
        loss_rate=command.loss_rate,
    )
    used: dict[str, int] = {}
    for cover in _of_subject(scope, asset.code):
        # Two covers of one holding together pay for what is held, not each of them.
        before = used.get(cover.buyer, 0)
        units = min(cover.units, max(0, _held(scope, cover.buyer, asset.code) - before))
        loss = cover.amount * more * units // (RATE_UNIT * cover.units)
        if _pay(scope, cover, loss):
            used[cover.buyer] = before + units
    return None


def attend_deposit_cover(scope: Scope, subject: bytes, _budget: int) -> int:
    """The clock: the time of a cover is over; one that has ended is left alone."""
    cover = stored.DEPOSIT_COVER.get(scope.state, subject)
    assert cover is not None, "covers are never removed"
    if cover.status is ProtectionStatus.ACTIVE:
        _end(scope, cover, ProtectionStatus.EXPIRED)
    return 1


def _held(scope: Scope, owner: str, asset: str) -> int:
    state = scope.state
    free = balance_of(state, owner, Account.CASH, asset)
    return free + balance_of(state, owner, Account.PLEDGED, asset)


def _sell(
    scope: Scope, fund: Fund, order: Order, subject: str, risk: str, units: int, worth: int
) -> Rejected | None:
    terms = cover_terms_of(scope, fund.name)
    rate = rate_of(terms, risk)
    if terms is None or rate is None:
        return reject(Rejection.NOT_ELIGIBLE, fund=fund.name, risk=risk)
    if stored.DEPOSIT_COVER.get(scope.state, stored.deposit_cover_key(order.cover)) is not None:
        return reject(Rejection.ALREADY_EXISTS, cover=order.cover)
    from_ms = scope.now_ms + terms.waiting_ms
    if order.until_ms <= from_ms:
        return reject(
            Rejection.BAD_TERMS, field="until_ms", value=order.until_ms, minimum=from_ms + 1
        )
    if refused := _check_limits(scope, fund, terms, order, subject, worth):
        return refused
    price = _premium(order.amount, rate, order.until_ms - scope.now_ms)
    if price > order.premium_max:
        return reject(Rejection.PREMIUM_TOO_HIGH, premium=price, premium_max=order.premium_max)
    if refused := check_funds(scope, scope.sender, fund.currency, price):
        return refused
    post(scope, fund.currency, "premium", order.cover, [
        (scope.sender, Account.CASH, -price), (scope.sender, Account.PREMIUM_EXPENSE, price),
        (fund.owner, Account.CASH, price), (fund.owner, Account.PREMIUM_INCOME, -price),
    ])  # fmt: skip
    put_fund(scope, replace(fund, exposure=fund.exposure + order.amount))
    cover = DepositCover(
        order.cover, fund.name, scope.sender, subject, units, order.amount, from_ms,
        order.until_ms, ProtectionStatus.ACTIVE, paid=0,
    )  # fmt: skip
    stored.DEPOSIT_COVER.put(scope.state, stored.deposit_cover_key(cover.name), cover)
    _list(scope, subject, (*_names(scope, subject), cover.name))
    set_alarm(scope.state, cover.until_ms, stored.deposit_cover_key(cover.name))
    scope.emit(
        "deposit_cover_bought", cover=cover.name, fund=fund.name, buyer=cover.buyer,
        subject=subject, units=units, amount=cover.amount, premium=price, from_ms=from_ms,
        until_ms=cover.until_ms,
    )  # fmt: skip
    return None


def _premium(amount: int, rate: int, span_ms: int) -> int:
    """The amount at the yearly rate for the begun days, rounded up: the buyer chose."""
    days = -(-span_ms // DAY_MS)
    return -(-amount * rate * days // (RATE_UNIT * YEAR_DAYS))


def _check_limits(
    scope: Scope, fund: Fund, terms: CoverTerms, order: Order, subject: str, worth: int
) -> Rejected | None:
    covers = _of_subject(scope, subject)
    of_subject = sum(each.amount for each in covers if each.fund == fund.name) + order.amount
    limits = (
        ("cover of what is held", order.amount, worth),
        ("cover", order.amount, fund.capital * fund.cover_limit // RATE_UNIT),
        ("covers of the subject", of_subject, fund.capital * terms.subject_limit // RATE_UNIT),
        (
            "exposure", fund.exposure + order.amount,
            fund.capital * fund.exposure_limit // RATE_UNIT,
        ),
        ("covers", len(covers) + 1, COVERS_MAX),
    )  # fmt: skip
    for what, held, most in limits:
        if held > most:
            return reject(Rejection.CAP_EXCEEDED, what=what, held=held, most=most)
    return None


def _names(scope: Scope, subject: str) -> tuple[str, ...]:
    found = stored.COVER_NAMES.get(scope.state, stored.deposit_covers_key(subject))
    return () if found is None else found.names


def _list(scope: Scope, subject: str, names: tuple[str, ...]) -> None:
    key = stored.deposit_covers_key(subject)
    if names:
        stored.COVER_NAMES.put(scope.state, key, CoverNames(names))
    else:
        scope.state.delete(key)


def _of_subject(scope: Scope, subject: str) -> list[DepositCover]:
    found = []
    for name in _names(scope, subject):
        cover = stored.DEPOSIT_COVER.get(scope.state, stored.deposit_cover_key(name))
        assert cover is not None, "covers are never removed"
        found.append(cover)
    return found


def _pay(scope: Scope, cover: DepositCover, loss: int) -> int:
    """Pay what was lost, once; nothing before the cover begins, after its end, or for no loss."""
    fund = fund_of(scope, cover.fund)
    assert fund is not None, "funds are never removed"
    paid = min(loss, cover.amount, fund.capital)
    if paid <= 0 or not cover.from_ms <= scope.now_ms < cover.until_ms:
        return 0
    post(scope, fund.currency, "claim", cover.name, [
        (fund.owner, Account.PLEDGED, -paid), (fund.owner, Account.CLAIMS_EXPENSE, paid),
        (cover.buyer, Account.CASH, paid), (cover.buyer, Account.CLAIMS_INCOME, -paid),
    ])  # fmt: skip
    scope.emit(
        "deposit_cover_paid", cover=cover.name, fund=fund.name, buyer=cover.buyer, loss=loss,
        amount=paid,
    )  # fmt: skip
    put_fund(scope, replace(fund, capital=fund.capital - paid))
    _end(scope, replace(cover, paid=paid), ProtectionStatus.CLAIMED)
    return paid


def _end(scope: Scope, cover: DepositCover, status: ProtectionStatus) -> None:
    fund = fund_of(scope, cover.fund)
    assert fund is not None, "funds are never removed"
    put_fund(scope, replace(fund, exposure=fund.exposure - cover.amount))
    stored.DEPOSIT_COVER.put(
        scope.state, stored.deposit_cover_key(cover.name), replace(cover, status=status)
    )
    left = tuple(name for name in _names(scope, cover.subject) if name != cover.name)
    _list(scope, cover.subject, left)
    scope.emit(
        "deposit_cover_ended", cover=cover.name, status=str(status), paid=cover.paid,
        freed=cover.amount - cover.paid,
    )  # fmt: skip
