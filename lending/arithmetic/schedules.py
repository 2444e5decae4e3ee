"""Which events a contract has and when: the rows of the ACTUS contract schedules.

Each `Part` is one row; `contracts` says which contract type has which. Cyclic times are made without
regard to holidays and shifted last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lending.arithmetic.calendar import shift
from lending.arithmetic.cycle import Recurrence, recurrence
from lending.arithmetic.dates import ONE_DAY
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import Event, EventType
from lending.arithmetic.market import Observations
from lending.arithmetic.terms import InterestBase, Terms


def redemption_dates(terms: Terms) -> Recurrence:
    """Return the recurrence of principal redemptions; raises InvalidTerms if there is no cycle."""
    dates = recurrence(
        terms.cycle_anchor_date_of_principal_redemption,
        terms.cycle_of_principal_redemption,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    if dates is None or dates.cycle is None:
        raise InvalidTerms("cycleOfPrincipalRedemption", "is required for an amortizing loan")
    return dates


def redemption_count(terms: Terms, matures: datetime) -> int:
    """Return the number of redemptions after the status date, the one at maturity included."""
    times = redemption_dates(terms).times(matures)
    return sum(1 for time in times if time >= terms.status_date) + 1


def annuity_times(terms: Terms, after: datetime, matures: datetime) -> list[datetime]:
    """Return until when each payment of an annuity after a time counts interest, in order."""
    end = terms.amortization_date or matures
    times = [time for time in redemption_dates(terms).times(end) if time > after]
    if end > after:
        times.append(end)
    return [shift(time, terms.business_day_convention, terms.calendar)[1] for time in times]


@dataclass(frozen=True, slots=True)
class Life:
    """What a schedule depends on."""

    terms: Terms
    """The contract."""
    matures: datetime
    """Until when its cycles run: its maturity, its call, or the end of the calculation."""
    observed: Observations
    """Events that no schedule foresees."""


Part = Callable[[Life], list[Event]]
"""One kind of event of a contract: a row of its schedule."""


def events_at(terms: Terms, times: list[datetime], kind: EventType, value: int = 0) -> list[Event]:
    """Return events at scheduled times, shifted off holidays."""
    events = []
    for time in times:
        happens, calculated = shift(time, terms.business_day_convention, terms.calendar)
        events.append(Event(happens, kind, calculated, time, value))
    return events


def maturity_payment(life: Life) -> list[Event]:
    """MD: at maturity."""
    return events_at(life.terms, [life.matures], EventType.MD)


def redemptions(life: Life) -> list[Event]:
    """PR: at the redemption dates before maturity."""
    return events_at(life.terms, redemption_dates(life.terms).times(life.matures), EventType.PR)


def interest(life: Life) -> list[Event]:
    """IP and IPCI: on interest dates of their own, and at maturity."""
    return _paid_or_capitalized(life, _own_interest_times(life))


def interest_with_redemptions(life: Life) -> list[Event]:
    """IP and IPCI where the redemption payment includes interest.

    Interest has dates of its own until the first redemption; then it is paid with each of them.
    """
    dates = redemption_dates(life.terms)
    if _interest_dates(life.terms) == dates:
        return interest(life)
    first = dates.time(0)
    before = [time for time in _own_interest_times(life) if time < first]
    return _paid_or_capitalized(life, before + dates.times(life.matures))


def _interest_dates(terms: Terms) -> Recurrence | None:
    return recurrence(
        terms.cycle_anchor_date_of_interest_payment,
        terms.cycle_of_interest_payment,
        terms.initial_exchange_date,
        terms.end_of_month,
    )


def _own_interest_times(life: Life) -> list[datetime]:
    return _times(_interest_dates(life.terms), life)


def _paid_or_capitalized(life: Life, times: list[datetime]) -> list[Event]:
    """Capitalize up to the capitalization end date, which is a date of its own, then pay."""
    terms = life.terms
    if terms.nominal_interest_rate is None:
        return []
    every = [*times, life.matures]
    if terms.capitalization_end_date is None:
        return events_at(terms, every, EventType.IP)
    until = min(terms.capitalization_end_date, life.matures)
    capitalized = [*(time for time in every if time < until), until]
    paid = [time for time in every if time > until]
    return events_at(terms, capitalized, EventType.IPCI) + events_at(terms, paid, EventType.IP)


def rate_resets(life: Life) -> list[Event]:
    """RR, and RRF in place of the first after the status date if its rate is fixed already."""
    terms = life.terms
    times = _reset_times(life)
    fixed = terms.next_reset_rate
    if fixed is None:
        return events_at(terms, times, EventType.RR)
    future = [time for time in times if time > terms.status_date]
    return events_at(terms, future[:1], EventType.RRF, fixed) + events_at(
        terms, future[1:], EventType.RR
    )


def _reset_times(life: Life) -> list[datetime]:
    terms = life.terms
    dates = recurrence(
        terms.cycle_anchor_date_of_rate_reset,
        terms.cycle_of_rate_reset,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return _times(dates, life)


def scalings(life: Life) -> list[Event]:
    """SC: where something is scaled."""
    terms = life.terms
    if terms.scaling_effect == "OOO":
        return []
    dates = recurrence(
        terms.cycle_anchor_date_of_scaling_index,
        terms.cycle_of_scaling_index,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return events_at(terms, _times(dates, life), EventType.SC)


def fees(life: Life) -> list[Event]:
    """FP: on the fee dates and at maturity."""
    terms = life.terms
    if not terms.fee_rate:
        return []
    dates = recurrence(
        terms.cycle_anchor_date_of_fee,
        terms.cycle_of_fee,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return events_at(terms, [*_times(dates, life), life.matures], EventType.FP)


def interest_bases(life: Life) -> list[Event]:
    """IPCB: where the interest base follows the notional only now and then."""
    terms = life.terms
    if terms.interest_calculation_base is not InterestBase.NTL:
        return []
    dates = recurrence(
        terms.cycle_anchor_date_of_interest_calculation_base,
        terms.cycle_of_interest_calculation_base,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return events_at(terms, _times(dates, life), EventType.IPCB)


def payment_fixings(life: Life) -> list[Event]:
    """PRF: the day before the first redemption unless the payment is given, and at every reset."""
    terms = life.terms
    times = _reset_times(life)
    first = redemption_dates(terms).time(0) - ONE_DAY
    if terms.next_principal_redemption_payment is None and first >= terms.initial_exchange_date:
        times = [first, *times]
    return events_at(terms, times, EventType.PRF)


def agreed_dates(life: Life) -> list[Event]:
    """IED, PRD and TD happen when the parties say, on business days or not."""
    terms = life.terms
    agreed = (
        (terms.initial_exchange_date, EventType.IED),
        (terms.purchase_date, EventType.PRD),
        (terms.termination_date, EventType.TD),
    )
    return [Event(time, kind, time, time) for time, kind in agreed if time is not None]


def unscheduled(life: Life) -> list[Event]:
    """PP and XD: what someone decided."""
    return [
        Event(each.time, each.kind, each.time, each.time, each.value)
        for each in life.observed.events
    ]


def _times(dates: Recurrence | None, life: Life) -> list[datetime]:
    return [] if dates is None else dates.times(life.matures)
