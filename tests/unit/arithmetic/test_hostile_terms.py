"""Whatever a file says, the engine answers with events or refuses it with InvalidTerms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic import InvalidTerms, run_case
from lending.arithmetic.terms import ContractType
from lending.arithmetic.terms_json import TERM_NAMES

GOOD: dict[str, object] = {
    "contractType": "ANN",
    "contractRole": "RPA",
    "statusDate": "2012-12-30T00:00:00",
    "initialExchangeDate": "2013-01-01T00:00:00",
    "maturityDate": "2014-01-01T00:00:00",
    "notionalPrincipal": "1200",
    "nominalInterestRate": "0.12",
    "dayCountConvention": "AA",
    "cycleOfInterestPayment": "P1ML0",
    "cycleOfPrincipalRedemption": "P1ML0",
    "currency": "USD",
}
TIMES = st.sampled_from(
    ["0001-01-01", "2013-01-31T00:00", "2013-06-30T23:59:59", "2016-02-29", "9998-12-31T23:59:59"]
)
NUMBERS: st.SearchStrategy[object] = st.sampled_from(
    ["0", "1", "-1", "0.05", "1e20", "-0.9", "100000", 7, 0.25, None, True, []]
)
CODES: st.SearchStrategy[object] = st.sampled_from(
    [
        *("EOM", "SD", "MF", "NC", "SCF", "CSMP", "AA", "30E360ISDA", "SIMPLE", "NTL", "NTIED"),
        *("INO", "FIX", "VAR", "INC", "DEC", "A", "N", "RPL"),
        *(kind.value for kind in ContractType),
    ]
)
CYCLES = st.sampled_from(["P1ML0", "P1ML1", "P7D", "P2W", "P99999Y", "P99999D", "P0D", "P1Y"])


def fitting(term: str) -> st.SearchStrategy[object]:
    """Values of the right kind for a term, by its name; the wrong kind is refused at the door."""
    plain = term.removeprefix("array").lower()
    if "date" in plain:
        kind: st.SearchStrategy[object] = TIMES
    elif plain.startswith("cycle") or "notice" in plain or "fixing" in plain:
        kind = CYCLES
    elif any(word in plain for word in ("convention", "type", "role", "effect", "basis", "base")):
        kind = CODES
    else:
        kind = NUMBERS
    return st.lists(kind, max_size=3) if term.startswith("array") else kind


CHANGE = st.sampled_from(TERM_NAMES).flatmap(lambda term: st.tuples(st.just(term), fitting(term)))
CHANGES = st.lists(CHANGE, max_size=4).map(dict)


@given(CHANGES, st.sampled_from(ContractType), st.one_of(st.just(""), TIMES, st.text(max_size=4)))
def test_any_terms_give_events_or_a_refusal(
    changes: dict[str, object], kind: ContractType, to: str
) -> None:
    case = {"terms": GOOD | {"contractType": kind.value} | changes, "to": to}
    term, rows = "", []
    try:
        rows = run_case(case)
    except InvalidTerms as refusal:
        term = refusal.term
    assert term or all(row["eventDate"] for row in rows)


COVER: dict[str, object] = {
    "contractType": "CEG",
    "contractRole": "BUY",
    "statusDate": "2012-12-30T00:00:00",
    "currency": "USD",
    "feeRate": "10",
    "feeBasis": "A",
    "cycleOfFee": "P1ML0",
}
COVER_TERMS = (
    *("coverageOfCreditEnhancement", "guaranteedExposure", "creditEventTypeCovered", "feeRate"),
    *("settlementPeriod", "notionalPrincipal", "maturityDate", "purchaseDate", "terminationDate"),
    *("cycleOfFee", "cycleAnchorDateOfFee", "feeBasis", "statusDate", "contractRole", "calendar"),
    *("contractType", "contractStructure", "priceAtPurchaseDate", "dayCountConvention"),
)
JUNK: st.SearchStrategy[object] = st.one_of(
    TIMES,
    NUMBERS,
    CODES,
    CYCLES,
    st.sampled_from(["CEG", "CEC", "NI", "MV", "DQ", "SEL", [{}], [["COVE"]], {"a": 1}, ["DF", 5]]),
)
ROLES = st.sampled_from(["COVE", "COVI", "UDL", "", None])
KINDS = st.sampled_from(["CNT", "CID", "MOC", ""])


@given(
    st.dictionaries(st.sampled_from(COVER_TERMS), JUNK, max_size=4),
    CHANGES,
    ROLES,
    KINDS,
    st.sampled_from(["DF", "DQ", "XX", "", None]),
    TIMES,
)
def test_any_cover_of_any_contract_gives_events_or_a_refusal(
    changes: dict[str, object],
    inner: dict[str, object],
    role: str | None,
    kind: str,
    performance: str | None,
    called: str,
) -> None:
    loan = GOOD | {"contractID": "loan"} | inner
    gold = {"contractType": "COM", "marketObjectCode": "GOLD", "quantity": "3"}
    children = [
        {"object": loan, "referenceType": "CNT", "referenceRole": "COVE"},
        {"object": gold, "referenceType": kind, "referenceRole": role},
    ]
    event = {
        "time": called,
        "type": "CE",
        "contractId": "loan",
        "states": {"contractPerformance": performance},
    }
    case = {
        "terms": COVER | {"contractStructure": children} | changes,
        "eventsObserved": [event],
        "dataObserved": {"GOLD": {"data": [{"timestamp": "2013-01-01", "value": "7"}]}},
    }
    term, rows = "", []
    try:
        rows = run_case(case)
    except InvalidTerms as refusal:
        term = refusal.term
    assert term or all(row["eventDate"] for row in rows)
