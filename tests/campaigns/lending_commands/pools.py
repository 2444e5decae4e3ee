"""Stories of pools: depositors, borrowers, losses, queues, rewards, gifts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from ledger.store import prefix_end
from lending import keys
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.queries import pools as queries
from lending.records import pools as stored
from lending.records.pools import Pool
from lending.terms.pools import TRANCHES
from tests.campaigns.lending_play import BORROWERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.lending_world import DAY_MS
from tests.scenarios.pool_lines import POOL

DEPOSITORS: Final = ("alpha", "beta", "bolt", "delta")
POOLS_MAX: Final = 3
TEMPLATES: Final[tuple[dict[str, codec.Value], ...]] = (
    {},
    {"senior_rate": 60_000_000, "senior_part_max": 750_000_000, "spread": 10_000_000},
    {"base_rate": 10 * RATE_UNIT, "reserve_factor": RATE_UNIT},
    {"base_rate": 5 * RATE_UNIT, "spread": 10 * RATE_UNIT, "senior_part_max": 1},
    {"rate_model": "FIXED", "base_rate": 1, "kink": 0, "rise_below": 0, "rise_above": 0,
     "senior_rate": 10 * RATE_UNIT, "senior_part_max": RATE_UNIT - 1, "reserve_factor": 0},
    {"rate_model": "ADAPTIVE", "base_rate": 40_000_000, "kink": 900_000_000, "rise_below": 0,
     "rise_above": 0, "steepness": 4 * RATE_UNIT, "adaptation_speed": 50 * RATE_UNIT,
     "rate_least": 1_000_000, "rate_most": 10 * RATE_UNIT, "spread": 10_000_000},
)  # fmt: skip


def opening(play: Play) -> Iterator[Act]:
    """Most worlds have a pool from the start, all of them an empty one."""
    if play.chance(80):
        yield from create(play)


def create(play: Play) -> Iterator[Act]:
    """A pool, approved at once or vote by vote."""
    if len(play.names.get("pool", ())) >= POOLS_MAX:
        return
    template: dict[str, codec.Value] = {
        **POOL, "supply_cap": play.pick(AMOUNT_MAX, 10**9), "reward_asset": play.pick("USD", "USD", ""),
        "borrow_cap": play.pick(AMOUNT_MAX, 10**8), **play.pick(*TEMPLATES),
    }  # fmt: skip
    name = play.new("pool", "pool")
    signers = ("beta", "delta") if play.chance(70) else ()
    yield Ask("alpha", "create_pool", {"pool": name, "template": template}, signers)
    if not signers or play.chance(5):
        for member in ("beta", "gamma", "delta"):
            yield Ask(member, "approve_pool", {"pool": name})


def figures(play: Play, name: str) -> Pool | None:
    """The figures of a pool now."""
    return queries.figures(play.stage.state, name, play.now_ms)


def deposit(play: Play, tranche: str = "", amount: int = 0, pool: str = "") -> Iterator[Act]:
    owner = play.pick(*DEPOSITORS)
    fields = {
        "pool": pool or play.old("pool"), "tranche": tranche or play.pick(*TRANCHES),
        "amount": amount or play.amount(play.pick(100, 10**6)),
    }  # fmt: skip
    yield Ask(owner, "deposit", fields)


def position(play: Play, pool: str = "") -> tuple[str, str, str, stored.Position] | None:
    """A position that there is."""
    pool = pool or play.old("pool")
    for _ in range(4):
        owner, tranche = play.pick(*DEPOSITORS), play.pick(*TRANCHES)
        found = stored.POSITION.get(play.stage.state, keys.position(pool, tranche, owner))
        if found is not None:
            return pool, owner, tranche, found
    return None


def request(play: Play, pool: str = "") -> Iterator[Act]:
    if (found := position(play, pool)) is not None:
        pool, owner, tranche, held = found
        shares = (held.shares - held.queued) // play.pick(1, 1, 2, 3) + play.pick(-1, 0, 0, 1)
        yield Ask(owner, "request_withdrawal",
                  {"pool": pool, "tranche": tranche, "shares": max(shares, 0)})  # fmt: skip


def give_shares(play: Play) -> Iterator[Act]:
    """Shares change hands."""
    if (found := position(play)) is not None:
        pool, owner, tranche, held = found
        yield Ask(owner, "transfer_shares", {
            "pool": pool, "tranche": tranche, "to": play.pick(*DEPOSITORS),
            "shares": play.amount(held.shares - held.queued),
        })  # fmt: skip


def cancel(play: Play, pool: str = "") -> Iterator[Act]:
    pool, tranche = pool or play.old("pool"), play.pick(*TRANCHES)
    prefix = keys.requests(pool, tranche)
    waiting = [
        (int.from_bytes(key[-8:], "big"), stored.REQUEST.decode(raw).owner)
        for key, raw in play.stage.state.iterate(prefix, prefix_end(prefix))
    ]
    number, owner = play.rng.choice(waiting) if waiting else (play.pick(1, 2, 99), "alpha")
    yield Ask(owner, "cancel_withdrawal", {"pool": pool, "tranche": tranche, "number": number})


def grant(play: Play, borrower: str = "", days: int = 0, pool: str = "") -> Iterator[Act]:
    is_secured = play.chance(40) and not borrower
    yield Ask("alpha", "grant_credit_line", {
        "pool": pool or play.old("pool"), "borrower": borrower or play.pick(*BORROWERS),
        "limit": play.pick(0, 1, 10**6, AMOUNT_MAX) if not borrower else AMOUNT_MAX,
        "due_ms": play.now_ms + (days or play.pick(0, 30, 400)) * DAY_MS,
        "collateral_asset": "BOND" if is_secured else "",
        "loan_to_value_limit": 800_000_000 if is_secured else 0,
    })  # fmt: skip


def borrow(play: Play) -> Iterator[Act]:
    borrower, pool = play.pick(*BORROWERS), play.old("pool")
    if play.chance(70):
        yield from grant(play, borrower, play.pick(30, 400), pool)
    found = figures(play, pool)
    cash = found.cash if found is not None else 1_000
    amount = play.amount(play.pick(cash, cash // 2, 1_000))
    yield Ask(borrower, "borrow_from_pool", {"pool": pool, "amount": amount})


def repay(play: Play) -> Iterator[Act]:
    borrower, pool = play.pick(*BORROWERS), play.old("pool")
    line = queries.credit_line(play.stage.state, pool, borrower, play.now_ms)
    owed = int(str(line["debt"])) + int(str(line["written_off"])) if line is not None else 10
    amount = min(max(owed // play.pick(1, 1, 2, 3) + play.pick(-1, 0, 1), 0), AMOUNT_MAX)
    yield Ask(borrower, "repay_pool", {"pool": pool, "amount": amount})


def collateral(play: Play) -> Iterator[Act]:
    """A secured line: pledged, borrowed on, the price falls, the collateral is bought."""
    borrower, pool = play.pick(*BORROWERS), play.old("pool")
    yield Ask("alpha", "grant_credit_line", {
        "pool": pool, "borrower": borrower, "limit": 10**6, "due_ms": play.now_ms + 30 * DAY_MS,
        "collateral_asset": "BOND", "loan_to_value_limit": 800_000_000,
    })  # fmt: skip
    yield from deposit(play, "JUNIOR", 10**6, pool)
    yield from prices(play, 1_000)
    yield Ask(borrower, "pledge_pool_collateral", {"pool": pool, "amount": play.amount(1_000)})
    amount = play.amount(play.pick(799_999, 400_000))
    yield Ask(borrower, "borrow_from_pool", {"pool": pool, "amount": amount})
    yield Ask(borrower, "release_pool_collateral", {"pool": pool, "amount": play.amount(100)})
    if play.chance(70):
        yield play.wait(1, 3_600_001)
        yield from prices(play, play.pick(720, 800, 1_200))
    if play.chance(30):
        yield play.wait(31)
        yield from prices(play, 700)
    for _ in range(2):
        yield Ask(play.pick("beta", "delta"), "buy_pool_collateral",
                  {"pool": pool, "borrower": borrower, "amount": play.amount(500)})  # fmt: skip


def prices(play: Play, price: int) -> Iterator[Act]:
    """What all sources report, struck in the next block."""
    for source in ("beta", "gamma"):
        yield Ask(source, "report_price", {"asset": "BOND", "currency": "USD", "price": price})
    yield play.wait(0)


def lose(play: Play) -> Iterator[Act]:
    """Both tranches lend, a borrower takes it and does not come back; or comes back late."""
    pool, borrower = play.old("pool"), play.pick(*BORROWERS)
    yield from deposit(play, "JUNIOR", 10**6, pool)
    yield from deposit(play, "SENIOR", 10**6, pool)
    yield from grant(play, borrower, 30, pool)
    found = figures(play, pool)
    yield Ask(borrower, "borrow_from_pool",
              {"pool": pool, "amount": play.amount(found.cash if found else 1)})  # fmt: skip
    if play.chance(50):
        yield from request(play)
    yield play.wait(30, 1_001)
    yield Ask("alpha", "write_off_pool_debt", {"pool": pool, "borrower": borrower})
    if play.chance(50):
        yield from repay(play)
    yield Ask("alpha", "settle_pool_losses", {"pool": pool})


def squeeze(play: Play) -> Iterator[Act]:
    """All is lent when depositors want out; then something comes back, and somebody stays."""
    pool, borrower = play.old("pool"), play.pick(*BORROWERS)
    for tranche in TRANCHES:
        yield from deposit(play, tranche, play.pick(1_023, 10**6), pool)
    yield from grant(play, borrower, 30, pool)
    found = figures(play, pool)
    yield Ask(borrower, "borrow_from_pool", {"pool": pool, "amount": found.cash if found else 1})
    for _ in range(3):
        yield from request(play, pool)
    yield from cancel(play, pool)
    yield play.wait(0, play.pick(1, 3_600_000))
    yield Ask(borrower, "repay_pool", {"pool": pool, "amount": play.amount(10**6)})
    yield Ask(borrower, "borrow_from_pool", {"pool": pool, "amount": 1})
    yield play.wait(0)
    yield Ask("alpha", "collect_spread", {"pool": pool})


def manage(play: Play) -> Iterator[Act]:
    pool = play.old("pool")
    yield Ask("alpha", play.pick("settle_pool_losses", "take_strays", "collect_spread"),
              {"pool": pool})  # fmt: skip
    if play.chance(30):
        found = figures(play, pool)
        yield Ask("alpha", "release_reserve", {
            "pool": pool, "to": play.pick(*PARTIES),
            "amount": play.amount(found.reserve if found else 1),
        }, ("beta", "delta"))  # fmt: skip


def give(play: Play) -> Iterator[Act]:
    """A gift to the reserve, or a raw transfer to the pool's account, which moves no price."""
    pool, giver = play.old("pool"), play.pick(*PARTIES)
    yield Ask(giver, "contribute_reserve", {"pool": pool, "amount": play.amount(10_000)})
    yield Ask(giver, "transfer_cash",
              {"to": pool, "asset": "USD", "amount": play.amount(10_000), "reference": "gift"})  # fmt: skip


