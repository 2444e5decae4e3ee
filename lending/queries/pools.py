"""What can be asked of pools: figures, positions, the queue, credit lines, rewards; all read only.

Pure functions of one version of the state and a time: interest and rewards up to that time are
computed by the machine's own functions and not written. Results are plain values, as in queries.
"""

from __future__ import annotations

from dataclasses import fields

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys
from lending.arithmetic.models.growth import debt_at
from lending.arithmetic.models.utilisation import supply_rate, utilisation
from lending.fields import RATE_UNIT
from lending.paging import Page, read_page
from lending.pools.interest import DEBT_UNIT, accrued
from lending.pools.positions import NONE, REWARD_UNIT, advanced
from lending.pools.shares import tranche_of, value_of
from lending.queries import Facts
from lending.records import pools as pool_records
from lending.records.pools import CreditLine, Pool, PoolTerms, Position, Tranche
from lending.terms.pools import POOL_TEMPLATE_SHAPE, TRANCHES


def pool(state: StateReader, name: str, now_ms: int) -> Facts | None:
    """A pool: its policy, and its figures if it is open."""
    terms = pool_records.POOL_TERMS.read(state, keys.pool_terms(name))
    if terms is None:
        return None
    found = figures(state, name, now_ms)
    values = POOL_TEMPLATE_SHAPE.values(terms.template)
    return {
        "pool": name,
        "manager": terms.manager,
        "approvals": list(terms.approvals),
        "is_active": terms.is_active,
        "template": dict(zip(POOL_TEMPLATE_SHAPE.types, values, strict=True)),
        "figures": None if found is None else _figures(found, terms),
    }


def pools(
    state: StateReader, now_ms: int, *, cursor: str = "", limit: int = 100
) -> Page[Facts | None]:
    """All pools by name."""
    return read_page(
        state,
        keys.POOL_TERMS,
        lambda rest, _: pool(state, rest.decode(), now_ms),
        cursor=cursor,
        limit=limit,
    )


def position(state: StateReader, name: str, tranche: str, owner: str, now_ms: int) -> Facts | None:
    """What a party has of a tranche: shares, their worth, what it paid, rewards."""
    found = pool_records.POSITION.read(state, keys.position(name, tranche, owner))
    now = figures(state, name, now_ms)
    if found is None or now is None:
        return None
    return _position(state, now, tranche, owner, found, now_ms)


def positions(
    state: StateReader, name: str, tranche: str, now_ms: int, *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """All positions of a tranche by owner; none of an unknown pool."""
    now = figures(state, name, now_ms)
    if now is None:
        return Page((), "")
    return read_page(
        state,
        keys.position(name, tranche),
        lambda rest, raw: _position(
            state, now, tranche, rest.decode(), pool_records.POSITION.decode(raw), now_ms
        ),
        cursor=cursor,
        limit=limit,
    )


def queue(
    state: StateReader, name: str, tranche: str, *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """The withdrawals that wait, in the order in which they are served."""

    def request(rest: bytes, raw: bytes) -> Facts:
        found = pool_records.REQUEST.decode(raw)
        number = int.from_bytes(rest, "big")
        return {"number": number, "depositor": found.owner, "shares": found.shares}

    return read_page(state, keys.requests(name, tranche), request, cursor=cursor, limit=limit)


def credit_line(state: StateReader, name: str, borrower: str, now_ms: int) -> Facts | None:
    """A credit line and what is owed on it."""
    found = pool_records.CREDIT_LINE.read(state, keys.credit_line(name, borrower))
    now = figures(state, name, now_ms)
    return None if found is None or now is None else _credit_line(now, borrower, found)


def credit_lines(
    state: StateReader, name: str, now_ms: int, *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """All credit lines of a pool by borrower."""
    now = figures(state, name, now_ms)
    if now is None:
        return Page((), "")
    return read_page(
        state,
        keys.credit_line(name),
        lambda rest, raw: _credit_line(now, rest.decode(), pool_records.CREDIT_LINE.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def rewards(state: StateReader, name: str, tranche: str, now_ms: int) -> Facts | None:
    """The programme of rewards of a tranche, up to a time."""
    found = pool_records.REWARDS.read(state, keys.rewards(name, tranche))
    now = figures(state, name, now_ms)
    if found is None or now is None:
        return None
    found = advanced(found, tranche_of(now, tranche).shares, now_ms // 1000)
    return {
        "total": found.amount,
        "emitted": found.emitted,
        "unearned": found.unearned,
        "start_ms": found.start_s * 1000,
        "end_ms": found.end_s * 1000,
    }


def shares_in_existence(state: StateReader, name: str, tranche: str) -> int:
    """The sum of all positions of a tranche, counted one by one; for those who audit."""
    prefix = keys.position(name, tranche)
    found = state.iterate(prefix, prefix_end(prefix))
    return sum(pool_records.POSITION.decode(raw).shares for _, raw in found)


def figures(state: StateReader, name: str, now_ms: int) -> Pool | None:
    """The figures of an open pool with interest up to a time."""
    terms = pool_records.POOL_TERMS.read(state, keys.pool_terms(name))
    found = pool_records.POOL.read(state, keys.pool(name))
    if terms is None or found is None:
        return None
    return accrued(found, terms.template, now_ms // 1000)


def _figures(found: Pool, terms: PoolTerms) -> Facts:
    used = utilisation(found.debt, found.cash, RATE_UNIT)
    template = terms.template
    return {
        "cash": found.cash,
        "debt": found.debt,
        "reserve": found.reserve,
        "spread": found.spread,
        "utilisation": used,
        "borrow_rate": found.rate,
        "supply_rate": supply_rate(
            found.rate, used, template.reserve_factor, RATE_UNIT, template.spread
        ),
        "index": found.index,
        **{word.lower(): _tranche(tranche_of(found, word)) for word in TRANCHES},
    }


def _tranche(found: Tranche) -> Facts:
    return {field.name: getattr(found, field.name) for field in fields(Tranche)}


def _position(
    state: StateReader, now: Pool, tranche: str, owner: str, found: Position, now_ms: int
) -> Facts:
    record = pool_records.REWARDS.read(state, keys.rewards(now.name, tranche)) or NONE
    programme = advanced(record, tranche_of(now, tranche).shares, now_ms // 1000)
    earned = (programme.index - found.reward_index) * found.shares // REWARD_UNIT
    return {
        "depositor": owner,
        "tranche": tranche,
        "shares": found.shares,
        "queued": found.queued,
        "value": value_of(tranche_of(now, tranche), found.shares),
        "cost": found.cost,
        "rewards": found.rewards + earned,
    }


def _credit_line(now: Pool, borrower: str, found: CreditLine) -> Facts:
    return {
        "borrower": borrower,
        "limit": found.limit,
        "due_ms": found.due_ms,
        "collateral_asset": found.collateral_asset,
        "loan_to_value_limit": found.loan_to_value_limit,
        "pledged": found.pledged,
        "debt": debt_at(found.scaled_debt, now.index, DEBT_UNIT),
        "written_off": found.written_off,
    }
