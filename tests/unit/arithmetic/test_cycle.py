"""Cycles generate the times of the ACTUS specification: stubs, month ends, anchors."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic.cycle import Cycle, parse_cycle, recurrence
from lending.arithmetic.errors import InvalidTerms

ANCHORS = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2030-01-01"))
CYCLES = st.one_of(
    st.builds(Cycle, months=st.integers(1, 24), days=st.just(0), long_stub=st.booleans()),
    st.builds(Cycle, months=st.just(0), days=st.integers(1, 90), long_stub=st.booleans()),
)


def days(anchor: str | None, cycle: str, end: str, *, eom: bool = False) -> list[str]:
    dates = recurrence(
        datetime.fromisoformat(anchor) if anchor else None,
        parse_cycle(cycle, "cycle"),
        datetime.fromisoformat("2013-01-31"),
        eom,
    )
    assert dates is not None
    return [f"{time:%m-%d}" for time in dates.times(datetime.fromisoformat(end))]


def test_the_end_itself_is_not_part_of_the_times() -> None:
    assert days("2013-01-01", "P1ML1", "2013-04-01") == ["01-01", "02-01", "03-01"]


def test_a_short_stub_keeps_the_last_time_and_a_long_stub_drops_it() -> None:
    assert days("2013-01-01", "P1ML1", "2013-03-15") == ["01-01", "02-01", "03-01"]
    assert days("2013-01-01", "P1ML0", "2013-03-15") == ["01-01", "02-01"]


def test_an_end_on_the_cycle_has_no_stub() -> None:
    assert days("2013-01-01", "P1ML0", "2013-04-01") == ["01-01", "02-01", "03-01"]


def test_the_last_second_of_the_year_is_off_the_cycle() -> None:
    assert days("2013-10-01", "P1ML0", "2013-12-31T23:59:59") == ["10-01", "11-01"]


def test_a_long_stub_never_drops_the_only_time() -> None:
    assert days("2013-01-01", "P1ML0", "2013-01-15") == ["01-01"]


def test_same_day_keeps_the_day_of_the_anchor_through_february() -> None:
    assert days("2013-01-31", "P1ML1", "2013-05-01") == ["01-31", "02-28", "03-31", "04-30"]
    assert days("2013-02-28", "P1ML1", "2013-05-01") == ["02-28", "03-28", "04-28"]


def test_end_of_month_stays_at_month_ends_only_if_anchored_there() -> None:
    assert days("2013-02-28", "P1ML1", "2013-05-01", eom=True) == ["02-28", "03-31", "04-30"]
    assert days("2013-02-27", "P1ML1", "2013-05-01", eom=True) == ["02-27", "03-27", "04-27"]
    assert days("2013-02-28", "P28DL1", "2013-05-01", eom=True) == ["02-28", "03-28", "04-25"]


def test_without_an_anchor_cycles_count_from_the_start_and_keep_its_day() -> None:
    assert days(None, "P1ML1", "2013-05-01") == ["02-28", "03-31", "04-30"]


def test_nothing_is_scheduled_without_anchor_and_cycle() -> None:
    assert recurrence(None, None, datetime.fromisoformat("2013-01-01"), end_of_month=False) is None


def test_an_anchor_alone_is_one_time() -> None:
    dates = recurrence(
        datetime.fromisoformat("2013-03-01"),
        None,
        datetime.fromisoformat("2013-01-01"),
        end_of_month=False,
    )
    assert dates is not None
    assert dates.times(datetime.fromisoformat("2014-01-01")) == [
        datetime.fromisoformat("2013-03-01")
    ]
    assert dates.times(datetime.fromisoformat("2013-03-01")) == []


@pytest.mark.parametrize(
    ("text", "cycle"),
    [
        ("P1ML0", Cycle(1, 0, long_stub=True)),
        ("P3ML1", Cycle(3, 0)),
        ("P2W", Cycle(0, 14)),
        ("P9DL1", Cycle(0, 9)),
        ("P1Q", Cycle(3, 0)),
        ("P1H", Cycle(6, 0)),
        ("1Y", Cycle(12, 0)),
    ],
)
def test_cycles_are_read(text: str, cycle: Cycle) -> None:
    assert parse_cycle(text, "cycle") == cycle


@pytest.mark.parametrize("text", ["", "P0M", "PM", "P1X", "P1ML2", "P-1M", "P1.5M", "P1000000D"])
def test_what_is_no_cycle_is_refused(text: str) -> None:
    with pytest.raises(InvalidTerms, match="cycleOfFee"):
        parse_cycle(text, "cycleOfFee")


def test_a_schedule_of_absurd_length_is_refused() -> None:
    start, end = datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("1990-01-01")
    dates = recurrence(start, Cycle(0, 1), start, end_of_month=False)
    assert dates is not None
    with pytest.raises(InvalidTerms, match="12000"):
        dates.times(end)


@given(ANCHORS, CYCLES, st.booleans(), st.integers(0, 4000))
def test_counting_in_constant_time_agrees_with_walking(
    anchor: datetime, cycle: Cycle, end_of_month: bool, length: int
) -> None:
    end = anchor + timedelta(days=length)
    walked = 0
    while cycle.time(anchor, walked, end_of_month) < end:
        walked += 1
    assert cycle.count_before(anchor, end, end_of_month) == walked


@given(ANCHORS, CYCLES, st.booleans(), st.integers(1, 4000))
def test_times_ascend_from_the_anchor_and_stay_before_the_end(
    anchor: datetime, cycle: Cycle, end_of_month: bool, length: int
) -> None:
    dates = recurrence(anchor, cycle, anchor, end_of_month)
    assert dates is not None
    end = anchor + timedelta(days=length)
    times = dates.times(end)
    assert times[0] == cycle.time(anchor, 0, end_of_month)
    assert times == sorted(set(times))
    assert times[-1] < end
