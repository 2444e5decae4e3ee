"""The records of applications and offers; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lending.records import TERM_SHEET_PAIR, RecordCodec, word
from lending.terms import TermSheet


class ApplicationStatus(StrEnum):
    """Where an application is in its life."""

    OPEN = "OPEN"
    """Lenders may offer."""
    ACCEPTED = "ACCEPTED"
    """The borrower accepted an offer."""
    WITHDRAWN = "WITHDRAWN"
    """The borrower ended it."""
    LAPSED = "LAPSED"
    """Its time was over."""


class OfferEnd(StrEnum):
    """Why an offer ended."""

    ACCEPTED = "ACCEPTED"
    """The borrower accepted it."""
    OTHER_ACCEPTED = "OTHER_ACCEPTED"
    """The borrower accepted another one."""
    REPLACED = "REPLACED"
    """Its lender made a newer one."""
    WITHDRAWN = "WITHDRAWN"
    """Its lender took it back."""
    EXPIRED = "EXPIRED"
    """Its time was over; it is never later than that of the application."""
    APPLICATION_WITHDRAWN = "APPLICATION_WITHDRAWN"
    """The borrower ended the application."""


@dataclass(frozen=True, slots=True)
class Application:
    """What a borrower asks for."""

    borrower: str
    """Who asks."""
    name: str
    """The name, unique among those of the borrower."""
    status: ApplicationStatus
    """Where it is in its life."""
    product: str
    """The product."""
    version: int
    """Its version."""
    asset: str
    """The currency."""
    amount: int
    """The most that is asked for."""
    installments: int
    """In how many installments the borrower would like to repay."""
    purpose: str
    """What the money is for."""
    collateral_asset: str
    """What would be pledged."""
    collateral_amount: int
    """How much of it."""
    lenders: tuple[str, ...]
    """Who may offer; empty for all."""
    until_ms: int
    """When it lapses."""
    offers: tuple[str, ...]
    """The lenders of the open offers, the oldest offer first."""
    agreement: str
    """What came of it; empty if nothing did."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a lender offers; an offer that ended has no record."""

    application: str
    """The application; its borrower is that of the terms."""
    terms: TermSheet
    """What is offered."""
    terms_digest: bytes
    """The digest of the terms and the product's template."""
    valid_until_ms: int
    """When it expires."""
    made_ms: int
    """The time of the block that took it."""


APPLICATION = RecordCodec(Application, status=word(ApplicationStatus))
OFFER = RecordCodec(Offer, terms=TERM_SHEET_PAIR)
