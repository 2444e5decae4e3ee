"""The demo's plan, row by row, against what LendingClub recorded: before any node is started."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from cli.demo.book import Record, choose, read_book
from cli.demo.plan import Action, Life, Step, payout_days, plan_life, planned_bills
from ledger.errors import Invalid
from lending.arithmetic import Installment

MONTH_EFFECT_EXCEPTIONS = 6
"""Loans that paid more interest than their whole schedule has: they were late for long."""


@cache
def book() -> tuple[Record, ...]:
    return read_book()


@cache
def lives() -> tuple[Life, ...]:
    return tuple(plan_life(record) for record in book())


def first_bill(record: Record) -> Installment:
    return planned_bills(record)[0]


def paid() -> list[Life]:
    return [life for life in lives() if life.record.is_paid]


def charged_off() -> list[Life]:
    return [life for life in lives() if not life.record.is_paid]


def test_the_book_is_the_whole_record(shared: Path) -> None:
    assert (len(book()), len(paid()), len(charged_off())) == (4770, 4088, 682)
    source = (shared / "data" / "lendingclub-outcomes.csv").read_bytes()
    note = (Path(__file__).parents[3] / "config" / "demo" / "SOURCE.md").read_text()
    assert hashlib.sha256(source).hexdigest() in note


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.gz").write_bytes(b"no gzip")
    with pytest.raises(Invalid, match="BAD_BOOK"):
        read_book(tmp_path / "book.gz")


def test_the_engine_bills_the_recorded_installment_on_every_loan() -> None:
    assert all(first_bill(record).payment == record.installment for record in book())


def test_principal_received_is_the_record_s_for_every_fully_paid_loan() -> None:
    assert all(life.principal == life.record.principal_received for life in paid())
    assert all(
        sum(action.amount for action in life.actions) == life.principal + life.interest
        for life in paid()
    )


def test_interest_is_within_one_month_s_timing() -> None:
    beyond = [
        life
        for life in paid()
        if abs(life.interest - life.record.interest_received) > first_bill(life.record).interest
    ]
    assert len(beyond) == MONTH_EFFECT_EXCEPTIONS
    assert all(life.interest < life.record.interest_received for life in beyond)
    total = sum(life.interest for life in paid())
    recorded = sum(life.record.interest_received for life in paid())
    assert abs(total - recorded) * 500 < recorded, "within a fifth of a per cent over the book"


def test_a_charged_off_loan_pays_what_it_paid() -> None:
    for life in charged_off():
        record = life.record
        cash = sum(action.amount for action in life.actions if action.step is Step.PAY)
        assert cash == record.principal_received + record.interest_received
        assert cash == life.principal + life.interest
        assert life.principal < record.principal
        recovered = [a for a in life.actions if a.step is Step.RECOVER]
        assert sum(a.amount for a in recovered) == record.recovered
        assert all(a.fee <= a.amount for a in recovered)
        assert Counter(a.step for a in life.actions)[Step.WRITE_OFF] == 1


def test_nothing_follows_a_settlement_and_bills_are_paid_once_and_in_order() -> None:
    for life in lives():
        bills = [a.bill for a in life.actions if a.step in (Step.PAY, Step.SETTLE)]
        assert bills == sorted(set(bills))
        assert [a.step for a in life.actions].count(Step.SETTLE) == life.is_early
        assert not life.is_early or life.actions[-1].step is Step.SETTLE


def test_a_loan_repaid_before_its_first_bill_costs_its_principal() -> None:
    life = next(life for life in paid() if life.interest == 0)
    assert life.actions == (Action(Step.SETTLE, 0, life.record.principal),)
    assert life.needs == 0


@pytest.mark.parametrize("count", [1, 4, 40, 300, 4769, 4770, 9999])
def test_a_part_of_the_book_is_the_same_every_time(count: int) -> None:
    part = choose(book(), count)
    assert len(part) == min(count, len(book()))
    assert part == choose(book(), count)
    assert [record.row for record in part] == sorted({record.row for record in part})


def test_a_part_of_the_book_has_its_share_of_every_kind() -> None:
    part = choose(book(), 300)
    outcomes = Counter(record.is_paid for record in part)
    assert outcomes[False] in (42, 43)
    grades = Counter(record.grade[0] for record in part)
    for grade, of_all in Counter(record.grade[0] for record in book()).items():
        assert abs(grades[grade] - of_all * 300 / 4770) <= 3
    ends = Counter(plan_life(record).is_early for record in part if record.is_paid)
    assert ends[True] > ends[False] > 0


def test_payouts_are_spread_over_days_that_every_month_has() -> None:
    days = Counter(payout_days(record) for record in book())
    assert set(days) == set(range(28))
    assert max(days.values()) - min(days.values()) <= 1
