"""What the parties of a syndicated facility agree on: its tranches, lenders, fees and majorities.

The digest of the whole is what every party signs. Names are those of the LMA and the LSTA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from ledger import codec, crypto
from ledger.crypto import Digest, Purpose
from lending.fields import (
    Amount,
    AmountOrZero,
    AssetCode,
    Choice,
    Count,
    CycleText,
    DayMs,
    Days,
    Integer,
    Nested,
    OptionalPartyId,
    OptionalSlug,
    Parts,
    PartyAmounts,
    PartyId,
    Rate,
    Several,
    Shape,
    SignedRate,
    Slug,
    Tiers,
    TimeMs,
)

TRANCHES_MAX: Final = 8
LENDERS_MAX: Final = 16


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """A fee by the amount that it is charged on, and who gets which part of it."""

    basis: Annotated[str, Choice(("WHOLE", "MARGINAL"))]
    """WHOLE: the tier that the amount reaches applies to all of it; MARGINAL: each tier applies to
    what lies in it."""
    tiers: Tiers
    """From which amount on, the flat part, the part of the amount in billionths; ascending from 0."""
    agent_parts: Parts
    """How many parts the agent gets."""
    platform_parts: Parts
    """How many parts the platform gets."""
    lender_parts: Parts
    """How many parts the lenders get, among them in the proportion of their commitments."""


FEE_SHAPE = Shape(FeeSchedule)


@dataclass(frozen=True, slots=True)
class TrancheTerms:
    """One tranche as it was agreed."""

    tranche: Slug
    """Its name within the facility."""
    kind: Annotated[str, Choice(("TERM", "MULTI_DRAW", "REVOLVER"))]
    """TERM is drawn once, MULTI_DRAW several times; of a REVOLVER what is repaid is drawn again."""
    commitments: PartyAmounts
    """What each lender commits, in the order that decides between equal remainders."""
    index: OptionalSlug
    """The index of a floating rate; empty for a fixed one."""
    rate: Rate
    """The fixed yearly rate, or the margin over the index, in billionths."""
    index_floor: SignedRate
    """What the index counts at least."""
    rate_cap: Rate
    """The most that index and margin cost together."""
    fixing_lag_days: Days
    """How many days before a period its fixing is taken."""
    commitment_fee_rate: Rate
    """The yearly fee on what is not drawn, in billionths."""
    day_count_convention: Annotated[
        str,
        Choice(("AA", "A360", "A365", "30E360ISDA", "30E360", "28E336", "30360US", "30360BOND")),
    ]
    """How days become parts of a year, for interest and commitment fee."""
    cycle: CycleText
    """How long an interest period is, such as P3ML1; the last ends at maturity."""
    end_of_month_convention: Annotated[str, Choice(("SD", "EOM"))]
    """SD: the same day of each month; EOM: from a month's end to month ends."""
    business_day_convention: Annotated[str, Choice(("NOS", "SCF", "SCMF", "SCP", "SCMP"))]
    """How a period's end on a holiday moves; interest moves with it."""
    calendar: Annotated[str, Choice(("NC", "MF"))]
    """NC: every day is a business day; MF: Monday to Friday."""
    notice_days: Days
    """How many days before its funding a drawdown is requested; 0 funds at once."""
    redemptions: Count
    """In how many equal parts, at the last period ends, the principal falls due; 1 at maturity."""
    available_until_ms: DayMs
    """The day on which undrawn commitments expire."""
    maturity_ms: DayMs
    """The day on which everything falls due."""


TRANCHE_SHAPE = Shape(TrancheTerms)


@dataclass(frozen=True, slots=True)
class FacilityTerms:
    """The whole facility as it was agreed."""

    borrower: PartyId
    """Who borrows."""
    agent: PartyId
    """Who speaks for the lenders."""
    platform: OptionalPartyId
    """Who arranged it and gets the platform's part of fees; empty for nobody."""
    asset: AssetCode
    """The currency."""
    tranches: Annotated[tuple[TrancheTerms, ...], Several(TRANCHE_SHAPE, 1, TRANCHES_MAX)]
    """The tranches."""
    sign_until_ms: TimeMs
    """The last moment to sign; then the offer lapses."""
    arrangement_fee: Annotated[FeeSchedule, Nested(FEE_SHAPE)]
    """Charged once, on all commitments, when the last party has signed."""
    drawdown_fee: Annotated[FeeSchedule, Nested(FEE_SHAPE)]
    """Charged on every amount that is drawn."""
    agency_fee: AmountOrZero
    """The agent's fee for each agency period, charged at its begin."""
    agency_fee_cycle: CycleText
    """How long an agency period is."""
    transfer_consent: Annotated[str, Choice(("NONE", "AGENT", "BORROWER", "BOTH"))]
    """Who must sign when a lender transfers a participation, besides seller and buyer."""
    transfer_fee: AmountOrZero
    """What the buyer of a participation pays the agent."""
    majority_parts: Amount
    """With `majority_whole` the part of the commitments that decides: 2 of 3 for 66 2/3 %."""
    majority_whole: Amount
    """The denominator of that part."""
    voting_days: Annotated[int, Integer(1, 366)]
    """How long a vote is open."""
    failed_funding: Annotated[str, Choice(("OTHERS_FUND", "REDUCE"))]
    """What happens to the part of a lender that does not fund."""
    grace_days: Days
    """How long something may be unpaid before the lenders may accelerate."""


FACILITY_SHAPE = Shape(FacilityTerms)


def tranche_values(terms: TrancheTerms) -> codec.Value:
    """The canonical value of a tranche's terms."""
    return TRANCHE_SHAPE.values(terms)


def facility_values(terms: FacilityTerms) -> tuple[codec.Value, ...]:
    """The canonical values of a facility's terms, in the order of its fields."""
    values: list[codec.Value] = list(FACILITY_SHAPE.values(terms))
    names = tuple(FACILITY_SHAPE.types)
    values[names.index("tranches")] = tuple(tranche_values(each) for each in terms.tranches)
    for name in ("arrangement_fee", "drawdown_fee"):
        values[names.index(name)] = FEE_SHAPE.values(getattr(terms, name))
    return tuple(values)


def facility_from_values(value: object) -> FacilityTerms:
    """The terms of `facility_values`."""
    fields = dict(zip(FACILITY_SHAPE.types, codec.items(value), strict=True))
    fields["tranches"] = tuple(
        TrancheTerms(*codec.items(each)) for each in codec.items(fields["tranches"])
    )
    for name in ("arrangement_fee", "drawdown_fee"):
        fields[name] = FeeSchedule(*codec.items(fields[name]))
    return FacilityTerms(**fields)


def facility_digest(terms: FacilityTerms) -> Digest:
    """The digest of all that the parties agree on: what `sign_facility` must name."""
    return crypto.digest(Purpose.DOCUMENT, codec.encode_array(facility_values(terms)))
