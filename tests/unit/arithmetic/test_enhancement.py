"""Guarantees and collateral beyond the published cases: fees by rate, market values, prices, limits."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.schedule import run_case

LOAN = {
    "contractType": "PAM",
    "contractID": "loan",
    "contractRole": "RPA",
    "currency": "EUR",
    "statusDate": "2025-01-01T00:00:00",
    "initialExchangeDate": "2025-01-02T00:00:00",
    "maturityDate": "2026-01-02T00:00:00",
    "notionalPrincipal": "1000",
    "nominalInterestRate": "0.0365",
    "dayCountConvention": "A365",
}
GOLD = {"contractType": "COM", "contractID": "gold", "marketObjectCode": "XAU", "quantity": "2"}


def child(role: str, inner: dict[str, str], kind: str = "CNT") -> dict[str, object]:
    return {"object": inner, "referenceType": kind, "referenceRole": role}


def guarantee(**terms: object) -> dict[str, object]:
    return {
        "contractType": "CEG",
        "contractRole": "BUY",
        "currency": "EUR",
        "statusDate": "2025-01-01T00:00:00",
        "contractStructure": [child("COVE", LOAN)],
        **terms,
    }


def collateral(price: str, **terms: object) -> dict[str, object]:
    structure = [child("COVE", LOAN), child("COVI", GOLD)]
    case = guarantee(**{"contractType": "CEC", "contractStructure": structure, **terms})
    return seen(case, prices={"XAU": [("2025-03-01", price)]})


def seen(
    terms: dict[str, object],
    *events: dict[str, object],
    prices: dict[str, list[tuple[str, str]]] | None = None,
) -> dict[str, object]:
    data = {
        code: {"data": [{"timestamp": time, "value": value} for time, value in points]}
        for code, points in (prices or {}).items()
    }
    return {"terms": terms, "eventsObserved": list(events), "dataObserved": data}


def event(time: str, performance: str = "DF", of: str = "loan") -> dict[str, object]:
    states = {"contractPerformance": performance}
    return {"time": time, "type": "CE", "contractId": of, "states": states}


def called(case: dict[str, object], *events: dict[str, object]) -> Fraction:
    rows = run_case({**case, "eventsObserved": list(events)})
    assert [row["eventType"] for row in rows][-2:] == ["XD", "STD"]
    return Fraction(rows[-1]["payoff"])


@pytest.mark.parametrize(("price", "paid"), [("400", 800), ("500", 1000), ("9000", 1000)])
def test_collateral_pays_the_exposure_but_never_more_than_it_is_worth(
    price: str, paid: int
) -> None:
    assert called(collateral(price), event("2025-04-01")) == paid


def test_collateral_without_a_price_is_refused_when_it_is_called() -> None:
    assert run_case(collateral("400"))[-1]["eventType"] == "MD"
    with pytest.raises(InvalidTerms, match="XAU: no observation up to 2025-02-01"):
        run_case({**collateral("400"), "eventsObserved": [event("2025-02-01")]})


def test_a_covered_loan_that_is_prepaid_counts_by_what_is_left() -> None:
    case = seen(guarantee())
    prepaid: dict[str, object] = {
        "time": "2025-03-01",
        "type": "PP",
        "contractId": "loan",
        "value": "250",
    }
    assert called(case, prepaid, event("2025-04-01")) == 750


def test_market_values_are_observed() -> None:
    valued = {**LOAN, "marketObjectCode": "LOANS"}
    terms = guarantee(
        guaranteedExposure="MV",
        coverageOfCreditEnhancement="0.5",
        contractStructure=[child("COVE", valued)],
    )
    case = seen(terms, prices={"LOANS": [("2025-02-01", "900"), ("2025-03-01", "910")]})
    assert called(case, event("2025-02-20")) == 450
    assert called(case, event("2025-03-20")) == 455


def test_several_kinds_of_credit_event_may_be_covered_and_the_first_counts() -> None:
    case = seen(guarantee(creditEventTypeCovered=["DQ", "DF"], guaranteedExposure="NI"))
    late = (event("2025-04-12", "DF"), event("2025-01-12", "DQ"), event("2025-01-03", "DL"))
    assert called(case, *late) == 1001  # ten days at 0.1 a day


def test_a_fee_by_rate_accrues_on_the_cover_and_is_settled_with_the_call() -> None:
    terms = guarantee(
        feeBasis="N",
        feeRate="0.365",
        cycleOfFee="P1ML1",
        cycleAnchorDateOfFee="2025-01-02",
        maturityDate="2025-03-12",
    )
    rows = run_case(seen(terms))
    fees = [Fraction(row["payoff"]) for row in rows if row["eventType"] == "FP"]
    assert fees == [0, 31, 28, 10]  # 1 a day, days of each period; nothing before the loan is drawn
    assert called(seen(terms), event("2025-02-22")) == 1000 + 20


def test_a_stated_notional_stands_in_place_of_the_exposures() -> None:
    terms = guarantee(notionalPrincipal="300", coverageOfCreditEnhancement="0.5")
    assert called(seen(terms), event("2025-04-01")) == 150


def test_what_is_sold_is_not_called_afterwards() -> None:
    terms = guarantee(
        contractRole="SEL",
        purchaseDate="2025-02-01",
        priceAtPurchaseDate="7",
        terminationDate="2025-03-01",
        priceAtTerminationDate="4",
    )
    rows = run_case(seen(terms, event("2025-04-01")))
    assert [(row["eventType"], row["payoff"]) for row in rows] == [("PRD", "7"), ("TD", "-4")]
    rows = run_case(seen(terms, event("2025-02-15")))
    assert [row["eventType"] for row in rows] == ["PRD", "XD", "STD"]


@pytest.mark.parametrize(
    ("change", "term"),
    [
        ({"contractStructure": []}, "contractStructure"),
        ({"contractStructure": [child("COVI", GOLD)]}, "contractStructure"),
        ({"contractStructure": [child("UDL", LOAN)]}, "contractStructure"),
        ({"contractType": "CEC"}, "contractStructure"),
        ({"contractStructure": [child("COVE", LOAN, "XYZ")]}, "referenceType"),
        ({"contractStructure": [child("COVE", {"contractType": "COM"})]}, "marketObjectCode"),
        (
            {"contractStructure": [child("COVE", {"contractIdentifier": "a"}, "CID")]},
            "maturityDate",
        ),
        ({"contractStructure": [child("COVE", LOAN), child("COVE", LOAN)]}, "contractID"),
        ({"currency": "USD"}, "currency"),
        ({"coverageOfCreditEnhancement": "-1"}, "coverageOfCreditEnhancement"),
        ({"notionalPrincipal": "-1"}, "notionalPrincipal"),
        ({"creditEventTypeCovered": "XX"}, "contractPerformance"),
        ({"contractRole": "RPA"}, "contractRole"),
        ({"nominalInterestRate": "0.1"}, "nominalInterestRate"),
        ({"statusDate": None}, "statusDate"),
    ],
)
def test_terms_that_describe_no_cover_are_refused_by_name(
    change: dict[str, object], term: str
) -> None:
    with pytest.raises(InvalidTerms) as refusal:
        run_case(seen(guarantee(**change)))
    assert refusal.value.term == term


def test_a_reference_without_terms_needs_a_stated_notional() -> None:
    reference = [child("COVE", {"contractIdentifier": "loan"}, "CID")]
    terms = guarantee(contractStructure=reference, maturityDate="2025-12-31")
    with pytest.raises(InvalidTerms, match="'loan' has no terms"):
        run_case(seen(terms, event("2025-04-01")))
    stated = {**terms, "notionalPrincipal": "10"}
    assert called(seen(stated), event("2025-04-01")) == 10
