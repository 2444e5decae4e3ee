"""Compare day counts, calendars, cycles and rates in arrears with QuantLib, on random cases.

`python -m tests.conformance.quantlib_compare --cases 100000`. QuantLib is a dependency of this check
alone. There is no list of differences to be excused, because there are none. It knows neither 28E336 nor a
long last period (L0), so these two are not among the questions.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from types import ModuleType

from lending.arithmetic.calendar import BusinessDay, Calendar, listed_calendar, shift
from lending.arithmetic.cycle import Cycle, Recurrence
from lending.arithmetic.dates import days_in_month
from lending.arithmetic.daycount import DayCount, icma_fraction, year_fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.overnight import Arrears, compounded_rate

CLOSE = 1e-12
REFUSED = "refused"
DAY = timedelta(days=1)


def quantlib() -> ModuleType | None:
    """Return QuantLib, or None if it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its wrapper is older than the interpreter's taste
        try:
            return importlib.import_module("QuantLib")
        except ImportError:
            return None


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison: what was asked, and the two answers."""

    kind: str
    facts: tuple[object, ...]
    ours: object
    theirs: object

    @property
    def same(self) -> bool:
        """Whether the answers agree; fractions of a year do within a float's reach."""
        if isinstance(self.ours, Fraction) and isinstance(self.theirs, float):
            return abs(float(self.ours) - self.theirs) <= CLOSE
        return self.ours == self.theirs


# What is asked.


