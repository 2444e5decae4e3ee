"""The rules that must not break: the only file that signs PRE-PREPARE, PREPARE, COMMIT, VIEW-CHANGE.

Small enough to read twice. Every signature has a *position* (height, view, step). `Safety` signs
at ever higher positions only; asked the same question again it gives the same signature again;
asked anything else at or below its position it refuses (returns None). What it has signed is in
`SafetyData`, which the driver puts on disk before any message of the same output leaves: a replica
that restarts from that record can neither contradict nor forget what others may have seen.

Safety does not decide what is a good block; it trusts no decision of the others on what is signed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from consensus.messages import (
    NewView,
    PreparedProof,
    PrePrepare,
    Proposal,
    ViewChange,
    pre_prepare_statement,
    read_height,
    read_view,
    view_change_statement,
)
from consensus.view_change import must_repropose
from ledger import codec
from ledger.certificate import Ballot, Phase, Vote
from ledger.crypto import Purpose, Signer
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, Membership, View
from ledger.transaction import ChainId

UNKNOWN: Final = Height(2**63 - 1)
"""As the height to vote from: it is not known what this key has signed; see amnesia."""


class Step(IntEnum):
    """What can be signed in a view, in the only order in which it may be signed."""

    VIEW_CHANGE = 0
    PRE_PREPARE = 1
    PREPARE = 2
    COMMIT = 3


@dataclass(frozen=True, slots=True)
class SafetyData:
    """Everything a replica must remember across crashes. Written before what it allows is sent."""

    height: Height
    """The height of the last signature; 0 before the first."""
    view: View
    """The view of the last signature."""
    step: Step
    """The step of the last signature."""
    voting_from_height: Height
    """Nothing below this height is signed: what was signed there may have been forgotten."""
    proposed: PrePrepare | NewView | None
    """The proposal signed in `view`, to be sent again after a restart."""
    view_change: ViewChange | None
    """The VIEW-CHANGE signed for `view`, without its block, which is that of `prepared`."""
    prepare: Vote | None
    """The last PREPARE signed at `height`."""
    commit: Vote | None
    """The last COMMIT signed at `height`."""
    prepared: PreparedProof | None
    """The proof of the highest view prepared at `height`, with its block."""

    @classmethod
    def initial(cls, voting_from_height: Height = Height(0)) -> SafetyData:
        """The record of a key that has signed nothing at `voting_from_height` or above."""
        return cls(
            Height(0), View(0), Step.VIEW_CHANGE, voting_from_height, None, None, None, None, None
        )

    @property
    def position(self) -> tuple[Height, View, Step]:
        """The position of the last signature."""
        return (self.height, self.view, self.step)

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        parts = (self.view_change, self.prepare, self.commit, self.prepared)
        proposed = self.proposed
        return (
            self.height, self.view, int(self.step), self.voting_from_height,
            None if proposed is None else (isinstance(proposed, NewView), proposed.to_value()),
            *(None if part is None else part.to_value() for part in parts),
        )  # fmt: skip

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> SafetyData:
        """Read `to_value`. Raises Invalid."""
        height, view, step, voting_from, *parts = codec.fields(
            value, int, int, int, int, object, object, object, object, object
        )
        if not Step.VIEW_CHANGE <= step <= Step.COMMIT:
            raise Invalid("BAD_SAFETY_DATA", f"step {step}")
        proposed, view_change, prepare, commit, prepared = parts
        return cls(
            read_height(height), read_view(view), Step(step), read_height(voting_from),
            None if proposed is None else _read_proposed(chain_id, proposed),
            None if view_change is None else ViewChange.from_value(chain_id, view_change),
            None if prepare is None else Vote.from_value(chain_id, prepare),
            None if commit is None else Vote.from_value(chain_id, commit),
            None if prepared is None else PreparedProof.from_value(chain_id, prepared),
        )  # fmt: skip


def _read_proposed(chain_id: ChainId, value: codec.Value) -> PrePrepare | NewView:
    is_new_view, body = codec.fields(value, bool, tuple)
    if is_new_view:
        return NewView.from_value(chain_id, body)
    return PrePrepare.from_value(chain_id, body)


class Safety:
    """The signer of one member, bound to what it has signed before."""

    def __init__(self, me: MemberId, signer: Signer, chain_id: ChainId, data: SafetyData) -> None:
        self._me = me
        self._signer = signer
        self._chain_id = chain_id
        self.data = data

    def begin(self, height: Height) -> None:
        """Take up a height. If the record is ahead of the chain, the chain has lost blocks.

        What was signed at the heights in between is forgotten, so nothing is signed until the
        chain is past the record.
        """
        if self.data.height > height:
            beyond = Height(max(self.data.height + 1, self.data.voting_from_height))
            self.data = replace(self.data, voting_from_height=beyond)

    def vote_from(self, height: Height) -> None:
        """Sign at `height` and above: nothing forgotten can be contradicted there."""
        self.data = replace(self.data, voting_from_height=height)

    def may_sign(self, height: Height) -> bool:
        """Whether anything at all may be signed at this height."""
        return height >= self.data.voting_from_height and height >= self.data.height

    def proposed(self, height: Height, view: View) -> PrePrepare | NewView | None:
        """The proposal already signed for this view, to be sent again."""
        data = self.data
        return data.proposed if (data.height, data.view) == (height, view) else None

    def at(self, height: Height) -> SafetyData:
        """The record as it concerns `height`: empty if nothing has been signed there yet."""
        if self.data.height == height:
            return self.data
        return replace(SafetyData.initial(self.data.voting_from_height), height=height)

    def sign_proposal(
        self, proposal: Proposal, view: View, view_changes: tuple[ViewChange, ...]
    ) -> PrePrepare | NewView | None:
        """Sign a proposal; in a view above 0 as a NEW-VIEW with the view changes that justify it.

        If one is signed for this view already, the answer is that one.
        """
        block = proposal.block
        earlier = self.proposed(block.height, view)
        if earlier is not None:
            return earlier
        if not self._is_next(block.height, view, Step.PRE_PREPARE):
            return None
        statement = pre_prepare_statement(self._chain_id, block.height, view, block.id)
        signature = self._signer.sign(Purpose.PRE_PREPARE, statement)
        pre_prepare = PrePrepare(proposal, view, self._me, signature)
        proposed = NewView(pre_prepare, view_changes) if view_changes else pre_prepare
        moved = self._enter(self.at(block.height), view)
        self.data = replace(moved, step=Step.PRE_PREPARE, proposed=proposed)
        return proposed

    def sign_prepare(
        self, pre_prepare: PrePrepare, view_changes: tuple[ViewChange, ...], membership: Membership
    ) -> Vote | None:
        """Sign PREPARE for a proposal that the caller has checked and executed.

        Above view 0 only with a quorum of view changes for that view, and only the block that
        they oblige everybody to, if they do.
        """
        block, view = pre_prepare.block, pre_prepare.view
        ballot = Ballot(self._chain_id, Phase.PREPARE, block.height, view, block.id)
        data = self.at(block.height)
        if data.prepare is not None and data.prepare.ballot == ballot:
            return data.prepare
        if not self._is_next(block.height, view, Step.PREPARE):
            return None
        if view > 0 and not _is_justified(pre_prepare, view_changes, membership):
            return None
        vote = Vote.cast(ballot, self._me, self._signer)
        moved = self._enter(data, view)
        self.data = replace(moved, step=Step.PREPARE, prepare=vote)
        return vote

    def sign_commit(self, proof: PreparedProof, membership: Membership) -> Vote | None:
        """Sign COMMIT for what a quorum has prepared; the proof becomes part of the record."""
        prepared = proof.certificate.ballot
        height, view = prepared.height, prepared.view
        ballot = replace(prepared, phase=Phase.COMMIT)
        data = self.at(height)
        if data.commit is not None and data.commit.ballot == ballot:
            return data.commit
        if not self._is_next(height, view, Step.COMMIT) or not _is_proof(proof, membership):
            return None
        vote = Vote.cast(ballot, self._me, self._signer)
        moved = self._enter(data, view)
        self.data = replace(moved, step=Step.COMMIT, commit=vote, prepared=proof, view_change=None)
        return vote

    def sign_view_change(self, height: Height, view: View) -> ViewChange | None:
        """Sign VIEW-CHANGE for `view`, with the proof of the highest view prepared at `height`."""
        data = self.at(height)
        if data.view_change is not None and data.view == view:
            return replace(data.view_change, prepared=data.prepared)
        if view == 0 or not self._is_next(height, view, Step.VIEW_CHANGE):
            return None
        prepared = data.prepared
        certificate = None if prepared is None else prepared.certificate
        statement = view_change_statement(self._chain_id, height, view, certificate)
        signature = self._signer.sign(Purpose.VIEW_CHANGE, statement)
        change = ViewChange(self._chain_id, height, view, prepared, self._me, signature)
        moved = self._enter(data, view)
        self.data = replace(moved, step=Step.VIEW_CHANGE, view_change=change.without_block())
        return change

    def _is_next(self, height: Height, view: View, step: Step) -> bool:
        """Whether a position is above everything signed so far."""
        return self.may_sign(height) and (height, view, step) > self._floor(height)

    def _floor(self, height: Height) -> tuple[int, int, int]:
        return self.data.position if self.data.height == height else (height, 0, -1)

    @staticmethod
    def _enter(data: SafetyData, view: View) -> SafetyData:
        """The record moved to a view: what was proposed or left for in another one is past."""
        if data.view == view:
            return data
        return replace(data, view=view, proposed=None, view_change=None)


def _is_justified(
    pre_prepare: PrePrepare, view_changes: tuple[ViewChange, ...], membership: Membership
) -> bool:
    place = (pre_prepare.height, pre_prepare.view)
    senders = {
        change.sender
        for change in view_changes
        if (change.height, change.view) == place and change.sender in membership.by_id
    }
    obliged = must_repropose(view_changes)
    return len(senders) >= membership.quorum and (
        obliged is None or obliged.block_id == pre_prepare.block.id
    )


def _is_proof(proof: PreparedProof, membership: Membership) -> bool:
    signers = {voter for voter, _ in proof.certificate.signatures if voter in membership.by_id}
    return (
        len(signers) >= membership.quorum
        and proof.certificate.ballot.phase is Phase.PREPARE
        and proof.proposal is not None
        and proof.proposal.block.id == proof.block_id
    )
