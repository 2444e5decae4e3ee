"""One ACTUS case in, its events out, with the field names of the ACTUS results.

A case is `{terms, to, dataObserved, eventsObserved}` as in the published ACTUS tests, and may bring
`calendars` of its own; the answer is what `hansa schedule` prints. Numbers come out as exact decimal
strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from lending.arithmetic.calendar import Calendar, listed_calendar
from lending.arithmetic.cover import Observed
from lending.arithmetic.dates import format_time, parse_time
from lending.arithmetic.engine import run
from lending.arithmetic.enhancement import Called, run_enhancement
from lending.arithmetic.enhancement_json import (
    is_enhancement,
    parse_credit_event,
    parse_enhancement,
)
from lending.arithmetic.enhancement_terms import EnhancementTerms
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import EventType, Outcome
from lending.arithmetic.market import Observations, ObservedEvent
from lending.arithmetic.money import FINE, Rounding, Scale, divide, format_decimal, parse_decimal
from lending.arithmetic.terms import Terms
from lending.arithmetic.terms_json import parse_terms
from lending.arithmetic.values_json import Rows, as_object, as_rows, as_text

PRINTED_DECIMALS = 15
"""The decimal places that a schedule shows; the calculation itself is finer."""


def run_case(case: Mapping[str, object], scale: Scale = FINE) -> list[dict[str, str]]:
    """Return the events of one ACTUS case; raises InvalidTerms naming what it cannot read."""
    source = as_object(case.get("terms"), "terms")
    series = _series(as_object(case.get("dataObserved"), "dataObserved"), scale)
    rows = as_rows(case.get("eventsObserved"), "eventsObserved")
    calendars = _calendars(as_object(case.get("calendars"), "calendars"))
    cut_off = as_text(case.get("to"))
    until = parse_time(cut_off, "to") if cut_off else None
    if is_enhancement(source):
        cover = parse_enhancement(source, scale, calendars)
        observed = _observed(series, rows, scale)
        return [_called(cover, each) for each in run_enhancement(cover, observed, until)]
    terms = parse_terms(source, scale, calendars)
    market = Observations(series, _events(rows, scale))
    return [_line(terms, outcome) for outcome in run(terms, market, until)]


def run_cases(cases: Mapping[str, object], scale: Scale = FINE) -> dict[str, list[dict[str, str]]]:
    """Return the events of each case of an object `caseId -> case`, in its order."""
    return {name: run_case(as_object(case, name), scale) for name, case in cases.items()}


def is_case(source: Mapping[str, object]) -> bool:
    """Tell whether an object is one case, rather than an object of cases."""
    return "terms" in source


_Series = dict[str, list[tuple[datetime, int]]]


def _series(source: Mapping[str, object], scale: Scale) -> _Series:
    series = {}
    for code, value in source.items():
        points = [
            (
                parse_time(as_text(row.get("timestamp")), code),
                parse_decimal(as_text(row.get("value")), scale.rate, code),
            )
            for row in as_rows(as_object(value, code).get("data"), code)
        ]
        series[code] = sorted(points)
    return series


def _calendars(source: Mapping[str, object]) -> dict[str, Calendar]:
    """Read `{name: {"weekend": [5, 6], "holidays": ["2025-12-25"]}}`, Monday being 0."""
    found = {}
    for name, value in source.items():
        given = as_object(value, name)
        weekend = [parse_decimal(as_text(day), 0, "weekend") for day in _list(given, "weekend")]
        holidays = [parse_time(as_text(day), "holidays") for day in _list(given, "holidays")]
        found[name] = listed_calendar(name, weekend, holidays)
    return found


def _list(source: Mapping[str, object], key: str) -> Sequence[object]:
    value = source.get(key)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise InvalidTerms(key, "is not a list")
    return value


_OBSERVABLE = {kind.value: kind for kind in (EventType.PP, EventType.XD)}


def _events(rows: Rows, scale: Scale) -> tuple[ObservedEvent, ...]:
    found = []
    for row in rows:
        code = as_text(row.get("type"))
        kind = _OBSERVABLE.get(code)
        if kind is None:
            raise InvalidTerms("eventsObserved", f"event type {code!r} is not known")
        time = parse_time(as_text(row.get("time")), "eventsObserved")
        amount = parse_decimal(as_text(row.get("value")), scale.money, "eventsObserved")
        found.append(ObservedEvent(time, kind, amount))
    return tuple(found)


def _observed(series: _Series, rows: Rows, scale: Scale) -> Observed:
    """Sort what was observed of an enhancement: credit events, and the events of each contract."""
    credit = [row for row in rows if as_text(row.get("type")) == "CE"]
    others: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        if as_text(row.get("type")) != "CE":
            others.setdefault(as_text(row.get("contractId")), []).append(row)
    return Observed(
        Observations(series),
        tuple(parse_credit_event(row) for row in credit),
        {name: Observations(series, _events(events, scale)) for name, events in others.items()},
    )


def _line(terms: Terms, outcome: Outcome) -> dict[str, str]:
    money, rate = terms.scale.money, terms.scale.rate
    accrual = terms.scale.accrual
    return {
        "eventDate": format_time(outcome.time),
        "eventType": outcome.kind.value,
        "payoff": _shown(outcome.payoff, money),
        "currency": terms.currency,
        "notionalPrincipal": _shown(outcome.notional_principal, money),
        "nominalInterestRate": _shown(outcome.nominal_interest_rate, rate),
        "accruedInterest": _shown(outcome.accrued_interest, accrual),
    }


def _called(terms: EnhancementTerms, called: Called) -> dict[str, str]:
    money = terms.scale.money
    line = {
        "eventDate": format_time(called.time),
        "eventType": called.kind.value,
        "payoff": _shown(called.payoff, money),
        "currency": terms.currency,
        "notionalPrincipal": _shown(called.notional_principal, money),
    }
    if called.exercise_date is not None:
        line["exerciseDate"] = format_time(called.exercise_date)
    return line | {"exerciseAmount": _shown(called.exercise_amount, money)}


def _shown(value: int, decimals: int) -> str:
    if decimals > PRINTED_DECIMALS:
        value = divide(value, 10 ** (decimals - PRINTED_DECIMALS), Rounding.HALF_EVEN)
        decimals = PRINTED_DECIMALS
    return format_decimal(value, decimals)
