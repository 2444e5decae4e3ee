"""The protocol's predicates, written plainly and slowly: what a replica may do, given what it heard.

After the node specification of QBFT (`UponProposal`, `UponPrepare`, `UponCommit`, `UponRoundChange`,
`validRoundChange`, `isProposalJustification`), with the deviations that docs/develop/protocol.md
lists: the view is outside the block, signers are counted and not messages, and every inner
signature is checked on receipt. No index, no cache, no shared code with consensus/ but the shapes
of messages: every question is answered by looking through everything the replica ever heard.
"""

from __future__ import annotations

from consensus.messages import Message, NewView, PrePrepare, ViewChange, VoteMessage
from ledger import codec, crypto
from ledger.certificate import CertifiedBlock, Phase, QuorumCertificate, Vote
from ledger.crypto import Purpose
from ledger.membership import MemberId, Membership
from ledger.transaction import ChainId

Heard = list[tuple[MemberId, Message]]
"""Everything a replica has heard, its own messages included, with who sent each."""


class Oracle:
    """Judges the messages of one honest member."""

    def __init__(self, me: MemberId, membership: Membership, chain_id: ChainId) -> None:
        self._me = me
        self._membership = membership
        self._chain_id = chain_id
        self.heard: Heard = []
        self._due: Heard = []

    def restart(self) -> None:
        """The replica has forgotten all but what it said itself."""
        self.heard = [item for item in self.heard if item[0] == self._me]
        self._due = list(self.heard)

    def hear(self, sender: MemberId, message: Message, *, is_due: bool) -> None:
        """The replica has heard, or said, something.

        `is_due` at the height in progress: no bound on what is kept for later excuses forgetting.
        """
        self.heard.append((sender, message))
        if is_due:
            self._due.append((sender, message))

    def forget(self, height: int) -> None:
        """A height is done; what was said of it matters no more."""
        self.heard = [item for item in self.heard if getattr(item[1], "height", 2**64) > height]
        self._due = []

    # --- may it say that? ------------------------------------------------------------------------

    def may_say(self, message: Message, primaries: tuple[MemberId, ...]) -> bool:
        """Whether what the replica has heard until now allows it to say this; again, always."""
        if (self._me, message) in self.heard:
            return True
        match message:
            case PrePrepare():
                return self._may_pre_prepare(message, primaries)
            case NewView():
                return self._is_new_view(self._me, message, primaries)
            case VoteMessage(vote) if vote.ballot.phase is Phase.PREPARE:
                return self._may_prepare(vote, primaries)
            case VoteMessage(vote):
                return self._may_commit(vote, primaries)
            case ViewChange():
                return self._may_leave(message)
            case _:
                return True

    def may_deliver(self, certified: CertifiedBlock) -> bool:
        """UponCommit and UponNewBlock: a quorum of distinct members has signed COMMIT for it."""
        certificate, block = certified.certificate, certified.block
        ballot = certificate.ballot
        return (
            ballot.phase is Phase.COMMIT
            and ballot.block_id == block.id
            and ballot.height == block.height
            and self._is_quorum(certificate)
        )

    def must_commit(self, height: int, view: int, block_id: bytes) -> bool:
        """Level-triggered: whether a quorum of PREPAREs for this block was heard for certain.

        Members that voted for two blocks are left out: which one counts depends on the order.
        """
        voters = self._voters(self._due, Phase.PREPARE, height, view, block_id)
        ballots = [
            (sender, message.vote.ballot)
            for sender, message in self.heard
            if isinstance(message, VoteMessage) and message.vote.ballot.phase is Phase.PREPARE
        ]
        two_faced = {
            sender
            for sender, ballot in ballots
            if (ballot.height, ballot.view) == (height, view) and ballot.block_id != block_id
        }
        return len(voters - two_faced) >= self._membership.quorum

    def _may_pre_prepare(self, message: PrePrepare, primaries: tuple[MemberId, ...]) -> bool:
        """UponBlockTimeout: the primary of view 0 proposes a block of its own, one only."""
        others = [
            said.block.id
            for sender, said in self.heard
            if sender == self._me and isinstance(said, PrePrepare)
            and (said.height, said.view) == (message.height, message.view)
        ]  # fmt: skip
        return (
            message.view == 0
            and primaries[0] == self._me == message.block.header.proposer
            and all(other == message.block.id for other in others)
        )

    def _may_prepare(self, vote: Vote, primaries: tuple[MemberId, ...]) -> bool:
        """UponProposal: a justified proposal of this block by the primary of this view was heard."""
        ballot = vote.ballot
        return self._has_not_left(ballot.height, ballot.view) and any(
            self._is_proposal(sender, message, primaries)
            and _proposed(message) == (ballot.height, ballot.view, ballot.block_id)
            for sender, message in self.heard
        )

    def _may_commit(self, vote: Vote, primaries: tuple[MemberId, ...]) -> bool:
        """UponPrepare: the proposal was heard and a quorum of PREPAREs for it."""
        ballot = vote.ballot
        voters = self._voters(
            self.heard, Phase.PREPARE, ballot.height, ballot.view, ballot.block_id
        )
        return self._may_prepare(vote, primaries) and len(voters) >= self._membership.quorum

    def _may_leave(self, change: ViewChange) -> bool:
        """UponRoundTimeout: the claim is of the highest view the replica prepared in itself."""
        prepared = [
            (vote.ballot.view, vote.ballot.block_id)
            for sender, message in self.heard
            if sender == self._me and isinstance(message, VoteMessage)
            for vote in (message.vote,)
            if vote.ballot.phase is Phase.COMMIT and vote.ballot.height == change.height
            and vote.ballot.view < change.view
        ]  # fmt: skip
        claim = (
            None if change.prepared is None else (change.prepared.view, change.prepared.block_id)
        )
        return claim == max(prepared, default=None) and self._is_view_change(self._me, change)

    def _has_not_left(self, height: int, view: int) -> bool:
        return not any(
            sender == self._me and isinstance(message, ViewChange)
            and message.height == height and message.view > view
            for sender, message in self.heard
        )  # fmt: skip

    # --- the predicates on messages --------------------------------------------------------------

    def _is_proposal(
        self, sender: MemberId, message: Message, primaries: tuple[MemberId, ...]
    ) -> bool:
        if isinstance(message, NewView):
            return self._is_new_view(sender, message, primaries)
        return (
            isinstance(message, PrePrepare)
            and message.view == 0
            and self._is_by_primary(sender, message, primaries)
            and message.block.header.proposer == message.primary
        )

    def _is_by_primary(
        self, sender: MemberId, message: PrePrepare, primaries: tuple[MemberId, ...]
    ) -> bool:
        statement = codec.encode(
            (self._chain_id, "pre-prepare", message.height, message.view, message.block.id)
        )
        return sender == message.primary == primaries[
            message.view % len(primaries)
        ] and self._has_signed(sender, Purpose.PRE_PREPARE, statement, message.signature)

    def _is_new_view(
        self, sender: MemberId, message: NewView, primaries: tuple[MemberId, ...]
    ) -> bool:
        """isProposalJustification: a quorum left for this view, and the highest prepared obliges."""
        proposal, changes = message.pre_prepare, message.view_changes
        place = (proposal.height, proposal.view)
        senders = {change.sender for change in changes}
        claims = [
            (change.prepared.view, change.prepared.block_id)
            for change in changes
            if change.prepared is not None
        ]
        return (
            proposal.view > 0
            and self._is_by_primary(sender, proposal, primaries)
            and len(senders) == len(changes) >= self._membership.quorum
            and all((change.height, change.view) == place for change in changes)
            and all(self._is_view_change(change.sender, change) for change in changes)
            and (
                max(claims)[1] == proposal.block.id
                if claims
                else proposal.block.header.proposer == proposal.primary
            )
        )

    def _is_view_change(self, sender: MemberId, change: ViewChange) -> bool:
        """validRoundChange, with the certificate checked on receipt."""
        prepared = change.prepared
        claim = (None, None) if prepared is None else (prepared.view, prepared.block_id)
        statement = codec.encode(
            (self._chain_id, "view-change", change.height, change.view, *claim)
        )
        if sender != change.sender or change.view < 1:
            return False
        if not self._has_signed(sender, Purpose.VIEW_CHANGE, statement, change.signature):
            return False
        return prepared is None or (
            prepared.certificate.ballot.phase is Phase.PREPARE
            and prepared.certificate.ballot.height == change.height
            and prepared.view < change.view
            and self._is_quorum(prepared.certificate)
        )

    def _is_quorum(self, certificate: QuorumCertificate) -> bool:
        """Distinct signers in the membership, each signature good, at least a quorum of them."""
        good = {
            voter
            for voter, signature in certificate.signatures
            if self._is_vote(voter, Vote(certificate.ballot, voter, signature))
        }
        return len(good) == len(certificate.signatures) >= self._membership.quorum

    def _is_vote(self, sender: MemberId, vote: Vote) -> bool:
        ballot = vote.ballot
        statement = codec.encode(
            (self._chain_id, ballot.phase.value, ballot.height, ballot.view, ballot.block_id)
        )
        purpose = Purpose.PREPARE if ballot.phase is Phase.PREPARE else Purpose.COMMIT
        return sender == vote.voter and self._has_signed(sender, purpose, statement, vote.signature)

    def _has_signed(
        self, member: MemberId, purpose: Purpose, statement: bytes, signature: bytes
    ) -> bool:
        known = self._membership.by_id.get(member)
        return known is not None and crypto.verify(known.key, purpose, statement, signature)

    # --- counting --------------------------------------------------------------------------------

    def _voters(
        self, heard: Heard, phase: Phase, height: int, view: int, block_id: bytes
    ) -> set[MemberId]:
        """Who has voted for exactly this."""
        return {
            sender
            for sender, message in heard
            if isinstance(message, VoteMessage)
            and (message.vote.ballot.phase, message.vote.ballot.height) == (phase, height)
            and (message.vote.ballot.view, message.vote.ballot.block_id) == (view, block_id)
            and self._is_vote(sender, message.vote)
        }


def _proposed(message: Message) -> tuple[int, int, bytes] | None:
    if isinstance(message, NewView):
        message = message.pre_prepare
    if isinstance(message, PrePrepare):
        return (message.height, message.view, message.block.id)
    return None
