"""The engine's rules one by one, on cases small enough to check by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic import InvalidTerms, Scale, run_case
from lending.arithmetic.terms_json import parse_terms

BULLET: dict[str, object] = {
    "contractType": "PAM",
    "contractRole": "RPA",
    "statusDate": "2012-12-30T00:00:00",
    "initialExchangeDate": "2013-01-01T00:00:00",
    "maturityDate": "2014-01-01T00:00:00",
    "notionalPrincipal": "1200",
    "nominalInterestRate": "0.12",
    "dayCountConvention": "30E360",
    "currency": "USD",
    "cycleAnchorDateOfInterestPayment": "2013-04-01T00:00:00",
    "cycleOfInterestPayment": "P3ML1",
}
ANNUITY: dict[str, object] = BULLET | {
    "contractType": "ANN",
    "cycleAnchorDateOfPrincipalRedemption": "2013-04-01T00:00:00",
    "cycleOfPrincipalRedemption": "P3ML1",
}


def events(terms: dict[str, object], **more: object) -> list[tuple[str, str, str, str]]:
    rows = run_case({"terms": terms, **more})
    return [
        (r["eventDate"][:10], r["eventType"], r["payoff"], r["notionalPrincipal"]) for r in rows
    ]


def kinds(terms: dict[str, object], **more: object) -> list[str]:
    return [f"{time[5:]} {kind}" for time, kind, _, _ in events(terms, **more)]


def test_a_bullet_loan_pays_interest_and_then_the_notional() -> None:
    assert events(BULLET) == [
        ("2013-01-01", "IED", "-1200", "1200"),
        ("2013-04-01", "IP", "36", "1200"),
        ("2013-07-01", "IP", "36", "1200"),
        ("2013-10-01", "IP", "36", "1200"),
        ("2014-01-01", "IP", "36", "1200"),
        ("2014-01-01", "MD", "1200", "0"),
    ]


def test_the_borrower_sees_every_sign_reversed() -> None:
    mirrored = events(BULLET | {"contractRole": "RPL"})
    assert [(payoff, notional) for _, _, payoff, notional in mirrored][:2] == [
        ("1200", "-1200"),
        ("-36", "-1200"),
    ]


def test_without_an_interest_cycle_interest_is_paid_at_maturity() -> None:
    terms = {k: v for k, v in BULLET.items() if "OfInterestPayment" not in k}
    assert events(terms)[1:] == [
        ("2014-01-01", "IP", "144", "1200"),
        ("2014-01-01", "MD", "1200", "0"),
    ]


def test_without_a_rate_there_is_no_interest() -> None:
    terms = {k: v for k, v in BULLET.items() if k != "nominalInterestRate"}
    assert kinds(terms) == ["01-01 IED", "01-01 MD"]


def test_interest_is_capitalized_until_the_end_date_and_then_paid() -> None:
    capitalized = events(BULLET | {"capitalizationEndDate": "2013-07-01T00:00:00"})
    assert capitalized[1:4] == [
        ("2013-04-01", "IPCI", "0", "1236"),
        ("2013-07-01", "IPCI", "0", "1273.08"),
        ("2013-10-01", "IP", "38.1924", "1273.08"),
    ]


def test_capitalization_may_end_between_two_interest_dates() -> None:
    terms = BULLET | {"capitalizationEndDate": "2013-05-01T00:00:00"}
    assert kinds(terms)[1:4] == ["04-01 IPCI", "05-01 IPCI", "07-01 IP"]


def reset(spread: str = "0.01", **more: object) -> list[str]:
    """Return the rate after each of the resets at 1 April and 1 July, from 12 %."""
    terms = BULLET | {
        "cycleAnchorDateOfRateReset": "2013-04-01T00:00:00",
        "cycleOfRateReset": "P3ML1",
        "marketObjectCodeOfRateReset": "INDEX",
        "rateSpread": spread,
        **more,
    }
    data = [("2013-03-28T00:00:00", "0.20"), ("2013-07-01T00:00:00", "0.02")]
    points = [{"timestamp": time, "value": value} for time, value in data]
    rows = run_case({"terms": terms, "dataObserved": {"INDEX": {"data": points}}})
    return [r["nominalInterestRate"] for r in rows if r["eventType"] in ("RR", "RRF")][:2]


def test_a_reset_takes_the_last_index_value_and_adds_the_spread() -> None:
    assert reset() == ["0.21", "0.03"]
    assert reset(rateMultiplier="0.5") == ["0.11", "0.02"]


def test_caps_and_floors_bind_each_reset_and_the_life() -> None:
    assert reset(lifeCap="0.18", lifeFloor="0.05") == ["0.18", "0.05"]
    assert reset(periodCap="0.02", periodFloor="-0.03") == ["0.14", "0.11"]


def test_a_rate_fixed_before_replaces_the_first_reset() -> None:
    assert reset(nextResetRate="0.07") == ["0.07", "0.03"]


def test_a_reset_without_an_index_value_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="INDEX: no observation"):
        run_case(
            {
                "terms": BULLET
                | {"cycleOfRateReset": "P3ML1", "marketObjectCodeOfRateReset": "INDEX"}
            }
        )


def test_a_fee_on_the_notional_accrues_and_an_absolute_fee_does_not() -> None:
    fee = {"cycleOfFee": "P6ML1", "feeRate": "0.01"}
    paid = [row for row in events(BULLET | fee | {"feeBasis": "N"}) if row[1] == "FP"]
    assert [(time, payoff) for time, _, payoff, _ in paid] == [
        ("2013-07-01", "6"),
        ("2014-01-01", "6"),
    ]
    flat = [
        row for row in events(BULLET | fee | {"feeBasis": "A", "feeRate": "5"}) if row[1] == "FP"
    ]
    assert [payoff for _, _, payoff, _ in flat] == ["5", "5"]


def test_a_buyer_sees_only_what_follows_the_purchase_and_pays_accrued_interest() -> None:
    bought = events(BULLET | {"purchaseDate": "2013-05-01T00:00:00", "priceAtPurchaseDate": "1190"})
    assert bought[0] == ("2013-05-01", "PRD", "-1202", "1200")
    assert bought[1] == ("2013-07-01", "IP", "36", "1200")


def test_nothing_follows_a_termination() -> None:
    sold = events(
        BULLET | {"terminationDate": "2013-05-01T00:00:00", "priceAtTerminationDate": "1190"}
    )
    assert [row[1] for row in sold] == ["IED", "IP", "TD"]
    assert sold[-1] == ("2013-05-01", "TD", "1202", "0")


def test_a_prepayment_reduces_the_notional_and_never_below_nothing() -> None:
    observed = [{"time": "2013-04-01T00:00:00", "type": "PP", "value": "200"}]
    prepaid = events(BULLET, eventsObserved=observed)
    assert prepaid[1:4] == [
        ("2013-04-01", "PP", "200", "1000"),
        ("2013-04-01", "IP", "36", "1000"),
        ("2013-07-01", "IP", "30", "1000"),
    ]
    too_much = [{"time": "2013-04-01T00:00:00", "type": "PP", "value": "9999"}]
    assert events(BULLET, eventsObserved=too_much)[1] == ("2013-04-01", "PP", "1200", "0")


def test_an_event_type_that_nobody_may_observe_is_refused() -> None:
    observed = [{"time": "2013-04-01T00:00:00", "type": "IP", "value": "1"}]
    with pytest.raises(InvalidTerms, match="eventsObserved"):
        run_case({"terms": BULLET, "eventsObserved": observed})


def test_the_annuity_is_fixed_a_day_before_the_first_redemption() -> None:
    assert kinds(ANNUITY)[:4] == ["01-01 IED", "03-31 PRF", "04-01 PR", "04-01 IP"]


def test_an_annuity_that_redeems_from_the_first_day_needs_no_fixing_event() -> None:
    terms = ANNUITY | {"cycleAnchorDateOfPrincipalRedemption": "2013-01-01T00:00:00"}
    rows = events(terms)
    assert "PRF" not in [kind for _, kind, _, _ in rows]
    redemptions = [payoff for _, kind, payoff, _ in rows if kind in ("PR", "MD")]
    assert len(redemptions) == 5
    interest = [payoff for _, kind, payoff, _ in rows if kind == "IP"]
    totals = {round(float(r) + float(i), 9) for r, i in zip(redemptions, interest, strict=True)}
    assert len(totals) == 1


def test_a_status_date_within_the_life_starts_from_what_is_outstanding() -> None:
    rows = events(BULLET | {"statusDate": "2013-05-01T00:00:00"})
    assert rows[0] == ("2013-07-01", "IP", "36", "1200")


def test_the_cut_off_ends_the_schedule() -> None:
    assert kinds(BULLET, to="2013-07-01T00:00:00")[-1] == "07-01 IP"


def test_a_linear_loan_without_maturity_ends_when_it_is_repaid() -> None:
    terms = {k: v for k, v in ANNUITY.items() if k != "maturityDate"}
    linear = terms | {"contractType": "LAM", "nextPrincipalRedemptionPayment": "500"}
    redemptions = [row for row in events(linear) if row[1] in ("PR", "MD")]
    assert [(time, payoff) for time, _, payoff, _ in redemptions] == [
        ("2013-04-01", "500"),
        ("2013-07-01", "500"),
        ("2013-10-01", "200"),
    ]


def test_a_payment_below_the_interest_never_repays_and_is_refused() -> None:
    terms = {k: v for k, v in ANNUITY.items() if k != "maturityDate"}
    with pytest.raises(InvalidTerms, match="does not repay"):
        run_case({"terms": terms | {"nextPrincipalRedemptionPayment": "36"}})


def test_the_scale_of_cents_rounds_interest_once_and_clears_the_balance() -> None:
    rows = run_case({"terms": ANNUITY}, Scale(money=2, rate=9))
    paid: dict[str, list[str]] = {"PR": [], "IP": [], "MD": []}
    for row in rows:
        if row["eventType"] in paid:
            paid[row["eventType"]].append(row["payoff"])
    assert paid == {
        "PR": ["286.84", "295.45", "304.31"],
        "IP": ["36", "27.39", "18.53", "9.4"],
        "MD": ["313.4"],
    }


@given(st.integers(1, 10**9), st.integers(0, 30))
def test_a_linear_loan_never_redeems_more_than_it_owes(notional: int, shares: int) -> None:
    terms = ANNUITY | {
        "contractType": "LAM",
        "notionalPrincipal": str(notional),
        "nextPrincipalRedemptionPayment": str(notional * shares // 10),
    }
    rows = run_case({"terms": terms})
    assert all(not row["notionalPrincipal"].startswith("-") for row in rows)
    redeemed = [row["payoff"] for row in rows if row["eventType"] in ("PR", "MD")]
    assert sum(map(int, redeemed)) == notional


@pytest.mark.parametrize(
    ("change", "term"),
    [
        ({"notionalPrincipal": "x"}, "notionalPrincipal"),
        ({"notionalPrincipal": ""}, "notionalPrincipal"),
        ({"notionalPrincipal": "-5"}, "notionalPrincipal"),
        ({"notionalPrincipal": True}, "notionalPrincipal"),
        ({"statusDate": None}, "statusDate"),
        ({"statusDate": "2013-02-30"}, "statusDate"),
        ({"statusDate": "01/02/2013"}, "statusDate"),
        ({"contractType": "SWAPS"}, "contractType"),
        ({"contractRole": "BUY"}, "contractRole"),
        ({"cycleOfInterestPayment": "monthly"}, "cycleOfInterestPayment"),
        ({"dayCountConvention": "30/360"}, "dayCountConvention"),
        ({"endOfMonthConvention": "XX"}, "endOfMonthConvention"),
        ({"maturityDate": None}, "maturityDate"),
        ({"maturityDate": "2012-01-01"}, "maturityDate"),
        ({"scalingEffect": "III"}, "scalingEffect"),
        ({"scalingEffect": "INO"}, "scalingIndexAtContractDealDate"),
        ({"notionalPrinciple": "1"}, "notionalPrinciple"),
        ({"contractType": "LAM"}, "cycleOfPrincipalRedemption"),
    ],
)
def test_bad_terms_are_refused_by_name(change: dict[str, object], term: str) -> None:
    with pytest.raises(InvalidTerms) as refusal:
        run_case({"terms": BULLET | change})
    assert refusal.value.term == term


@pytest.mark.parametrize("case", [{}, {"terms": []}, {"terms": BULLET, "dataObserved": {"X": 1}}])
def test_what_is_no_case_is_refused(case: dict[str, object]) -> None:
    with pytest.raises(InvalidTerms):
        run_case(case)


def test_blanks_numbers_and_strings_are_the_same_terms() -> None:
    numbers = parse_terms(BULLET | {"notionalPrincipal": 1200, "nominalInterestRate": 0.12})
    blanks = parse_terms(BULLET | {"notionalPrincipal": "  1200", "nominalInterestRate": " 0.12 "})
    assert numbers == blanks == parse_terms(BULLET)


def test_annuity_facts_of_the_published_cases() -> None:
    """Payments that the ACTUS files state for whole years, wherever the other cases are."""
    facts = [
        ({"notionalPrincipal": "100000", "nominalInterestRate": "0.07"}, 120, "1161.08479218624"),
        ({"notionalPrincipal": "5000", "nominalInterestRate": "0.08"}, 12, "434.866594118346"),
    ]
    conventions = ["30E360", "A365"]
    for (change, months, payment), convention in zip(facts, conventions, strict=True):
        terms = (
            ANNUITY
            | change
            | {
                "dayCountConvention": convention,
                "amortizationDate": f"{2013 + months // 12}-01-01T00:00:00",
                "maturityDate": "",
                "cycleAnchorDateOfInterestPayment": "2013-02-01T00:00:00",
                "cycleOfInterestPayment": "P1ML0",
                "cycleAnchorDateOfPrincipalRedemption": "2013-02-01T00:00:00",
                "cycleOfPrincipalRedemption": "P1ML0",
            }
        )
        rows = run_case({"terms": terms})
        first = [row["payoff"] for row in rows if row["eventDate"] == "2013-02-01T00:00"]
        assert abs(sum(map(float, first)) - float(payment)) < 1e-8
