"""What a guarantee or collateral covers at a time: the exposures, and what the collateral is worth.

Source: ACTUS technical specification, sections CEG and CEC (the state variable Nt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lending.arithmetic.engine import standing
from lending.arithmetic.enhancement_terms import (
    CreditEvent,
    EnhancementTerms,
    EnhancementType,
    Exposure,
    Underlying,
)
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.market import NOTHING_OBSERVED, Observations
from lending.arithmetic.money import COVER, POWERS_OF_TEN, divide


@dataclass(frozen=True, slots=True)
class Observed:
    """What the outside world has said about an enhancement and what it covers."""

    market: Observations = NOTHING_OBSERVED
    """Index values and prices."""
    credit_events: tuple[CreditEvent, ...] = ()
    """How the covered contracts were seen to perform."""
    of_covered: Mapping[str, Observations] = field(default_factory=dict)
    """Identifier of a covered contract -> the unscheduled events that happened to it."""

    def about(self, identifier: str) -> Observations:
        """Return what is known about a covered contract."""
        return self.of_covered.get(identifier, self.market)


def cover(terms: EnhancementTerms, observed: Observed, at: datetime) -> int:
    """Return the unsigned amount covered at a time: the agreed part of the exposures.

    Of collateral it is never more than what the covering assets are worth. Rounded down once.
    """
    unit, finer = terms.scale.rate_unit, terms.scale.accrual_unit
    part = unit if terms.coverage is None else terms.coverage
    if terms.notional_principal is None:
        exposed = sum(_exposure(terms, each, observed, at) for each in terms.covered)
    else:
        exposed = terms.notional_principal * finer
    covered = divide(exposed * part, unit * finer, COVER.rounding)
    if terms.contract_type is EnhancementType.CEG:
        return covered
    worth = sum(_worth(terms, each, observed, at) for each in terms.covering)
    return min(covered, divide(worth, finer, COVER.rounding))


def _exposure(
    terms: EnhancementTerms, underlying: Underlying, observed: Observed, at: datetime
) -> int:
    """Return what is at risk in a covered contract, at the accrual scale."""
    if terms.exposure is Exposure.MV:
        return _market_value(terms, underlying, observed, at)
    if underlying.terms is None:
        raise InvalidTerms("contractStructure", f"{underlying.identifier!r} has no terms")
    state = standing(underlying.terms, observed.about(underlying.identifier), at)
    exposed = state.notional * terms.scale.accrual_unit
    if terms.exposure is Exposure.NI:
        exposed += state.accrued_interest
    return underlying.terms.contract_role.sign * exposed


def _worth(
    terms: EnhancementTerms, underlying: Underlying, observed: Observed, at: datetime
) -> int:
    """Return what a covering asset brings, at the accrual scale: its price, else what it is owed."""
    if underlying.market_object_code or underlying.terms is None:
        return _market_value(terms, underlying, observed, at)
    return _exposure(terms, underlying, observed, at)


def _market_value(
    terms: EnhancementTerms, underlying: Underlying, observed: Observed, at: datetime
) -> int:
    scale = terms.scale
    price = observed.market.value(underlying.market_object_code, at)
    quantity = scale.rate_unit if underlying.quantity is None else underlying.quantity
    finest = price * quantity * scale.accrual_unit * POWERS_OF_TEN[scale.money]
    return divide(finest, scale.rate_unit * scale.rate_unit, COVER.rounding)
