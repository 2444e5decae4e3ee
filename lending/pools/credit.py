"""Credit lines: the manager lets a borrower borrow up to a limit until a day.

A debt is a number of shares of the pool's debt, rounded up when it is made and down when it is
repaid. The borrower's books are brought up to date with each of its operations.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.arithmetic.models.growth import debt_at, scaled_claim, scaled_debt
from lending.chart import Account
from lending.commands.pools import BorrowFromPool, GrantCreditLine, RepayPool
from lending.deferral import Check, at_end
from lending.journal import Leg
from lending.parties.assets import asset_of
from lending.parties.authority import check_kind, party_of
from lending.parties.cash import check_funds
from lending.pools.books import book, managed, next_served, open_pool, template_of
from lending.pools.collateral import check_line_cover
from lending.pools.interest import DEBT_UNIT, with_recovery
from lending.pools.lines import debt_of, line_of, put_line
from lending.records import PartyKind
from lending.records.pools import CreditLine, Pool
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.pools import PoolTemplate

_NEW = CreditLine(
    limit=0, due_ms=0, collateral_asset="", loan_to_value_limit=0, pledged=0, scaled_debt=0,
    booked=0, written_off=0,
)  # fmt: skip


def grant_credit_line(scope: Scope, command: GrantCreditLine) -> Rejected | None:
    """The manager opens a line or changes it."""
    pool = managed(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    if refused := _check_grant(scope, command):
        return refused
    line = line_of(scope, pool, command.borrower) or _NEW
    if refused := _check_change(line, command):
        return refused
    line = replace(
        line,
        limit=command.limit,
        due_ms=command.due_ms,
        collateral_asset=command.collateral_asset,
        loan_to_value_limit=command.loan_to_value_limit,
    )
    put_line(scope, pool, command.borrower, line)
    scope.emit(
        "credit_line_granted", pool=pool.name, borrower=command.borrower, limit=line.limit,
        due_ms=line.due_ms, collateral_asset=line.collateral_asset,
        loan_to_value_limit=line.loan_to_value_limit,
    )  # fmt: skip
    return None


def borrow_from_pool(scope: Scope, command: BorrowFromPool) -> Rejected | None:
    """The sender borrows; its debt is rounded up."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    line = line_of(scope, pool, scope.sender)
    if line is None:
        return reject(Rejection.UNKNOWN_CREDIT_LINE, pool=pool.name, borrower=scope.sender)
    amount = command.amount
    scaled = line.scaled_debt + scaled_debt(amount, pool.index, DEBT_UNIT)
    debt = debt_at(scaled, pool.index, DEBT_UNIT)
    if refused := (
        _check_line_open(scope, line)
        or at_end(
            scope, Check.LINE_LIMITS,
            _check_limits(template_of(scope, pool), line, debt, pool.debt + amount),
            pool.name, scope.sender,
        )
        or _check_cash(scope, pool, amount)
        or at_end(
            scope, Check.LINE_COVER, check_line_cover(scope, pool, line, debt, line.pledged),
            pool.name, scope.sender,
        )
    ):  # fmt: skip
        return refused
    after = with_debt(pool, pool.scaled_debt + scaled - line.scaled_debt, -amount)
    put_line(scope, pool, scope.sender, replace(line, scaled_debt=scaled, booked=debt))
    book(scope, pool, after, "pool_borrowing", _borrower_legs(scope.sender, line, debt, amount))
    scope.emit("pool_borrowed", pool=pool.name, borrower=scope.sender, amount=amount, debt=debt)
    return None


def repay_pool(scope: Scope, command: RepayPool) -> Rejected | None:
    """The sender repays its debt, and then what was written off of it."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    line = line_of(scope, pool, scope.sender)
    if line is None:
        return reject(Rejection.UNKNOWN_CREDIT_LINE, pool=pool.name, borrower=scope.sender)
    taken = min(command.amount, debt_of(pool, line) + line.written_off)
    if not taken:
        return reject(Rejection.NOTHING_OWED, pool=pool.name)
    if refused := check_funds(scope, scope.sender, template_of(scope, pool).asset, taken):
        return refused
    pay(scope, pool, scope.sender, taken, ((scope.sender, Account.CASH, -taken),))
    return None


def pay(scope: Scope, pool: Pool, borrower: str, taken: int, payer: tuple[Leg, ...]) -> None:
    """Take a payment on a borrower's debt, at most all of it; `payer` are the legs it comes from."""
    line = line_of(scope, pool, borrower)
    assert line is not None, "the caller found the line"
    debt = debt_of(pool, line)
    repaid = min(taken, debt)
    burned = line.scaled_debt
    if repaid < debt:
        burned = scaled_claim(repaid, pool.index, DEBT_UNIT)
    scaled = line.scaled_debt - burned
    left = debt_at(scaled, pool.index, DEBT_UNIT)
    recovered = taken - repaid
    after = with_debt(pool, pool.scaled_debt - burned, repaid)
    after, _ = with_recovery(replace(after, cash=after.cash + recovered), recovered)
    written_off = line.written_off - recovered
    put_line(
        scope, pool, borrower,
        replace(line, scaled_debt=scaled, booked=left, written_off=written_off),
    )  # fmt: skip
    charged = left + repaid - line.booked
    legs = (
        *payer,
        (borrower, Account.POOL_BORROWINGS, line.booked - left + recovered),
        (borrower, Account.POOL_INTEREST_EXPENSE, charged),
    )
    book(scope, pool, after, "pool_repayment", legs)
    scope.emit(
        "pool_repaid", pool=pool.name, borrower=borrower, taken=taken, recovered=recovered,
        debt=left, written_off=written_off,
    )  # fmt: skip


