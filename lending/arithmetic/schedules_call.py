"""Schedules of loans without a fixed end (CLM, UMP): capitalized interest, calls and settlement.

Source: ACTUS technical specification, sections Call Money and Undefined Maturity Profile.
"""

from __future__ import annotations

from datetime import datetime

from lending.arithmetic.calendar import shift
from lending.arithmetic.cycle import Recurrence
from lending.arithmetic.events import Event, EventType
from lending.arithmetic.schedules import Life, events_at
from lending.arithmetic.terms import Terms


def capitalizations(life: Life) -> list[Event]:
    """IPCI: interest joins the notional at every interest date before the end."""
    terms = life.terms
    if terms.nominal_interest_rate is None or terms.cycle_of_interest_payment is None:
        return []
    anchor = terms.cycle_anchor_date_of_interest_payment or terms.initial_exchange_date
    dates = Recurrence(anchor, terms.cycle_of_interest_payment, 0, terms.end_of_month)
    return events_at(terms, dates.times(life.matures), EventType.IPCI)


def final_payments(life: Life) -> list[Event]:
    """IP and MD at a stated maturity, which keeps its date; IP and STD after the notice of a call.

    Interest stops at the call: the notice bears none.
    """
    terms = life.terms
    if terms.maturity_date is not None:
        end = terms.maturity_date
        counted = shift(end, terms.business_day_convention, terms.calendar)[1]
        return [Event(end, kind, counted, end) for kind in (EventType.IP, EventType.MD)]
    if all(each.kind is not EventType.XD for each in life.observed.events):
        return []
    call = life.matures
    settled = _after_notice(terms, call)
    return [
        Event(settled, EventType.IP, call, call, sequence=EventType.STD),
        Event(settled, EventType.STD, call, call),
    ]


def _after_notice(terms: Terms, call: datetime) -> datetime:
    if terms.x_day_notice is None:
        return call
    return terms.x_day_notice.time(call, 1, end_of_month=False)
