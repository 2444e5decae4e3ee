"""Terms from ACTUS JSON, strictly: unknown values, absent duties and lost digits are refused.

The table below pairs each term with its name in ACTUS files and the kind of its value. Terms that
describe a contract without changing what it pays are accepted and ignored; nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from lending.arithmetic import values_json as read
from lending.arithmetic.calendar import Calendar
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import FINE, Scale
from lending.arithmetic.terms import (
    ContractType,
    FeeBasis,
    InterestBase,
    RateStep,
    Role,
    Step,
    Terms,
)


def _scaling_effect(text: str, term: str, _: Scale) -> str:
    effect = text.strip().upper().replace("0", "O")
    if len(effect) != 3 or effect[0] not in "IO" or effect[1] not in "NO" or effect[2] not in "MO":
        raise InvalidTerms(term, f"{text!r} is not a scaling effect like INO")
    return effect


_TABLE: tuple[read.Row, ...] = (
    ("contract_type", "contractType", read.choice(ContractType)),
    ("contract_id", "contractID", read.plain),
    ("contract_role", "contractRole", read.choice(Role)),
    ("contract_deal_date", "contractDealDate", read.moment),
    ("status_date", "statusDate", read.moment),
    ("currency", "currency", read.plain),
    ("notional_principal", "notionalPrincipal", read.money),
    ("initial_exchange_date", "initialExchangeDate", read.moment),
    ("premium_discount_at_ied", "premiumDiscountAtIED", read.money),
    ("maturity_date", "maturityDate", read.moment),
    ("amortization_date", "amortizationDate", read.moment),
    ("nominal_interest_rate", "nominalInterestRate", read.rate),
    ("day_count_convention", "dayCountConvention", read.day_count),
    ("accrued_interest", "accruedInterest", read.money),
    ("cycle_anchor_date_of_interest_payment", "cycleAnchorDateOfInterestPayment", read.moment),
    ("cycle_of_interest_payment", "cycleOfInterestPayment", read.cycle),
    ("capitalization_end_date", "capitalizationEndDate", read.moment),
    (
        "cycle_anchor_date_of_principal_redemption",
        "cycleAnchorDateOfPrincipalRedemption",
        read.moment,
    ),
    ("cycle_of_principal_redemption", "cycleOfPrincipalRedemption", read.cycle),
    ("next_principal_redemption_payment", "nextPrincipalRedemptionPayment", read.money),
    ("interest_calculation_base", "interestCalculationBase", read.choice(InterestBase)),
    ("interest_calculation_base_amount", "interestCalculationBaseAmount", read.money),
    (
        "cycle_anchor_date_of_interest_calculation_base",
        "cycleAnchorDateOfInterestCalculationBase",
        read.moment,
    ),
    ("cycle_of_interest_calculation_base", "cycleOfInterestCalculationBase", read.cycle),
    ("cycle_anchor_date_of_rate_reset", "cycleAnchorDateOfRateReset", read.moment),
    ("cycle_of_rate_reset", "cycleOfRateReset", read.cycle),
    ("market_object_code_of_rate_reset", "marketObjectCodeOfRateReset", read.plain),
    ("rate_multiplier", "rateMultiplier", read.rate),
    ("rate_spread", "rateSpread", read.rate),
    ("next_reset_rate", "nextResetRate", read.rate),
    ("fixing_days", "fixingDays", read.period),
    ("fixing_days", "fixingPeriod", read.period),
    ("period_cap", "periodCap", read.rate),
    ("period_floor", "periodFloor", read.rate),
    ("life_cap", "lifeCap", read.rate),
    ("life_floor", "lifeFloor", read.rate),
    ("market_object_code_of_scaling_index", "marketObjectCodeOfScalingIndex", read.plain),
    ("scaling_index_at_contract_deal_date", "scalingIndexAtContractDealDate", read.rate),
    ("notional_scaling_multiplier", "notionalScalingMultiplier", read.rate),
    ("interest_scaling_multiplier", "interestScalingMultiplier", read.rate),
    ("cycle_anchor_date_of_scaling_index", "cycleAnchorDateOfScalingIndex", read.moment),
    ("cycle_of_scaling_index", "cycleOfScalingIndex", read.cycle),
    ("scaling_effect", "scalingEffect", _scaling_effect),
    ("fee_basis", "feeBasis", read.choice(FeeBasis)),
    ("fee_accrued", "feeAccrued", read.money),
    ("cycle_anchor_date_of_fee", "cycleAnchorDateOfFee", read.moment),
    ("cycle_of_fee", "cycleOfFee", read.cycle),
    ("purchase_date", "purchaseDate", read.moment),
    ("price_at_purchase_date", "priceAtPurchaseDate", read.money),
    ("termination_date", "terminationDate", read.moment),
    ("price_at_termination_date", "priceAtTerminationDate", read.money),
    ("x_day_notice", "xDayNotice", read.period),
    ("business_day_convention", "businessDayConvention", read.business_day),
    ("end_of_month", "endOfMonthConvention", read.end_of_month),
)
"""(field of Terms, name in ACTUS JSON, how to read its value); feeRate depends on feeBasis."""

_ARRAYS: tuple[read.Row, ...] = (
    (
        "array_cycle_anchor_date_of_principal_redemption",
        "arrayCycleAnchorDateOfPrincipalRedemption",
        read.moment,
    ),
    ("array_cycle_of_principal_redemption", "arrayCycleOfPrincipalRedemption", read.cycle),
    ("array_next_principal_redemption_payment", "arrayNextPrincipalRedemptionPayment", read.money),
    ("array_increase_decrease", "arrayIncreaseDecrease", read.choice(Step)),
    (
        "array_cycle_anchor_date_of_interest_payment",
        "arrayCycleAnchorDateOfInterestPayment",
        read.moment,
    ),
    ("array_cycle_of_interest_payment", "arrayCycleOfInterestPayment", read.cycle),
    ("array_cycle_anchor_date_of_rate_reset", "arrayCycleAnchorDateOfRateReset", read.moment),
    ("array_cycle_of_rate_reset", "arrayCycleOfRateReset", read.cycle),
    ("array_rate", "arrayRate", read.rate),
    ("array_fixed_variable", "arrayFixedVariable", read.choice(RateStep)),
)
"""The same for terms that are lists; a single value is a list of one."""

_KNOWN_ARRAYS = {json_name: (field, parser) for field, json_name, parser in _ARRAYS}

_KNOWN = {json_name: (field, parser) for field, json_name, parser in _TABLE}

_APART = ("feeRate", "calendar")
"""Terms that need more than their text to be read."""

TERM_NAMES: tuple[str, ...] = (*_KNOWN, *_KNOWN_ARRAYS, *_APART)
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


def parse_terms(
    source: Mapping[str, object],
    scale: Scale = FINE,
    calendars: Mapping[str, Calendar] | None = None,
) -> Terms:
    """Read terms from an ACTUS JSON object; raises InvalidTerms naming the first bad term.

    Numbers may be strings, with blanks around them, or JSON numbers; they are read exactly. The
    calendar is one of `calendars` by name, or an ACTUS code.
    """
    for term in _REQUIRED:
        if read.as_text(source.get(term)) == "":
            raise InvalidTerms(term, "is required")
    fields: dict[str, object] = {"scale": scale}
    for term, value in source.items():
        if term in _KNOWN_ARRAYS:
            field, parser = _KNOWN_ARRAYS[term]
            values = value if isinstance(value, list | tuple) else [value]
            fields[field] = tuple(parser(read.as_text(each), term, scale) for each in values)
            continue
        text = read.as_text(value)
        if text == "" or term in IGNORED_TERMS or term in _APART:
            continue
        if term not in _KNOWN:
            raise InvalidTerms(term, "is not a term that this engine knows")
        field, parser = _KNOWN[term]
        fields[field] = parser(text, term, scale)
    fields["calendar"] = read.calendar(read.as_text(source.get("calendar")), calendars)
    fields["fee_rate"] = fee_rate(source, fields.get("fee_basis"), scale)
    terms = Terms(**fields)  # type: ignore[arg-type]  # the table pairs each field with its parser
    _check(terms)
    return terms


def fee_rate(source: Mapping[str, object], basis: object, scale: Scale) -> int | None:
    """Read the fee rate: an amount if the basis is absolute, otherwise a rate; None if absent."""
    text = read.as_text(source.get("feeRate"))
    if not text:
        return None
    return (read.money if basis is FeeBasis.A else read.rate)(text, "feeRate", scale)


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
