"""The named properties: each holds of rich worlds, each can fail, and the documentation lists them all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from tests.campaigns import lending
from tests.campaigns.lending_play import Play
from tests.campaigns.lending_stage import Change, Stage
from tests.properties.named import registry
from tests.properties.named.base import COURSES, STATES, STEPS, Course, Property
from tests.properties.named.spoil import spoiled_changes, spoiled_views
from tests.properties.named.view import View, view_of

T = TypeVar("T")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "lend" / "properties.md"
WORLDS_MAX = 20
"""As many as it takes to see every moment, and no more."""
WORLDS, STEPS_EACH, VIEWS_EACH = 6, 1_500, 3
NAMED_AT_LEAST = 90
MOMENTS = ("loan_drawn", "auction_started", "installment_billed", "grace_ended")
"""Events that are soon over: a state of that moment is among those that are spoiled."""


@cache
def worlds() -> tuple[list[View], list[Course], list[Change]]:
    """States, pairs of states and steps of some worlds of the campaign."""
    views, courses, changes = list[View](), list[Course](), list[Change]()
    moments = list(MOMENTS)
    for number in range(WORLDS_MAX):
        if number >= WORLDS and not moments:
            break
        stage, found = Stage(), list[View]()
        for count, act in enumerate(lending.acts(Play(stage, random.Random(f"spoil/{number}"))), 1):
            change = stage.play(act)
            changes.append(change)
            wanted = next((name for name, _ in change.events if name in moments), "")
            if wanted and (wanted != "loan_drawn" or is_secured(stage)):
                moments.remove(wanted)
                views.append(view_of(stage.state, stage.now_ms))
            if count % (STEPS_EACH // VIEWS_EACH) == 0:
                found.append(view_of(stage.state, stage.now_ms))
            if count == STEPS_EACH:
                break
        views += reversed(found)
        courses += [Course(found[0], found[-1]), Course(found[-1], found[-1])]
    return views, courses, changes


def is_secured(stage: Stage) -> bool:
    """Whether an account holds something for a loan that runs."""
    view = view_of(stage.state, stage.now_ms)
    return any(
        account.holdings and name in view.loans and view.loans[name].balance
        for account in view.accounts.values()
        for name in account.loans
    )


def spoiled_courses(between: Course, each: Property[Course]) -> Iterator[Course]:
    for view in spoiled_views(between.new, each.check):
        yield Course(between.old, view)


def fails(each: Property[T], subject: T) -> bool:
    try:
        each.check(subject)
    except AssertionError:
        return True
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, ArithmeticError):
        return False  # the spoiled record is not even read: that is not this property's merit
    return False


@pytest.mark.parametrize("each", STATES, ids=lambda each: each.name)
def test_a_broken_state_is_seen(each: Property[View]) -> None:
    views = worlds()[0]
    for view in views:
        each.check(view)
    assert any(fails(each, bad) for view in views for bad in spoiled_views(view, each.check))


@pytest.mark.parametrize("each", COURSES, ids=lambda each: each.name)
def test_a_broken_course_is_seen(each: Property[Course]) -> None:
    courses = worlds()[1]
    for between in courses:
        each.check(between)
    assert any(fails(each, bad) for between in courses for bad in spoiled_courses(between, each))


@pytest.mark.parametrize("each", STEPS, ids=lambda each: each.name)
def test_a_broken_step_is_seen(each: Property[Change]) -> None:
    changes = worlds()[2]
    for change in changes:
        each.check(change)
    wrote = [change for change in changes if change.written and not change.refusal]
    refused = [change for change in changes if change.refusal][:50]
    assert any(fails(each, bad) for change in (*wrote, *refused) for bad in spoiled_changes(change))


def test_there_are_enough_and_each_has_a_name_and_a_sentence_of_its_own() -> None:
    found = registry.names()
    assert len(found) >= NAMED_AT_LEAST
    assert len({name for name, _, _ in found}) == len(found)
    assert len({sentence for _, _, sentence in found}) == len(found)
    assert all(sentence.endswith(".") for _, _, sentence in found)


def test_the_page_lists_them_all(rewrite: bool) -> None:
    """`pytest --rewrite` writes the page anew."""
    text = registry.page()
    if rewrite:
        PAGE.write_text(text)
    assert PAGE.read_text() == text
