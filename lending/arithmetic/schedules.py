"""Which events a contract has and when: the contract schedules of the ACTUS specification.

Schedules are made of plain times; business-day shifts are applied last, to every event alike.
"""

from __future__ import annotations

from datetime import datetime

from lending.arithmetic.calendar import shift
from lending.arithmetic.cycle import Recurrence, recurrence
from lending.arithmetic.dates import ONE_DAY
from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import Event, EventType
from lending.arithmetic.market import Observations
from lending.arithmetic.money import Rounding, divide
from lending.arithmetic.rates import simple_interest
from lending.arithmetic.terms import ContractType, InterestBase, Terms


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


def maturity(terms: Terms) -> datetime:
    """Return when the contract matures: as stated, or when its redemptions have repaid it."""
    if terms.maturity_date is not None:
        return terms.maturity_date
    if terms.amortization_date is not None:
        return terms.amortization_date
    payment = terms.next_principal_redemption_payment
    if payment is None:
        raise InvalidTerms("maturityDate", "neither it nor a redemption payment is given")
    dates = redemption_dates(terms)
    first = 0
    while dates.time(first) < terms.status_date:
        first += 1
    if terms.contract_type is not ContractType.LAM:
        payment -= _first_interest(terms, dates, first)
    if payment <= 0:
        raise InvalidTerms("nextPrincipalRedemptionPayment", "does not repay the loan")
    redemptions = divide(terms.notional_principal, payment, Rounding.CEIL)
    return dates.time(first + redemptions - 1)


def _first_interest(terms: Terms, dates: Recurrence, first: int) -> int:
    """Return the interest of one redemption period on the whole notional."""
    begin, end = dates.time(first), dates.time(first + 1)
    fraction = year_fraction(terms.day_count_convention, begin, end)
    rate = terms.nominal_interest_rate or 0
    return simple_interest(terms.notional_principal, rate, terms.scale.rate_unit, fraction)


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


def schedule_events(terms: Terms, matures: datetime, observed: Observations) -> list[Event]:
    """Return every event of a contract in the order in which events are applied."""
    timed = [(matures, EventType.MD)]
    amortizing = terms.contract_type is not ContractType.PAM
    if amortizing:
        timed += _at(redemption_dates(terms).times(matures), EventType.PR)
    timed += _interest(terms, matures)
    timed += _rate_resets(terms, matures)
    timed += _scaling(terms, matures)
    timed += _fees(terms, matures)
    if terms.interest_calculation_base is InterestBase.NTL and amortizing:
        timed += _interest_bases(terms, matures)
    if terms.contract_type is ContractType.ANN:
        timed += _payment_fixings(terms, matures)
    events = [_event(terms, time, kind) for time, kind in timed]
    events += _agreed(terms)
    events += [
        Event(each.time, each.kind, each.time, each.time, each.value) for each in observed.events
    ]
    return _in_life(terms, events)


_Timed = list[tuple[datetime, EventType]]


def _at(times: list[datetime], kind: EventType) -> _Timed:
    return [(time, kind) for time in times]


def _event(terms: Terms, time: datetime, kind: EventType) -> Event:
    happens, calculated = shift(time, terms.business_day_convention, terms.calendar)
    return Event(happens, kind, calculated, time)


def _interest(terms: Terms, matures: datetime) -> _Timed:
    """IP and IPCI: capitalized until the capitalization end date, paid afterwards."""
    if terms.nominal_interest_rate is None:
        return []
    times = [*_interest_times(terms, matures), matures]
    until = terms.capitalization_end_date
    if until is None:
        return _at(times, EventType.IP)
    capitalized = [time for time in times if time < until]
    paid = [time for time in times if time > until]
    return _at([*capitalized, until], EventType.IPCI) + _at(paid, EventType.IP)


def _interest_times(terms: Terms, matures: datetime) -> list[datetime]:
    """Return the interest dates before maturity.

    Where the redemption payment includes interest, interest has a cycle of its own only until the
    first redemption, and is paid with every redemption from then on.
    """
    dates = recurrence(
        terms.cycle_anchor_date_of_interest_payment,
        terms.cycle_of_interest_payment,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    times = [] if dates is None else dates.times(matures)
    if terms.contract_type not in (ContractType.NAM, ContractType.ANN):
        return times
    redemptions = redemption_dates(terms)
    if dates == redemptions:
        return times
    first = redemptions.time(0)
    return [time for time in times if time < first] + redemptions.times(matures)


def last_interest_date(terms: Terms, before: datetime, matures: datetime) -> datetime:
    """Return the last interest date before a time, or the initial exchange if there was none."""
    past = [time for time in _interest_times(terms, matures) if time < before]
    return max([terms.initial_exchange_date, *past])


def _rate_resets(terms: Terms, matures: datetime) -> _Timed:
    """RR, and RRF in place of the first after the status date if its rate is fixed already."""
    times = _reset_times(terms, matures)
    if terms.next_reset_rate is None:
        return _at(times, EventType.RR)
    future = [time for time in times if time > terms.status_date]
    return _at(future[:1], EventType.RRF) + _at(future[1:], EventType.RR)


def _reset_times(terms: Terms, matures: datetime) -> list[datetime]:
    dates = recurrence(
        terms.cycle_anchor_date_of_rate_reset,
        terms.cycle_of_rate_reset,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return [] if dates is None else dates.times(matures)


def _scaling(terms: Terms, matures: datetime) -> _Timed:
    if terms.scaling_effect == "OOO":
        return []
    dates = recurrence(
        terms.cycle_anchor_date_of_scaling_index,
        terms.cycle_of_scaling_index,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return [] if dates is None else _at(dates.times(matures), EventType.SC)


def _fees(terms: Terms, matures: datetime) -> _Timed:
    if not terms.fee_rate:
        return []
    dates = recurrence(
        terms.cycle_anchor_date_of_fee,
        terms.cycle_of_fee,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return [] if dates is None else _at([*dates.times(matures), matures], EventType.FP)


def _interest_bases(terms: Terms, matures: datetime) -> _Timed:
    dates = recurrence(
        terms.cycle_anchor_date_of_interest_calculation_base,
        terms.cycle_of_interest_calculation_base,
        terms.initial_exchange_date,
        terms.end_of_month,
    )
    return [] if dates is None else _at(dates.times(matures), EventType.IPCB)


def _payment_fixings(terms: Terms, matures: datetime) -> _Timed:
    """PRF: the day before the first redemption unless the payment is given, and at every reset."""
    times = _reset_times(terms, matures)
    first = redemption_dates(terms).time(0) - ONE_DAY
    if terms.next_principal_redemption_payment is None and first >= terms.initial_exchange_date:
        times = [first, *times]
    return _at(times, EventType.PRF)


def _agreed(terms: Terms) -> list[Event]:
    """IED, PRD and TD happen when the parties say, on business days or not."""
    agreed = (
        (terms.initial_exchange_date, EventType.IED),
        (terms.purchase_date, EventType.PRD),
        (terms.termination_date, EventType.TD),
    )
    return [Event(time, kind, time, time) for time, kind in agreed if time is not None]


def _in_life(terms: Terms, events: list[Event]) -> list[Event]:
    """Return the events from the status date to the termination, in order."""
    ordered = sorted(events, key=lambda event: event.order)
    kept = []
    for event in ordered:
        if event.time >= terms.status_date:
            kept.append(event)
        if event.kind is EventType.TD:
            break
    return kept
