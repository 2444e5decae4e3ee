"""Stories of price feeds, collateral accounts, auctions, guarantees and cover."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lending import keys, records
from lending.fields import RATE_UNIT
from lending.records import AgreementStatus, LoanStatus
from lending.records import collateral as stored
from lending.records.collateral import AccountStatus, CollateralAccount
from tests.campaigns.lending_commands.core import any_agreement, any_loan, terms_of
from tests.campaigns.lending_play import BORROWERS, LENDERS, MEMBERS, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.lending_world import DAY_MS

PART: Final = RATE_UNIT // 100
ASSETS: Final = ("BOND", "GOLD")
SOURCES: Final = ("beta", "gamma", "delta")


def opening(play: Play) -> Iterator[Act]:
    """Two thirds of the worlds begin with feeds and policies."""
    if play.chance(66):
        for asset in ASSETS:
            yield from register_feed(play, asset)
            yield from set_policy(play, asset)
            yield from report(play, asset, 1_000)
        yield play.wait(0)


def register_feed(play: Play, asset: str = "") -> Iterator[Act]:
    yield Ask("alpha", "register_price_feed", {
        "asset": asset or play.pick(*ASSETS), "currency": "USD", "sources": SOURCES, "quorum": 2,
        "age_max_ms": play.pick(2, 9) * DAY_MS, "band": play.pick(30, 30, 100) * PART,
        "interval_ms": DAY_MS,
    }, ("beta", "delta"))  # fmt: skip


def set_policy(play: Play, asset: str = "") -> Iterator[Act]:
    yield Ask("alpha", "set_collateral_policy", {
        "asset": asset or play.pick(*ASSETS), "currency": "USD",
        "haircut": play.pick(0, 10, 10, 50, 100) * PART, "share_max": play.pick(60, 100, 100) * PART,
        "supply_cap": play.pick(10**6 - 1, 10**9, 10**9),
    }, ("beta", "delta"))  # fmt: skip


def report(play: Play, asset: str, price: int) -> Iterator[Act]:
    for source in play.pick(SOURCES[:2], SOURCES[:2], SOURCES, SOURCES[:1]):
        fields = {"asset": asset, "currency": "USD", "price": max(price, 1)}
        yield Ask(source, "report_price", fields)


def price_of(play: Play, asset: str) -> int:
    """The agreed price, or what it began with."""
    price = records.PRICE.get(play.stage.state, keys.price(asset, "USD"))
    return 1_000 if price is None else price.price


def market_moves(play: Play) -> Iterator[Act]:
    """Prices move by what the band allows in a day, or leap, and the block after strikes them."""
    if play.chance(80):
        yield play.wait(1, 3_600_001)
    percent = play.pick(71, 75, 80, 90, 100, 110, 120, 129, 20, 300)
    for asset in ASSETS:
        yield from report(play, asset, min(price_of(play, asset) * percent // 100, 10**9))
    yield play.wait(0, play.pick(1, 3_600_000))


def resume(play: Play) -> Iterator[Act]:
    asset = play.pick(*ASSETS)
    yield from report(play, asset, price_of(play, asset) * play.pick(1, 2))
    yield Ask("alpha", "resume_price_feed", {"asset": asset, "currency": "USD"}, ("beta", "delta"))
    yield play.wait(0)


def any_account(play: Play, *statuses: AccountStatus) -> CollateralAccount | None:
    """An account in one of these statuses."""
    return play.find("account", keys.account, stored.ACCOUNT,
                     lambda found: not statuses or found.status in statuses)  # fmt: skip


def open_account(play: Play) -> Iterator[Act]:
    """A borrower's account with loans that it secures, filled and often drawn at once."""
    owner, agent = play.pick(*BORROWERS), play.pick(*LENDERS)
    name = play.new("account", "safe")
    yield Ask(owner, "open_collateral_account", {
        "account": name, "agent": agent, "currency": "USD", "borrow_limit": 70 * PART,
        "margin_limit": 80 * PART, "liquidation_limit": 90 * PART,
        "cure_ms": play.pick(1, 3 * DAY_MS), "close_factor": play.pick(50, 100) * PART,
        "least_debt": play.pick(0, 500, 10**6), "cost_rate": play.pick(0, 2, 50) * PART,
        "start_premium": play.pick(0, 10) * PART, "step_ms": 3_600_000, "step_rate": 2 * PART,
        "floor_rate": play.pick(1, 80, 100) * PART,
    }, (agent,))  # fmt: skip
    for _ in range(play.pick(1, 2)):
        yield from secure(play)
    if play.chance(70):
        yield from top_up(play, name)
        yield from draw_secured(play, name)


def secure(play: Play) -> Iterator[Act]:
    """A new agreement, or an old one, is secured by an account."""
    account = any_account(play)
    if account is None:
        return
    lender = play.pick(*LENDERS)
    name = play.new("agreement", "l")
    terms = terms_of(play, lender, account.owner, product="personal", version=1,
                     collateral_asset="", principal=100_000)  # fmt: skip
    yield Ask(account.owner, "propose_agreement", {"agreement": name, "terms": terms}, (lender,))
    if play.chance(20) and (found := any_agreement(play, AgreementStatus.DRAWN)) is not None:
        name, lender = found.name, found.terms.lender
    yield Ask(account.owner, "secure_loan", {"account": account.name, "agreement": name},
              (lender, account.agent))  # fmt: skip


