"""Contract events: their types, their order at one moment, what is scheduled and what comes out.

Source: ACTUS dictionary, event types and event sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class EventType(Enum):
    """What happens; in the order in which events at the same moment are applied."""

    IED = "IED"
    """Initial exchange: the principal is paid out."""
    FP = "FP"
    """Fee payment."""
    PR = "PR"
    """Principal redemption."""
    PI = "PI"
    """Principal increase: more is lent."""
    PP = "PP"
    """Principal prepayment: an unscheduled redemption."""
    IP = "IP"
    """Interest payment."""
    IPCI = "IPCI"
    """Interest capitalization: interest is added to the notional."""
    RRF = "RRF"
    """Rate reset to a rate that was fixed before."""
    RR = "RR"
    """Rate reset to an observed index."""
    PRF = "PRF"
    """Principal payment fixing: the level payment is computed anew."""
    PRD = "PRD"
    """Purchase of the position."""
    TD = "TD"
    """Termination: sale of the position."""
    SC = "SC"
    """Scaling index revision."""
    IPCB = "IPCB"
    """Interest calculation base is set to the notional."""
    MD = "MD"
    """Maturity: what is left of the principal is paid."""
    XD = "XD"
    """Exercise: a loan on call is called."""
    STD = "STD"
    """Settlement: a loan that was called is repaid."""


PRIORITY = {kind: place for place, kind in enumerate(EventType)}
"""Event type -> its place in the order of events at one moment."""


@dataclass(frozen=True, slots=True)
class Event:
    """One scheduled event."""

    time: datetime
    """When it happens, after any business-day shift."""
    kind: EventType
    """What happens."""
    calculated: datetime
    """Until when interest is counted; before a shift, if the convention calculates first."""
    scheduled: datetime
    """When it would happen if every day were a business day, or when it was decided."""
    value: int = 0
    """What this one event brings along (an amount prepaid, a step of an array), at its own scale."""
    sequence: EventType | None = None
    """The type in whose place it is applied at its moment, where that is not its own."""

    @property
    def order(self) -> tuple[datetime, int]:
        """The sort key: time, then priority."""
        return self.time, PRIORITY[self.sequence or self.kind]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One event that has happened: the line of a schedule."""

    time: datetime
    """When it happened."""
    kind: EventType
    """What happened."""
    payoff: int
    """What was paid to (+) or by (-) the party whose role it is, at the money scale."""
    notional_principal: int
    """The signed notional afterwards, at the money scale."""
    nominal_interest_rate: int
    """The rate afterwards, at the rate scale."""
    accrued_interest: int
    """The signed interest accrued and not yet paid afterwards, at the accrual scale."""
