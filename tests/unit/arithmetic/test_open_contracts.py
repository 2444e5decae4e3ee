"""Loans in steps, on call and without an end, on cases small enough to check by hand."""

from __future__ import annotations

import pytest

from lending.arithmetic import InvalidTerms, run_case

COMMON: dict[str, object] = {
    "contractRole": "RPA",
    "statusDate": "2019-12-31T00:00:00",
    "initialExchangeDate": "2020-01-01T00:00:00",
    "notionalPrincipal": "100",
    "nominalInterestRate": "0.12",
    "dayCountConvention": "30E360",
    "currency": "EUR",
}
STEPS: dict[str, object] = COMMON | {
    "contractType": "LAX",
    "arrayCycleAnchorDateOfPrincipalRedemption": ["2020-02-01T00:00:00", "2020-04-01T00:00:00"],
    "arrayCycleOfPrincipalRedemption": ["P1ML1", "P1ML1"],
    "arrayNextPrincipalRedemptionPayment": [50, 100],
    "arrayIncreaseDecrease": ["INC", "DEC"],
    "arrayCycleAnchorDateOfInterestPayment": "2020-04-01T00:00:00",
}
ON_CALL: dict[str, object] = COMMON | {
    "contractType": "CLM",
    "cycleOfInterestPayment": "P1ML1",
    "xDayNotice": "P10D",
}
CALL = [{"time": "2020-02-16T00:00:00", "type": "XD", "value": 0}]


def events(terms: dict[str, object], **more: object) -> list[tuple[str, str, str, str]]:
    rows = run_case({"terms": terms, **more})
    return [
        (row["eventDate"][5:10], row["eventType"], row["payoff"], row["notionalPrincipal"])
        for row in rows
    ]


def test_steps_lend_more_and_then_redeem_until_nothing_is_owed() -> None:
    assert events(STEPS) == [
        ("01-01", "IED", "-100", "100"),
        ("02-01", "PI", "-50", "150"),
        ("03-01", "PI", "-50", "200"),
        ("04-01", "PR", "100", "100"),
        ("04-01", "IP", "4.5", "100"),
        ("05-01", "IP", "1", "100"),
        ("05-01", "MD", "100", "0"),
    ]


def test_one_cycle_serves_all_steps_and_none_means_single_payments() -> None:
    assert events(STEPS | {"arrayCycleOfPrincipalRedemption": "P1ML1"}) == events(STEPS)
    single = events(
        STEPS | {"arrayCycleOfPrincipalRedemption": [], "maturityDate": "2020-07-01T00:00:00"}
    )
    assert [kind for _, kind, _, _ in single] == ["IED", "PI", "PR", "IP", "IP", "MD"]


def test_steps_of_rates_are_fixed_or_follow_an_index() -> None:
    rates = STEPS | {
        "arrayCycleAnchorDateOfRateReset": ["2020-02-01T00:00:00", "2020-03-01T00:00:00"],
        "arrayRate": ["0.06", "0.01"],
        "arrayFixedVariable": ["FIX", "VAR"],
        "marketObjectCodeOfRateReset": "INDEX",
    }
    data = {"INDEX": {"data": [{"timestamp": "2020-03-01T00:00:00", "value": "0.02"}]}}
    rows = run_case({"terms": rates, "dataObserved": data})
    resets = [
        (row["eventType"], row["nominalInterestRate"])
        for row in rows
        if row["eventType"].startswith("RR")
    ]
    assert resets == [("RRF", "0.06"), ("RR", "0.03")]


@pytest.mark.parametrize(
    ("change", "term"),
    [
        ({"arrayCycleAnchorDateOfPrincipalRedemption": []}, "arrayCycleAnchorDateOf"),
        ({"arrayNextPrincipalRedemptionPayment": [50]}, "arrayNextPrincipalRedemptionPayment"),
        ({"arrayIncreaseDecrease": ["INC"]}, "arrayIncreaseDecrease"),
        ({"arrayIncreaseDecrease": ["UP", "DOWN"]}, "arrayIncreaseDecrease"),
        ({"arrayCycleOfPrincipalRedemption": ["P1ML1"] * 3}, "arrayCycleOfPrincipalRedemption"),
        ({"arrayRate": ["0.06"]}, "arrayRate"),
        ({"arrayIncreaseDecrease": ["INC", "INC"]}, "maturityDate"),
        (
            {"arrayCycleAnchorDateOfPrincipalRedemption": ["2020-04-01", "2020-02-01"]},
            "arrayCycleAnchorDateOfPrincipalRedemption: does not ascend",
        ),
    ],
)
def test_steps_that_do_not_fit_together_are_refused(change: dict[str, object], term: str) -> None:
    with pytest.raises(InvalidTerms, match=term):
        run_case({"terms": STEPS | change})


def test_a_call_stops_interest_and_is_settled_after_the_notice() -> None:
    called = events(ON_CALL, eventsObserved=CALL, to="2020-02-20T00:00:00")
    assert called == [
        ("01-01", "IED", "-100", "100"),
        ("01-01", "IPCI", "0", "100"),
        ("02-01", "IPCI", "0", "101"),
        ("02-16", "XD", "0", "101"),
        ("02-26", "IP", "0.505", "101"),
        ("02-26", "STD", "101", "0"),
    ]


def test_without_notice_the_call_is_settled_on_the_spot() -> None:
    rows = run_case({"terms": ON_CALL | {"xDayNotice": "P0D"}, "eventsObserved": CALL})
    last = [(row["eventType"], row["payoff"], row["accruedInterest"]) for row in rows[-3:]]
    assert last == [("XD", "0", "0.505"), ("IP", "0.505", "0"), ("STD", "101", "0")]


def test_a_loan_that_is_not_called_stays_open_to_the_end_of_the_calculation() -> None:
    assert [kind for _, kind, _, _ in events(ON_CALL, to="2020-03-15T00:00:00")] == [
        "IED",
        "IPCI",
        "IPCI",
        "IPCI",
    ]


def test_a_stated_maturity_on_a_holiday_keeps_its_date_and_counts_to_the_business_day() -> None:
    sunday = ON_CALL | {
        "maturityDate": "2020-01-12T00:00:00",
        "calendar": "MF",
        "businessDayConvention": "SCP",
    }
    assert events(sunday)[-2:] == [("01-12", "IP", "0.3", "100"), ("01-12", "MD", "100", "0")]


def test_an_account_without_maturity_needs_an_end_of_the_calculation() -> None:
    account = ON_CALL | {"contractType": "UMP"}
    assert events(account, to="2020-03-01T00:00:00")[-1] == ("02-01", "IPCI", "0", "101")
    with pytest.raises(InvalidTerms, match="to: is required"):
        events(account)
