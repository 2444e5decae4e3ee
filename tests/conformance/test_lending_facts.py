"""Published numbers that the vectors' file has no row for, by the same functions; sources at each test."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest

from lending.arithmetic.daycount import DayCount, year_fraction
from lending.arithmetic.models import growth, installments
from lending.arithmetic.models.growth import RAY, WAD, YEAR_SECONDS
from lending.arithmetic.schedule import run_case
from tests.conformance.lending_pools import aave_kink, comet_rates, euler_kink
from tests.conformance.lending_vectors import judge

AAVE: dict[str, object] = {
    "optimal_bps": 8_000,
    "base_bps": 100,
    "slope1_bps": 400,
    "slope2_bps": 6_000,
    "reserve_factor_bps": 1_000,
}


@pytest.mark.parametrize(
    ("used", "borrow", "supply"),
    [(40, "0.03", "0.0108"), (90, "0.35", "0.2835"), (95, "0.50", "0.4275")],
)
def test_aave_rates(used: int, borrow: str, supply: str) -> None:
    """aave-v3-origin, DefaultReserveInterestRateStrategyV2."""
    found = aave_kink({**AAVE, "debt": used * WAD, "available": (100 - used) * WAD})
    assert found == {
        "borrow_rate_ray": Fraction(borrow) * RAY,
        "supply_rate_ray": Fraction(supply) * RAY,
    }


def test_three_terms_of_an_absurd_rate() -> None:
    """aave-v3-origin, MathUtils.t.sol: a thousandfold a year for ten thousand years."""
    grown = growth.three_terms(1_000 * RAY, 10_000 * YEAR_SECONDS)
    assert grown == 166_666_716_666_676_666_667_666_666_666_666_600_000_000_000_000


@pytest.mark.parametrize(("used", "supply", "borrow"), [("0.1", 4, 15), ("0.9", 72, 80)])
def test_comet_rates(used: str, supply: int, borrow: int) -> None:
    """comet, interest-rate-test.ts; per mille, within 1e8 wei."""
    found = comet_rates(
        {
            "utilization": used,
            "kink": "0.8e18",
            "supply": {"base": 0, "low": "0.04e18", "high": "0.4e18"},
            "borrow": {"base": "0.01e18", "low": "0.05e18", "high": "0.3e18"},
        }
    )
    for side, wanted in (("supply_apr", supply), ("borrow_apr", borrow)):
        rate = found[side]
        assert isinstance(rate, Fraction)
        assert abs(rate - Fraction(wanted, 1_000)) < Fraction(10**8, WAD)


@pytest.mark.parametrize(
    ("used", "yield_percent"), [("0.25", "4.880875385828198"), ("0.5", "10"), ("1", "300")]
)
def test_euler_yields(used: str, yield_percent: str) -> None:
    """euler-vault-kit, InterestRateLinearKink.t.sol."""
    terms: dict[str, object] = {
        "base": 0,
        "slope1": 1_406_417_851,
        "slope2": 19_050_045_013,
        "kink": 2_147_483_648,
        "util": used,
    }
    expected: dict[str, object] = {"apy": f"{yield_percent}% APY", "precision": "1e13"}
    verdict = judge(
        {
            "id": "euler_kink",
            "source": "",
            "inputs": terms,
            "expected": expected,
            "status": "",
            "note": "",
        },
        euler_kink,
    )
    assert verdict.faults == ()


def test_pile_of_66_at_12_percent() -> None:
    """tinlake, pile.t.sol: 12 % a year is 1.000000003593629043335673583 a second."""
    index = growth.compounded(1_000_000_003_593_629_043_335_673_583, YEAR_SECONDS)
    assert growth.claim_at(66 * WAD, index) == 7_392 * WAD // 100


def test_maple_level_payments() -> None:
    """fixed-term-loan, MapleLoanLogic.t.sol (whole dollars) and Payments.t.sol (six decimals)."""
    assert installments.balance_split(1_000_000, 0, 12, 100, (1, 12), 12) == (78_848, 10_000)
    left, paid = 10**12, []
    for number in range(6, 0, -1):
        part, interest = installments.balance_split(left, 0, 10, 100, (30, 365), number)
        left -= part
        paid.append(interest)
        assert abs(part + interest - 171_493_890_825) <= 2
    wanted = [8219.178082, 6877.194142, 5524.180197, 4160.045589, 2784.698915, 1398.048023]
    assert [each / 10**6 for each in paid] == pytest.approx(wanted, abs=2e-6)
    assert left == 0


def test_fineract_in_months_of_thirty_days() -> None:
    """fineract, ProgressiveEMICalculatorTest.java: 100 at 9.4822 %."""
    shares = installments.progressive(10_000, 94_822, 10**6, [(1, 12)] * 6)
    assert [share.interest for share in shares] == [79, 66, 53, 40, 27, 13]
    assert {share.due for share in shares[:-1]} == {1_713}


def test_actus_ten_years_of_annuity() -> None:
    """actus-tests, ann02: 100,000 at 7 %, months of thirty days."""
    rows = run_case(
        {
            "terms": {
                "contractType": "ANN",
                "statusDate": "2012-12-30",
                "initialExchangeDate": "2013-01-01",
                "maturityDate": "2023-01-01",
                "notionalPrincipal": "100000",
                "nominalInterestRate": "0.07",
                "dayCountConvention": "30E360",
                "cycleOfInterestPayment": "P1ML0",
                "cycleOfPrincipalRedemption": "P1ML0",
            }
        }
    )
    first = [Fraction(row["payoff"]) for row in rows if row["eventType"] in ("PR", "IP")][:2]
    assert abs(sum(first) - Fraction("1161.08479218624")) < Fraction(1, 10**8)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2007-02-28", "2007-08-31", (183, 182, 180)),
        ("2006-02-28", "2006-03-03", (5, 5, 3)),
        ("2012-02-29", "2013-02-28", (359, 359, 360)),
    ],
)
def test_thirty_days_of_every_kind(start: str, end: str, days: tuple[int, ...]) -> None:
    """QuantLib, daycounters.cpp: bond basis, Eurobond basis, ISDA."""
    codes = (DayCount.BOND30360, DayCount.E30360, DayCount.E30360ISDA)
    begin, finish = datetime.fromisoformat(start), datetime.fromisoformat(end)
    found = [Fraction(*year_fraction(code, begin, finish)) * 360 for code in codes]
    assert tuple(found) == days
