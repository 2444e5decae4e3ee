"""Stepping through a loan agrees with the engine's plan, and conserves what was lent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic import (
    BusinessDay,
    ContractType,
    Cycle,
    DayCount,
    Installment,
    InvalidTerms,
    Role,
    Terms,
    bill,
    installment,
    installment_amount,
    installment_count,
    interest_for_period,
    loan_terms,
    next_due,
    plan,
    steps,
)
from lending.arithmetic.calendar import MONDAY_TO_FRIDAY
from lending.arithmetic.dates import from_epoch_ms

DAY_MS = 86_400_000
AUGUST_2015 = 1_438_387_200_000
"""1 August 2015, midnight UTC."""
TWELVE_PERCENT = 120_000_000

LOANS = st.builds(
    loan_terms,
    st.sampled_from([ContractType.PAM, ContractType.LAM, ContractType.ANN]),
    st.integers(1, 10**11),
    st.integers(0, 400_000_000),
    st.integers(0, 30_000).map(lambda day: day * DAY_MS),
    st.integers(1, 40),
    cycle=st.sampled_from([Cycle(1, 0), Cycle(3, 0), Cycle(0, 14), Cycle(1, 0, long_stub=True)]),
    day_count=st.sampled_from(DayCount),
    end_of_month=st.booleans(),
    business_day=st.sampled_from(BusinessDay),
    calendar=st.just(MONDAY_TO_FRIDAY),
)


def stepped(terms: Terms) -> tuple[Installment, ...]:
    """Walk a loan that is paid as agreed through the stepping interface alone."""
    balance = terms.notional_principal
    level = installment_amount(terms, 1, balance)
    walked = []
    for number in range(1, installment_count(terms) + 1):
        walked.append(bill(terms, number, balance, level))
        balance = walked[-1].balance_after
    return tuple(walked)


@given(LOANS)
def test_stepping_and_the_engine_s_plan_are_the_same_schedule(terms: Terms) -> None:
    assert stepped(terms) == plan(terms)


@given(LOANS)
def test_a_plan_repays_exactly_what_was_lent(terms: Terms) -> None:
    planned = plan(terms)
    assert sum(each.principal for each in planned) == terms.notional_principal
    assert planned[-1].balance_after == 0
    assert [each.number for each in planned] == list(range(1, len(planned) + 1))
    assert all(each.payment == each.principal + each.interest for each in planned)


@given(LOANS)
def test_the_borrower_s_plan_is_the_lender_s(terms: Terms) -> None:
    assert plan(replace(terms, contract_role=Role.RPL)) == plan(terms)


@given(LOANS, st.data())
def test_a_due_date_is_found_without_walking(terms: Terms, data: st.DataObject) -> None:
    planned = plan(terms)
    each = data.draw(st.sampled_from(planned))
    assert next_due(terms, each.number) == each.due
    assert steps(terms).count == len(planned)


@given(
    st.integers(1, 10**10),
    st.integers(0, 400_000_000),
    st.integers(1, 60),
    st.integers(0, 30_000),
)
def test_months_are_equal_whatever_the_day_of_the_draw(
    principal: int, rate: int, months: int, day: int
) -> None:
    terms = loan_terms(ContractType.ANN, principal, rate, day * DAY_MS, months)
    level = installment(principal, rate, months)
    assert installment_amount(terms, 1, principal) == level
    assert all(each.payment == level for each in plan(terms)[:-1] if each.balance_after)


def test_a_loan_drawn_on_the_31st_keeps_its_day() -> None:
    terms = loan_terms(ContractType.ANN, 1200_00, TWELVE_PERCENT, AUGUST_2015 + 30 * DAY_MS, 12)
    dues = [f"{from_epoch_ms(each.due):%m-%d}" for each in plan(terms)]
    assert dues[:7] == ["09-30", "10-31", "11-30", "12-31", "01-31", "02-29", "03-31"]


def test_after_a_prepayment_the_payment_stays_and_the_loan_ends_sooner() -> None:
    terms = loan_terms(ContractType.ANN, 10_000_00, TWELVE_PERCENT, AUGUST_2015, 12)
    level = installment_amount(terms, 1, 10_000_00)
    first = bill(terms, 2, 1_000_00, level)
    assert (first.interest, first.payment) == (10_00, level)
    last = bill(terms, 3, first.balance_after, level)
    assert last.balance_after == 0
    assert last.payment < level


def test_the_last_installment_takes_what_arrears_left() -> None:
    terms = loan_terms(ContractType.ANN, 10_000_00, TWELVE_PERCENT, AUGUST_2015, 12)
    last = bill(terms, 12, 5_000_00, installment_amount(terms, 1, 10_000_00))
    assert (last.principal, last.balance_after) == (5_000_00, 0)


def test_a_loan_can_be_amortized_anew_from_any_installment() -> None:
    terms = loan_terms(ContractType.ANN, 10_000_00, TWELVE_PERCENT, AUGUST_2015, 12)
    assert installment_amount(terms, 7, 3_000_00) == installment(3_000_00, TWELVE_PERCENT, 6)


def test_a_bullet_loan_owes_interest_and_then_everything() -> None:
    planned = plan(loan_terms(ContractType.PAM, 1_000_00, TWELVE_PERCENT, AUGUST_2015, 3))
    assert [(each.principal, each.interest) for each in planned] == [
        (0, 10_00),
        (0, 10_00),
        (1_000_00, 10_00),
    ]


def test_a_linear_loan_rounds_the_share_up_and_clears_the_rest_last() -> None:
    planned = plan(loan_terms(ContractType.LAM, 100, 0, AUGUST_2015, 3))
    assert [each.principal for each in planned] == [34, 34, 32]


def test_interest_can_be_asked_for_finer_than_the_minor_unit() -> None:
    end = AUGUST_2015 + DAY_MS
    assert interest_for_period(100_00, 50_000_000, AUGUST_2015, end, DayCount.A365) == 1
    finer = interest_for_period(
        100_00, 50_000_000, AUGUST_2015, end, DayCount.A365, extra_decimals=6
    )
    assert finer == 1_369_863


@pytest.mark.parametrize("number", [-1, 0, 13])
def test_an_installment_that_does_not_exist_is_refused(number: int) -> None:
    terms = loan_terms(ContractType.ANN, 10_000_00, TWELVE_PERCENT, AUGUST_2015, 12)
    with pytest.raises(InvalidTerms, match="number"):
        bill(terms, number, 1_00, 1_00)
    with pytest.raises(InvalidTerms, match="number"):
        installment_amount(terms, number, 1_00)


@pytest.mark.parametrize(("principal", "periods"), [(0, 12), (-1, 12), (100, 0), (100, 1201)])
def test_a_loan_of_nothing_or_without_end_is_refused(principal: int, periods: int) -> None:
    with pytest.raises(InvalidTerms):
        loan_terms(ContractType.ANN, principal, TWELVE_PERCENT, AUGUST_2015, periods)


def test_terms_without_a_cycle_cannot_be_stepped() -> None:
    terms = loan_terms(ContractType.PAM, 100, TWELVE_PERCENT, AUGUST_2015, 1)
    with pytest.raises(InvalidTerms, match="cycle"):
        steps(replace(terms, cycle_of_interest_payment=None))
