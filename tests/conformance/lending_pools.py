"""Pools and money markets: each published vector as a call of the product's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from lending.arithmetic.models import growth, liquidation, valuation
from lending.arithmetic.models.adaptive import exponential
from lending.arithmetic.models.growth import RAY, WAD, YEAR_SECONDS
from lending.arithmetic.models.utilisation import (
    KinkedCurve,
    SlopedCurve,
    supply_rate,
    utilisation,
)
from lending.arithmetic.money import Rounding, mul_div
from lending.pools.interest import adapted, first_rate_at_target
from lending.records.pools import Pool, Tranche
from lending.terms.pools import PoolTemplate
from tests.conformance.lending_vectors import Call, Inputs, Results, mapping, number, pairs, whole

DAY = 86_400
BPS = RAY // 10_000


def aave_kink(inputs: Inputs) -> Results:
    curve = KinkedCurve(
        unit=RAY,
        kink=whole(inputs["optimal_bps"], BPS),
        base=whole(inputs["base_bps"], BPS),
        rise_below=whole(inputs["slope1_bps"], BPS),
        rise_above=whole(inputs["slope2_bps"], BPS),
    )
    used = utilisation(whole(inputs["debt"]), whole(inputs["available"]), RAY)
    rate = curve.rate(used)
    earned = supply_rate(rate, used, whole(inputs["reserve_factor_bps"], BPS), RAY)
    return {"borrow_rate_ray": rate, "supply_rate_ray": earned}


def aave_linear(inputs: Inputs) -> Results:
    return {"index_ray": growth.linear(whole(inputs["rate_ray"]), whole(inputs["seconds"]))}


def aave_compound(inputs: Inputs) -> Results:
    grown = growth.three_terms(whole(inputs["rate_ray"]), whole(inputs["seconds"]))
    return {"index_ray": grown, "ideal_exp": grown}


def aave_muldivceil(inputs: Inputs) -> Results:
    a, b, c = (whole(inputs[name]) for name in "abc")
    return {"out": mul_div(a, b, c, Rounding.CEIL)}


def _comet_curve(terms: Mapping[str, object], kink: int) -> SlopedCurve:
    """A curve per second from yearly terms, each rounded down as the contract stores them."""
    per_second = {name: whole(value) // YEAR_SECONDS for name, value in terms.items()}
    return SlopedCurve(unit=WAD, kink=kink, **per_second)


def comet_rates(inputs: Inputs) -> Results:
    used, kink = whole(inputs["utilization"], WAD), whole(inputs["kink"])
    yearly = {
        side: Fraction(_comet_curve(mapping(inputs[side]), kink).rate(used) * YEAR_SECONDS, WAD)
        for side in ("supply", "borrow")
    }
    return {f"{side}_apr": rate for side, rate in yearly.items()}


def comet_quote(inputs: Inputs) -> Results:
    price_unit, usdc = 10**8, 10**6
    price = liquidation.discounted_price(
        whole(inputs["price"], price_unit),
        whole(inputs["liquidationFactor"], WAD),
        whole(inputs["storeFrontPriceFactor"], WAD),
        WAD,
    )
    paid = whole(inputs["base_usdc"], usdc)
    bought = liquidation.quote_collateral(paid, price_unit, usdc, price, WAD)
    return {"collateral": Fraction(bought, WAD)}


def morpho_lif(inputs: Inputs) -> Results:
    threshold = whole(number(inputs["lltv_pct"]) * WAD / 100)
    factor = liquidation.incentive_factor(
        threshold, WAD, cursor=3 * WAD // 10, most=115 * WAD // 100
    )
    return {"lif_wad": factor}


def morpho_taylor(inputs: Inputs) -> Results:
    rate, seconds = whole(inputs["rate_per_sec_wad"]), whole(inputs["seconds"])
    return {"out_wad": growth.three_terms_interest(rate, seconds)}


def morpho_wexp(inputs: Inputs) -> Results:
    return {"out": exponential(whole(inputs["x"]))}


ADAPTIVE = PoolTemplate(
    asset="USD", rate_model="ADAPTIVE", base_rate=40_000_000, kink=900_000_000, rise_below=0,
    rise_above=0, spread=0, reserve_factor=0, senior_rate=0, senior_part_max=0, supply_cap=1,
    borrow_cap=1, reward_asset="", steepness=4_000_000_000, adaptation_speed=50_000_000_000,
    rate_least=1_000_000, rate_most=2_000_000_000,
)  # fmt: skip
"""A pool with the constants of the vectors."""
NO_DEPOSITS = Tranche(claim=0, shares=0, queued=0, lost=0)


def morpho_irm(inputs: Inputs) -> Results:
    """The first look, or the average after some days at one utilisation, of a pool's own rates."""
    used, seconds = whole(inputs["util"], WAD), whole(inputs.get("elapsed_days") or 0) * DAY
    pool = Pool(
        name="main", cash=WAD - used, debt=used, scaled_debt=0, index=RAY, rate=0, accrued_s=0,
        senior=NO_DEPOSITS, junior=NO_DEPOSITS, senior_due=0, reserve=0, reserve_part=0, spread=0,
        spread_part=0, requests=0, alarm_ms=0, rate_at_target=first_rate_at_target(ADAPTIVE),
    )  # fmt: skip
    average, at_target = adapted(ADAPTIVE, pool, seconds)
    yearly = Fraction(average * YEAR_SECONDS, WAD)
    target = Fraction(at_target * YEAR_SECONDS, WAD)
    return {"borrow_apr": yearly, "avg_apr": yearly, "rate_at_target_apr": target}


