"""The vectors that are taken from ACTUS cases, built from their inputs.

Where the inputs do not say all, the rest of the terms stands here; the whole cases are compared by
`actus_table`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from lending.arithmetic.schedule import run_case
from tests.conformance.lending_vectors import Call, Inputs, Results


def _run(kind: str, **terms: object) -> list[dict[str, str]]:
    source: dict[str, object] = {
        "contractType": kind,
        "contractRole": "RPA",
        "statusDate": "2012-12-30T00:00:00",
        "initialExchangeDate": "2013-01-01T00:00:00",
        "currency": "USD",
        "dayCountConvention": "A365",
    }
    market = terms.pop("market", {})
    return run_case({"terms": source | terms, "dataObserved": market})


def _monthly_from(first: str) -> dict[str, object]:
    return {
        "cycleAnchorDateOfInterestPayment": first,
        "cycleOfInterestPayment": "P1ML0",
        "cycleAnchorDateOfPrincipalRedemption": first,
        "cycleOfPrincipalRedemption": "P1ML0",
    }


def _payoffs(rows: Sequence[Mapping[str, str]], kind: str) -> list[str]:
    return [row["payoff"] for row in rows if row["eventType"] == kind]


def _money(inputs: Inputs) -> dict[str, object]:
    return {"notionalPrincipal": str(inputs["P"]), "nominalInterestRate": str(inputs["r"])}


def annuity(inputs: Inputs) -> Results:
    """Twelve months from 2013 unless an amortization date is given."""
    end = {"maturityDate": "2014-01-01T00:00:00"}
    if "amortizationDate" in inputs:
        end = {"amortizationDate": str(inputs["amortizationDate"])}
    first = str(inputs.get("first", "2013-02-01"))
    rows = _run("ANN", **_monthly_from(first), **_money(inputs), **end)
    principal, interest = _payoffs(rows, "PR"), _payoffs(rows, "IP")
    level = Fraction(principal[0]) + Fraction(interest[0])
    return {"payment": level, "pr1": principal[0], "ip1": interest[0]}


def bullet(inputs: Inputs) -> Results:
    """3,000 at 10 % for a year, or to the stated maturity."""
    terms: dict[str, object] = {
        "notionalPrincipal": str(inputs.get("P", 3000)),
        "nominalInterestRate": str(inputs.get("r", "0.1")),
        "maturityDate": str(inputs.get("maturity", "2014-01-01T00:00:00")),
        "cycleAnchorDateOfInterestPayment": "2013-01-01T00:00:00",
        "cycleOfInterestPayment": str(inputs.get("cycle", "P1ML0")),
    }
    paid = _payoffs(_run("PAM", **terms), "IP")
    return {"ip_feb": paid[1], "ip_mar": paid[2], "ip_last": paid[-1]}


def linear(inputs: Inputs) -> Results:
    terms = {**_monthly_from("2013-02-01"), **_money(inputs)}
    rows = _run("LAM", nextPrincipalRedemptionPayment=str(inputs["pr"]), **terms)
    return {"ip": _payoffs(rows, "IP")}


def linear_sold(inputs: Inputs) -> Results:
    """5,000 in redemptions of 500, reset every three months to the index and 10 %; sold for 2,600."""
    index = [{"timestamp": "2013-04-01", "value": "0.0105679012345679"}]
    index.append({"timestamp": "2013-07-01", "value": "0.011679012345679"})
    rows = _run(
        "LAM",
        **_monthly_from("2013-02-01"),
        notionalPrincipal="5000",
        nominalInterestRate="0.08",
        nextPrincipalRedemptionPayment="500",
        cycleAnchorDateOfRateReset="2013-04-01",
        cycleOfRateReset="P3ML1",
        marketObjectCodeOfRateReset="INDEX",
        rateSpread="0.1",
        terminationDate=str(inputs["termination"]),
        priceAtTerminationDate="2600",
        market={"INDEX": {"data": index}},
    )
    return {"td": _payoffs(rows, "TD")[0]}


def negative(inputs: Inputs) -> Results:
    terms = {**_monthly_from("2013-02-01"), **_money(inputs)}
    rows = _run("NAM", nextPrincipalRedemptionPayment=str(inputs["pay"]), **terms)
    return {"pr": _payoffs(rows, "PR")}


def stepped(inputs: Inputs) -> Results:
    """Redemptions of 20 on every first of January."""
    rows = _run(
        "LAX",
        **_money(inputs),
        statusDate="2020-01-01",
        initialExchangeDate=str(inputs["start"]),
        dayCountConvention=str(inputs["dcc"]),
        arrayCycleAnchorDateOfInterestPayment="2021-01-01",
        arrayCycleOfInterestPayment="P1YL1",
        arrayCycleAnchorDateOfPrincipalRedemption="2021-01-01",
        arrayCycleOfPrincipalRedemption="P1YL1",
        arrayNextPrincipalRedemptionPayment="20",
        arrayIncreaseDecrease="DEC",
    )
    paid = _payoffs(rows, "IP")
    return {"ip1": paid[0], "ip2": paid[1]}


def called(inputs: Inputs) -> Results:
    """1,000 on an index, capitalized every two weeks, due on a Sunday."""
    index = [{"timestamp": "2015-08-16", "value": "0.00897530864197531"}]
    rows = _run(
        "CLM",
        contractRole="RPL",
        calendar="MF",
        businessDayConvention=str(inputs["bdc"]),
        endOfMonthConvention="EOM",
        statusDate="2015-08-05",
        initialExchangeDate="2015-07-20",
        maturityDate="2015-09-20",
        notionalPrincipal="1000",
        nominalInterestRate="0.12",
        dayCountConvention="AA",
        cycleAnchorDateOfInterestPayment="2015-08-01",
        cycleOfInterestPayment="P2WL1",
        cycleAnchorDateOfRateReset="2015-08-01",
        cycleOfRateReset="P15DL1",
        marketObjectCodeOfRateReset="INDEX",
        xDayNotice="P9M",
        market={"INDEX": {"data": index}},
    )
    return {"ip": _payoffs(rows, "IP")[-1]}


def _covered_loan(identifier: str, **terms: object) -> dict[str, object]:
    return {
        "object": {
            "contractID": identifier,
            "contractRole": "RPA",
            "currency": "USD",
            "statusDate": "2020-01-01",
            "initialExchangeDate": "2020-01-02",
            "maturityDate": "2021-01-01",
            "cycleAnchorDateOfInterestPayment": "2020-02-01",
            "cycleOfInterestPayment": "P1ML0",
            "dayCountConvention": "A365",
            **terms,
        },
        "referenceType": "CNT",
        "referenceRole": "COVE",
    }


def _covered(*more: object, **terms: object) -> list[dict[str, str]]:
    """Five million as a bullet and six million in redemptions of half a million; one defaults in September."""
    bullet_loan = _covered_loan(
        "loan01", contractType="PAM", notionalPrincipal="5000000", nominalInterestRate="0.03"
    )
    linear_loan = _covered_loan(
        "loan02",
        contractType="LAM",
        notionalPrincipal="6000000",
        nominalInterestRate="0.024",
        cycleAnchorDateOfPrincipalRedemption="2020-02-01",
        cycleOfPrincipalRedemption="P1ML0",
        nextPrincipalRedemptionPayment="500000",
    )
    source = {
        "statusDate": "2020-01-01",
        "currency": "USD",
        "contractStructure": [bullet_loan, linear_loan, *more],
        **terms,
    }
    default = {
        "time": "2020-09-20",
        "type": "CE",
        "contractId": "loan02",
        "states": {"contractPerformance": "DF"},
    }
    gold = {"GOLD": {"data": [{"timestamp": "2020-09-20", "value": "10000000"}]}}
    return run_case({"terms": source, "eventsObserved": [default], "dataObserved": gold})


def guarantee(inputs: Inputs) -> Results:
    rows = _covered(
        contractType="CEG",
        contractRole="BUY",
        calendar="MF",
        businessDayConvention="CSF",
        settlementPeriod="P5DL0",
        dayCountConvention="AA",
        coverageOfCreditEnhancement=str(inputs["cover"]),
        feeBasis="A",
        feeRate=str(inputs["fee"]),
        cycleAnchorDateOfFee="2020-01-02",
        cycleOfFee=str(inputs["fee_cycle"]),
    )
    return {"true": rows[-1]["payoff"]}


def collateral(inputs: Inputs) -> Results:
    gold = {
        "object": {"contractType": "COM", "marketObjectCode": "GOLD", "quantity": "1"},
        "referenceType": "CNT",
        "referenceRole": "COVI",
    }
    rows = _covered(
        gold,
        contractType="CEC",
        contractRole="BUY",
        coverageOfCreditEnhancement=str(inputs["cover"]),
        guaranteedExposure=str(inputs["exposure"]),
    )
    return {"exercise": rows[-1]["exerciseAmount"]}


ACTUS: Mapping[str, Call] = {
    "actus_ann": annuity,
    "actus_pam": bullet,
    "actus_lam01": linear,
    "actus_lam18": linear_sold,
    "actus_nam01": negative,
    "actus_lax01": stepped,
    "actus_clm10": called,
    "actus_guarantee14": guarantee,
    "actus_collateral10": collateral,
}
"""Beginning of a vector's id -> the call that answers it."""
