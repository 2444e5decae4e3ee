"""The commands of compliance: officers and freezes, limits, eligibility, exposures, reporting.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from lending.commands.credit import Class
from lending.fields import (
    AMOUNT_MAX,
    NAMES_MAX,
    RATE_UNIT,
    AmountOrZero,
    AssetCode,
    Choice,
    Integer,
    Names,
    OptionalAssetCode,
    OptionalSlug,
    PartyId,
    PartyIds,
    Rows,
    Slug,
    TermsDigest,
    Text,
    TimeMs,
)

YesNo = Annotated[str, Choice(("YES", "NO"))]
"""YES or NO."""
COUNTRY: Final = Text(re.compile(r"[A-Z]{2}"), "a country of two letters")
ASSET_TEXT: Final = Text(re.compile(r"[A-Z][A-Z0-9]{1,11}"), "an asset code")
PaymentLimits = Annotated[
    tuple[tuple[str, int, int], ...],
    Rows((ASSET_TEXT, Integer(0, AMOUNT_MAX), Integer(0, AMOUNT_MAX)), 0, NAMES_MAX),
]
"""Rows of asset, the most of one payment, the most of a day."""


@dataclass(frozen=True, slots=True)
class AppointOfficer:
    """A quorum of members lets somebody freeze until a day; a time that is over dismisses it."""

    officer: PartyId
    """Who."""
    until_ms: TimeMs
    """Until when; 0 to dismiss."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """An officer, or a quorum of members, stops what a party pays out; what it owes it goes on paying."""

    party: PartyId
    """Who."""
    asset: OptionalAssetCode
    """What of it; empty for the party as a whole."""
    amount: AmountOrZero
    """How much must stay; 0 for all."""
    reference: TermsDigest
    """The digest of the order."""


@dataclass(frozen=True, slots=True)
class Unfreeze:
    """An officer ends a freeze of an officer; a quorum of members ends any."""

    party: PartyId
    """Who."""
    asset: OptionalAssetCode
    """What was frozen; empty for the party as a whole."""
    reference: TermsDigest
    """The digest of the order that lifts it."""


@dataclass(frozen=True, slots=True)
class SetPartyLimits:
    """The sponsor, or a quorum of members, says what a party may do; a vote binds the sponsor."""

    party: PartyId
    """Who."""
    may_lend: YesNo
    """Whether it may make new loans."""
    may_borrow: YesNo
    """Whether it may take new loans."""
    limits: PaymentLimits
    """The most of a payment and of a day, per asset; no row, no limit."""


@dataclass(frozen=True, slots=True)
class SetEligibility:
    """A quorum of members says who may take a product, a facility or a pool's money."""

    kind: Annotated[str, Choice(("PRODUCT", "FACILITY", "POOL"))]
    """Of what."""
    subject: OptionalSlug
    """Which one; empty for all of the kind that have no rule of their own."""
    kyc_level: Class
    """The least level of a verified identity; 0 asks for none."""
    jurisdictions: Annotated[tuple[str, ...], Names(COUNTRY, 0, NAMES_MAX)]
    """Where the party must be at home; none for anywhere."""


@dataclass(frozen=True, slots=True)
class SetGroup:
    """A quorum of members says which parties are one risk; none dissolves the group."""

    group: Slug
    """The group."""
    parties: PartyIds
    """Who belongs to it; a party is in one group at most."""


@dataclass(frozen=True, slots=True)
class SetExposureLimit:
    """A quorum of members bounds what is lent; asked whenever money is drawn."""

    kind: Annotated[str, Choice(("BORROWER", "GROUP", "LENDER", "ASSET"))]
    """BORROWER and GROUP: what it owes; ASSET: what everybody owes; LENDER: to one borrower."""
    subject: OptionalSlug
    """Whose limit; empty for all that have none of their own, and for ASSET."""
    asset: AssetCode
    """In which asset."""
    limit: AmountOrZero
    """The most that may be owed; 0 for no such limit."""
    share: Annotated[int, Integer(0, RATE_UNIT)]
    """LENDER: the largest part of its book that one borrower may owe, in billionths; 0 for none."""


@dataclass(frozen=True, slots=True)
class SetReporting:
    """A quorum of members says from which amount on a movement is reported."""

    asset: AssetCode
    """Of which asset."""
    threshold: AmountOrZero
    """From which amount on; 0 for none."""


ComplianceCommand = (
    AppointOfficer
    | Freeze
    | Unfreeze
    | SetPartyLimits
    | SetEligibility
    | SetGroup
    | SetExposureLimit
    | SetReporting
)

COMPLIANCE_COMMANDS: Final[tuple[type[ComplianceCommand], ...]] = (
    AppointOfficer, Freeze, Unfreeze, SetPartyLimits, SetEligibility, SetGroup, SetExposureLimit,
    SetReporting,
)  # fmt: skip
"""In the order of the documentation."""
