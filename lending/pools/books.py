"""The only door by which a pool changes: its record and its books move together, entry for entry.

`book` posts the difference of two records, so the figures of a pool are at every moment those of its
books; a difference that does not balance means that we are wrong, and the journal halts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.chart import Account
from lending.journal import Leg, post
from lending.parties.authority import check_kind, wrong_role
from lending.pools.interest import accrued, curve_rate, junior_least
from lending.pools.shares import shares_for, tranche_of, value_of
from lending.records import PartyKind
from lending.records import pools as pool_records
from lending.records.pools import Pool, PoolTerms, Request
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.pools import JUNIOR, TRANCHES, PoolTemplate


def terms_of(scope: Scope, name: str) -> PoolTerms | None:
    """The terms of a pool."""
    return pool_records.POOL_TERMS.get(scope.state, keys.pool_terms(name))


def template_of(scope: Scope, pool: Pool) -> PoolTemplate:
    """The policy of a pool."""
    terms = terms_of(scope, pool.name)
    assert terms is not None, "a pool has terms"
    return terms.template


def open_pool(scope: Scope, name: str) -> Pool | Rejected:
    """The pool with interest up to now, or the refusal of one that is unknown or not yet approved."""
    terms = terms_of(scope, name)
    if terms is None:
        return reject(Rejection.UNKNOWN_POOL, pool=name)
    if not terms.is_active:
        return reject(Rejection.WRONG_STATUS, pool=name, approvals=terms.approvals)
    return accrue(scope, name)


def managed(scope: Scope, name: str) -> Pool | Rejected:
    """The same for who manages the pool, and nobody else."""
    pool = open_pool(scope, name)
    terms = terms_of(scope, name)
    if terms is not None and scope.sender != terms.manager:
        return wrong_role(scope, "the pool's manager")
    return pool


def accrue(scope: Scope, name: str) -> Pool:
    """Write the interest up to now into a pool's figures."""
    before = pool_records.POOL.get(scope.state, keys.pool(name))
    assert before is not None, "an approved pool has figures"
    after = accrued(before, template_of(scope, before), scope.now_ms // 1000)
    if after is not before:
        put_pool(scope, after)
        _post(scope, before, after, "pool_interest", ())
    return after


def book(scope: Scope, before: Pool, after: Pool, reason: str, legs: Iterable[Leg]) -> Pool:
    """Set a pool's record after an operation and post the difference with the legs of the others.

    The rate follows the new utilisation, and the clock is told if a withdrawal can be served.
    """
    template = template_of(scope, after)
    after = replace(after, rate=curve_rate(template, after))
    if not after.alarm_ms and next_served(scope, after, template) is not None:
        after = replace(after, alarm_ms=scope.now_ms + 1)
        set_alarm(scope.state, after.alarm_ms, keys.pool(after.name))
    put_pool(scope, after)
    _post(scope, before, after, reason, legs)
    return after


def put_pool(scope: Scope, pool: Pool) -> None:
    """Set a pool's record; only where no balance changes."""
    pool_records.POOL.put(scope.state, keys.pool(pool.name), pool)


def next_served(
    scope: Scope, pool: Pool, template: PoolTemplate
) -> tuple[str, bytes, Request, int, int] | None:
    """The first waiting withdrawal for which there is money: tranche, key, request, shares, money.

    The senior tranche's come first; the junior's leave what the senior needs below it. A tranche
    that lost everything waits for recoveries: its shares are not given away for nothing.
    """
    for word in TRANCHES:
        tranche = tranche_of(pool, word)
        if not tranche.queued or (tranche.lost and not tranche.claim):
            continue
        start = keys.requests(pool.name, word)
        key, raw = next(iter(scope.state.iterate(start, start + b"\xff" * 9)))
        request = pool_records.REQUEST.decode(raw)
        most = pool.cash
        if word == JUNIOR:
            most = min(most, max(0, tranche.claim - junior_least(pool, template)))
        value = value_of(tranche, request.shares)
        if value <= most:
            return word, key, request, request.shares, value
        shares = shares_for(tranche, most)
        if money := value_of(tranche, shares):
            return word, key, request, shares, money
    return None


def check_depositor(scope: Scope) -> Rejected | None:
    """Refuse those who only hold assets for others."""
    return check_kind(scope, PartyKind.MEMBER, PartyKind.DESK, PartyKind.BORROWER)


def pool_asset(scope: Scope, pool: Pool) -> str:
    """The currency of a pool."""
    return template_of(scope, pool).asset


def _post(scope: Scope, before: Pool, after: Pool, reason: str, legs: Iterable[Leg]) -> None:
    name = after.name
    own = (
        (name, Account.CASH, after.cash - before.cash),
        (name, Account.POOL_LOANS, after.debt - before.debt),
        (name, Account.SENIOR_CLAIMS, before.senior.claim - after.senior.claim),
        (name, Account.JUNIOR_CLAIMS, before.junior.claim - after.junior.claim),
        (name, Account.POOL_RESERVE, before.reserve - after.reserve),
        (name, Account.SPREAD_PAYABLE, before.spread - after.spread),
    )
    post(scope, pool_asset(scope, after), reason, name, (*own, *legs))
