"""The long campaign in short: a few worlds of it on every run, and its own honesty.

`python -m tests.campaigns.lending` is the million steps.
"""

from __future__ import annotations

import random

import pytest

from lending import keys, records
from lending.chart import Account
from tests.campaigns import lending
from tests.campaigns.lending_checks import Checks
from tests.campaigns.lending_play import Play
from tests.campaigns.lending_stage import Act, Ask, Stage, Wait

STEPS = 1_200


@pytest.mark.parametrize("number", [0, 1])
def test_a_world_of_the_campaign_holds(number: int) -> None:
    tally = lending.play_world(seed=7, number=number, steps=STEPS, whole_every=100)
    assert not tally.failure
    assert tally.steps == STEPS
    assert tally.applied.total() > STEPS // 4
    assert tally.refused.total() > STEPS // 10


def test_a_seed_gives_the_same_steps() -> None:
    def first(count: int) -> list[Act]:
        stage, found = Stage(), list[Act]()
        for act in lending.acts(Play(stage, random.Random("1/2"))):
            stage.play(act)
            found.append(act)
            if len(found) == count:
                break
        return found

    assert first(150) == first(150)


def test_stolen_money_is_found_and_the_steps_to_it_are_few() -> None:
    """A custodian whose asset is worth more than what it keeps: caught, and shown in one step."""
    give = Ask("mint", "issue_cash", {"holder": "alpha", "asset": "USD", "amount": 7,
                                      "reference": "r"})  # fmt: skip
    trace: list[Act] = [Wait(1), give, Wait(1), give]
    stage, checks = Stage(), Checks(whole_every=1)
    for act in trace:
        checks.after(stage, stage.play(act))
    key = keys.book("alpha", "USD")
    book = records.BOOK.get(stage.state, key)
    assert book is not None
    more = list(book.balances)
    more[Account.CASH] += 1
    records.BOOK.put(stage.state, key, records.Book(tuple(more)))
    with pytest.raises(AssertionError):
        checks.whole(stage)


def test_a_failing_trace_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(trace: list[Act]) -> str:
        return "here" if Wait(3) in trace and Wait(8) in trace else ""

    monkeypatch.setattr(lending, "fault_of", fault)
    assert lending.shortened([Wait(n) for n in range(1, 40)], 5.0) == [Wait(3), Wait(8)]
