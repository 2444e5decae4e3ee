"""How an agreement comes about: applications of borrowers and the offers of lenders on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lending.fields import (
    Amount,
    AmountOrZero,
    AssetCode,
    Count,
    Nested,
    OptionalAssetCode,
    PartyId,
    PartyIds,
    PurposeCode,
    Slug,
    TermsDigest,
    TimeMs,
    Version,
)
from lending.terms import TERM_SHEET_SHAPE, TermSheet


@dataclass(frozen=True, slots=True)
class OpenApplication:
    """A borrower asks lenders for offers."""

    application: Slug
    """The name of the application among those of its borrower; never reused."""
    product: Slug
    """The product that is asked for."""
    version: Version
    """Its version."""
    asset: AssetCode
    """The currency."""
    amount: Amount
    """The most that is asked for."""
    installments: Count
    """In how many installments the borrower would like to repay; offers may differ."""
    purpose: PurposeCode
    """What the money is for."""
    collateral_asset: OptionalAssetCode
    """What the borrower would pledge; empty where the product asks for no collateral."""
    collateral_amount: AmountOrZero
    """How much of it; nothing where there is none."""
    lenders: PartyIds
    """Who may offer; empty for every member and desk."""
    until_ms: TimeMs
    """The application lapses at this time."""


@dataclass(frozen=True, slots=True)
class OfferOnApplication:
    """A lender offers terms, bound by its signature until the offer ends."""

    application: Slug
    """The application of the borrower of the terms."""
    terms: Annotated[TermSheet, Nested(TERM_SHEET_SHAPE)]
    """What is offered; a newer offer of the lender replaces its older one."""
    valid_until_ms: TimeMs
    """The offer expires at this time."""


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """The borrower accepts one offer: it becomes an agreement, and the other offers end."""

    application: Slug
    """The application of the sender."""
    lender: PartyId
    """Whose offer."""
    agreement: Slug
    """The name of the agreement, and of its loan."""
    terms_digest: TermsDigest
    """The digest of the offered terms and the product's template."""


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """A lender takes its offer back."""

    borrower: PartyId
    """Whose application."""
    application: Slug
    """The application."""


@dataclass(frozen=True, slots=True)
class WithdrawApplication:
    """The borrower ends its application, and so all offers on it."""

    application: Slug
    """The application."""


@dataclass(frozen=True, slots=True)
class RetireProduct:
    """Every member that signed wants a version offered no longer; at a quorum it is not."""

    product: Slug
    """The product's name."""
    version: Version
    """An active version."""


@dataclass(frozen=True, slots=True)
class FormGroup:
    """Borrowers form a group whose members answer for each other; all of them sign."""

    group: Slug
    """The group's name, never reused."""
    borrowers: PartyIds
    """Two or more, who are its members."""


@dataclass(frozen=True, slots=True)
class BindToGroup:
    """All members of a group take on the whole of a loan that one of them will draw."""

    group: Slug
    """The group."""
    agreement: Slug
    """A concluded agreement of a member."""


@dataclass(frozen=True, slots=True)
class SettleRecourse:
    """The sender gives back what another member paid for it."""

    group: Slug
    """The group."""
    payer: PartyId
    """Who paid for the sender."""
    asset: AssetCode
    """In what."""
    amount: Amount
    """The most that is to be given back."""


OriginationCommand = (
    OpenApplication
    | OfferOnApplication
    | AcceptOffer
    | WithdrawOffer
    | WithdrawApplication
    | RetireProduct
    | FormGroup
    | BindToGroup
    | SettleRecourse
)

ORIGINATION_COMMANDS: tuple[type[OriginationCommand], ...] = (
    OpenApplication, OfferOnApplication, AcceptOffer, WithdrawOffer, WithdrawApplication,
    RetireProduct, FormGroup, BindToGroup, SettleRecourse,
)  # fmt: skip
"""In the order of the documentation."""