def with_debt(pool: Pool, scaled: int, cash: int) -> Pool:
    """The pool with another debt and so much more cash; what rounding leaves goes to the reserve."""
    debt = debt_at(scaled, pool.index, DEBT_UNIT)
    rounding = debt - pool.debt + cash
    assert rounding >= 0, "rounding is in favour of the pool"
    return replace(
        pool,
        scaled_debt=scaled,
        debt=debt,
        cash=pool.cash + cash,
        reserve=pool.reserve + rounding,
    )


def _check_grant(scope: Scope, command: GrantCreditLine) -> Rejected | None:
    if command.borrower == scope.sender:
        return reject(Rejection.SAME_PARTY, party=command.borrower)
    borrower = party_of(scope, command.borrower)
    if borrower is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.borrower)
    if borrower.kind not in (PartyKind.BORROWER, PartyKind.MEMBER, PartyKind.DESK):
        return reject(
            Rejection.WRONG_ROLE, party=command.borrower, expected="borrower, member or desk"
        )
    if bool(command.collateral_asset) != bool(command.loan_to_value_limit):
        return reject(Rejection.BAD_TERMS, field="loan_to_value_limit")
    asset = asset_of(scope, command.collateral_asset) if command.collateral_asset else None
    if command.collateral_asset and (asset is None or asset.kind == "wrapped"):
        return reject(Rejection.UNKNOWN_ASSET, asset=command.collateral_asset)
    return None


def _check_change(line: CreditLine, command: GrantCreditLine) -> Rejected | None:
    """What somebody owes does not fall due earlier, and what is pledged stays of its kind."""
    if line.scaled_debt and command.due_ms < line.due_ms:
        return reject(Rejection.BAD_TERMS, field="due_ms", value=command.due_ms, least=line.due_ms)
    old = (line.collateral_asset, line.loan_to_value_limit)
    new = (command.collateral_asset, command.loan_to_value_limit)
    if old != new and (line.scaled_debt or line.pledged):
        return reject(Rejection.BAD_TERMS, field="collateral_asset", pledged=line.pledged)
    return None


def _check_line_open(scope: Scope, line: CreditLine) -> Rejected | None:
    if refused := check_kind(scope, PartyKind.MEMBER, PartyKind.DESK, PartyKind.BORROWER):
        return refused
    if scope.now_ms >= line.due_ms:
        return reject(Rejection.WRONG_STATUS, due_ms=line.due_ms)
    if line.written_off:
        return reject(Rejection.WRONG_STATUS, written_off=line.written_off)
    return None


def check_limits(scope: Scope, name: str, borrower: str) -> Rejected | None:
    """Refuse a credit line, or the pool with it, that is above its limit now."""
    pool = open_pool(scope, name)
    assert not isinstance(pool, Rejected), "an open pool stays open"
    line = line_of(scope, pool, borrower)
    assert line is not None, "credit lines are never removed"
    return _check_limits(template_of(scope, pool), line, debt_of(pool, line), pool.debt)


def _check_limits(
    template: PoolTemplate, line: CreditLine, debt: int, total: int
) -> Rejected | None:
    if debt > line.limit:
        return reject(Rejection.ABOVE_CAP, cap="credit_line", limit=line.limit, needed=debt)
    if total > template.borrow_cap:
        return reject(Rejection.ABOVE_CAP, cap="borrow", limit=template.borrow_cap, needed=total)
    return None


def _check_cash(scope: Scope, pool: Pool, amount: int) -> Rejected | None:
    template = template_of(scope, pool)
    if next_served(scope, pool, template) is not None:
        waiting = pool.senior.queued + pool.junior.queued
        return reject(Rejection.WITHDRAWALS_WAITING, pool=pool.name, shares=waiting)
    if pool.cash < amount:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=pool.name, asset=template.asset,
            available=pool.cash, needed=amount,
        )  # fmt: skip
    return None


def _borrower_legs(borrower: str, line: CreditLine, debt: int, amount: int) -> tuple[Leg, ...]:
    more = debt - line.booked
    return (
        (borrower, Account.CASH, amount),
        (borrower, Account.POOL_BORROWINGS, -more),
        (borrower, Account.POOL_INTEREST_EXPENSE, more - amount),
    )
