"""Pure lending arithmetic and the ACTUS contract engine: integers in, integers out, no clock, no I/O.

Amounts are integers in a minor unit, rates integers of 10**-RATE_DECIMALS a year, times on the
chain's side epoch milliseconds. What the lending machine needs, in the order of a loan's life:

    loan_terms(contract_type, principal, rate, start_ms, periods, *, day_count=..., ...) -> Terms
    plan(terms) -> tuple[Installment, ...]            the whole schedule, from the engine
    installment_count(terms) -> int
    next_due(terms, number) -> int                    epoch ms of installment `number` (from 1)
    installment_amount(terms, number, balance) -> int level amount that redeems a balance from there
    bill(terms, number, balance, level) -> Installment  one installment on the balance there really is
    interest_for_period(principal, rate, start_ms, end_ms, day_count, *, extra_decimals=0) -> int
    installment(principal, rate, periods) -> int      level monthly payment, rounded up
    steps(terms) -> Steps                             the dates worked out once, for many questions
    run_case(case), run_cases(cases)                  ACTUS JSON in, ACTUS results out
    InvalidTerms(term, reason)                        the one error
"""

from __future__ import annotations

from lending.arithmetic.calendar import BusinessDay, Calendar
from lending.arithmetic.cycle import Cycle, parse_cycle
from lending.arithmetic.daycount import DayCount, year_fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import (
    FINE,
    MINOR_UNITS,
    RATE_DECIMALS,
    ROUNDING_SITES,
    Rounding,
    RoundingSite,
    Scale,
    divide,
    format_decimal,
    mul_div,
    parse_decimal,
)
from lending.arithmetic.plan import loan_terms, plan
from lending.arithmetic.schedule import run_case, run_cases
from lending.arithmetic.stepping import (
    Installment,
    Steps,
    bill,
    installment,
    installment_amount,
    installment_count,
    interest_for_period,
    next_due,
    steps,
)
from lending.arithmetic.terms import ContractType, Role, Terms

__all__ = [
    "FINE",
    "MINOR_UNITS",
    "RATE_DECIMALS",
    "ROUNDING_SITES",
    "BusinessDay",
    "Calendar",
    "ContractType",
    "Cycle",
    "DayCount",
    "Installment",
    "InvalidTerms",
    "Role",
    "Rounding",
    "RoundingSite",
    "Scale",
    "Steps",
    "Terms",
    "bill",
    "divide",
    "format_decimal",
    "installment",
    "installment_amount",
    "installment_count",
    "interest_for_period",
    "loan_terms",
    "mul_div",
    "next_due",
    "parse_cycle",
    "parse_decimal",
    "plan",
    "run_case",
    "run_cases",
    "steps",
    "year_fraction",
]
