"""Whose turn it is: equal on all nodes, fair, and a dead member costs little."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.certificate import Ballot, Phase, QuorumCertificate
from ledger.crypto import Digest, Signature
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, Membership, View
from ledger.rotation import (
    STANDSTILL_HEIGHTS_MAX,
    Rotation,
    first_rotation,
    next_rotation,
    turn_order,
)
from ledger.transaction import ChainId
from tests.support.chain_factory import Consortium


def membership(count: int) -> Membership:
    return Consortium.of(count).genesis.membership


def committed(height: int, view: int, voters: Iterable[MemberId] = ()) -> QuorumCertificate:
    """Give a certificate of which the rotation reads nothing but the view and the voters."""
    ballot = Ballot(ChainId(bytes(32)), Phase.COMMIT, Height(height), View(view), Digest(bytes(32)))
    return QuorumCertificate(ballot, tuple((voter, Signature(bytes(64))) for voter in voters))


def must(certificate: QuorumCertificate | None) -> QuorumCertificate:
    """Give the certificate that there is."""
    assert certificate is not None
    return certificate


class Simulation:
    """A chain on which some members are dead: every view of theirs runs into its timeout."""

    def __init__(self, count: int) -> None:
        self.membership = membership(count)
        self.rotation = first_rotation(self.membership)
        self.certificate: QuorumCertificate | None = None
        self.height = 0
        self.timeouts = 0
        self.led: list[MemberId] = []

    def block(self, dead: set[MemberId]) -> None:
        view = next(view for view in range(1_000) if self.rotation.primary(view) not in dead)
        self.led.append(self.rotation.primary(view))
        self.timeouts += view
        self.height += 1
        self.rotation = next_rotation(self.rotation, self.membership, self.height, self.certificate)
        alive = [name for name in self.membership.ids if name not in dead]
        self.certificate = committed(self.height, view, alive)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 10])
def test_all_alive_take_equal_turns(count: int) -> None:
    simulation = Simulation(count)
    for _ in range(5 * count):
        simulation.block(set())
    assert simulation.timeouts == 0
    assert all(simulation.led.count(name) == 5 for name in simulation.membership.ids)
    assert simulation.led[:count] == simulation.led[count : 2 * count]
    assert simulation.rotation.strikes == ()


@pytest.mark.parametrize("count", [4, 7, 10])
def test_a_dead_member_costs_one_timeout_for_ever(count: int) -> None:
    simulation = Simulation(count)
    dead = {simulation.membership.ids[1]}
    for _ in range(4_000):
        simulation.block(dead)
    assert simulation.timeouts == 1


def test_f_dead_members_cost_no_more_each() -> None:
    simulation = Simulation(10)
    dead = set(simulation.membership.ids[2:5])
    for _ in range(4_000):
        simulation.block(dead)
    assert simulation.timeouts <= 3 + 2  # neighbours may still fail in one height together


@pytest.mark.parametrize("count", [4, 7, 10])
def test_who_votes_and_never_leads_costs_a_timeout_now_and_then(count: int) -> None:
    simulation = Simulation(count)
    silent = {simulation.membership.ids[1]}
    heights = 4_000
    for _ in range(heights):
        simulation.block(silent)
        simulation.certificate = replace(
            must(simulation.certificate),
            signatures=committed(1, 0, simulation.membership.ids).signatures,
        )
    doublings = (STANDSTILL_HEIGHTS_MAX // count).bit_length() + 1
    assert simulation.timeouts <= doublings + heights // STANDSTILL_HEIGHTS_MAX
    assert simulation.timeouts < heights // count // 10


def test_the_living_share_the_turns_of_the_dead_equally() -> None:
    simulation = Simulation(4)
    dead = {simulation.membership.ids[0]}
    for _ in range(900):
        simulation.block(dead)
    turns = [simulation.led.count(name) for name in simulation.membership.ids[1:]]
    assert sum(turns) == 900
    assert max(turns) - min(turns) < 30


def test_who_comes_back_is_forgiven_when_a_block_of_his_gets_through() -> None:
    simulation = Simulation(4)
    back = simulation.membership.ids[2]
    for _ in range(40):
        simulation.block({back})
    assert [member for member, _, _ in simulation.rotation.strikes] == [back]
    led_before = len(simulation.led)
    for _ in range(40):
        simulation.block(set())
    assert simulation.rotation.strikes == ()
    assert simulation.led[led_before:].count(back) > 8


def test_the_pause_doubles_to_a_cap() -> None:
    members = membership(4)
    name = members.ids[0]
    pauses = []
    rotation = first_rotation(members)
    for _ in range(12):
        aimed = Rotation(rotation.order, (name, *members.ids[1:]), rotation.strikes)
        rotation = next_rotation(aimed, members, 1_000, committed(999, 1))
        ((_, count, until),) = rotation.strikes
        pauses.append(until - 1_000)
        assert count == len(pauses)
    assert pauses == [8, 16, 32, 64, 128, 256, *[STANDSTILL_HEIGHTS_MAX] * 6]


def test_with_everybody_set_aside_everybody_leads_again() -> None:
    members = membership(4)
    strikes = dict.fromkeys(members.ids, (1, 100))
    for voters in ((), members.ids):
        assert sorted(turn_order(members, 5, strikes, voters)) == list(members.ids)
        assert turn_order(members, 5, strikes, voters)[0] == members.ids[1]


def test_the_first_heights_blame_nobody() -> None:
    members = membership(4)
    rotation = next_rotation(first_rotation(members), members, 1, None)
    assert rotation.strikes == ()
    assert rotation.previous == first_rotation(members).order


def test_blame_goes_to_the_order_in_force_at_the_parents_height() -> None:
    members = membership(4)
    first = first_rotation(members)
    second = next_rotation(first, members, 1, None)
    third = next_rotation(second, members, 2, committed(1, 2))
    assert [name for name, _, _ in third.strikes] == sorted(first.order[:2])
    assert third.order[0] not in first.order[:2]


def test_a_member_that_left_is_forgotten() -> None:
    rotation = Rotation(membership(4).ids, membership(4).ids, ((membership(4).ids[3], 2, 99),))
    after = next_rotation(rotation, membership(3), 10, None)
    assert after.strikes == ()
    assert set(after.order) == set(membership(3).ids)


@given(st.integers(1, 10), st.lists(st.integers(0, 25), max_size=40))
def test_any_history_of_views_keeps_the_order_a_permutation(count: int, views: list[int]) -> None:
    members = membership(count)
    rotation = first_rotation(members)
    certificate = None
    for height, view in enumerate(views, start=1):
        before = rotation.encode()
        rotation = next_rotation(rotation, members, height, certificate)
        again = next_rotation(Rotation.decode(before), members, height, certificate)
        assert again == rotation, "it follows from the record and the certificate alone"
        assert Rotation.decode(rotation.encode()) == rotation
        assert sorted(rotation.order) == list(members.ids)
        assert [name for name, _, _ in rotation.strikes] == sorted(
            name for name, _, _ in rotation.strikes
        )
        certificate = committed(height, view)


def test_a_damaged_record_is_refused() -> None:
    encoded = first_rotation(membership(4)).encode()
    with pytest.raises(Invalid):
        Rotation.decode(encoded[:-1])