def maker_fee(inputs: Inputs) -> Results:
    """Principal in WAD; what is owed is rounded down, as the vat counts internal money."""
    index = RAY
    for duty, days in pairs(inputs.get("steps") or [[inputs["duty"], inputs["days"]]]):
        index = growth.next_index(index, growth.compounded(whole(duty), whole(days) * DAY))
    principal = whole(inputs["principal"], WAD)
    balance = growth.claim_at(principal, index)
    return {
        "fee": Fraction(balance - principal, WAD),
        "balance": Fraction(balance, WAD),
        "rate_wad": Fraction(growth.claim_at(WAD, index), WAD),
    }


def maker_rpow(inputs: Inputs) -> Results:
    full = growth.power(whole(inputs["x"]), whole(inputs["n"]), whole(inputs["b"]))
    return {"full": full, "first10": str(full)[:10]}


def tinlake_nav(inputs: Inputs) -> Results:
    rate = whole(inputs["loan_rate"])
    loans = [
        valuation.Expected(whole(debt, WAD), whole(days) * DAY, rate)
        for debt, days in pairs(inputs["loans"])
    ]
    return {"nav": Fraction(valuation.net_asset_value(loans, whole(inputs["discount"])), WAD)}


def tinlake_prices(inputs: Inputs) -> Results:
    """No senior share has been issued in the vector: the price of one is one."""
    value = whole(inputs["nav"], WAD) + whole(inputs["reserve"], WAD)
    found = valuation.tranches(
        value,
        whole(inputs["senior_asset"], WAD),
        whole(inputs.get("senior_supply", 0), WAD),
        whole(inputs["junior_supply"], WAD),
    )
    return {
        "junior_price": Fraction(found.junior_price, RAY),
        "senior_price": Fraction(found.senior_price, RAY),
    }


def centrifuge_tranche(inputs: Inputs) -> Results:
    factor = growth.per_second(whole(number(inputs["rate_pct"]) * RAY / 100))
    return {"debt": valuation.tranche_debt(whole(inputs["debt"]), factor, whole(inputs["seconds"]))}


def euler_kink(inputs: Inputs) -> Results:
    """Slopes are per step of utilisation of 2^32 - 1; the borrowed part is as the test sets it up."""
    used = number(inputs["util"])
    cash = 0 if used == 1 else WAD
    borrowed = WAD if used == 1 else int(cash * used / (1 - used))
    terms = {name: whole(inputs[name]) for name in ("base", "slope1", "slope2", "kink")}
    curve = SlopedCurve(
        unit=1, kink=terms["kink"], base=terms["base"], low=terms["slope1"], high=terms["slope2"]
    )
    return {"apy": curve.rate(utilisation(borrowed, cash, 2**32 - 1))}


POOLS: Mapping[str, Call] = {
    "aave_kink": aave_kink,
    "aave_linear": aave_linear,
    "aave_compound": aave_compound,
    "aave_muldivceil": aave_muldivceil,
    "comet_u": comet_rates,
    "comet_quote": comet_quote,
    "morpho_lif": morpho_lif,
    "morpho_taylor": morpho_taylor,
    "morpho_wexp": morpho_wexp,
    "morpho_irm": morpho_irm,
    "maker_": maker_fee,
    "maker_rpow": maker_rpow,
    "tinlake_nav": tinlake_nav,
    "tinlake_tranche_prices": tinlake_prices,
    "centrifuge_tranche": centrifuge_tranche,
    "euler_kink": euler_kink,
}
"""Beginning of a vector's id -> the call that answers it."""
