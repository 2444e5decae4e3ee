"""Properties of pools: nobody gets what nobody gave, and who stays never pays for who leaves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple

from lending import keys
from lending.arithmetic.models.growth import RAY, debt_at
from lending.chart import Account
from lending.fields import AMOUNT_MAX
from lending.pools.interest import DEBT_UNIT
from lending.pools.positions import REWARD_UNIT
from lending.pools.shares import tranche_of, value_of
from lending.records.pools import CreditLine, Pool, Tranche
from lending.terms.pools import TRANCHES
from tests.properties.named.base import state
from tests.properties.named.view import View


def tranches(view: View) -> list[tuple[str, Tranche]]:
    """Every tranche of every pool."""
    return [(f"{n}/{t}", tranche_of(p, t)) for n, p in view.pools.items() for t in TRANCHES]


def lines_of(view: View, pool: str) -> dict[str, CreditLine]:
    """The credit lines of a pool, by borrower."""
    found = {name.partition("/"): line for name, line in view.lines.items()}
    return {borrower: line for (name, _, borrower), line in found.items() if name == pool}


def book_of(view: View, pool: Pool) -> list[int]:
    """A pool's own books in its currency."""
    return view.book(pool.name, view.pool_terms[pool.name].template.asset)


@state("M2")
def no_figure_of_a_pool_is_negative(view: View) -> None:
    """Cash, debts, shares, claims, reserve and spread are zero or more."""
    for pool in view.pools.values():
        assert min(each for each in astuple(pool) if type(each) is int) >= 0, pool
        assert min(*astuple(pool.senior), *astuple(pool.junior)) >= 0, pool
        assert pool.cash <= AMOUNT_MAX, pool


@state("M3")
def a_pool_has_what_it_owes(view: View) -> None:
    """Cash and debts of a pool are the claims of its tranches, its reserve and its spread."""
    for pool in view.pools.values():
        claims = pool.senior.claim + pool.junior.claim + pool.reserve + pool.spread
        assert pool.cash + pool.debt == claims, pool


@state("M3")
def the_figures_of_a_pool_are_its_books(view: View) -> None:
    """Debts, claims, reserve and spread are what the pool's books say."""
    for pool in view.pools.values():
        book = book_of(view, pool)
        assert book[Account.POOL_LOANS] == pool.debt, pool
        assert book[Account.SENIOR_CLAIMS] == -pool.senior.claim, pool
        assert book[Account.JUNIOR_CLAIMS] == -pool.junior.claim, pool
        assert book[Account.POOL_RESERVE] == -pool.reserve, pool
        assert book[Account.SPREAD_PAYABLE] == -pool.spread, pool


@state("M5")
def a_gift_is_not_cash_of_the_pool(view: View) -> None:
    """The account holds the pool's cash, the rewards, and what came by itself; only the first is lent."""
    for pool in view.pools.values():
        book = book_of(view, pool)
        strays = -book[Account.TRANSFERS] - book[Account.FUNDING] - book[Account.STRAYS_TAKEN]
        assert strays >= 0, pool
        is_same = view.pool_terms[pool.name].template.reward_asset in (
            "", view.pool_terms[pool.name].template.asset,
        )  # fmt: skip
        kept = -book[Account.REWARDS_PAYABLE] if is_same else 0
        assert book[Account.CASH] == pool.cash + kept + strays, pool


@state("M3")
def debts_of_borrowers_are_those_of_the_pool(view: View) -> None:
    """The borrowers' shares of debt sum to the pool's."""
    for name, pool in view.pools.items():
        shares = sum(line.scaled_debt for line in lines_of(view, name).values())
        assert shares == pool.scaled_debt, name


@state("M12")
def a_debt_grows_with_the_index(view: View) -> None:
    """A pool's debt is its shares of debt at its index, rounded once."""
    for pool in view.pools.values():
        assert pool.debt == debt_at(pool.scaled_debt, pool.index, DEBT_UNIT), pool


@state("M6")
def debts_round_in_favour_of_the_pool(view: View) -> None:
    """The borrowers' debts sum to the pool's or above, by less than a unit each."""
    for name, pool in view.pools.items():
        lines = lines_of(view, name).values()
        debts = [debt_at(line.scaled_debt, pool.index, DEBT_UNIT) for line in lines]
        assert pool.debt <= sum(debts) <= pool.debt + len(debts), name


@state("M3")
def what_a_borrower_booked_it_owes(view: View) -> None:
    """A borrower books no more than it owes now; the rest is interest since its last operation."""
    for name, pool in view.pools.items():
        for line in lines_of(view, name).values():
            debt = debt_at(line.scaled_debt, pool.index, DEBT_UNIT)
            assert 0 <= line.booked <= debt, (name, line)


@state("M3")
def what_borrowers_owe_is_in_their_books(view: View) -> None:
    """What borrowers book as owed to pools is what their credit lines say, written off or not."""
    owed: dict[str, int] = defaultdict(int)
    for name, line in view.lines.items():
        pool, _, borrower = name.partition("/")
        asset = view.pool_terms[pool].template.asset
        owed[f"{borrower}/{asset}"] += line.booked + line.written_off
    for name in owed.keys() | view.books.keys():
        owner, _, asset = name.partition("/")
        assert -view.book(owner, asset)[Account.POOL_BORROWINGS] == owed.get(name, 0), name


