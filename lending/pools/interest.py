"""Interest and losses of a pool as pure figures: index, rate, and who gets or bears how much.

Debts grow by the second at a rate that only operations change, so it does not matter how often
somebody looks (path independence). Every part of the interest is cut off with what the last cut left
over, so that no number of small accruals gives anybody more than one large one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lending.arithmetic import Rounding, divide, mul_div
from lending.arithmetic.models.adaptive import AdaptiveCurve
from lending.arithmetic.models.growth import (
    RAY,
    WAD,
    YEAR_SECONDS,
    compounded,
    debt_at,
    next_index,
    per_second,
)
from lending.arithmetic.models.utilisation import KinkedCurve, utilisation
from lending.fields import RATE_UNIT
from lending.pools.shares import with_tranche
from lending.records.pools import Pool, Tranche
from lending.terms.pools import PoolTemplate

DEBT_UNIT: Final = RAY * 10**9
"""By which a share of debt times the index is divided: a billion shares are one unit at first."""
INDEX_MAX: Final = RAY * 10**6
"""Where a debt stops to grow: a million times what was borrowed."""
_WAD_PER_RATE: Final = WAD // RATE_UNIT
SECONDS_MAX: Final = 100 * YEAR_SECONDS
"""The longest time that is accrued at once; the rest of a longer one is not charged."""


def adaptive_curve(template: PoolTemplate) -> AdaptiveCurve:
    """The adaptive curve of a policy; yearly rates become rates per second, rounded down."""
    return AdaptiveCurve(
        target=template.kink * _WAD_PER_RATE,
        steepness=template.steepness * _WAD_PER_RATE,
        speed=template.adaptation_speed * _WAD_PER_RATE // YEAR_SECONDS,
        initial=template.base_rate * _WAD_PER_RATE // YEAR_SECONDS,
        least=template.rate_least * _WAD_PER_RATE // YEAR_SECONDS,
        most=template.rate_most * _WAD_PER_RATE // YEAR_SECONDS,
    )


def first_rate_at_target(template: PoolTemplate) -> int:
    """The rate at target that a pool begins with, per second in 10**-18; 0 if it has none."""
    return adaptive_curve(template).initial if template.rate_model == "ADAPTIVE" else 0


def adapted(template: PoolTemplate, pool: Pool, seconds: int) -> tuple[int, int]:
    """What borrowers pay on average over so many seconds from now, and the rate at target then.

    Per second in 10**-18. The pool is used all that time as it is now.
    """
    used = utilisation(pool.debt, pool.cash, WAD)
    return adaptive_curve(template).rates(used, pool.rate_at_target, seconds)


def curve_rate(template: PoolTemplate, pool: Pool) -> int:
    """The yearly rate that borrowers pay at the pool's utilisation."""
    if template.rate_model == "FIXED":
        return template.base_rate
    if template.rate_model == "ADAPTIVE":
        return _yearly(adapted(template, pool, 0)[0])
    curve = KinkedCurve(
        unit=RATE_UNIT,
        kink=template.kink,
        base=template.base_rate,
        rise_below=template.rise_below,
        rise_above=template.rise_above,
    )
    return curve.rate(utilisation(pool.debt, pool.cash, RATE_UNIT))


