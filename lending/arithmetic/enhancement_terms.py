"""The terms of credit enhancements, guarantees (CEG) and collateral (CEC), as in the ACTUS dictionary.

Terms describe; `enhancement` computes. Amounts, rates and quantities are integers at the terms' `scale`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lending.arithmetic.calendar import NO_CALENDAR, BusinessDay, Calendar
from lending.arithmetic.cycle import Cycle
from lending.arithmetic.daycount import DayCount
from lending.arithmetic.money import FINE, Scale
from lending.arithmetic.terms import FeeBasis, Terms


class EnhancementType(Enum):
    """The ACTUS contract types that stand behind other contracts."""

    CEG = "CEG"
    """Guarantee: the guarantor pays the covered exposure on a credit event."""
    CEC = "CEC"
    """Collateral: the covering assets pay it, as far as they go."""


class Side(Enum):
    """Whose books the signs are written for."""

    BUY = "BUY"
    """The protected party's: cover is positive."""
    SEL = "SEL"
    """The protecting party's: cover is negative."""

    @property
    def sign(self) -> int:
        """+1 for the protected party, -1 for the protecting one."""
        return 1 if self is Side.BUY else -1


class Exposure(Enum):
    """What of a covered contract is covered."""

    NO = "NO"
    """Its notional."""
    NI = "NI"
    """Its notional and the interest accrued."""
    MV = "MV"
    """Its market value."""


class Performance(Enum):
    """How a contract performs, from well to worst."""

    PF = "PF"
    """Performing."""
    DL = "DL"
    """Delayed."""
    DQ = "DQ"
    """Delinquent."""
    DF = "DF"
    """In default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlying:
    """One contract or asset that an enhancement covers, or with which it covers."""

    identifier: str
    """The name by which credit events refer to it."""
    terms: Terms | None = None
    """What it pays, for a contract that this engine can run; None for an asset or a mere reference."""
    market_object_code: str = ""
    """The observed price or market value of one unit."""
    quantity: int | None = None
    """How many units, at the rate scale; 1 if absent."""


@dataclass(frozen=True, slots=True)
class CreditEvent:
    """A covered contract was observed to perform in a new way."""

    time: datetime
    """When."""
    identifier: str
    """Which contract."""
    performance: Performance
    """How it performs since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnhancementTerms:
    """One guarantee or collateral contract."""

    contract_type: EnhancementType
    """Who pays on a credit event: a guarantor or the collateral."""
    contract_id: str = ""
    """The name that the parties gave the contract."""
    contract_role: Side = Side.BUY
    """The side from which amounts are signed."""
    contract_deal_date: datetime | None = None
    """When the parties agreed; of no effect on the schedule."""
    status_date: datetime
    """The time that the terms describe; events before it have happened."""
    currency: str = ""
    """The currency or asset of every amount."""
    scale: Scale = FINE
    """The decimal places of amounts and of rates."""

    covered: tuple[Underlying, ...]
    """What is protected: the exposures."""
    covering: tuple[Underlying, ...] = ()
    """What protects (CEC)."""
    coverage: int | None = None
    """The part of the exposure that is covered, as a rate; 1 if absent."""
    exposure: Exposure = Exposure.NO
    """What of each covered contract counts."""
    credit_events: tuple[Performance, ...] = (Performance.DF,)
    """The performances at which the enhancement is called, each for itself."""
    notional_principal: int | None = None
    """The exposure, where it is agreed and does not follow the covered contracts."""
    maturity_date: datetime | None = None
    """When cover ends; with the last event of the covered contracts if absent."""
    settlement_period: Cycle | None = None
    """The time between call and settlement; None for the same day."""

    purchase_date: datetime | None = None
    """When cover was bought (CEG)."""
    price_at_purchase_date: int = 0
    """The price then."""
    termination_date: datetime | None = None
    """When cover is sold or given back; nothing happens afterwards."""
    price_at_termination_date: int = 0
    """The price then."""

    fee_rate: int | None = None
    """The fee of a period (basis A, at the money scale) or its yearly rate (basis N)."""
    fee_basis: FeeBasis = FeeBasis.N
    """How the fee rate is meant."""
    fee_accrued: int | None = None
    """The fee already accrued at the status date."""
    cycle_anchor_date_of_fee: datetime | None = None
    """The first fee date; one cycle after the purchase if only the cycle is given."""
    cycle_of_fee: Cycle | None = None
    """How often the fee is paid."""
    day_count_convention: DayCount = DayCount.A365
    """How days become parts of a year, or of a fee period."""

    calendar: Calendar = NO_CALENDAR
    """Which days are business days."""
    business_day_convention: BusinessDay = BusinessDay.NOS
    """What happens to events on other days."""
    end_of_month: bool = False
    """Whether a cycle anchored at a month's end stays at month ends."""
