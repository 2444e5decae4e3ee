"""The contract types as data: when each ends, which events it has, what each event does.

To add a contract type is to add one entry of `CONTRACTS`, and the few parts and functions that no
other type has. Source: ACTUS technical specification, section Contract Types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lending.arithmetic import functions as f
from lending.arithmetic import maturities, schedules, schedules_array, schedules_call
from lending.arithmetic.events import EventType
from lending.arithmetic.functions import Payoff, Transition
from lending.arithmetic.maturities import Maturity
from lending.arithmetic.schedules import Part
from lending.arithmetic.terms import ContractType

Functions = Mapping[EventType, tuple[Payoff, Transition]]
"""Event type -> (what it pays, what it changes)."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract type."""

    maturity: Maturity
    """When its cycles end."""
    schedule: tuple[Part, ...]
    """The rows of its schedule."""
    functions: Functions
    """What its events pay and change."""


_COMMON: tuple[Part, ...] = (schedules.agreed_dates, schedules.unscheduled, schedules.fees)
_FLOATING: tuple[Part, ...] = (schedules.rate_resets, schedules.scalings)

_PAM: Functions = {
    EventType.IED: (f.pay_initial_exchange, f.start),
    EventType.FP: (f.pay_fee, f.fee_paid),
    EventType.PP: (f.pay_prepayment, f.prepaid),
    EventType.IP: (f.pay_interest, f.interest_paid),
    EventType.IPCI: (f.pay_nothing, f.capitalized),
    EventType.RRF: (f.pay_nothing, f.rate_reset_fixed),
    EventType.RR: (f.pay_nothing, f.rate_reset),
    EventType.PRD: (f.pay_purchase, f.keep),
    EventType.TD: (f.pay_termination, f.closed),
    EventType.SC: (f.pay_nothing, f.rescaled),
    EventType.MD: (f.pay_maturity, f.closed),
}

_LAM: Functions = {
    **_PAM,
    EventType.PR: (f.pay_redemption, f.redeemed),
    EventType.IPCB: (f.pay_nothing, f.base_set),
}

_NAM: Functions = {**_LAM, EventType.PR: (f.pay_redemption_net, f.redeemed_net)}

_ANN: Functions = {**_NAM, EventType.PRF: (f.pay_nothing, f.payment_fixed)}

_LAX: Functions = {
    **_LAM,
    EventType.PR: (f.pay_step, f.prepaid),
    EventType.PI: (f.pay_increase, f.increased),
}

_CLM: Functions = {
    **_PAM,
    EventType.IP: (f.pay_called_interest, f.called_interest_paid),
    EventType.XD: (f.pay_nothing, f.called),
    EventType.STD: (f.pay_maturity, f.closed),
}

_AMORTIZING: tuple[Part, ...] = (
    *_COMMON,
    *_FLOATING,
    schedules.maturity_payment,
    schedules.redemptions,
    schedules.interest_bases,
)

CONTRACTS: Mapping[ContractType, Contract] = {
    ContractType.PAM: Contract(
        maturities.stated,
        (*_COMMON, *_FLOATING, schedules.maturity_payment, schedules.interest),
        _PAM,
    ),
    ContractType.LAM: Contract(maturities.amortized, (*_AMORTIZING, schedules.interest), _LAM),
    ContractType.NAM: Contract(
        maturities.amortized, (*_AMORTIZING, schedules.interest_with_redemptions), _NAM
    ),
    ContractType.ANN: Contract(
        maturities.amortized,
        (*_AMORTIZING, schedules.interest_with_redemptions, schedules.payment_fixings),
        _ANN,
    ),
    ContractType.LAX: Contract(
        maturities.stepped,
        (
            *_COMMON,
            schedules.scalings,
            schedules.maturity_payment,
            schedules.interest_bases,
            schedules_array.step_redemptions,
            schedules_array.step_interest,
            schedules_array.step_rates,
        ),
        _LAX,
    ),
    ContractType.CLM: Contract(
        maturities.called,
        (
            *_COMMON,
            schedules.rate_resets,
            schedules_call.capitalizations,
            schedules_call.final_payments,
        ),
        _CLM,
    ),
    ContractType.UMP: Contract(
        maturities.open_ended,
        (*_COMMON, schedules.rate_resets, schedules_call.capitalizations),
        _PAM,
    ),
}
"""Contract type -> what it is."""
