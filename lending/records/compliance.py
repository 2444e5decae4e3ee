"""The records of compliance; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass

from lending.records import RecordCodec


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules there are at all: one read tells a transaction that there are none."""

    frozen: int
    """How many parties have something frozen."""
    has_limits: bool
    """Whether a party was ever given limits."""
    has_eligibility: bool
    """Whether eligibility was ever asked for."""
    has_exposures: bool
    """Whether exposures were ever limited."""
    has_policies: bool
    """Whether a product ever had a policy by grade."""
    thresholds: tuple[tuple[str, int], ...]
    """From which amount of an asset on a movement is reported."""
    reports: int
    """How many reports were made."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What of a party is frozen."""

    rows: tuple[tuple[str, int, bool, bytes, int], ...]
    """Asset (empty: all), amount (0: all), whether by vote, the order's digest, since when."""


@dataclass(frozen=True, slots=True)
class PartyLimits:
    """What a party may do."""

    may_lend: bool
    """Whether it may make new loans."""
    may_borrow: bool
    """Whether it may take new loans."""
    rows: tuple[tuple[str, int, int], ...]
    """Asset, the most of one payment, the most of a day."""
    is_by_vote: bool
    """Whether members voted it, so that the sponsor cannot change it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a party paid out of an asset on a day, of its own will."""

    day_ms: int
    """The day."""
    total: int
    """All of it."""
    small: int
    """What of it was below the reporting threshold."""
    count: int
    """In how many payments."""
    is_reported: bool
    """Whether the day was reported as structured."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may take a product, a facility or a pool's money."""

    kyc_level: int
    """The least level of a verified identity."""
    jurisdictions: tuple[str, ...]
    """Where it must be at home; none for anywhere."""


@dataclass(frozen=True, slots=True)
class Group:
    """Parties that are one risk."""

    parties: tuple[str, ...]
    """Who belongs to it."""


@dataclass(frozen=True, slots=True)
class ExposureLimit:
    """The most that may be owed."""

    limit: int
    """As an amount; 0 for none."""
    share: int
    """As a part of the lender's book, in billionths; 0 for none."""


@dataclass(frozen=True, slots=True)
class MovementReport:
    """A movement that members wanted to hear of."""

    kind: str
    """LARGE, or STRUCTURED: several below the threshold that together reach it within a day."""
    party: str
    """Who paid, or received from outside."""
    asset: str
    """What."""
    amount: int
    """How much; of the day, if structured."""
    time_ms: int
    """When."""
    reason: str
    """Why it was posted."""
    reference: str
    """What it was posted for."""


RULES = RecordCodec(Rules)
FROZEN = RecordCodec(Frozen)
LIMITS = RecordCodec(PartyLimits)
SPENT = RecordCodec(Spent)
ELIGIBILITY = RecordCodec(Eligibility)
GROUP = RecordCodec(Group)
EXPOSURE = RecordCodec(ExposureLimit)
MOVEMENT = RecordCodec(MovementReport)
