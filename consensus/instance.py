"""What is known about one height in progress: proposals, votes, view changes; bounded, all verified.

It judges whether a message is genuine and keeps it; what follows from it is the replica's matter.
At most one message per (sender, view, type) is kept; a second one that says something else comes
back as evidence. Nothing is signed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from consensus import evidence, quorum
from consensus.evidence import Evidence
from consensus.messages import PreparedProof, PrePrepare, Proposal, ViewChange
from consensus.settings import PROPOSALS_MAX, VIEW_WINDOW
from consensus.view_change import (
    VerifiedCertificates,
    verify_attached_block,
    verify_view_change,
)
from ledger.certificate import Ballot, Phase, QuorumCertificate, Vote
from ledger.crypto import Digest, Purpose
from ledger.membership import Height, MemberId, Membership, View
from ledger.transaction import ChainId

Votes = dict[MemberId, Vote]
"""Votes of one phase and view, one per voter."""


class Instance:
    """The agreement on one block: PBFT's state for one sequence number."""

    def __init__(
        self,
        chain_id: ChainId,
        height: Height,
        membership: Membership,
        primaries: tuple[MemberId, ...],
    ) -> None:
        self.chain_id = chain_id
        self.height = height
        self.membership = membership
        self.primaries = primaries
        self.view = View(0)
        self.is_changing = False
        self.accepted: PrePrepare | None = None
        self.certificates = VerifiedCertificates(membership)
        self._votes: dict[tuple[Phase, View], Votes] = {}
        self._proposed: dict[View, PrePrepare] = {}
        self._known: dict[Digest, Proposal] = {}
        self._view_changes: dict[MemberId, ViewChange] = {}
        self._views: dict[MemberId, View] = {}
        self._accused: set[tuple[MemberId, Purpose]] = set()

    def primary(self, view: View) -> MemberId:
        """Whose turn a view is."""
        return self.primaries[view % len(self.primaries)]

    def enter(self, view: View, *, is_changing: bool) -> None:
        """Move to a view, at first without a proposal; what fell out of the window is forgotten."""
        self.view = view
        self.is_changing = is_changing
        self.accepted = None
        for key in [key for key in self._votes if not self._in_window(key[1])]:
            del self._votes[key]

    # --- proposals -------------------------------------------------------------------------------

    def note_proposal(self, pre_prepare: PrePrepare) -> Evidence | None:
        """Keep a genuine proposal; evidence if its primary proposed another block in its view."""
        earlier = self._proposed.setdefault(pre_prepare.view, pre_prepare)
        _trim(self._proposed)
        if earlier.block.id != pre_prepare.block.id:
            return evidence.of_statements(pre_prepare.primary, earlier, pre_prepare)
        self._know(pre_prepare.proposal)
        return None

    def holds_proposal(self) -> bool:
        """Whether a genuine proposal of the view in progress is known."""
        return self.view in self._proposed

    def known(self, block_id: Digest) -> Proposal | None:
        """A proposal of this height by its block's id, of whatever view."""
        return self._known.get(block_id)

    def _know(self, proposal: Proposal) -> None:
        self._known.pop(proposal.block.id, None)
        self._known[proposal.block.id] = proposal
        _trim(self._known)

    # --- votes -----------------------------------------------------------------------------------

    def add_vote(self, vote: Vote) -> Evidence | None:
        """Verify and keep a vote, unless it is known; evidence if it contradicts one. Raises Invalid."""
        ballot = vote.ballot
        if not self._in_window(ballot.view):
            return None
        votes = self._votes.get((ballot.phase, ballot.view), {})
        earlier = votes.get(vote.voter)
        if earlier is not None and earlier.ballot == ballot:
            return None
        vote.verify(self.membership)
        if earlier is not None:
            return evidence.of_votes(earlier, vote)
        self._votes.setdefault((ballot.phase, ballot.view), {})[vote.voter] = vote
        return None

    def has_vote(self, phase: Phase, voter: MemberId) -> bool:
        """Whether a member's vote of this phase in the view in progress is known."""
        return voter in self._votes.get((phase, self.view), {})

    def certificate_for(self, phase: Phase, block_id: Digest) -> QuorumCertificate | None:
        """The certificate of a quorum of votes for a block in the view in progress, if there is."""
        ballot = Ballot(self.chain_id, phase, self.height, self.view, block_id)
        chosen = quorum.votes_for(self._votes.get((phase, self.view), {}), ballot)
        return QuorumCertificate.of(chosen) if len(chosen) >= self.membership.quorum else None

    def commit_certificates(self) -> Iterator[QuorumCertificate]:
        """A certificate for every COMMIT quorum, of whatever view: a late one is honoured."""
        for (phase, _), votes in self._votes.items():
            if phase is Phase.COMMIT:
                ballot = quorum.quorum_ballot(votes, self.membership)
                if ballot is not None:
                    yield QuorumCertificate.of(quorum.votes_for(votes, ballot))

    def _in_window(self, view: View) -> bool:
        return self.view - VIEW_WINDOW <= view <= self.view + VIEW_WINDOW

    # --- view changes ----------------------------------------------------------------------------

    def add_view_change(self, change: ViewChange) -> Evidence | None:
        """Verify and keep a view change, the highest per sender. Raises Invalid."""
        earlier = self._view_changes.get(change.sender)
        if earlier is not None:
            if change.view < earlier.view:
                return None
            if change.view == earlier.view and change.statement == earlier.statement:
                return None
        verify_view_change(change, self.membership, self.certificates)
        verify_attached_block(change)
        if earlier is not None and change.view == earlier.view:
            return evidence.of_statements(change.sender, earlier, change)
        self._view_changes[change.sender] = change
        self.note_view(change.sender, change.view)
        return None

    def note_view(self, member: MemberId, view: View) -> None:
        """Remember where a member is, by its view change or its own word."""
        if member in self.membership.by_id:
            self._views[member] = max(view, self._views.get(member, View(0)))

    def view_changes(self) -> tuple[ViewChange, ...]:
        """A quorum or more of view changes for the view in progress, by sender; else nothing."""
        chosen = [
            self._view_changes[member]
            for member in self.membership.ids
            if member in self._view_changes and self._view_changes[member].view == self.view
        ]
        return tuple(chosen) if len(chosen) >= self.membership.quorum else ()

    def jump_target(self, me: MemberId) -> View | None:
        """The view that f + 1 others oblige this replica to leave for, if any."""
        views = {
            sender: change.view for sender, change in self._view_changes.items() if sender != me
        }
        return quorum.jump_target(views, self.view, self.membership)

    def has_quorum_here(self, me: MemberId) -> bool:
        """Whether a quorum, this replica counted, is known to be in this view or above."""
        return quorum.has_quorum_at({**self._views, me: self.view}, self.view, self.membership)

    def restore(self, prepared: PreparedProof) -> None:
        """Take up what safety data has proof of, after a restart."""
        assert prepared.proposal is not None, "safety data holds the block it has prepared"
        self._know(prepared.proposal)

    def is_first_against(self, found: Evidence) -> bool:
        """Whether evidence is the first against its culprit for this kind of statement here."""
        key = (found.culprit, found.place[1])
        is_first = key not in self._accused
        self._accused.add(key)
        return is_first


def _trim(kept: dict[View, PrePrepare] | dict[Digest, Proposal]) -> None:
    while len(kept) > PROPOSALS_MAX:
        del kept[next(iter(kept))]  # type: ignore[arg-type]
