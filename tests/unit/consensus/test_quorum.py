"""Counting compared with its obvious second version."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consensus import quorum
from ledger.certificate import Ballot, Phase, Vote
from ledger.crypto import Digest, Signature
from ledger.membership import Height, MemberId, Membership, View
from ledger.transaction import ChainId
from tests.sim.ledgers import genesis_of

members = st.integers(1, 7).map(lambda count: genesis_of(count).membership)


def ballot(choice: int) -> Ballot:
    block = Digest(bytes([choice]) * 32)
    return Ballot(ChainId(bytes(32)), Phase.COMMIT, Height(1), View(0), block)


@st.composite
def elections(draw: st.DrawFn) -> tuple[Membership, dict[MemberId, Vote]]:
    membership = draw(members)
    voters = draw(st.lists(st.sampled_from(membership.ids), unique=True))
    votes = {
        voter: Vote(ballot(draw(st.integers(0, 1))), voter, Signature(bytes(64)))
        for voter in voters
    }
    return membership, votes


@given(elections())
def test_a_quorum_is_found_exactly_when_enough_members_agree(
    election: tuple[Membership, dict[MemberId, Vote]],
) -> None:
    membership, votes = election
    winners = [
        choice
        for choice in (0, 1)
        if len([v for v in votes.values() if v.ballot == ballot(choice)]) >= membership.quorum
    ]
    found = quorum.quorum_ballot(votes, membership)
    assert [found] == ([ballot(winners[0])] if winners else [None])
    assert len(winners) < 2


@given(members, st.data())
def test_two_quorums_share_an_honest_member(membership: Membership, data: st.DataObject) -> None:
    subsets = st.lists(
        st.sampled_from(membership.ids), unique=True, min_size=membership.quorum
    ).map(set)
    assert len(data.draw(subsets) & data.draw(subsets)) >= membership.f + 1


@given(members, st.data())
def test_the_jump_goes_to_the_smallest_view_above_once_f_plus_1_are_there(
    membership: Membership, data: st.DataObject
) -> None:
    views = data.draw(st.dictionaries(st.sampled_from(membership.ids), st.integers(0, 9).map(View)))
    current = View(data.draw(st.integers(0, 9)))
    above = sorted(view for view in views.values() if view > current)
    target = quorum.jump_target(views, current, membership)
    assert target == (above[0] if len(above) > membership.f else None)
    here = [view for view in views.values() if view >= current]
    assert quorum.has_quorum_at(views, current, membership) == (len(here) >= membership.quorum)