class Asker:
    """Random questions to both, from a seed."""

    def __init__(self, module: ModuleType, seed: int) -> None:
        self.ql = module
        self.random = random.Random(seed)
        self.conventions = self._conventions()

    def _conventions(self) -> Mapping[DayCount, object]:
        ql = self.ql
        return {
            DayCount.AA: ql.ActualActual(ql.ActualActual.ISDA),
            DayCount.AFB: ql.ActualActual(ql.ActualActual.AFB),
            DayCount.A360: ql.Actual360(),
            DayCount.A365: ql.Actual365Fixed(),
            DayCount.E30360: ql.Thirty360(ql.Thirty360.EurobondBasis),
            DayCount.E30360ISDA: ql.Thirty360(ql.Thirty360.ISDA),
            DayCount.US30360: ql.Thirty360(ql.Thirty360.USA),
            DayCount.BOND30360: ql.Thirty360(ql.Thirty360.BondBasis),
            DayCount.SIMPLE: ql.SimpleDayCounter(),
        }

    def date(self, since: int = 1950, until: int = 2150) -> datetime:
        """Return a day, often at an end of a month or around the end of February."""
        year = self.random.randint(since, until)
        month = self.random.choice((1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
        last = days_in_month(year, month)
        day = self.random.choice((1, last, last - 1, self.random.randint(1, last)))
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}")

    def period(self) -> tuple[datetime, datetime]:
        """Return a day and a later one, mostly within a few years."""
        start = self.date()
        near = self.random.random() < 0.8
        end = self.date(start.year, start.year + 3) if near else self.date()
        return (start, end) if start <= end else (end, start)

    def their(self, day: datetime) -> object:
        """Return a day as QuantLib has it."""
        return self.ql.Date(day.day, day.month, day.year)

    def calendars(self) -> tuple[Calendar, object]:
        """Return a calendar with random weekends and a random list of holidays, for both sides."""
        weekend = self.random.choice(((5, 6), (4, 5), (6,), ()))
        first = self.date()
        holidays = {
            first + DAY * self.random.randint(0, 60) for _ in range(self.random.randint(0, 25))
        }
        listed = sorted(holidays)
        theirs = self.ql.BespokeCalendar(str(self.random.getrandbits(64)))
        for weekday in weekend:
            theirs.addWeekend((weekday + 1) % 7 + 1)  # Sunday is 1 there, Monday is 0 here
        for day in listed:
            theirs.addHoliday(self.their(day))
        self.near = first
        return listed_calendar("listed", weekend, listed), theirs

    # One method per kind of question.

    def day_count(self) -> Case:
        """A fraction of a year."""
        code = self.random.choice(list(self.conventions))
        start, end = self.period()
        if self.random.random() < 0.1:
            start, end = end, start
        ours = Fraction(*year_fraction(code, start, end))
        theirs = self.conventions[code].yearFraction(self.their(start), self.their(end))  # type: ignore[attr-defined]  # untyped
        return Case("day count", (code.value, start, end), ours, theirs)

    def to_maturity(self) -> Case:
        """30E/360 ISDA up to a maturity, which stays where it is at the end of February."""
        start, end = self.period()
        counter = self.ql.Thirty360(self.ql.Thirty360.ISDA, self.their(end))
        ours = Fraction(*year_fraction(DayCount.E30360ISDA, start, end, end)) * 360
        return Case(
            "30E/360 ISDA to maturity",
            (start, end),
            int(ours),
            counter.dayCount(self.their(start), self.their(end)),
        )

    def coupon(self) -> Case:
        """Part of a regular coupon period by ICMA rule 251."""
        months = self.random.choice((1, 3, 6, 12))
        begin = self.date().replace(day=self.random.randint(1, 28))
        finish = Cycle(months, 0).time(begin, 1, end_of_month=False)
        end = begin + self.random.randint(1, (finish - begin).days) * DAY
        counter = self.ql.ActualActual(self.ql.ActualActual.ISMA)
        ours = Fraction(*icma_fraction(begin, end, begin, months))
        theirs = counter.yearFraction(*map(self.their, (begin, end, begin, finish)))
        return Case("coupon period", (begin, end, months), ours, theirs)

    def business_day(self) -> Case:
        """Where a day is moved to."""
        calendar, theirs = self.calendars()
        day = self.near + self.random.randint(-5, 70) * DAY
        rule, name = self.random.choice(
            (
                (BusinessDay.SCF, "Following"),
                (BusinessDay.SCMF, "ModifiedFollowing"),
                (BusinessDay.SCP, "Preceding"),
                (BusinessDay.SCMP, "ModifiedPreceding"),
            )
        )
        moved = theirs.adjust(self.their(day), getattr(self.ql, name))  # type: ignore[attr-defined]  # untyped
        facts = (rule.value, day, calendar.weekend, len(calendar.holidays))
        return Case("business day", facts, shift(day, rule, calendar)[0], _day(moved))

    def cycle(self) -> Case:
        """The dates of a cycle with a short last period."""
        start, end = self.period()
        end = max(end, start + DAY)
        months, end_of_month = self.random.choice((1, 2, 3, 6, 12)), self.random.random() < 0.5
        dates = Recurrence(start, Cycle(months, 0), 0, end_of_month)
        nothing = self.ql.NullCalendar()
        schedule = self.ql.Schedule(
            self.their(start),
            self.their(end),
            self.ql.Period(months, self.ql.Months),
            nothing,
            self.ql.Unadjusted,
            self.ql.Unadjusted,
            self.ql.DateGeneration.Forward,
            end_of_month,
        )
        theirs = [_day(each) for each in schedule]
        ours = [*dates.times(end), end]
        return Case("cycle", (start, end, months, end_of_month), ours, theirs)

    def overnight(self) -> Case:
        """A compounded rate with lookback, shift and lockout."""
        calendar, theirs = self.calendars()
        start = shift(self.near, BusinessDay.SCF, calendar)[0]
        end = shift(start + self.random.randint(8, 45) * DAY, BusinessDay.SCF, calendar)[0]
        days = [start + number * DAY for number in range(-30, (end - start).days + 5)]
        fixings = {
            day: self.random.randint(-200, 900) for day in days if calendar.is_business_day(day)
        }
        lookback, lockout = self.random.choice((0, 1, 2, 5)), self.random.choice((0, 0, 1, 3))
        shifted = lookback > 0 and self.random.random() < 0.5
        terms = Arrears(
            calendar=calendar,
            unit=10**4,
            lookback=lookback,
            observation_shift=shifted,
            lockout=lockout,
        )
        facts = (start, end, lookback, lockout, shifted, _observed(calendar, start, end, lookback))
        ours: object = REFUSED
        try:
            ours = Fraction(compounded_rate(terms, fixings, start, end, 10**15), 10**15)
        except InvalidTerms:
            assert lockout  # nothing else is wrong with these terms
        coupon = self._coupon(theirs, fixings, start, end, (lookback, lockout, shifted))
        return Case("in arrears", facts, ours, coupon)

    def _coupon(
        self,
        calendar: object,
        fixings: Mapping[datetime, int],
        start: datetime,
        end: datetime,
        terms: tuple[int, int, bool],
    ) -> object:
        """Return QuantLib's rate, or that it refuses the coupon."""
        ql = self.ql
        ql.Settings.instance().evaluationDate = self.their(end + 10 * DAY)
        name = str(self.random.getrandbits(64))
        index = ql.OvernightIndex(name, 0, ql.USDCurrency(), calendar, ql.Actual360())
        index.addFixings(
            [self.their(day) for day in fixings], [rate / 10**4 for rate in fixings.values()]
        )
        lookback, lockout, shifted = terms
        try:
            coupon = ql.OvernightIndexedCoupon(
                self.their(end), 1.0, self.their(start), self.their(end), index, 1.0, 0.0,
                ql.Date(), ql.Date(), ql.Actual360(), telescopicValueDates=False,
                lookbackDays=lookback, lockoutDays=lockout, applyObservationShift=shifted,
            )  # fmt: skip
            return float(coupon.rate())
        except RuntimeError:
            return REFUSED
        finally:
            index.clearFixings()


def _day(theirs: object) -> datetime:
    return datetime.fromisoformat(str(theirs.ISO()))  # type: ignore[attr-defined]  # untyped


def _observed(calendar: Calendar, start: datetime, end: datetime, lookback: int) -> int:
    """Return how many days the observation period has."""

    def back(day: datetime) -> datetime:
        for _ in range(lookback):
            day = shift(day - DAY, BusinessDay.SCP, calendar)[0]
        return day

    return (back(end) - back(start)).days


KINDS: Mapping[str, tuple[Callable[[Asker], Case], int]] = {
    "day count": (Asker.day_count, 60),
    "30E/360 ISDA to maturity": (Asker.to_maturity, 5),
    "coupon period": (Asker.coupon, 5),
    "business day": (Asker.business_day, 15),
    "cycle": (Asker.cycle, 10),
    "in arrears": (Asker.overnight, 5),
}
"""Kind of question -> (how it is asked, in how many of a hundred cases)."""


@dataclass(slots=True)
class Report:
    """What came of a run."""

    asked: Counter[str] = field(default_factory=Counter)
    faults: list[Case] = field(default_factory=list)


def questions(asker: Asker, count: int) -> Iterator[Case]:
    """Ask so many questions, in the proportions of `KINDS`."""
    asks = [ask for ask, _ in KINDS.values()]
    weights = [weight for _, weight in KINDS.values()]
    for ask in asker.random.choices(asks, weights, k=count):
        yield ask(asker)


def compare(module: ModuleType, count: int, seed: int) -> Report:
    """Ask both so many questions and keep the answers that differ."""
    report = Report()
    for case in questions(Asker(module, seed), count):
        report.asked[case.kind] += 1
        if not case.same:
            report.faults.append(case)
    return report


def main() -> int:
    """Print what was asked and what differed; the exit code is 0 if nothing did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20_250_101)
    chosen = parser.parse_args()
    module = quantlib()
    if module is None:
        sys.stderr.write("QuantLib is not installed: pip install QuantLib\n")
        return 2
    report = compare(module, chosen.cases, chosen.seed)
    lines = [f"QuantLib {module.__version__}, seed {chosen.seed}"]
    lines += [f"{kind:26} {count:8} cases" for kind, count in sorted(report.asked.items())]
    lines += [f"FAULT {case}" for case in report.faults[:20]]
    lines.append(f"{report.asked.total()} cases, {len(report.faults)} differences")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if not report.faults else 1


if __name__ == "__main__":
    sys.exit(main())
