"""The terms of a loan, named and meant as in the ACTUS dictionary, as exact integers and times.

Terms describe; they do not compute. `terms_json` reads them from ACTUS JSON and writes them back.
Amounts, rates, multipliers and index values are integers at the terms' own `scale`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lending.arithmetic.calendar import NO_CALENDAR, BusinessDay, Calendar
from lending.arithmetic.cycle import Cycle
from lending.arithmetic.daycount import DayCount
from lending.arithmetic.money import FINE, Scale


class ContractType(Enum):
    """The ACTUS contract types that the engine runs."""

    PAM = "PAM"
    """Principal at maturity: a bullet loan."""
    LAM = "LAM"
    """Linear amortizer: equal redemptions, interest on top."""
    NAM = "NAM"
    """Negative amortizer: a fixed payment from which interest is taken first, whatever is left."""
    ANN = "ANN"
    """Annuity: a level payment, fixed anew when the rate changes."""
    LAX = "LAX"
    """Exotic linear amortizer: steps of redemptions, increases and rates, listed one by one."""
    CLM = "CLM"
    """Call money: repaid when it is called, after a notice; interest is capitalized until then."""
    UMP = "UMP"
    """Undefined maturity: an account whose interest is capitalized for as long as it is open."""


class Role(Enum):
    """Whose books the signs are written for."""

    RPA = "RPA"
    """The lender's: what is owed is positive."""
    RPL = "RPL"
    """The borrower's: what is owed is negative."""

    @property
    def sign(self) -> int:
        """+1 for a claim, -1 for an obligation."""
        return 1 if self is Role.RPA else -1


class InterestBase(Enum):
    """The amount on which interest accrues."""

    NT = "NT"
    """The outstanding notional."""
    NTIED = "NTIED"
    """A fixed amount: the notional at the initial exchange, or the stated base amount."""
    NTL = "NTL"
    """The outstanding notional as it was at the last date of the base's own cycle."""


class FeeBasis(Enum):
    """How a fee rate is meant."""

    A = "A"
    """An absolute amount for each fee period."""
    N = "N"
    """A yearly rate on the outstanding notional."""


class Step(Enum):
    """What a step of an exotic amortizer does to the principal."""

    INC = "INC"
    """More is lent."""
    DEC = "DEC"
    """Principal is redeemed."""


