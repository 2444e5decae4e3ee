"""The tables of lives: ends are ends, and a step that is not listed halts."""

from __future__ import annotations

import itertools

import pytest

from ledger.receipt import Rejected
from lending.products.lifecycle import (
    AGREEMENT_STEPS,
    LOAN_STEPS,
    agreement_step,
    check_loan_status,
    loan_step,
)
from lending.records import AgreementStatus, LoanStatus


def test_every_status_is_in_its_table() -> None:
    assert set(AGREEMENT_STEPS) == set(AgreementStatus)
    assert set(LOAN_STEPS) == set(LoanStatus)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(LoanStatus, LoanStatus)))
def test_a_loan_takes_listed_steps_only(old: LoanStatus, new: LoanStatus) -> None:
    if new is old or new in LOAN_STEPS[old]:
        assert loan_step(old, new) is new
    else:
        with pytest.raises(AssertionError):
            loan_step(old, new)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(AgreementStatus, AgreementStatus)))
def test_an_agreement_takes_listed_steps_only(old: AgreementStatus, new: AgreementStatus) -> None:
    if new in AGREEMENT_STEPS[old]:
        assert agreement_step(old, new) is new
    else:
        with pytest.raises(AssertionError):
            agreement_step(old, new)


def test_the_ends_are_ends() -> None:
    assert [status for status, steps in LOAN_STEPS.items() if not steps] == [
        LoanStatus.REPAID,
        LoanStatus.RECOVERED,
    ]


def test_a_refusal_says_what_is_and_what_should_be() -> None:
    refused = check_loan_status(LoanStatus.REPAID, LoanStatus.DEFAULTED)
    assert isinstance(refused, Rejected)
    assert refused.facts == {"status": "REPAID", "allowed": ("DEFAULTED",)}
    assert check_loan_status(LoanStatus.REPAID, LoanStatus.REPAID) is None
