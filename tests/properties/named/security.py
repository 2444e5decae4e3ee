"""Properties of prices, collateral accounts, auctions, guarantees and cover."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from lending import keys
from lending.cover.protections import PER_LOAN_MAX
from lending.fields import RATE_UNIT
from lending.products.lifecycle import PAYABLE
from lending.records import LoanStatus
from lending.records.collateral import AccountStatus, CollateralAccount, ProtectionStatus
from tests.properties.named.base import state
from tests.properties.named.view import View


def health(
    view: View, account: CollateralAccount, limit: str = "margin_limit"
) -> tuple[int, Fraction]:
    """Debt and counted value at the agreed prices, by fractions: another path than the machine's."""
    values = []
    mode = view.modes.get(account.mode)
    for holding in account.holdings:
        price = view.prices.get(f"{holding.asset}/{account.currency}")
        unit = 10 ** view.assets[holding.asset].decimals
        values.append(Fraction(holding.amount * (price.price if price else 0), unit))
    whole, value = sum(values, Fraction(0)), Fraction(0)
    for each, holding in zip(values, account.holdings, strict=True):
        counted = min(each, whole * Fraction(holding.share_max, RATE_UNIT))
        boost = Fraction(1)
        if mode is not None and holding.asset in mode.assets:
            boost = Fraction(getattr(mode, limit), getattr(account.terms, limit))
        value += counted * (1 - Fraction(holding.haircut, RATE_UNIT)) * boost
    debt = 0
    for name in account.loans:
        loan = view.loans.get(name)
        if loan is not None and loan.status in PAYABLE:
            bills = sum(bill.fees + bill.interest + bill.principal for bill in loan.bills)
            debt += loan.balance + bills
    return debt, value


def at_rest(view: View, account: CollateralAccount) -> bool:
    """Whether nothing is left to be done for an account by the clock."""
    work = any(
        f"{holding.asset}/{account.currency}" in view.feed_work for holding in account.holdings
    )
    is_waiting = bool(account.alarm_ms) and account.alarm_ms != account.deadline_ms
    return not work and not is_waiting


@state("M2")
def a_holding_is_above_zero(view: View) -> None:
    """An account holds no asset of which it holds nothing, and none twice."""
    for account in view.accounts.values():
        assert all(holding.amount > 0 for holding in account.holdings), account
        assets = [holding.asset for holding in account.holdings]
        assert len(set(assets)) == len(assets), account


@state("M10")
def no_debt_stays_without_collateral(view: View) -> None:
    """When no collateral is left, no debt is left: it is bad debt, and recorded as that."""
    for account in view.accounts.values():
        debt, _ = health(view, account)
        assert not debt or account.holdings, (account, debt)


@state("M8")
def an_account_at_rest_is_within_its_limit(view: View) -> None:
    """An open account is within its margin limit, a called one within its liquidation limit."""
    for account in view.accounts.values():
        if account.status is AccountStatus.LIQUIDATING or not at_rest(view, account):
            continue
        name = "margin_limit" if account.status is AccountStatus.OPEN else "liquidation_limit"
        debt, value = health(view, account, name)
        limit = getattr(account.terms, name)
        assert debt <= value * Fraction(limit, RATE_UNIT), (account, debt, value)


@state("M10")
def only_what_is_on_sale_is_sold(view: View) -> None:
    """An account has lots exactly while it is liquidated, and then it has an end and an alarm."""
    for account in view.accounts.values():
        is_on_sale = account.status is AccountStatus.LIQUIDATING
        assert is_on_sale == bool(account.lots), account
        assert not is_on_sale or account.alarm_ms, account
        assert not is_on_sale or account.deadline_ms > account.auction_ms, account


@state("M10")
def an_auction_falls_to_its_floor(view: View) -> None:
    """A lot's price begins at its floor or above, falls by a step, and is for something held."""
    for account in view.accounts.values():
        held = {holding.asset for holding in account.holdings}
        for lot in account.lots:
            assert lot.start >= lot.floor > 0, account
            assert lot.step > 0, account
            assert lot.asset in held, account


@state("M10")
def an_auction_raises_no_more_than_is_owed(view: View) -> None:
    """What an auction has still to raise is not negative, and zero when there is no auction."""
    for account in view.accounts.values():
        assert account.target >= 0, account
        assert account.target == 0 or account.status is AccountStatus.LIQUIDATING, account


@state("M10")
def a_default_is_not_left_alone(view: View) -> None:
    """No account at rest secures a loan in default without being on sale."""
    for account in view.accounts.values():
        if account.status is AccountStatus.LIQUIDATING or not at_rest(view, account):
            continue
        for name in account.loans:
            loan = view.loans.get(name)
            assert loan is None or loan.status is not LoanStatus.DEFAULTED, name


@state("M26")
def a_loan_has_one_account(view: View) -> None:
    """The index of secured agreements is that of the accounts, and none is secured twice."""
    found: dict[str, str] = {}
    for name, account in view.accounts.items():
        for agreement in account.loans:
            assert agreement not in found, agreement
            found[agreement] = name
    assert found == view.secured_by