class RateStep(Enum):
    """How the rate of a step is known."""

    FIX = "FIX"
    """It is the stated rate."""
    VAR = "VAR"
    """It is the index plus the stated spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One loan contract."""

    contract_type: ContractType
    """Which contract type's events and functions apply."""
    contract_id: str = ""
    """The name that the parties gave the contract."""
    contract_role: Role = Role.RPA
    """The side from which amounts are signed."""
    contract_deal_date: datetime | None = None
    """When the parties agreed; of no effect on the schedule."""
    status_date: datetime
    """The time that the terms describe; events before it have happened."""
    currency: str = ""
    """The currency or asset of every amount."""
    scale: Scale = FINE
    """The decimal places of amounts and of rates: fine for a quote, minor units for a bill."""

    notional_principal: int
    """The amount lent, or outstanding at the status date; never negative."""
    initial_exchange_date: datetime
    """When the principal is paid out and interest starts."""
    premium_discount_at_ied: int = 0
    """Added to the amount paid out; a discount is negative."""
    maturity_date: datetime | None = None
    """When everything still owed is paid; if absent it follows from the redemptions."""
    amortization_date: datetime | None = None
    """When an annuity would be paid down to nothing, if that is later than its maturity."""

    nominal_interest_rate: int | None = None
    """The yearly rate; None for a loan without interest."""
    day_count_convention: DayCount = DayCount.A365
    """How days become parts of a year."""
    accrued_interest: int | None = None
    """Interest already accrued at the status date, if it is stated."""
    cycle_anchor_date_of_interest_payment: datetime | None = None
    """The first interest date; one cycle after the initial exchange if absent."""
    cycle_of_interest_payment: Cycle | None = None
    """How often interest is paid; at maturity alone if neither anchor nor cycle is given."""
    capitalization_end_date: datetime | None = None
    """Until then interest is added to the notional instead of being paid."""

    cycle_anchor_date_of_principal_redemption: datetime | None = None
    """The first redemption date; one cycle after the initial exchange if absent."""
    cycle_of_principal_redemption: Cycle | None = None
    """How often principal is redeemed."""
    next_principal_redemption_payment: int | None = None
    """Principal of each redemption (LAM) or the whole payment (NAM, ANN); computed if absent."""

    interest_calculation_base: InterestBase = InterestBase.NT
    """The amount on which interest accrues."""
    interest_calculation_base_amount: int | None = None
    """The base at the initial exchange, where it is not the notional."""
    cycle_anchor_date_of_interest_calculation_base: datetime | None = None
    """The first date at which an NTL base is set to the outstanding notional."""
    cycle_of_interest_calculation_base: Cycle | None = None
    """How often an NTL base is set anew."""

    cycle_anchor_date_of_rate_reset: datetime | None = None
    """The first rate reset; one cycle after the initial exchange if only the cycle is given."""
    cycle_of_rate_reset: Cycle | None = None
    """How often the rate is reset."""
    market_object_code_of_rate_reset: str = ""
    """The index that a reset observes."""
    rate_multiplier: int | None = None
    """The observed index is multiplied by this; 1 if absent."""
    rate_spread: int = 0
    """Added to the multiplied index."""
    next_reset_rate: int | None = None
    """The rate of the first reset after the status date, if it is fixed already."""
    fixing_days: Cycle | None = None
    """How long before a reset its rate is known; observations are dated by the reset they are for."""
    period_cap: int | None = None
    """The most that one reset may raise the rate."""
    period_floor: int | None = None
    """The least change of one reset: the negative of the most that it may lower the rate."""
    life_cap: int | None = None
    """The highest rate after any reset."""
    life_floor: int | None = None
    """The lowest rate after any reset."""

    market_object_code_of_scaling_index: str = ""
    """The index by which payments are scaled."""
    scaling_index_at_contract_deal_date: int | None = None
    """The index value that counts as 1."""
    notional_scaling_multiplier: int | None = None
    """The scaling of principal payments at the status date; 1 if absent."""
    interest_scaling_multiplier: int | None = None
    """The scaling of interest payments at the status date; 1 if absent."""
    cycle_anchor_date_of_scaling_index: datetime | None = None
    """The first scaling date."""
    cycle_of_scaling_index: Cycle | None = None
    """How often the scaling is set anew."""
    scaling_effect: str = "OOO"
    """What is scaled: an I in first place is interest, an N in second place principal."""

    fee_rate: int | None = None
    """The fee: an amount (basis A, at the money scale) or a yearly rate (basis N)."""
    fee_basis: FeeBasis = FeeBasis.N
    """How the fee rate is meant."""
    fee_accrued: int | None = None
    """The fee already accrued at the status date."""
    cycle_anchor_date_of_fee: datetime | None = None
    """The first fee date; one cycle after the initial exchange if only the cycle is given."""
    cycle_of_fee: Cycle | None = None
    """How often the fee is paid."""

    purchase_date: datetime | None = None
    """When the position was bought; earlier events concern the seller."""
    price_at_purchase_date: int = 0
    """The price then, without accrued interest."""
    termination_date: datetime | None = None
    """When the position is sold; nothing happens afterwards."""
    price_at_termination_date: int = 0
    """The price then, without accrued interest."""

    x_day_notice: Cycle | None = None
    """The notice between the call of a loan and its repayment; None if it is repaid at once."""

    array_cycle_anchor_date_of_principal_redemption: tuple[datetime, ...] = ()
    """Where each step of redemptions or increases begins, ascending (LAX)."""
    array_cycle_of_principal_redemption: tuple[Cycle, ...] = ()
    """The cycle of each step, one for all, or none where each step is one payment."""
    array_next_principal_redemption_payment: tuple[int, ...] = ()
    """The amount of every payment of each step."""
    array_increase_decrease: tuple[Step, ...] = ()
    """Whether each step lends more or redeems."""
    array_cycle_anchor_date_of_interest_payment: tuple[datetime, ...] = ()
    """Where each step of interest payments begins, ascending (LAX)."""
    array_cycle_of_interest_payment: tuple[Cycle, ...] = ()
    """The cycle of each step of interest payments, one for all, or none."""
    array_cycle_anchor_date_of_rate_reset: tuple[datetime, ...] = ()
    """Where each step of rates begins, ascending (LAX)."""
    array_cycle_of_rate_reset: tuple[Cycle, ...] = ()
    """The cycle of each step of rates, one for all, or none."""
    array_rate: tuple[int, ...] = ()
    """The rate of each fixed step, the spread over the index of each variable one."""
    array_fixed_variable: tuple[RateStep, ...] = ()
    """Whether the rate of each step is fixed or follows the index."""

    calendar: Calendar = NO_CALENDAR
    """Which days are business days."""
    business_day_convention: BusinessDay = BusinessDay.NOS
    """What happens to events on other days."""
    end_of_month: bool = False
    """Whether a cycle anchored at a month's end stays at month ends (EOM) or keeps the day (SD)."""
