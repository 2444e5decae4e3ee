"""Terms from ACTUS JSON, strictly: unknown values, absent duties and lost digits are refused.

The table below pairs each term with its name in ACTUS files and the kind of its value. Terms that
describe a contract without changing what it pays are accepted and ignored; nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from lending.arithmetic.calendar import parse_business_day, parse_calendar
from lending.arithmetic.cycle import Cycle, parse_cycle
from lending.arithmetic.dates import parse_time
from lending.arithmetic.daycount import parse_day_count
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import FINE, Scale, parse_decimal
from lending.arithmetic.terms import (
    ContractType,
    FeeBasis,
    InterestBase,
    RateStep,
    Role,
    Step,
    Terms,
)

_Parser = Callable[[str, str, Scale], object]
_E = TypeVar("_E", ContractType, Role, InterestBase, FeeBasis, Step, RateStep)


def _money(text: str, term: str, scale: Scale) -> int:
    return parse_decimal(text, scale.money, term)


def _rate(text: str, term: str, scale: Scale) -> int:
    return parse_decimal(text, scale.rate, term)


def _time(text: str, term: str, _: Scale) -> datetime:
    return parse_time(text, term)


def _cycle(text: str, term: str, _: Scale) -> Cycle:
    return parse_cycle(text, term)


def _period(text: str, term: str, _: Scale) -> Cycle | None:
    return None if text.strip().upper().startswith("P0D") else parse_cycle(text, term)


def _text(text: str, _term: str, _scale: Scale) -> str:
    return text.strip()


def _choice(kinds: type[_E]) -> _Parser:
    by_code = {str(member.value): member for member in kinds}

    def parse(text: str, term: str, _: Scale) -> object:
        found = by_code.get(text.strip().upper())
        if found is None:
            raise InvalidTerms(term, f"{text!r} is not one of {', '.join(by_code)}")
        return found

    return parse


def _end_of_month(text: str, term: str, _: Scale) -> bool:
    if text.strip().upper() not in ("", "SD", "EOM"):
        raise InvalidTerms(term, f"{text!r} is neither SD nor EOM")
    return text.strip().upper() == "EOM"


def _scaling_effect(text: str, term: str, _: Scale) -> str:
    effect = text.strip().upper().replace("0", "O")
    if len(effect) != 3 or effect[0] not in "IO" or effect[1] not in "NO" or effect[2] not in "MO":
        raise InvalidTerms(term, f"{text!r} is not a scaling effect like INO")
    return effect


_TABLE: tuple[tuple[str, str, _Parser], ...] = (
    ("contract_type", "contractType", _choice(ContractType)),
    ("contract_id", "contractID", _text),
    ("contract_role", "contractRole", _choice(Role)),
    ("contract_deal_date", "contractDealDate", _time),
    ("status_date", "statusDate", _time),
    ("currency", "currency", _text),
    ("notional_principal", "notionalPrincipal", _money),
    ("initial_exchange_date", "initialExchangeDate", _time),
    ("premium_discount_at_ied", "premiumDiscountAtIED", _money),
    ("maturity_date", "maturityDate", _time),
    ("amortization_date", "amortizationDate", _time),
    ("nominal_interest_rate", "nominalInterestRate", _rate),
    ("day_count_convention", "dayCountConvention", lambda text, _t, _s: parse_day_count(text)),
    ("accrued_interest", "accruedInterest", _money),
    ("cycle_anchor_date_of_interest_payment", "cycleAnchorDateOfInterestPayment", _time),
    ("cycle_of_interest_payment", "cycleOfInterestPayment", _cycle),
    ("capitalization_end_date", "capitalizationEndDate", _time),
    ("cycle_anchor_date_of_principal_redemption", "cycleAnchorDateOfPrincipalRedemption", _time),
    ("cycle_of_principal_redemption", "cycleOfPrincipalRedemption", _cycle),
    ("next_principal_redemption_payment", "nextPrincipalRedemptionPayment", _money),
    ("interest_calculation_base", "interestCalculationBase", _choice(InterestBase)),
    ("interest_calculation_base_amount", "interestCalculationBaseAmount", _money),
    (
        "cycle_anchor_date_of_interest_calculation_base",
        "cycleAnchorDateOfInterestCalculationBase",
        _time,
    ),
    ("cycle_of_interest_calculation_base", "cycleOfInterestCalculationBase", _cycle),
    ("cycle_anchor_date_of_rate_reset", "cycleAnchorDateOfRateReset", _time),
    ("cycle_of_rate_reset", "cycleOfRateReset", _cycle),
    ("market_object_code_of_rate_reset", "marketObjectCodeOfRateReset", _text),
    ("rate_multiplier", "rateMultiplier", _rate),
    ("rate_spread", "rateSpread", _rate),
    ("next_reset_rate", "nextResetRate", _rate),
    ("fixing_days", "fixingDays", _period),
    ("fixing_days", "fixingPeriod", _period),
    ("period_cap", "periodCap", _rate),
    ("period_floor", "periodFloor", _rate),
    ("life_cap", "lifeCap", _rate),
    ("life_floor", "lifeFloor", _rate),
    ("market_object_code_of_scaling_index", "marketObjectCodeOfScalingIndex", _text),
    ("scaling_index_at_contract_deal_date", "scalingIndexAtContractDealDate", _rate),
    ("notional_scaling_multiplier", "notionalScalingMultiplier", _rate),
    ("interest_scaling_multiplier", "interestScalingMultiplier", _rate),
    ("cycle_anchor_date_of_scaling_index", "cycleAnchorDateOfScalingIndex", _time),
    ("cycle_of_scaling_index", "cycleOfScalingIndex", _cycle),
    ("scaling_effect", "scalingEffect", _scaling_effect),
    ("fee_basis", "feeBasis", _choice(FeeBasis)),
    ("fee_accrued", "feeAccrued", _money),
    ("cycle_anchor_date_of_fee", "cycleAnchorDateOfFee", _time),
    ("cycle_of_fee", "cycleOfFee", _cycle),
    ("purchase_date", "purchaseDate", _time),
    ("price_at_purchase_date", "priceAtPurchaseDate", _money),
    ("termination_date", "terminationDate", _time),
    ("price_at_termination_date", "priceAtTerminationDate", _money),
    ("x_day_notice", "xDayNotice", _period),
    ("calendar", "calendar", lambda text, _t, _s: parse_calendar(text)),
    (
        "business_day_convention",
        "businessDayConvention",
        lambda text, _t, _s: parse_business_day(text),
    ),
    ("end_of_month", "endOfMonthConvention", _end_of_month),
)
"""(field of Terms, name in ACTUS JSON, how to read its value); feeRate depends on feeBasis."""

_ARRAYS: tuple[tuple[str, str, _Parser], ...] = (
    (
        "array_cycle_anchor_date_of_principal_redemption",
        "arrayCycleAnchorDateOfPrincipalRedemption",
        _time,
    ),
    ("array_cycle_of_principal_redemption", "arrayCycleOfPrincipalRedemption", _cycle),
    ("array_next_principal_redemption_payment", "arrayNextPrincipalRedemptionPayment", _money),
    ("array_increase_decrease", "arrayIncreaseDecrease", _choice(Step)),
    ("array_cycle_anchor_date_of_interest_payment", "arrayCycleAnchorDateOfInterestPayment", _time),
    ("array_cycle_of_interest_payment", "arrayCycleOfInterestPayment", _cycle),
    ("array_cycle_anchor_date_of_rate_reset", "arrayCycleAnchorDateOfRateReset", _time),
    ("array_cycle_of_rate_reset", "arrayCycleOfRateReset", _cycle),
    ("array_rate", "arrayRate", _rate),
    ("array_fixed_variable", "arrayFixedVariable", _choice(RateStep)),
)
"""The same for terms that are lists; a single value is a list of one."""

_KNOWN_ARRAYS = {json_name: (field, parser) for field, json_name, parser in _ARRAYS}

_KNOWN = {json_name: (field, parser) for field, json_name, parser in _TABLE}

TERM_NAMES: tuple[str, ...] = (*_KNOWN, *_KNOWN_ARRAYS, "feeRate")
"""Every term that the engine reads, by its name in ACTUS JSON."""

IGNORED_TERMS = frozenset(
    {
        "clearingHouse",
        "contractPerformance",
        "counterpartyID",
        "creatorID",
        "creatorId",
        "cycleStub",
    }
    | {"marketValueObserved", "nonPerformingDate", "seniority", "settlementCurrency", "unit"}
    | {"gracePeriod", "delinquencyPeriod", "delinquencyRate", "description"}
)
"""Terms of the dictionary that say nothing about the scheduled payments."""

_REQUIRED = ("contractType", "statusDate", "notionalPrincipal", "initialExchangeDate")


def parse_terms(source: Mapping[str, object], scale: Scale = FINE) -> Terms:
    """Read terms from an ACTUS JSON object; raises InvalidTerms naming the first bad term.

    Numbers may be strings, with blanks around them, or JSON numbers; they are read exactly.
    """
    for term in _REQUIRED:
        if as_text(source.get(term)) == "":
            raise InvalidTerms(term, "is required")
    fields: dict[str, object] = {"scale": scale}
    for term, value in source.items():
        if term in _KNOWN_ARRAYS:
            field, parser = _KNOWN_ARRAYS[term]
            values = value if isinstance(value, list | tuple) else [value]
            fields[field] = tuple(parser(as_text(each), term, scale) for each in values)
            continue
        text = as_text(value)
        if text == "" or term in IGNORED_TERMS or term == "feeRate":
            continue
        if term not in _KNOWN:
            raise InvalidTerms(term, "is not a term that this engine knows")
        field, parser = _KNOWN[term]
        fields[field] = parser(text, term, scale)
    fee = as_text(source.get("feeRate"))
    if fee:
        absolute = fields.get("fee_basis") is FeeBasis.A
        fields["fee_rate"] = (_money if absolute else _rate)(fee, "feeRate", scale)
    terms = Terms(**fields)  # type: ignore[arg-type]  # the table pairs each field with its parser
    _check(terms)
    return terms


def as_text(value: object) -> str:
    """Return a JSON value as the text that was written, '' for an absent one."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else repr(value)


