"""What must hold of pools after every command, computed the slow and obvious way.

M2 to M7, M11, M12 and M18 of the house's list of money invariants, for every pool of a state; those
that compare two states are in `PoolLives`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple

from ledger.overlay import StateReader
from lending import keys, records
from lending.arithmetic.models.growth import debt_at
from lending.chart import Account
from lending.fields import AMOUNT_MAX
from lending.pools.interest import DEBT_UNIT
from lending.pools.positions import REWARD_UNIT
from lending.pools.shares import VIRTUAL_SHARES, tranche_of, value_of
from lending.queries import pools as pool_queries
from lending.records import pools as pool_records
from lending.records.pools import Pool, PoolTerms, Tranche
from lending.terms.pools import TRANCHES
from tests.scenarios.lending_invariants import all_records


def check(state: StateReader) -> None:
    """All invariants of one state."""
    pools = dict(all_records(state, keys.POOL, pool_records.POOL))
    terms = dict(all_records(state, keys.POOL_TERMS, pool_records.POOL_TERMS))
    owed: dict[tuple[str, str], int] = defaultdict(int)
    for name, pool in pools.items():
        _check_identity(pool)
        _check_books(state, pool, terms[name])
        _check_debts(state, pool, terms[name], owed)
        for word in TRANCHES:
            _check_tranche(state, pool, word)
        _check_rewards(state, pool, terms[name])
    _check_borrowers(state, owed)
    _check_alarms(state, pools)


def _book(state: StateReader, owner: str, asset: str) -> tuple[int, ...]:
    book = records.BOOK.read(state, keys.book(owner, asset))
    return (0,) * len(Account) if book is None else book.balances


def _check_identity(pool: Pool) -> None:
    """M2, M3: nothing is negative; what a pool has is what it owes, to the unit."""
    assert min(each for each in astuple(pool) if type(each) is int) >= 0, pool
    assert min(*astuple(pool.senior), *astuple(pool.junior)) >= 0, pool
    claims = pool.senior.claim + pool.junior.claim + pool.reserve + pool.spread
    assert pool.cash + pool.debt == claims, pool
    assert pool.cash <= AMOUNT_MAX
    for tranche in (pool.senior, pool.junior):
        assert tranche.shares or not tranche.claim, "a claim without a holder"
        assert tranche.queued <= tranche.shares


def _check_books(state: StateReader, pool: Pool, terms: PoolTerms) -> None:
    """The figures are those of the books; the account holds them, rewards, and what is stray."""
    book = _book(state, pool.name, terms.template.asset)
    figures = (pool.debt, -pool.senior.claim, -pool.junior.claim, -pool.reserve, -pool.spread)
    accounts = (Account.POOL_LOANS, Account.SENIOR_CLAIMS, Account.JUNIOR_CLAIMS,
                Account.POOL_RESERVE, Account.SPREAD_PAYABLE)  # fmt: skip
    assert tuple(book[account] for account in accounts) == figures, pool
    strays = -book[Account.TRANSFERS] - book[Account.FUNDING] - book[Account.STRAYS_TAKEN]
    assert strays >= 0
    assert book[Account.CASH] == pool.cash - book[Account.REWARDS_PAYABLE] + strays


def _check_debts(
    state: StateReader, pool: Pool, terms: PoolTerms, owed: dict[tuple[str, str], int]
) -> None:
    """M3, M6: the borrowers' debts are the pool's, and each rounds up by less than a unit."""
    found = dict(all_records(state, keys.credit_line(pool.name), pool_records.CREDIT_LINE))
    assert sum(line.scaled_debt for line in found.values()) == pool.scaled_debt
    assert pool.debt == debt_at(pool.scaled_debt, pool.index, DEBT_UNIT)
    debts = [debt_at(line.scaled_debt, pool.index, DEBT_UNIT) for line in found.values()]
    assert pool.debt <= sum(debts) <= pool.debt + len(debts)
    for name, line in found.items():
        assert 0 <= line.booked <= debt_at(line.scaled_debt, pool.index, DEBT_UNIT)
        assert not (line.written_off and line.pledged and line.scaled_debt)
        owed[name, terms.template.asset] += line.booked + line.written_off


def _check_borrowers(state: StateReader, owed: dict[tuple[str, str], int]) -> None:
    for name, book in all_records(state, keys.BOOK, records.BOOK):
        owner, _, asset = name.partition("/")
        assert -book.balances[Account.POOL_BORROWINGS] == owed[owner, asset], name


def _check_tranche(state: StateReader, pool: Pool, word: str) -> None:
    """M3, M4: shares and claims of the holders are those of the tranche, none is worth more."""
    tranche = tranche_of(pool, word)
    found = dict(all_records(state, keys.position(pool.name, word), pool_records.POSITION))
    assert pool_queries.shares_in_existence(state, pool.name, word) == tranche.shares
    queued: dict[str, int] = defaultdict(int)
    prefix = keys.requests(pool.name, word)
    for _, raw in state.iterate(prefix, prefix + b"\xff" * 9):
        request = pool_records.REQUEST.decode(raw)
        assert request.shares > 0
        queued[request.owner] += request.shares
    for owner, position in found.items():
        assert 0 <= position.queued <= position.shares
        assert position.queued == queued.pop(owner, 0)
        assert min(position.cost, position.rewards) >= 0
    assert not queued
    values = sum(value_of(tranche, position.shares) for position in found.values())
    assert values <= tranche.claim, (word, values, tranche)


def _check_rewards(state: StateReader, pool: Pool, terms: PoolTerms) -> None:
    """M18: what is owed to the holders and not yet earned is what the pool keeps for it."""
    asset = terms.template.reward_asset
    if not asset:
        return
    kept = -_book(state, pool.name, asset)[Account.REWARDS_PAYABLE]
    claims = 0
    for word in TRANCHES:
        record = pool_records.REWARDS.read(state, keys.rewards(pool.name, word))
        if record is None:
            continue
        assert record.emitted <= record.amount
        claims += record.amount - record.emitted + record.unearned
        for _, each in all_records(state, keys.position(pool.name, word), pool_records.POSITION):
            claims += each.rewards
            claims += (record.index - each.reward_index) * each.shares // REWARD_UNIT
    assert claims <= kept, (claims, kept)


def _check_alarms(state: StateReader, pools: dict[str, Pool]) -> None:
    """A pool that says that it has an alarm has it."""
    for name, pool in pools.items():
        if pool.alarm_ms:
            assert state.get(keys.alarm(pool.alarm_ms, keys.pool(name))) is not None


class PoolLives:
    """M5, M12: indices never fall, nor does the price of a share except by a recorded loss."""

    def __init__(self) -> None:
        self._pools: dict[str, Pool] = {}

    def check(self, state: StateReader) -> None:
        """Compare with the state seen before."""
        for name, pool in all_records(state, keys.POOL, pool_records.POOL):
            old = self._pools.get(name)
            if old is not None:
                assert pool.index >= old.index
                for word in TRANCHES:
                    _check_price(tranche_of(old, word), tranche_of(pool, word))
            self._pools[name] = pool


def _check_price(old: Tranche, new: Tranche) -> None:
    if not old.shares or not new.shares or new.lost != old.lost:
        return
    before = (old.claim + 1) * (new.shares + VIRTUAL_SHARES)
    assert (new.claim + 1) * (old.shares + VIRTUAL_SHARES) >= before, (old, new)
