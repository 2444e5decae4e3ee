"""The inner state of a contract between two events, and what it is at the status date.

Source: ACTUS technical specification, section Contract State Variables.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class State(NamedTuple):
    """What a contract knows of itself. Amounts carry the sign of the contract role.

    A named tuple and not a dataclass: a schedule makes two or three of them per event, and its
    `_replace` takes a quarter of the time of `dataclasses.replace`.
    """

    time: datetime
    """The time to which interest and fees have been counted."""
    maturity: datetime
    """When the contract matures."""
    notional: int
    """The outstanding notional."""
    rate: int
    """The yearly rate in force."""
    accrued_interest: int
    """Interest earned since it was last paid or capitalized, at the accrual scale."""
    interest_base: int
    """The amount on which interest accrues."""
    payment: int
    """The next redemption (LAM) or whole payment (NAM, ANN), without sign."""
    accrued_fee: int
    """The fee earned since it was last paid, at the accrual scale."""
    exercise_amount: int
    """Interest fixed by the call of a loan and due after the notice, at the accrual scale."""
    notional_scaling: int
    """The factor on principal payments, at the rate scale."""
    interest_scaling: int
    """The factor on interest payments, at the rate scale."""
