"""Premiums by class of risk: the table of a fund, and what stands in it."""

from __future__ import annotations

from lending.records import deposit_cover as stored
from lending.records.deposit_cover import CoverTerms
from lending.scope import Scope


def cover_terms_of(scope: Scope, fund: str) -> CoverTerms | None:
    """What a fund's owner said that it covers."""
    return stored.COVER_TERMS.get(scope.state, stored.cover_terms_key(fund))


def rate_of(terms: CoverTerms | None, risk: str) -> int | None:
    """The yearly premium for a class of risk; None for one that the fund does not name."""
    return None if terms is None else dict(terms.rates).get(risk)
