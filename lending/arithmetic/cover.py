"""What a guarantee or collateral covers at a time: the exposures, and what the collateral is worth.

Source: ACTUS technical specification, sections CEG and CEC (the state variable Nt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lending.arithmetic.engine import Replay
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


class Cover:
    """What an enhancement covers, asked for at one time after another."""

    def __init__(self, terms: EnhancementTerms, observed: Observed, until: datetime) -> None:
        """Schedule the covered contracts; `until` ends those that have no maturity."""
        self._terms = terms
        self._market = observed.market
        self._replays = {
            each.identifier: Replay(each.terms, observed.about(each.identifier), until)
            for each in (*terms.covered, *terms.covering)
            if each.terms is not None
        }

    def last_event(self) -> datetime:
        """Return when the last of the covered contracts ends; raises InvalidTerms if none tells."""
        ends = [
            self._replays[each.identifier].ends
            for each in self._terms.covered
            if each.terms is not None
        ]
        if not ends:
            raise InvalidTerms("maturityDate", "is required: no covered contract tells it")
        return max(ends)

    def amount(self, at: datetime) -> int:
        """Return the unsigned amount covered at a time: the agreed part of the exposures.

        Of collateral it is never more than what the covering assets are worth. Rounded down once.
        Times must not go back.
        """
        terms = self._terms
        unit, finer = terms.scale.rate_unit, terms.scale.accrual_unit
        part = unit if terms.coverage is None else terms.coverage
        if terms.notional_principal is None:
            exposed = sum(self._exposure(each, at) for each in terms.covered)
        else:
            exposed = terms.notional_principal * finer
        covered = divide(exposed * part, unit * finer, COVER.rounding)
        if terms.contract_type is EnhancementType.CEG:
            return covered
        worth = sum(self._worth(each, at) for each in terms.covering)
        return min(covered, divide(worth, finer, COVER.rounding))

    def _exposure(self, underlying: Underlying, at: datetime) -> int:
        """Return what is at risk in a covered contract, at the accrual scale."""
        if self._terms.exposure is Exposure.MV:
            return self._market_value(underlying, at)
        if underlying.terms is None:
            raise InvalidTerms("contractStructure", f"{underlying.identifier!r} has no terms")
        state = self._replays[underlying.identifier].standing(at)
        exposed = state.notional * self._terms.scale.accrual_unit
        if self._terms.exposure is Exposure.NI:
            exposed += state.accrued_interest
        return underlying.terms.contract_role.sign * exposed

    def _worth(self, underlying: Underlying, at: datetime) -> int:
        """Return what a covering asset brings, at the accrual scale: its price, else what it is owed."""
        if underlying.market_object_code or underlying.terms is None:
            return self._market_value(underlying, at)
        return self._exposure(underlying, at)

    def _market_value(self, underlying: Underlying, at: datetime) -> int:
        scale = self._terms.scale
        price = self._market.value(underlying.market_object_code, at)
        quantity = scale.rate_unit if underlying.quantity is None else underlying.quantity
        finest = price * quantity * scale.accrual_unit * POWERS_OF_TEN[scale.money]
        return divide(finest, scale.rate_unit * scale.rate_unit, COVER.rounding)