def rewards(play: Play) -> Iterator[Act]:
    yield Ask(play.pick("crow", "alpha"), "fund_rewards", {
        "pool": play.old("pool"), "tranche": play.pick(*TRANCHES), "amount": play.amount(10_000),
        "days": play.pick(0, 1, 30, 366),
    })  # fmt: skip
    yield play.wait(play.pick(0, 1))
    if (found := position(play)) is not None:
        pool, owner, tranche, _ = found
        yield Ask(owner, "claim_rewards", {"pool": pool, "tranche": tranche})


def transfer(play: Play) -> Iterator[Act]:
    """Shares go to another depositor, or to nobody who may have them."""
    if (found := position(play)) is not None:
        pool, owner, tranche, held = found
        shares = max(1, held.shares // play.pick(1, 2, 3))
        to = play.pick(*DEPOSITORS, "mint")
        yield Ask(owner, "transfer_shares",
                  {"pool": pool, "tranche": tranche, "to": to, "shares": shares})  # fmt: skip


MAKERS: Final = (
    Maker(1, create), Maker(6, deposit), Maker(5, request), Maker(1, cancel), Maker(2, give_shares), Maker(2, grant),
    Maker(5, borrow), Maker(5, repay), Maker(3, collateral), Maker(2, lose), Maker(2, manage),
    Maker(2, squeeze), Maker(2, give), Maker(2, rewards), Maker(2, transfer),
)  # fmt: skip
