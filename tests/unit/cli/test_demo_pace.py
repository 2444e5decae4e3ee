"""How the demo picks the speed of business time."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cli.demo.actors import day_ms
from cli.demo.command import HEAD_START_SECONDS, MONTH_SECONDS, opening_ms
from cli.demo.pace import MONTH_SECONDS_MIN, month_seconds, signature_checks

CHECKS = st.floats(100, 50_000)


def test_a_part_of_the_book_takes_the_shortest_month_and_the_whole_a_longer_one() -> None:
    assert month_seconds(300, 9_000.0, 2) == MONTH_SECONDS_MIN
    assert 9 < month_seconds(4_770, 9_000.0, 2) < 15


@given(st.integers(1, 5_000), CHECKS, CHECKS, st.integers(1, 64))
def test_a_slower_machine_never_has_the_shorter_month(
    loans: int, one: float, other: float, cores: int
) -> None:
    slow, fast = sorted((one, other))
    assert month_seconds(loans, slow, cores) >= month_seconds(loans, fast, cores)
    assert month_seconds(loans, fast, cores) >= MONTH_SECONDS_MIN


def test_the_machine_is_measured() -> None:
    assert 10 < signature_checks() < 1_000_000


@given(st.floats(0.5, 60))
def test_business_time_begins_early_enough_to_start_the_nodes(month: float) -> None:
    before_ms = day_ms(date(2015, 4, 1)) - opening_ms(month)
    of_the_wall = before_ms / 1_000 * month / MONTH_SECONDS
    assert abs(of_the_wall - (month + HEAD_START_SECONDS)) < 0.01
