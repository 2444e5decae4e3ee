"""Collateral of credit lines: pledged, taken back within the limit, bought when the debt is due.

It stays in the borrower's own books, on an account that nobody can pay from, like that of loans.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands.pools import PledgePoolCollateral, ReleasePoolCollateral
from lending.deferral import Check, at_end
from lending.fields import RATE_UNIT
from lending.journal import post
from lending.parties.cash import check_funds
from lending.pools.books import open_pool, template_of
from lending.pools.lines import debt_of, line_of, put_line
from lending.records.pools import CreditLine, Pool
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.prices import collateral_value


def pledge_pool_collateral(scope: Scope, command: PledgePoolCollateral) -> Rejected | None:
    """The sender locks collateral."""
    found = _line(scope, command.pool)
    if isinstance(found, Rejected):
        return found
    pool, line = found
    if refused := check_funds(scope, scope.sender, line.collateral_asset, command.amount):
        return refused
    move(scope, pool, scope.sender, line, command.amount)
    return None


def release_pool_collateral(scope: Scope, command: ReleasePoolCollateral) -> Rejected | None:
    """The sender takes collateral back that its debt does not need."""
    found = _line(scope, command.pool)
    if isinstance(found, Rejected):
        return found
    pool, line = found
    if command.amount > line.pledged:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=scope.sender, asset=line.collateral_asset,
            available=line.pledged, needed=command.amount,
        )  # fmt: skip
    left = line.pledged - command.amount
    debt = debt_of(pool, line) + line.written_off
    refused = check_line_cover(scope, pool, line, debt, left)
    if refused := at_end(scope, Check.LINE_COVER, refused, pool.name, scope.sender):
        return refused
    move(scope, pool, scope.sender, line, -command.amount)
    return None


def check_line_cover(
    scope: Scope, pool: Pool, line: CreditLine, debt: int, amount: int
) -> Rejected | None:
    """Refuse a debt above the agreed part of the value of `amount` of collateral."""
    limit = line.loan_to_value_limit
    if not limit or not debt:
        return None
    currency = template_of(scope, pool).asset
    value = collateral_value(scope, line.collateral_asset, amount, currency)
    if isinstance(value, Rejected):
        return value
    if debt * RATE_UNIT <= value * limit:
        return None
    return reject(Rejection.COLLATERAL_TOO_LOW, debt=debt, value=value, loan_to_value_limit=limit)


def check_line(scope: Scope, name: str, borrower: str) -> Rejected | None:
    """Refuse a credit line whose collateral does not cover what it owes now."""
    pool = open_pool(scope, name)
    assert not isinstance(pool, Rejected), "an open pool stays open"
    line = line_of(scope, pool, borrower)
    assert line is not None, "credit lines are never removed"
    debt = debt_of(pool, line) + line.written_off
    return check_line_cover(scope, pool, line, debt, line.pledged)


def move(scope: Scope, pool: Pool, borrower: str, line: CreditLine, amount: int) -> None:
    """Lock an amount, or with a negative one give it back."""
    held = line.pledged + amount
    put_line(scope, pool, borrower, replace(line, pledged=held))
    legs = [(borrower, Account.CASH, -amount), (borrower, Account.PLEDGED, amount)]
    reason = "pledge" if amount > 0 else "release"
    post(scope, line.collateral_asset, reason, pool.name, legs)
    scope.emit(
        "pool_collateral_moved", pool=pool.name, borrower=borrower, asset=line.collateral_asset,
        amount=amount, held=held,
    )  # fmt: skip


def _line(scope: Scope, name: str) -> tuple[Pool, CreditLine] | Rejected:
    pool = open_pool(scope, name)
    if isinstance(pool, Rejected):
        return pool
    line = line_of(scope, pool, scope.sender)
    if line is None:
        return reject(Rejection.UNKNOWN_CREDIT_LINE, pool=name, borrower=scope.sender)
    if not line.collateral_asset:
        return reject(Rejection.NO_COLLATERAL_AGREED, pool=name)
    return pool, line
