"""Terms of guarantees and collateral from ACTUS JSON, with the contracts that they cover inside.

A child of the contract structure is a contract (CNT) that is run here, or an asset with a price, or
only the identifier of a contract (CID) or of a price (MOC). What is not known is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from lending.arithmetic import values_json as read
from lending.arithmetic.calendar import Calendar
from lending.arithmetic.enhancement_terms import (
    CreditEvent,
    EnhancementTerms,
    EnhancementType,
    Exposure,
    Performance,
    Side,
    Underlying,
)
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import FINE, Scale
from lending.arithmetic.terms import ContractType, FeeBasis
from lending.arithmetic.terms_json import IGNORED_TERMS, fee_rate, parse_terms

_TABLE: tuple[read.Row, ...] = (
    ("contract_type", "contractType", read.choice(EnhancementType)),
    ("contract_id", "contractID", read.plain),
    ("contract_role", "contractRole", read.choice(Side)),
    ("contract_deal_date", "contractDealDate", read.moment),
    ("status_date", "statusDate", read.moment),
    ("currency", "currency", read.plain),
    ("coverage", "coverageOfCreditEnhancement", read.rate),
    ("exposure", "guaranteedExposure", read.choice(Exposure)),
    ("notional_principal", "notionalPrincipal", read.money),
    ("maturity_date", "maturityDate", read.moment),
    ("settlement_period", "settlementPeriod", read.period),
    ("purchase_date", "purchaseDate", read.moment),
    ("price_at_purchase_date", "priceAtPurchaseDate", read.money),
    ("termination_date", "terminationDate", read.moment),
    ("price_at_termination_date", "priceAtTerminationDate", read.money),
    ("fee_basis", "feeBasis", read.choice(FeeBasis)),
    ("fee_accrued", "feeAccrued", read.money),
    ("cycle_anchor_date_of_fee", "cycleAnchorDateOfFee", read.moment),
    ("cycle_of_fee", "cycleOfFee", read.cycle),
    ("day_count_convention", "dayCountConvention", read.day_count),
    ("business_day_convention", "businessDayConvention", read.business_day),
    ("end_of_month", "endOfMonthConvention", read.end_of_month),
)
"""(field of EnhancementTerms, name in ACTUS JSON, how to read its value)."""

_KNOWN = {json_name: (field, parser) for field, json_name, parser in _TABLE}

_APART = ("feeRate", "calendar", "contractStructure", "creditEventTypeCovered")
"""Terms that are read in their own way."""

_RUN_HERE = {kind.value for kind in ContractType}
_CODES = {member.value: member for member in Performance}


def is_enhancement(terms: Mapping[str, object]) -> bool:
    """Tell whether terms are those of a guarantee or of collateral."""
    kind = read.as_text(terms.get("contractType")).upper()
    return kind in (EnhancementType.CEG.value, EnhancementType.CEC.value)


def parse_enhancement(
    source: Mapping[str, object],
    scale: Scale = FINE,
    calendars: Mapping[str, Calendar] | None = None,
) -> EnhancementTerms:
    """Read terms of a CEG or CEC from an ACTUS JSON object; raises InvalidTerms naming a bad term."""
    for term in ("contractType", "statusDate", "contractStructure"):
        if not source.get(term):
            raise InvalidTerms(term, "is required")
    fields: dict[str, object] = {"scale": scale}
    for term, value in source.items():
        text = "" if term in _APART else read.as_text(value)
        if text == "" or term in IGNORED_TERMS:
            continue
        if term not in _KNOWN:
            raise InvalidTerms(term, "is not a term that this engine knows")
        field, parser = _KNOWN[term]
        fields[field] = parser(text, term, scale)
    fields["calendar"] = read.calendar(read.as_text(source.get("calendar")), calendars)
    fields["fee_rate"] = fee_rate(source, fields.get("fee_basis"), scale)
    if source.get("creditEventTypeCovered"):
        fields["credit_events"] = _performances(source["creditEventTypeCovered"])
    children = read.as_rows(source["contractStructure"], "contractStructure")
    fields["covered"] = _underlyings(children, "COVE", scale, calendars)
    fields["covering"] = _underlyings(children, "COVI", scale, calendars)
    terms = EnhancementTerms(**fields)  # type: ignore[arg-type]  # the table pairs each field with its parser
    _check(terms, len(children))
    return terms


def parse_credit_event(row: Mapping[str, object]) -> CreditEvent:
    """Read an observed event of type CE."""
    states = read.as_object(row.get("states"), "eventsObserved")
    return CreditEvent(
        read.moment(read.as_text(row.get("time")), "eventsObserved", FINE),
        read.as_text(row.get("contractId")),
        _performance(states.get("contractPerformance")),
    )


def _performance(value: object) -> Performance:
    found = _CODES.get(read.as_text(value).upper())
    if found is None:
        raise InvalidTerms("contractPerformance", f"{value!r} is not one of {', '.join(_CODES)}")
    return found


def _performances(value: object) -> tuple[Performance, ...]:
    """Read one covered event type, or a list of them."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(_performance(each) for each in values)


