"""What the demo's report says, from figures that a test made up: every check can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.demo.actors import Order, Servicing, assign
from cli.demo.book import choose, read_book
from cli.demo.figures import Figures, checks, count_loan
from cli.demo.pilot import Course
from cli.demo.plan import plan_life
from cli.demo.report import document, show, show_checks
from lending.commands import DrawDown


def money(cents: int) -> dict[str, object]:
    return {"minor": cents, "amount": "", "asset": "USD"}


def row(servicing: Servicing, status: str) -> dict[str, object]:
    life = servicing.life
    return {
        "loan": servicing.name,
        "status": status,
        "paid_principal": money(life.principal),
        "paid_interest": money(life.interest),
        "recovered": money(life.record.recovered),
        "written_off": money(0 if life.record.is_paid else 1),
    }


@pytest.fixture
def good() -> tuple[Figures, Course]:
    figures = Figures()
    for servicing in assign([plan_life(r) for r in choose(read_book(), 20)], ("a", "b")):
        status = "REPAID" if servicing.life.record.is_paid else "WRITTEN_OFF"
        count_loan(figures, servicing, row(servicing, status))
    figures.members = {"a": {"interest_income": -5, "cash": 10}, "b": {}}
    figures.totals = {"interest_income": -5, "interest_expense": 5}
    figures.heights = {1: True, 9: True}
    figures.roots = {"a": "00", "b": "00"}
    return figures, Course(height=9, committed=30, started=1.0, ended=11.0)


def test_everything_holds_for_good_figures(good: tuple[Figures, Course]) -> None:
    figures, course = good
    assert all(check.is_ok for check in checks(figures, course, 20))


def spoil_principal(figures: Figures, course: Course) -> None:
    figures.paid.principal += 1


def spoil_interest(figures: Figures, course: Course) -> None:
    figures.paid.interest += 10**7


def spoil_balance(figures: Figures, course: Course) -> None:
    figures.heights[9] = False


def spoil_root(figures: Figures, course: Course) -> None:
    figures.roots["b"] = "01"


def spoil_mirror(figures: Figures, course: Course) -> None:
    figures.totals["interest_expense"] = 6


def spoil_plan(figures: Figures, course: Course) -> None:
    figures.off_plan.append("loan-0001")


def spoil_order(figures: Figures, course: Course) -> None:
    course.rejected.append((Order("a", DrawDown("loan-0001"), ("a",)), "WRONG_STATUS"))


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_principal,
        spoil_interest,
        spoil_balance,
        spoil_root,
        spoil_mirror,
        spoil_plan,
        spoil_order,
    ],
)
def test_one_wrong_figure_fails_one_check(
    good: tuple[Figures, Course], spoil: Callable[[Figures, Course], None]
) -> None:
    figures, course = good
    spoil(figures, course)
    assert sum(not check.is_ok for check in checks(figures, course, 20)) == 1


def test_a_loan_that_ended_otherwise_is_off_plan() -> None:
    (servicing,) = assign([plan_life(choose(read_book(), 1)[0])], ("a",))
    figures = Figures()
    count_loan(figures, servicing, row(servicing, "PERFORMING"))
    assert figures.off_plan == [servicing.name]


def test_a_missing_loan_is_missed(good: tuple[Figures, Course]) -> None:
    figures, course = good
    assert not checks(figures, course, 21)[0].is_ok


def test_the_report_shows_both_totals(
    good: tuple[Figures, Course], capsys: pytest.CaptureFixture[str]
) -> None:
    figures, course = good
    found = checks(figures, course, 20)
    show(figures, course)
    show_checks(found)
    shown = capsys.readouterr().out
    for cents in (figures.paid.interest, figures.paid.interest_recorded):
        assert f"{cents // 100:,}.{cents % 100:02}" in shown
    assert "FAILS" not in shown
    plain = document(figures, course, found)
    assert plain["is_ok"] is True
    assert plain["transactions_per_second"] == 3.0


def test_the_peak_is_over_seconds_in_a_row() -> None:
    course = Course()
    course.per_second.update({1: 3, 2: 6, 3: 0, 9: 7})
    assert course.peak(3) == 3.0
    assert Course().peak() == 0
