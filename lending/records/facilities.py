"""The records of facilities, votes and indices; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter

from ledger import codec
from lending.records import RecordCodec, pair, word
from lending.terms.facilities import FacilityTerms, facility_from_values, facility_values


class FacilityStatus(StrEnum):
    """Where a facility is in its life."""

    OFFERED = "OFFERED"
    """Not all parties have signed."""
    EFFECTIVE = "EFFECTIVE"
    """All have signed."""
    CLOSED = "CLOSED"
    """Nothing is committed and nothing owed any more."""
    WITHDRAWN = "WITHDRAWN"
    """A party did not want it."""
    LAPSED = "LAPSED"
    """Its time was over before all had signed."""


class AmendmentStatus(StrEnum):
    """Where a vote is in its life."""

    OPEN = "OPEN"
    """Votes are counted."""
    CARRIED = "CARRIED"
    """The majority was reached; the clock executes it in the next block."""
    EXECUTED = "EXECUTED"
    """It is in force."""
    FAILED = "FAILED"
    """Its time was over, it was voted down, or it could not be executed any more."""


@dataclass(frozen=True, slots=True)
class Index:
    """A rate that others are derived from."""

    name: str
    """The unique name."""
    sources: tuple[str, ...]
    """Who may report."""
    quorum: int
    """How many reports publish a fixing."""
    correction_days: int
    """How long a published fixing may be corrected."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What sources said of a day, until a quorum has spoken."""

    values: tuple[tuple[str, int], ...]
    """Each source and its value, in the order of arrival."""


@dataclass(frozen=True, slots=True)
class Fixing:
    """What was published of an index for a day."""

    history: tuple[tuple[int, int], ...]
    """When which median was published, in billionths a year: first, and with each correction."""

    @property
    def value(self) -> int:
        """What it is now."""
        return self.history[-1][1]

    @property
    def first_ms(self) -> int:
        """When it was published first."""
        return self.history[0][0]

    def value_before(self, time_ms: int) -> int:
        """What it was before a time; what was published first, if that came later."""
        known = [value for published_ms, value in self.history if published_ms < time_ms]
        return known[-1] if known else self.history[0][1]


@dataclass(frozen=True, slots=True)
class Share:
    """What one lender has in a tranche."""

    lender: str
    """Who."""
    commitment: int
    """What it has committed, what is drawn of it included."""
    outstanding: int
    """Principal that it is owed."""
    principal_due: int
    """What of that has fallen due."""
    interest_due: int
    """Interest that has fallen due."""
    fees_due: int
    """Commitment fee that has fallen due."""
    interest_base: int
    """Its principal of each day of the running period, times the day's part of a year."""
    undrawn_base: int
    """The same of what was not drawn."""
    deferred: int
    """Interest that a payment holiday has put off."""


@dataclass(frozen=True, slots=True)
class Tranche:
    """One tranche as it stands."""

    name: str
    """Its name within the facility."""
    rate: int
    """The fixed rate or the margin now."""
    next_rate: int
    """What it is from the next period on."""
    maturity_ms: int
    """The day on which everything falls due."""
    shares: tuple[Share, ...]
    """Who lends; the order decides between equal remainders."""
    period_start_ms: int
    """The first day of the running interest period."""
    period_end_ms: int
    """The day on which it ends; 0 if there is no further one."""
    accrued_to_ms: int
    """The day up to which the bases are counted."""
    fixing_ms: int
    """The day whose fixing the running period uses; 0 for none yet."""
    is_available: bool
    """Whether it may be drawn."""
    holiday: int
    """How many period ends a payment holiday still covers."""
    requested: int
    """What is to be drawn after its notice; 0 for nothing."""
    requested_ms: int
    """When."""


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility as it stands."""

    name: str
    """The unique name."""
    status: FacilityStatus
    """Where it is in its life."""
    signed: tuple[str, ...]
    """Who has signed, in the order of signing."""
    terms: FacilityTerms
    """What was agreed."""
    terms_digest: bytes
    """The digest of the terms."""
    start_ms: int
    """The day on which the last party signed; periods are counted from it."""
    tranches: tuple[Tranche, ...]
    """The tranches, in the order of the terms."""
    claims: tuple[tuple[str, int], ...]
    """Arrangement, drawdown and agency fees that are due, and to whom."""
    bills: tuple[tuple[int, int], ...]
    """When something fell due and what of it is unpaid, the oldest first."""
    defaulting: tuple[str, ...]
    """Lenders that did not fund: they get no commitment fee, and their votes do not count."""
    agency_due_ms: int
    """When the next agency period begins; 0 if there is none."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A vote of the lenders."""

    name: str
    """The name, unique within the facility."""
    matter: str
    """What is voted on."""
    tranche: str
    """The tranche it is about, or nothing."""
    value: int
    """What is to become of it."""
    status: AmendmentStatus
    """Where it is in its life."""
    open_until_ms: int
    """When the vote ends."""
    electorate: tuple[tuple[str, int], ...]
    """Who held how much when the vote was called."""
    votes_for: tuple[str, ...]
    """Lenders that voted for it."""
    votes_against: tuple[str, ...]
    """Lenders that voted against it."""
    is_consented: bool
    """Whether the borrower agrees."""


_SHARE_VALUES = attrgetter(*(field.name for field in fields(Share)))
_TRANCHE_VALUES = attrgetter(*(field.name for field in fields(Tranche)))
_SHARES_AT = tuple(field.name for field in fields(Tranche)).index("shares")


def _tranche_outward(tranche: Tranche) -> tuple[object, ...]:
    values = list(_TRANCHE_VALUES(tranche))
    values[_SHARES_AT] = tuple(_SHARE_VALUES(share) for share in tranche.shares)
    return tuple(values)


def _tranche_inward(value: object) -> Tranche:
    values = list(codec.items(value))
    values[_SHARES_AT] = tuple(
        Share(*codec.items(each)) for each in codec.items(values[_SHARES_AT])
    )
    return Tranche(*values)


def _tranches_outward(tranches: tuple[Tranche, ...]) -> object:
    return tuple(_tranche_outward(tranche) for tranche in tranches)


def _tranches_inward(value: object) -> tuple[Tranche, ...]:
    return tuple(_tranche_inward(each) for each in codec.items(value))


INDEX = RecordCodec(Index)
REPORTS = RecordCodec(Reports)
FIXING = RecordCodec(Fixing)
FACILITY = RecordCodec(
    Facility,
    status=word(FacilityStatus),
    terms=pair(facility_values, facility_from_values),
    tranches=pair(_tranches_outward, _tranches_inward),
)
AMENDMENT = RecordCodec(Amendment, status=word(AmendmentStatus))
