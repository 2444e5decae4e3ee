"""One ACTUS case in, its events out, with the field names of the ACTUS results.

A case is `{terms, to, dataObserved, eventsObserved}` as in the published ACTUS tests; the answer is
what `hansa schedule` prints. Numbers come out as exact decimal strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from lending.arithmetic.dates import format_time, parse_time
from lending.arithmetic.engine import run
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import EventType, Outcome
from lending.arithmetic.market import Observations, ObservedEvent
from lending.arithmetic.money import FINE, Rounding, Scale, divide, format_decimal, parse_decimal
from lending.arithmetic.terms import Terms
from lending.arithmetic.terms_json import as_text, parse_terms

PRINTED_DECIMALS = 15
"""The decimal places that a schedule shows; the calculation itself is finer."""


def run_case(case: Mapping[str, object], scale: Scale = FINE) -> list[dict[str, str]]:
    """Return the events of one ACTUS case; raises InvalidTerms naming what it cannot read."""
    terms = parse_terms(_mapping(case.get("terms"), "terms"), scale)
    observed = Observations(
        _series(_mapping(case.get("dataObserved"), "dataObserved"), scale),
        _events(case.get("eventsObserved"), scale),
    )
    cut_off = as_text(case.get("to"))
    until = parse_time(cut_off, "to") if cut_off else None
    return [_line(terms, outcome) for outcome in run(terms, observed, until)]


def run_cases(cases: Mapping[str, object], scale: Scale = FINE) -> dict[str, list[dict[str, str]]]:
    """Return the events of each case of an object `caseId -> case`, in its order."""
    return {name: run_case(_mapping(case, name), scale) for name, case in cases.items()}


def is_case(source: Mapping[str, object]) -> bool:
    """Tell whether an object is one case, rather than an object of cases."""
    return "terms" in source


def _mapping(value: object, term: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidTerms(term, "is not an object")
    return value


def _rows(value: object, term: str) -> Iterable[Mapping[str, object]]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidTerms(term, "is not a list")
    return [_mapping(row, term) for row in value]


def _series(source: Mapping[str, object], scale: Scale) -> dict[str, list[tuple[datetime, int]]]:
    series = {}
    for code, value in source.items():
        points = [
            (
                parse_time(as_text(row.get("timestamp")), code),
                parse_decimal(as_text(row.get("value")), scale.rate, code),
            )
            for row in _rows(_mapping(value, code).get("data"), code)
        ]
        series[code] = sorted(points)
    return series


_OBSERVABLE = {kind.value: kind for kind in (EventType.PP, EventType.XD)}


def _events(source: object, scale: Scale) -> tuple[ObservedEvent, ...]:
    found = []
    for row in _rows(source, "eventsObserved"):
        code = as_text(row.get("type"))
        kind = _OBSERVABLE.get(code)
        if kind is None:
            raise InvalidTerms("eventsObserved", f"event type {code!r} is not known")
        time = parse_time(as_text(row.get("time")), "eventsObserved")
        amount = parse_decimal(as_text(row.get("value")), scale.money, "eventsObserved")
        found.append(ObservedEvent(time, kind, amount))
    return tuple(found)


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


def _shown(value: int, decimals: int) -> str:
    if decimals > PRINTED_DECIMALS:
        value = divide(value, 10 ** (decimals - PRINTED_DECIMALS), Rounding.HALF_EVEN)
        decimals = PRINTED_DECIMALS
    return format_decimal(value, decimals)