@state("M10")
def trigger_prices_are_those_of_the_holdings(view: View) -> None:
    """The index by which a price finds its accounts holds exactly their trigger prices."""
    expected = {
        keys.trigger(holding.asset, account.currency, holding.limit, account.name)
        for account in view.accounts.values()
        for holding in account.holdings
        if holding.limit
    }
    assert view.triggers == expected


@state("L3")
def an_account_has_the_alarm_that_it_says(view: View) -> None:
    """The clock looks at an account exactly when the account says so."""
    for name, account in view.accounts.items():
        times = view.alarms.get(keys.account(name), [])
        assert times == ([account.alarm_ms] if account.alarm_ms else []), account


@state("M16")
def supply_is_counted(view: View) -> None:
    """What a policy counts as held of an asset is what all accounts hold."""
    held: dict[str, int] = defaultdict(int)
    for account in view.accounts.values():
        for holding in account.holdings:
            held[f"{holding.asset}/{account.currency}"] += holding.amount
    assert {name: each.held for name, each in view.policies.items() if each.held} == dict(held)


@state("M24")
def terms_of_an_account_are_in_order(view: View) -> None:
    """One may borrow up to less than what is called, and that is less than what is sold."""
    for account in view.accounts.values():
        terms = account.terms
        assert 0 < terms.borrow_limit <= terms.margin_limit <= terms.liquidation_limit, account
        assert terms.liquidation_limit <= RATE_UNIT, account
        assert account.owner != account.agent, account


@state("M15")
def a_feed_can_reach_its_quorum(view: View) -> None:
    """A feed's quorum is at most its sources, who are registered; its anchor is never negative."""
    for name, feed in view.feeds.items():
        assert 1 <= feed.quorum <= len(set(feed.sources)), name
        assert set(feed.sources) <= view.parties.keys(), name
        assert feed.anchor >= 0, name
        assert feed.refused >= 0, name


@state("M15")
def a_price_of_a_feed_is_within_its_band(view: View) -> None:
    """While the breaker has not tripped, the agreed price is within the band around its anchor."""
    for name, feed in view.feeds.items():
        price = view.prices.get(name)
        if price is not None and not feed.refused and name not in view.feed_work:
            distance = abs(price.price - feed.anchor) * RATE_UNIT
            assert distance <= feed.band * feed.anchor, (name, price, feed)


@state("M21")
def a_protection_pays_once_and_at_most_its_amount(view: View) -> None:
    """A guarantee or cover paid at most its amount, only when claimed; no more than that came back."""
    for each in view.protections.values():
        assert 0 <= each.returned <= each.paid <= each.amount, each
        assert not each.paid or each.status is ProtectionStatus.CLAIMED, each


@state("M21")
def exposure_is_the_sum_of_covers(view: View) -> None:
    """A fund's exposure is the sum of its active covers."""
    exposure: dict[str, int] = defaultdict(int)
    for each in view.protections.values():
        if each.status is ProtectionStatus.ACTIVE and each.fund:
            exposure[each.fund] += each.amount
    for cover in view.deposit_covers.values():
        if cover.status is ProtectionStatus.ACTIVE:
            exposure[cover.fund] += cover.amount
    for name, fund in view.funds.items():
        assert fund.exposure == exposure[name], fund


@state("M21")
def a_fund_can_pay_every_cover(view: View) -> None:
    """The exposure of a fund is at most its agreed part of the capital, which is at most all."""
    for fund in view.funds.values():
        assert fund.exposure * RATE_UNIT <= fund.capital * fund.exposure_limit, fund
        assert fund.exposure_limit <= RATE_UNIT, fund


@state("M21")
def protections_are_listed_with_their_loan(view: View) -> None:
    """Every guarantee and cover is listed once with its agreement, and those are not too many."""
    listed = [
        (name, each) for name, names in view.protected.items() for each in names.names
    ]  # fmt: skip
    for name, each in listed:
        assert view.protections[each].loan == name, each
    assert len({each for _, each in listed}) == len(listed)
    active = {
        name for name, each in view.protections.items() if each.status is ProtectionStatus.ACTIVE
    }
    assert active <= {each for _, each in listed}
    assert all(len(names.names) <= PER_LOAN_MAX for names in view.protected.values())


@state("M23")
def nobody_protects_itself(view: View) -> None:
    """The guarantor of a loan is neither its borrower nor its lender."""
    for each in view.protections.values():
        terms = view.agreements[each.loan].terms
        assert each.fund or each.payer not in (terms.borrower, terms.lender), each


@state("L3")
def a_protection_wakes_the_clock_when_it_expires(view: View) -> None:
    """Every active guarantee or cover has an alarm at its last moment."""
    for name, each in view.protections.items():
        if each.status is ProtectionStatus.ACTIVE:
            assert view.alarms.get(keys.protection(name)) == [each.until_ms], each
