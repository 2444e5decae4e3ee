"""Counting, and nothing else: distinct members, thresholds, no signatures and no state.

Every mapping here is keyed by member, so a member counts once, however often it speaks; the
callers let only members of the membership in force in. Thresholds are compared with >= always.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledger.certificate import Ballot, Vote
from ledger.membership import MemberId, Membership, View


def votes_for(votes: Mapping[MemberId, Vote], ballot: Ballot) -> dict[MemberId, Vote]:
    """The votes for one ballot."""
    return {voter: vote for voter, vote in votes.items() if vote.ballot == ballot}


def quorum_ballot(votes: Mapping[MemberId, Vote], membership: Membership) -> Ballot | None:
    """The ballot that a quorum of these votes is for, if any; there cannot be two."""
    if len(votes) < membership.quorum:
        return None
    counts: dict[Ballot, int] = {}
    for vote in votes.values():
        counts[vote.ballot] = counts.get(vote.ballot, 0) + 1
        if counts[vote.ballot] >= membership.quorum:
            return vote.ballot
    return None


def jump_target(
    views: Mapping[MemberId, View], current: View, membership: Membership
) -> View | None:
    """The smallest view above `current` that others have left for, once f + 1 of them are above.

    Among f + 1 members one is honest, so the jump has an honest reason (PBFT, liveness rule).
    """
    above = [view for view in views.values() if view > current]
    return min(above) if len(above) >= membership.f + 1 else None


def has_quorum_at(views: Mapping[MemberId, View], current: View, membership: Membership) -> bool:
    """Whether a quorum is known to be in `current` or above: only then may its timer run."""
    return sum(1 for view in views.values() if view >= current) >= membership.quorum