def accrued(pool: Pool, template: PoolTemplate, now_s: int) -> Pool:
    """The pool with the interest up to a second in its figures.

    Where the curve adapts, the rate of the time since the last look is the average of the curve's
    way from there to here, and the pool's rate is what it has come to.
    """
    seconds = min(now_s - pool.accrued_s, SECONDS_MAX)
    if seconds <= 0:
        return pool
    if template.rate_model == "ADAPTIVE":
        average, at_target = adapted(template, pool, seconds)
        grown = compounded(RAY + average * (RAY // WAD), seconds)
        pool = replace(pool, rate=_yearly(average), rate_at_target=at_target)
        after = _grown(pool, template, grown, seconds, now_s)
        return replace(after, rate=curve_rate(template, after))
    return _grown(pool, template, growth(pool.rate, seconds), seconds, now_s)


def _grown(pool: Pool, template: PoolTemplate, factor: int, seconds: int, now_s: int) -> Pool:
    """The pool after its debts grew by a factor, and who got what of it."""
    index = next_index(pool.index, factor)
    pool = replace(pool, index=max(pool.index, min(index, INDEX_MAX)), accrued_s=now_s)
    debt = debt_at(pool.scaled_debt, pool.index, DEBT_UNIT)
    target = growth(template.senior_rate, seconds) - RAY
    due = pool.senior_due + pool.senior.claim * target
    return _shared_out(replace(pool, debt=debt, senior_due=due), template, debt - pool.debt)


def _yearly(rate: int) -> int:
    """A rate per second in 10**-18 as a yearly one in billionths, rounded down, for people and parts."""
    return rate * YEAR_SECONDS // _WAD_PER_RATE


def growth(rate: int, seconds: int) -> int:
    """What one unit grows to at a yearly rate in billionths, in 10**-27."""
    return compounded(per_second(rate * (RAY // RATE_UNIT)), seconds)


def with_loss(pool: Pool, amount: int) -> tuple[Pool, tuple[int, int, int, int]]:
    """Let the pool bear a loss: reserve, the manager's spread, junior, senior, in this order.

    Also returns what each of the four bore; together they are the loss.
    """
    parts = []
    left = amount
    for there in (pool.reserve, pool.spread, pool.junior.claim, pool.senior.claim):
        parts.append(min(there, left))
        left -= parts[-1]
    assert not left, "a pool owes all that it has"
    reserve, spread, junior, senior = parts
    pool = replace(
        pool,
        reserve=pool.reserve - reserve,
        spread=pool.spread - spread,
        junior=_bearing(pool.junior, junior),
        senior=_bearing(pool.senior, senior),
    )
    return pool, (reserve, spread, junior, senior)


def with_recovery(pool: Pool, amount: int) -> tuple[Pool, tuple[int, int, int]]:
    """Let a recovery make good what was lost: senior, junior, and the rest to the reserve."""
    senior = min(pool.senior.lost, amount)
    junior = min(pool.junior.lost, amount - senior)
    reserve = amount - senior - junior
    pool = replace(
        pool,
        senior=_bearing(pool.senior, -senior),
        junior=_bearing(pool.junior, -junior),
        reserve=pool.reserve + reserve,
    )
    return pool, (senior, junior, reserve)


def junior_least(pool: Pool, template: PoolTemplate) -> int:
    """What must stay in the junior tranche for the senior that there is, rounded up."""
    if not pool.senior.claim:
        return 0
    rest = RATE_UNIT - template.senior_part_max
    return mul_div(pool.senior.claim, rest, template.senior_part_max, Rounding.CEIL)


def _bearing(tranche: Tranche, loss: int) -> Tranche:
    return replace(tranche, claim=tranche.claim - loss, lost=tranche.lost + loss)


def _shared_out(pool: Pool, template: PoolTemplate, interest: int) -> Pool:
    if not interest:
        return pool
    part = divide(min(template.spread, pool.rate) * RATE_UNIT, pool.rate, Rounding.FLOOR)
    spread, spread_part = divmod(interest * part + pool.spread_part, RATE_UNIT)
    for_all = interest - spread
    reserve, reserve_part = divmod(for_all * template.reserve_factor + pool.reserve_part, RATE_UNIT)
    for_lenders = for_all - reserve
    senior = min(for_lenders, pool.senior_due // RAY) if pool.senior.shares else 0
    junior = for_lenders - senior
    pool = replace(
        pool,
        spread=pool.spread + spread,
        spread_part=spread_part,
        reserve=pool.reserve + reserve,
        reserve_part=reserve_part,
        senior=replace(pool.senior, claim=pool.senior.claim + senior),
        senior_due=pool.senior_due - senior * RAY,
    )
    earned = replace(pool.junior, claim=pool.junior.claim + junior)
    return with_tranche(pool, "JUNIOR", earned)