def _check(terms: Terms) -> None:
    """Refuse terms that are each readable but together describe no loan."""
    if terms.notional_principal < 0:
        raise InvalidTerms("notionalPrincipal", "is negative; the contract role gives the sign")
    if terms.maturity_date is not None and terms.maturity_date < terms.initial_exchange_date:
        raise InvalidTerms("maturityDate", "is before the initial exchange")
    if terms.contract_type is ContractType.PAM and terms.maturity_date is None:
        raise InvalidTerms("maturityDate", "is required for PAM")
    amortizing = terms.contract_type in (ContractType.LAM, ContractType.NAM, ContractType.ANN)
    if amortizing and terms.cycle_of_principal_redemption is None:
        raise InvalidTerms("cycleOfPrincipalRedemption", "is required for an amortizing loan")
    scaled = "I" in terms.scaling_effect or "N" in terms.scaling_effect
    if scaled and not terms.scaling_index_at_contract_deal_date:
        raise InvalidTerms("scalingIndexAtContractDealDate", "is required to scale payments")
    _check_arrays(terms)


def _check_arrays(terms: Terms) -> None:
    """Refuse steps whose lists do not belong together or do not ascend."""
    steps = len(terms.array_cycle_anchor_date_of_principal_redemption)
    if terms.contract_type is ContractType.LAX and not steps:
        raise InvalidTerms("arrayCycleAnchorDateOfPrincipalRedemption", "is required for LAX")
    if len(terms.array_next_principal_redemption_payment) != steps:
        raise InvalidTerms("arrayNextPrincipalRedemptionPayment", "is not one for each anchor")
    if len(terms.array_increase_decrease) != steps:
        raise InvalidTerms("arrayIncreaseDecrease", "is not one for each anchor")
    rates = len(terms.array_cycle_anchor_date_of_rate_reset)
    if len(terms.array_rate) != rates or len(terms.array_fixed_variable) != rates:
        raise InvalidTerms("arrayRate", "is not, with arrayFixedVariable, one for each anchor")
    for name, anchors, cycles in (
        (
            "PrincipalRedemption",
            terms.array_cycle_anchor_date_of_principal_redemption,
            terms.array_cycle_of_principal_redemption,
        ),
        (
            "InterestPayment",
            terms.array_cycle_anchor_date_of_interest_payment,
            terms.array_cycle_of_interest_payment,
        ),
        (
            "RateReset",
            terms.array_cycle_anchor_date_of_rate_reset,
            terms.array_cycle_of_rate_reset,
        ),
    ):
        if any(later <= earlier for earlier, later in pairwise(anchors)):
            raise InvalidTerms(f"arrayCycleAnchorDateOf{name}", "does not ascend")
        if len(cycles) not in (0, 1, len(anchors)):
            raise InvalidTerms(f"arrayCycleOf{name}", "is neither one nor one for each anchor")
