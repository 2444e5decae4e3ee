"""QuantLib gives the same answers: day counts, business days, cycles, coupons and rates in arrears."""

from __future__ import annotations

from types import ModuleType

import pytest

from lending.arithmetic.daycount import year_fraction
from tests.conformance import quantlib_compare
from tests.conformance.quantlib_compare import KINDS, Asker, compare, quantlib

CASES = 3_000


@pytest.fixture(scope="module")
def module() -> ModuleType:
    found = quantlib()
    if found is None:
        pytest.skip("QuantLib is not installed, which nothing but this comparison needs")
    return found


def test_three_thousand_random_cases_are_answered_alike(module: ModuleType) -> None:
    report = compare(module, CASES, seed=1)
    assert report.asked.total() == CASES
    assert set(report.asked) == set(KINDS)
    assert not report.faults, "\n".join(str(case) for case in report.faults[:5])


def test_every_convention_that_quantlib_has_is_asked_for(module: ModuleType) -> None:
    asker = Asker(module, seed=2)
    asked = {asker.day_count().facts[0] for _ in range(400)}
    assert asked == {code.value for code in asker.conventions}


def test_a_wrong_rule_would_be_noticed(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    right = year_fraction
    monkeypatch.setattr(
        quantlib_compare,
        "year_fraction",
        lambda code, *times: right(code, *times[:2]),  # forgets the maturity
    )
    report = compare(module, CASES, seed=1)
    assert {case.kind for case in report.faults} == {"30E/360 ISDA to maturity"}
