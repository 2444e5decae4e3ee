"""Stories of covers for deposits and for what a second custodian keeps, and of the losses they pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lending import keys
from lending.fields import RATE_UNIT
from lending.records.collateral import FUND, Fund
from tests.campaigns.lending_commands import pools
from tests.campaigns.lending_play import BORROWERS, LENDERS, Maker, Play
from tests.campaigns.lending_stage import Act, Ask, fresh_keys
from tests.scenarios.lending_world import DAY_MS

PART: Final = RATE_UNIT // 100
ORE: Final = "ORE"
"""What a second custodian keeps."""
HOLDERS: Final = (*BORROWERS, *LENDERS)


def opening(play: Play) -> Iterator[Act]:
    """A second custodian, and something of it in many hands."""
    yield Ask("alpha", "register_party", {"party": "vault", "kind": "custodian",
                                          "keys": fresh_keys("vault"), "threshold": 1})  # fmt: skip
    yield Ask("vault", "register_asset", {"asset": ORE, "kind": "collateral", "decimals": 0,
                                          "price_sources": ("gamma",)})  # fmt: skip
    for holder in HOLDERS:
        if play.chance(60):
            yield Ask("vault", "issue_cash", {"holder": holder, "asset": ORE, "amount": 1_000,
                                              "reference": play.reference()})  # fmt: skip


def offer(play: Play) -> Iterator[Act]:
    """A fund says what it covers; sometimes it is a new fund."""
    fund = any_fund(play)
    if fund is None or play.chance(20):
        yield Ask(play.pick("delta", "beta"), "open_cover_fund", {
            "fund": play.new("fund", "shield"), "currency": "USD", "capital": play.amount(10**6),
            "exposure_limit": play.pick(50, 100) * PART, "cover_limit": play.pick(50, 100) * PART,
            "premium_rate": play.pick(0, 4) * PART, "premium_rate_secured": PART,
        })  # fmt: skip
        fund = any_fund(play)
    if fund is not None:
        rates = play.pick((("JUNIOR", 2 * PART), ("SENIOR", 0), ("CUSTODIAN", PART)),
                          (("CUSTODIAN", 10 * RATE_UNIT),), (("JUNIOR", 1), ("A", PART)))  # fmt: skip
        yield Ask(fund.owner, "set_cover_terms", {
            "fund": fund.name, "rates": rates, "subject_limit": play.pick(60, 100) * PART,
            "waiting_ms": play.pick(1, 1, DAY_MS),
        })  # fmt: skip


def cover_deposit(play: Play) -> Iterator[Act]:
    """A depositor covers what it has in a pool, in parts or twice; sometimes the pool loses it."""
    yield from offer(play)
    fund, pool = any_fund(play), play.old("pool")
    yield from pools.deposit(play, "JUNIOR", 10**6, pool)
    found = pools.position(play, pool)
    if fund is None or found is None:
        return
    pool, owner, tranche, _ = found
    for _ in range(play.pick(1, 2)):
        yield Ask(owner, "cover_deposit", {
            "cover": play.new("cover", "d"), "fund": fund.name, "pool": pool, "tranche": tranche,
            "amount": max(play.amount(fund.capital // 2), 1),
            "until_ms": play.now_ms + play.pick(2, 40, 400) * DAY_MS, "premium_max": 2**62,
        })  # fmt: skip
    if play.chance(60):
        yield play.wait(play.pick(0, 1))
        yield from pools.lose(play)


def cover_holding(play: Play) -> Iterator[Act]:
    """Holders cover what the second custodian keeps; it may be declared lost, in several parts."""
    yield from offer(play)
    yield Ask("gamma", "report_price", {"asset": ORE, "currency": "USD",
                                        "price": play.amount(10_000)})  # fmt: skip
    yield play.wait(0)
    fund = any_fund(play)
    for holder in play.some(HOLDERS) if fund is not None else ():
        for _ in range(play.pick(1, 2)):
            yield Ask(holder, "cover_holding", {
                "cover": play.new("cover", "d"), "fund": fund.name if fund else "", "asset": ORE,
                "units": play.pick(1, 3, 999, 1_000), "amount": play.pick(1, 999, 10_000),
                "until_ms": play.now_ms + play.pick(2, 40) * DAY_MS, "premium_max": 2**62,
            })  # fmt: skip
    yield play.wait(play.pick(0, 1))
    yield Ask(play.pick(*HOLDERS), "transfer_cash", {"to": play.pick(*HOLDERS), "asset": ORE,
                                                     "amount": 700, "reference": "ore"})  # fmt: skip
    if play.chance(50):
        yield from lose_holding(play)


def lose_holding(play: Play) -> Iterator[Act]:
    """Members declare a loss, by little steps, so that there is always more to come."""
    known = len(play.names.setdefault("loss", [])) + 1
    play.names["loss"].append("")
    rate = RATE_UNIT - RATE_UNIT // (known + 1) if play.chance(90) else play.pick(0, RATE_UNIT)
    yield Ask("alpha", "declare_custodian_loss",
              {"asset": play.pick(ORE, ORE, "GOLD"), "loss_rate": rate}, ("beta", "delta"))  # fmt: skip


def shrink(play: Play) -> Iterator[Act]:
    """The owner of a fund takes out what it may, or a unit more."""
    if (fund := any_fund(play)) is not None:
        capital = play.pick(fund.exposure, fund.exposure - 1, fund.capital, 0)
        yield Ask(fund.owner, "change_cover_capital",
                  {"fund": fund.name, "capital": max(capital, 0)})  # fmt: skip


def any_fund(play: Play) -> Fund | None:
    """A fund with something in it."""
    return play.find("fund", keys.fund, FUND, lambda found: found.capital > 0)


MAKERS: Final = (
    Maker(1, offer), Maker(3, cover_deposit), Maker(2, cover_holding), Maker(1, lose_holding), Maker(1, shrink),
)  # fmt: skip