def _underlyings(
    children: read.Rows, role: str, scale: Scale, calendars: Mapping[str, Calendar] | None
) -> tuple[Underlying, ...]:
    return tuple(
        _underlying(child, scale, calendars)
        for child in children
        if read.as_text(child.get("referenceRole")) == role
    )


def _underlying(
    child: Mapping[str, object], scale: Scale, calendars: Mapping[str, Calendar] | None
) -> Underlying:
    kind = read.as_text(child.get("referenceType"))
    inner = read.as_object(child.get("object"), "contractStructure")
    code = read.as_text(inner.get("marketObjectCode"))
    if kind == "CID":
        return Underlying(identifier=read.as_text(inner.get("contractIdentifier")))
    if kind == "MOC":
        return Underlying(identifier=code, market_object_code=code)
    if kind != "CNT":
        raise InvalidTerms("referenceType", f"{kind!r} is not one of CNT, CID, MOC")
    quantity = read.as_text(inner.get("quantity"))
    terms = None
    if read.as_text(inner.get("contractType")) in _RUN_HERE:
        own = {term: inner[term] for term in inner if term not in ("marketObjectCode", "quantity")}
        terms = parse_terms(own, scale, calendars)
    elif not code:
        raise InvalidTerms("marketObjectCode", "is required for an asset")
    return Underlying(
        identifier=read.as_text(inner.get("contractID")),
        terms=terms,
        market_object_code=code,
        quantity=read.rate(quantity, "quantity", scale) if quantity else None,
    )


def _check(terms: EnhancementTerms, children: int) -> None:
    """Refuse terms that are each readable but together describe no cover."""
    if not terms.covered or children != len(terms.covered) + len(terms.covering):
        raise InvalidTerms("contractStructure", "has other roles than COVE and COVI, or no COVE")
    if terms.contract_type is EnhancementType.CEC and not terms.covering:
        raise InvalidTerms("contractStructure", "has no COVI: no collateral")
    loans = [each for each in (*terms.covered, *terms.covering) if each.terms is not None]
    if any(each.terms is not None and each.terms.currency != terms.currency for each in loans):
        raise InvalidTerms("currency", "of a covered contract is not that of its cover")
    names = [each.identifier for each in loans]
    if len(set(names)) != len(names):
        raise InvalidTerms("contractID", "is that of more than one covered contract")
    if terms.coverage is not None and terms.coverage < 0:
        raise InvalidTerms("coverageOfCreditEnhancement", "is negative")
    if terms.notional_principal is not None and terms.notional_principal < 0:
        raise InvalidTerms("notionalPrincipal", "is negative; the contract role gives the sign")
    if any(each.quantity is not None and each.quantity < 0 for each in terms.covering):
        raise InvalidTerms("quantity", "is negative")
