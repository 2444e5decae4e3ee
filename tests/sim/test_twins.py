"""A few scenarios of twins in every run of the tests; `python -m tests.campaigns.twins` plays all."""

from __future__ import annotations

import random
from unittest import mock

import pytest

from ledger.membership import Membership
from tests.sim.twins import Arena, partitions, random_scenario, scenario_of

TWO_GROUPS = partitions(5, 2)


def test_two_groups_of_five_hosts_are_fifteen() -> None:
    assert len(TWO_GROUPS) == len(set(TWO_GROUPS)) == 15


@pytest.mark.parametrize("first", range(0, 50_625, 10_125))
def test_one_twin_of_four_splits_nothing_and_frames_nobody(first: int) -> None:
    for number in range(first, first + 10_125, 1_013):
        arena = Arena(4, (1,))
        arena.run(scenario_of(number, TWO_GROUPS, 4))
        assert arena.culprits <= {arena.hosts[1].member}


def test_two_twins_of_seven_split_nothing() -> None:
    for number in range(10):
        Arena(7, (1, 2)).run(random_scenario(random.Random(number), 9, 5))


def test_a_quorum_that_is_too_small_is_split_at_once() -> None:
    """The scenarios bite: where two quorums need not share an honest member, they find two blocks."""
    split = (0, 0, 1, 1, 1)
    arena = Arena(4, (1,))
    with (
        mock.patch.object(Membership, "quorum", property(lambda _: 2)),
        pytest.raises(AssertionError, match=r"agreement|two certified blocks"),
    ):
        arena.run((split, split))