@state("M10")
def a_loss_is_taken_when_no_collateral_is_left(view: View) -> None:
    """No line has a loss written off while it still owes and still has collateral."""
    for name, line in view.lines.items():
        assert not (line.written_off and line.pledged and line.scaled_debt), name


@state("M3")
def shares_of_holders_are_those_of_the_tranche(view: View) -> None:
    """The shares of all depositors sum to the shares of the tranche."""
    for name, tranche in tranches(view):
        held = sum(p.shares for key, p in view.positions.items() if key.startswith(f"{name}/"))
        assert held == tranche.shares, name


@state("M4")
def depositors_are_never_promised_more_than_there_is(view: View) -> None:
    """What all shares are worth together is at most the claim of their tranche."""
    for name, tranche in tranches(view):
        held = [p.shares for key, p in view.positions.items() if key.startswith(f"{name}/")]
        assert sum(value_of(tranche, shares) for shares in held) <= tranche.claim, name


@state("M4")
def a_claim_has_a_holder(view: View) -> None:
    """A tranche without shares is worth nothing: there is nothing for a first depositor to take."""
    for name, tranche in tranches(view):
        assert tranche.shares or not tranche.claim, name


@state("M3")
def who_waits_is_in_the_queue(view: View) -> None:
    """The shares that wait are those of the requests, per depositor and per tranche."""
    waiting: dict[str, int] = defaultdict(int)
    for name, request in view.requests:
        assert request.shares > 0, name
        waiting[f"{name}/{request.owner}"] += request.shares
    for name, position in view.positions.items():
        assert position.queued == waiting.pop(name, 0), name
    assert not waiting
    for name, tranche in tranches(view):
        queued = sum(p.queued for key, p in view.positions.items() if key.startswith(f"{name}/"))
        assert queued == tranche.queued, name


@state("M2")
def a_position_waits_with_what_it_has(view: View) -> None:
    """Nobody waits with more shares than it has; cost and rewards are zero or more."""
    for name, position in view.positions.items():
        assert 0 <= position.queued <= position.shares, name
        assert min(position.cost, position.rewards) >= 0, name


@state("M18")
def rewards_are_never_promised_twice(view: View) -> None:
    """What holders have earned and what is to come is at most what the pool keeps for it."""
    for name, terms in view.pool_terms.items():
        asset = terms.template.reward_asset
        kept = -view.book(name, asset)[Account.REWARDS_PAYABLE] if asset else 0
        claims = 0
        for key, record in view.rewards.items():
            if not key.startswith(f"{name}/"):
                continue
            claims += record.amount - record.emitted + record.unearned
            for owner, each in view.positions.items():
                if owner.startswith(f"{key}/"):
                    earned = (record.index - each.reward_index) * each.shares // REWARD_UNIT
                    claims += each.rewards + earned
        assert claims <= kept, (name, claims, kept)


@state("M18")
def rewards_are_not_emitted_before_their_time(view: View) -> None:
    """No programme emitted more than its amount, nor more than its time allows."""
    for name, each in view.rewards.items():
        assert 0 <= each.emitted <= each.amount, name
        length = each.end_s - each.start_s
        passed = min(max(view.now_ms // 1000 - each.start_s, 0), length)
        assert not length or each.emitted <= each.amount * passed // length, name


@state("M18: Compound proposal 62")
def a_position_is_never_ahead_of_the_rewards(view: View) -> None:
    """The reward index of a position is at most that of its tranche."""
    for name, position in view.positions.items():
        record = view.rewards.get(name.rpartition("/")[0])
        assert position.reward_index <= (record.index if record else 0), name


@state("M12")
def an_index_never_shrinks_below_one(view: View) -> None:
    """What one unit borrowed at the beginning has grown to is one or more."""
    for pool in view.pools.values():
        assert pool.index >= RAY, pool


@state("M12")
def interest_is_never_ahead_of_time(view: View) -> None:
    """No pool has accrued interest of the future."""
    for pool in view.pools.values():
        assert pool.accrued_s * 1000 <= view.now_ms, pool


@state("M24")
def an_open_pool_was_approved(view: View) -> None:
    """A pool is open exactly when a quorum of members approved; a closed one has no money."""
    assert view.parameters is not None
    for name, terms in view.pool_terms.items():
        assert set(terms.approvals) <= set(view.parameters.members), name
        enough = len(terms.approvals) >= view.parameters.approval_quorum
        assert terms.is_active == enough, name
        assert terms.is_active == (name in view.pools), name


@state("L3")
def a_pool_has_the_alarm_that_it_says(view: View) -> None:
    """A pool that waits for the clock has its alarm."""
    for name, pool in view.pools.items():
        times = view.alarms.get(keys.pool(name), [])
        assert not pool.alarm_ms or pool.alarm_ms in times, pool


@state("M11")
def a_loss_is_remembered(view: View) -> None:
    """What the tranches of a pool have lost is at most what its borrowers' debts were written off by."""
    for name, pool in view.pools.items():
        gone = sum(line.written_off for line in lines_of(view, name).values())
        assert pool.senior.lost + pool.junior.lost <= gone, pool


@state("M26")
def a_line_belongs_to_a_pool(view: View) -> None:
    """Every credit line and position belongs to a pool and to a party that is not the pool."""
    for name in (*view.lines, *view.positions):
        pool, owner = name.partition("/")[0], name.rpartition("/")[2]
        assert pool in view.pool_terms, name
        assert owner in view.parties, name
        assert owner != pool, name
