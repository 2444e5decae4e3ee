"""Loans, day counts and rates in arrears: each published vector as a call of the product's functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from lending.arithmetic.calendar import listed_calendar
from lending.arithmetic.cycle import Cycle
from lending.arithmetic.daycount import DayCount, icma_fraction, year_fraction
from lending.arithmetic.models import installments, open_term
from lending.arithmetic.models.open_term import OpenTermLoan, OpenTermTerms, PoolBook
from lending.arithmetic.models.overnight import Arrears, compounded_rate
from tests.conformance.lending_vectors import (
    Call,
    Inputs,
    Results,
    mapping,
    number,
    sequence,
    whole,
)
from tests.conformance.sofr_fixings import FIXINGS, HOLIDAYS

DAY = 86_400
FINE_MONEY = 10**12
RATE = 10**12


# Maple: level payments to a balance, and open-term loans with their pool.


def maple_level(inputs: Inputs) -> Results:
    """USDC has six decimals; the vector is the first payment of all."""
    usdc = 10**6
    principal, ending = whole(inputs["P"], usdc), whole(inputs.get("E", 0), usdc)
    rate = whole(inputs["rate"], RATE)
    period = (whole(inputs["interval_days"]), 365)
    part, interest = installments.balance_split(
        principal, ending, rate, RATE, period, whole(inputs["n"])
    )
    return {
        "total": Fraction(part + interest, usdc),
        "principal1": Fraction(part, usdc),
        "interest1": Fraction(interest, usdc),
    }


def maple_scenario(inputs: Inputs) -> Results:
    scenario = _Scenario()
    for event in sequence(inputs["events"]):
        scenario.happen(mapping(event))
    return {"states": scenario.states, "paid": scenario.paid}


class _Scenario:
    """A pool and its one loan, driven by the events of a scenario; all amounts come from the product."""

    def __init__(self) -> None:
        self.book = PoolBook(10_000, 0, 0)
        self.platform_service_fee = 0
        self.terms: OpenTermTerms | None = None
        self.loan: OpenTermLoan | None = None
        self.states: list[Results] = []
        self.paid: list[Results] = []

    def happen(self, event: Mapping[str, object]) -> None:
        now, params = whole(event["ts"]), mapping(event["params"])
        actions = {
            "createPool": self._create,
            "deposit": self._deposit,
            "fundLoan": self._fund,
            "callLoan": self._call,
            "payLoan": self._pay,
            "defaultLoan": self._default,
        }
        actions[str(event["action"])](now, params)
        self.states.append(self._state(now))

    def _create(self, _: int, params: Mapping[str, object]) -> None:
        self.platform_service_fee = whole(params["platformServiceFeeRate"])
        delegate = whole(params["delegateManagementFeeRate"])
        self.book = PoolBook(10_000, delegate, whole(params["platformManagementFeeRate"]))

    def _deposit(self, now: int, params: Mapping[str, object]) -> None:
        assets = whole(params["assets"], FINE_MONEY)
        self.book = self.book.deposited(assets, self._total(now))

    def _fund(self, now: int, params: Mapping[str, object]) -> None:
        self.terms = OpenTermTerms(
            unit=10_000,
            interest_rate=whole(params["interestRate"]),
            late_premium=whole(params["lateInterestPremiumRate"]),
            late_fee=whole(params["lateFeeRate"]),
            delegate_service_fee=whole(params["delegateServiceFeeRate"]),
            platform_service_fee=self.platform_service_fee,
            interval=whole(params["paymentCycle"]) * DAY,
            notice=whole(params["noticePeriod"]) * DAY,
        )
        self.loan = OpenTermLoan(whole(params["principal"], FINE_MONEY), now)
        self.book = self.book.funded(self.loan.principal)

    def _call(self, now: int, _: Mapping[str, object]) -> None:
        assert self.loan is not None
        self.loan = replace(self.loan, called_at=now)

    def _pay(self, now: int, params: Mapping[str, object]) -> None:
        assert self.loan is not None
        principal = whole(params["principal"], FINE_MONEY)
        self._note(now, principal, with_delegate=True)
        paid = self._payment(now).interest
        self.book = self.book.paid(principal, paid)
        self.loan = OpenTermLoan(self.loan.principal - principal, now)

    def _default(self, now: int, _: Mapping[str, object]) -> None:
        assert self.loan is not None
        assert self.terms is not None
        self._note(now, 0, with_delegate=False)
        self.loan = OpenTermLoan(0, now)

    def _payment(self, now: int) -> open_term.OpenTermPayment:
        assert self.loan is not None
        assert self.terms is not None
        return open_term.payment_at(self.terms, self.loan, now)

    def _note(self, now: int, principal: int, *, with_delegate: bool) -> None:
        """Note what a payment, or a default without any recovery, is made of."""
        assert self.loan is not None
        assert self.terms is not None
        due = self._payment(now)
        delegate, platform = self.book.kept(due.interest)
        amounts = {
            "principal": principal,
            "interest": due.interest if with_delegate else 0,
            "platformServiceFee": due.platform_service_fee,
            "platformManagementFee": platform,
            "delegateServiceFee": due.delegate_service_fee,
            "delegateManagementFee": delegate,
            "poolLosses": open_term.loss(self.book, self.terms, self.loan, now),
        }
        self.paid.append({name: Fraction(value, FINE_MONEY) for name, value in amounts.items()})

    def _accrued(self, now: int) -> int:
        if self.loan is None or self.terms is None:
            return 0
        return self.book.accrued(self.terms, self.loan, now)

    def _total(self, now: int) -> int:
        lent = 0 if self.loan is None else self.loan.principal
        return self.book.cash + lent + self._accrued(now)

    def _state(self, now: int) -> Results:
        amounts = {
            "principal_outstanding": 0 if self.loan is None else self.loan.principal,
            "accrued_interest": self._accrued(now),
            "total_assets": self._total(now),
            "cash": self.book.cash,
            "total_supply": self.book.shares,
            "unrealized_losses": 0,
        }
        return {name: Fraction(value, FINE_MONEY) for name, value in amounts.items()}


# Fineract: equal monthly installments to the cent.


def _monthly(start: datetime, count: int) -> list[datetime]:
    return [Cycle(1, 0).time(start, number, end_of_month=False) for number in range(count + 1)]


def _fractions(basis: object, start: datetime, count: int) -> list[tuple[int, int]]:
    codes = {"act/365": DayCount.A365, "act/360": DayCount.A360, "30/360": DayCount.BOND30360}
    return [
        year_fraction(codes[str(basis)], begin, end)
        for begin, end in pairwise(_monthly(start, count))
    ]


def _start(inputs: Inputs) -> datetime:
    return datetime.fromisoformat(str(inputs.get("start", "2024-01-01")))


def _percent(value: object) -> int:
    return whole(number(str(value).removesuffix("%")) * RATE / 100)


def fineract_emi(inputs: Inputs) -> Results:
    count = whole(inputs["n"])
    shares = installments.progressive(
        whole(inputs["P"], 100),
        _percent(inputs["rate"]),
        RATE,
        _fractions(inputs["basis"], _start(inputs), count),
    )
    return {
        "emi": Fraction(shares[0].due, 100),
        "last": Fraction(shares[-1].due, 100),
        "interest": [Fraction(each.interest, 100) for each in shares],
    }


def fineract_fn(inputs: Inputs) -> Results:
    digits = 10**11
    fractions = _fractions(inputs["basis"], _start(inputs), 6)
    factors = installments.annuity_factors(_percent(inputs["rate"]), RATE, fractions, digits)
    return {"fn": [Fraction(each, digits) for each in factors]}


def fineract_payoff(inputs: Inputs) -> Results:
    """Installments are paid when due; the last payment, in the middle of a period, clears the loan."""
    count, rate = whole(inputs["n"]), _percent(inputs["rate"])
    days = _monthly(_start(inputs), count)
    fractions = _fractions(inputs["basis"], days[0], count)
    shares = installments.progressive(whole(inputs["P"], 100), rate, RATE, fractions)
    paid = sequence(inputs["pay"])
    place = len(paid) - 1
    balance = sum(each.principal for each in shares[place:])
    when = datetime.fromisoformat(str(sequence(paid[-1])[0]))
    interest = installments.payoff_interest(
        balance,
        rate,
        RATE,
        fractions[place],
        (when - days[place]).days,
        (days[place + 1] - days[place]).days,
    )
    return {
        "schedule_due": [Fraction(each.due, 100) for each in shares],
        "total_interest": Fraction(sum(each.interest for each in shares), 100),
        "payoff": Fraction(balance + interest, 100),
        "payoff_interest": Fraction(interest, 100),
    }


# Day counts and overnight rates.


def day_fraction(inputs: Inputs) -> Results:
    start, end = (datetime.fromisoformat(str(inputs[name])) for name in ("start", "end"))
    if inputs["convention"] == "AA-ISMA":
        months = (end.year - start.year) * 12 + end.month - start.month
        return {"yf": Fraction(*icma_fraction(start, end, start, months))}
    code = {"AA-ISDA": DayCount.AA, "AA-AFB": DayCount.AFB}[str(inputs["convention"])]
    return {"yf": Fraction(*year_fraction(code, start, end))}


def thirty_days(inputs: Inputs) -> Results:
    start, end = (datetime.fromisoformat(str(inputs[name])) for name in ("start", "end"))
    codes = {
        "30/360-BondBasis": DayCount.BOND30360,
        "30E/360": DayCount.E30360,
        "30E/360-ISDA": DayCount.E30360ISDA,
        "30/360-US": DayCount.US30360,
    }
    return {
        "days": {
            name: Fraction(*year_fraction(code, start, end)) * 360 for name, code in codes.items()
        }
    }


def overnight(inputs: Inputs) -> Results:
    unit = 10**4
    terms = Arrears(
        calendar=listed_calendar("US-GOVERNMENT-SECURITIES", (5, 6), HOLIDAYS),
        unit=unit,
        lookback=whole(inputs.get("lookback", 0)),
        observation_shift=bool(inputs.get("observation_shift")),
        lockout=whole(inputs.get("lockout", 0)),
    )
    fixings = {day: whole(rate, unit) for day, rate in FIXINGS.items()}
    start, end = (datetime.fromisoformat(str(inputs[name])) for name in ("start", "end"))
    digits = 10**15
    return {"rate": Fraction(compounded_rate(terms, fixings, start, end, digits), digits)}


LOANS: Mapping[str, Call] = {
    "maple_partial": maple_level,
    "maple_full": maple_level,
    "maple_": maple_scenario,
    "fineract_emi": fineract_emi,
    "fineract_fn": fineract_fn,
    "fineract_payoff": fineract_payoff,
    "dc_AA": day_fraction,
    "dc_30360": thirty_days,
    "sofr_": overnight,
}
"""Beginning of a vector's id -> the call that answers it."""