def top_up(play: Play, name: str = "") -> Iterator[Act]:
    account = stored.ACCOUNT.get(play.stage.state, keys.account(name)) or any_account(play)
    if account is not None:
        yield Ask(account.owner, "top_up_collateral", {
            "account": account.name, "asset": (asset := play.pick(*ASSETS)),
            "amount": play.amount(play.pick(200, enough(play, asset), enough(play, asset))),
        })  # fmt: skip


def enough(play: Play, asset: str) -> int:
    """About what secures two loans of a thousand."""
    return max(350_000 * {"BOND": 1, "GOLD": 1_000}[asset] // price_of(play, asset), 1)


def draw_secured(play: Play, name: str) -> Iterator[Act]:
    account = stored.ACCOUNT.get(play.stage.state, keys.account(name))
    for agreement in account.loans if account else ():
        yield Ask(account.owner if account else "", "draw_down", {"agreement": agreement})


def take_back(play: Play) -> Iterator[Act]:
    account = any_account(play)
    if account is None:
        return
    assets = play.rng.sample(ASSETS, 2)
    yield Ask(account.owner, "withdraw_collateral",
              {"account": account.name, "asset": assets[0], "amount": play.amount(100)})  # fmt: skip
    yield Ask(account.owner, "substitute_collateral", {
        "account": account.name, "asset_in": assets[0], "amount_in": play.amount(1_000),
        "asset_out": assets[1], "amount_out": play.amount(100),
    })  # fmt: skip


def bid(play: Play) -> Iterator[Act]:
    """Members buy in an auction, early and late, some too little and some too low."""
    account = any_account(play, AccountStatus.LIQUIDATING)
    if account is None:
        account = any_account(play) if play.chance(10) else None
    if account is None:
        return
    for _ in range(play.pick(1, 3)):
        asset = play.pick(*(lot.asset for lot in account.lots), "BOND")
        yield Ask(play.pick("beta", "delta", "alpha", "acme"), "bid", {
            "account": account.name, "asset": asset, "amount": play.amount(100),
            "price_max": play.pick(1, 700, 2_000, 10**9),
        })  # fmt: skip
        yield play.wait(0, play.pick(1, 3_600_000, 9 * 3_600_000))


def crash(play: Play) -> Iterator[Act]:
    """Prices fall day after day; who does not cure is sold, to the last unit or not at all."""
    yield from open_account(play)
    for _ in range(play.pick(2, 5)):
        yield play.wait(1, 3_600_001)
        for asset in ASSETS:
            yield from report(play, asset, price_of(play, asset) * 72 // 100)
        yield play.wait(0)
        yield from bid(play)
    if play.chance(50):
        yield play.wait(9)
    for asset in ASSETS:
        yield from report(play, asset, 1_000)
    yield Ask("alpha", "resume_price_feed", {"asset": "BOND", "currency": "USD"}, ("beta", "delta"))
    yield Ask("alpha", "resume_price_feed", {"asset": "GOLD", "currency": "USD"}, ("beta", "delta"))


def guarantee(play: Play) -> Iterator[Act]:
    found = any_agreement(play, AgreementStatus.CONCLUDED, AgreementStatus.DRAWN)
    if found is None:
        return
    yield Ask(play.pick("crow", "bolt", *MEMBERS), "give_guarantee", {
        "guarantee": play.new("protection", "g"), "agreement": found.name,
        "kind": play.pick("FIRST_LOSS", "GUARANTEE"), "amount": play.amount(1_000),
        "until_ms": play.now_ms + play.pick(0, 1, 60, 400) * DAY_MS,
    })  # fmt: skip


def open_fund(play: Play) -> Iterator[Act]:
    yield Ask(play.pick(*MEMBERS), "open_cover_fund", {
        "fund": play.new("fund", "shield"), "currency": "USD", "capital": play.amount(100_000),
        "exposure_limit": play.pick(50, 100) * PART, "cover_limit": play.pick(50, 100) * PART,
        "premium_rate": play.pick(0, 4) * PART, "premium_rate_secured": PART,
    })  # fmt: skip


def cover(play: Play) -> Iterator[Act]:
    """A lender covers its loan; sometimes the fund's capital changes."""
    if "fund" not in play.names or play.chance(10):
        yield from open_fund(play)
    name = play.old("fund")
    fund = stored.FUND.get(play.stage.state, keys.fund(name))
    if fund is not None and play.chance(30):
        yield Ask(fund.owner, "change_cover_capital", {
            "fund": name, "capital": play.amount(play.pick(fund.capital, fund.exposure, 100_000)),
        })  # fmt: skip
    loan = any_loan(play, LoanStatus.PERFORMING) or any_loan(play)
    if loan is not None:
        yield Ask(loan.lender, "buy_cover", {
            "cover": play.new("protection", "g"), "fund": name, "agreement": loan.name,
            "amount": play.amount(1_000), "premium_max": play.pick(0, 1, 10**6),
            "until_ms": play.now_ms + play.pick(1, 60, 400) * DAY_MS,
        })  # fmt: skip


MAKERS: Final = (
    Maker(1, register_feed), Maker(1, set_policy), Maker(5, market_moves), Maker(2, resume),
    Maker(4, open_account), Maker(2, secure), Maker(4, top_up), Maker(4, take_back), Maker(5, bid),
    Maker(5, crash), Maker(3, guarantee), Maker(1, open_fund), Maker(3, cover),
)  # fmt: skip
