"""What happens when a borrower does not pay: its collateral is bought, and the loss is realised.

A loss is borne in this order: the reserve, the manager's uncollected spread, the junior tranche, the
senior tranche. Each part is in the event. The borrower owes it all the same; what it pays later
makes good the senior's loss first, then the junior's, and the rest is the reserve's.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.arithmetic import Rounding, divide
from lending.arithmetic.models.growth import debt_at
from lending.chart import Account
from lending.commands.pools import BuyPoolCollateral, SettlePoolLosses, WriteOffPoolDebt
from lending.journal import post
from lending.parties.assets import asset_of
from lending.parties.authority import check_kind
from lending.parties.cash import check_funds
from lending.pools.books import book, managed, open_pool, template_of
from lending.pools.collateral import check_line_cover, move
from lending.pools.credit import pay
from lending.pools.interest import DEBT_UNIT, with_loss
from lending.pools.lines import debt_of, line_of, put_line
from lending.records import PartyKind
from lending.records.pools import CreditLine, Pool
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.prices import collateral_value


def write_off_pool_debt(scope: Scope, command: WriteOffPoolDebt) -> Rejected | None:
    """The manager realises the loss of a debt that is due and has no collateral left."""
    found = _debtor(scope, command.pool, command.borrower)
    if isinstance(found, Rejected):
        return found
    pool, line = found
    if isinstance(manager := managed(scope, pool.name), Rejected):
        return manager
    if scope.now_ms < line.due_ms:
        return reject(Rejection.DEBT_NOT_DUE, due_ms=line.due_ms)
    if line.pledged:
        return reject(Rejection.WRONG_STATUS, pledged=line.pledged)
    debt = debt_of(pool, line)
    scaled = pool.scaled_debt - line.scaled_debt
    left = debt_at(scaled, pool.index, DEBT_UNIT)
    loss = pool.debt - left
    after, parts = with_loss(replace(pool, scaled_debt=scaled, debt=left), loss)
    more = debt - line.booked
    put_line(
        scope, pool, command.borrower,
        replace(line, scaled_debt=0, booked=0, written_off=line.written_off + debt),
    )  # fmt: skip
    legs = (
        (command.borrower, Account.POOL_INTEREST_EXPENSE, more),
        (command.borrower, Account.POOL_BORROWINGS, -more),
    )
    book(scope, pool, after, "pool_write_off", legs)
    reserve, spread, junior, senior = parts
    scope.emit(
        "pool_debt_written_off", pool=pool.name, borrower=command.borrower, loss=loss,
        reserve=reserve, spread=spread, junior=junior, senior=senior,
    )  # fmt: skip
    return None


def settle_pool_losses(scope: Scope, command: SettlePoolLosses) -> Rejected | None:
    """The manager gives up hope: what is recovered from now on is the reserve's."""
    pool = managed(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    junior, senior = pool.junior.lost, pool.senior.lost
    if not junior + senior:
        return reject(Rejection.NOTHING_TO_TAKE, pool=pool.name)
    after = replace(pool, junior=replace(pool.junior, lost=0), senior=replace(pool.senior, lost=0))
    book(scope, pool, after, "pool_write_off", ())
    scope.emit("pool_losses_settled", pool=pool.name, junior=junior, senior=senior)
    return None


def buy_pool_collateral(scope: Scope, command: BuyPoolCollateral) -> Rejected | None:
    """A member pays the agreed price of collateral, rounded up, and with it the borrower's debt."""
    found = _debtor(scope, command.pool, command.borrower)
    if isinstance(found, Rejected):
        return found
    pool, line = found
    if refused := _check_buyer(scope, pool, line, command):
        return refused
    cost = _cost(scope, pool, line, command.amount)
    if isinstance(cost, Rejected):
        return cost
    debt = debt_of(pool, line)
    if cost > debt:
        return reject(Rejection.ABOVE_CAP, cap="debt", limit=debt, needed=cost)
    if refused := check_funds(scope, scope.sender, template_of(scope, pool).asset, cost):
        return refused
    _hand_over(scope, pool, line, command)
    payer = (
        (scope.sender, Account.CASH, -cost),
        (scope.sender, Account.TRANSFERS, cost),
        (command.borrower, Account.TRANSFERS, -cost),
    )
    pay(scope, pool, command.borrower, cost, payer)
    return None


def _debtor(scope: Scope, name: str, borrower: str) -> tuple[Pool, CreditLine] | Rejected:
    pool = open_pool(scope, name)
    if isinstance(pool, Rejected):
        return pool
    line = line_of(scope, pool, borrower)
    if line is None:
        return reject(Rejection.UNKNOWN_CREDIT_LINE, pool=name, borrower=borrower)
    if not line.scaled_debt:
        return reject(Rejection.NOTHING_OWED, pool=name)
    return pool, line


def _check_buyer(
    scope: Scope, pool: Pool, line: CreditLine, command: BuyPoolCollateral
) -> Rejected | None:
    if refused := check_kind(scope, PartyKind.MEMBER, PartyKind.DESK):
        return refused
    if scope.sender == command.borrower:
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    if not line.collateral_asset:
        return reject(Rejection.NO_COLLATERAL_AGREED, pool=pool.name)
    if command.amount > line.pledged:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=command.borrower, asset=line.collateral_asset,
            available=line.pledged, needed=command.amount,
        )  # fmt: skip
    if scope.now_ms >= line.due_ms:
        return None
    cover = check_line_cover(scope, pool, line, debt_of(pool, line), line.pledged)
    if cover is None:
        return reject(Rejection.DEBT_NOT_DUE, due_ms=line.due_ms)
    return None if cover.code == Rejection.COLLATERAL_TOO_LOW else cover


def _cost(scope: Scope, pool: Pool, line: CreditLine, amount: int) -> int | Rejected:
    """What an amount of the collateral costs, rounded up for the borrower."""
    currency = template_of(scope, pool).asset
    asset = asset_of(scope, line.collateral_asset)
    assert asset is not None, "the line names a registered asset"
    unit = 10**asset.decimals
    value = collateral_value(scope, line.collateral_asset, amount * unit, currency)
    return value if isinstance(value, Rejected) else divide(value, unit, Rounding.CEIL)


def _hand_over(scope: Scope, pool: Pool, line: CreditLine, command: BuyPoolCollateral) -> None:
    move(scope, pool, command.borrower, line, -command.amount)
    legs = [
        (command.borrower, Account.CASH, -command.amount),
        (command.borrower, Account.TRANSFERS, command.amount),
        (scope.sender, Account.CASH, command.amount),
        (scope.sender, Account.TRANSFERS, -command.amount),
    ]
    post(scope, line.collateral_asset, "collateral_sale", pool.name, legs)
