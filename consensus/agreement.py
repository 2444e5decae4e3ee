"""The agreement on one block: PBFT's normal case and view change at one height, level-triggered.

`receive` believes what is genuine, `advance` does what follows from all that is known. In which
order things became known never matters (votes before their proposal, a COMMIT quorum after its
view), and asking again is harmless. What is known is in `instance`, what may be signed in
`safety`, when patience ends in `pacemaker`. Not here: other heights, peers, the pool (`replica`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from consensus import proposals
from consensus.context import Context
from consensus.evidence import Evidence
from consensus.future import HeightMessage
from consensus.instance import Instance
from consensus.mempool import NOT_INCLUDABLE, Dropped
from consensus.messages import (
    Message,
    NewView,
    PreparedProof,
    PrePrepare,
    Proposal,
    Status,
    ViewChange,
    VoteMessage,
)
from consensus.output import NoticeKind
from consensus.pacemaker import Pacemaker, timeout_ms
from consensus.ports import ROOTS_DIFFER
from consensus.safety import UNKNOWN
from consensus.settings import VIEW_MAX
from consensus.view_change import must_repropose, verify_new_view
from ledger.certificate import CertifiedBlock, Phase, Vote
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from ledger.transaction import Transaction


class Agreement:
    """One replica's part in the agreement on the block after the head."""

    def __init__(self, context: Context) -> None:
        """Begin at the height after the head, or take it up again from safety data."""
        ledger = context.ledger
        self._context = context
        self.height = Height(ledger.head.height + 1)
        self.instance = Instance(ledger.chain_id, self.height, ledger.membership, ledger.primaries)
        self._pacemaker = Pacemaker(context.settings, context.now.monotonic_ms)
        self._gave_up_leading = False
        context.height, context.view = self.height, View(0)
        self._restore()

    def _restore(self) -> None:
        """What was signed at this height before a restart counts still, and is signed no more."""
        context, instance = self._context, self.instance
        context.safety.begin(self.height)
        self._tell_silence()
        data = context.safety.at(self.height)
        if data.view > 0:
            self._enter(data.view, is_changing=True)
        if data.prepared is not None:
            instance.restore(data.prepared)
        for vote in (data.prepare, data.commit):
            if vote is not None:
                instance.add_vote(vote)
        if data.view_change is not None:
            instance.add_view_change(replace(data.view_change, prepared=data.prepared))

    def _tell_silence(self) -> None:
        """Say once why nothing is signed; not at height 1, where nobody remembers anything."""
        context, first = self._context, self._context.safety.data.voting_from_height
        if context.safety.may_sign(self.height):
            context.is_silent = False
            return
        if context.is_silent or (first == UNKNOWN and self.height == 1):
            return
        context.is_silent = True
        if first == UNKNOWN:
            code, detail = "AMNESIA", "what this key has signed is not known; it waits until safe"
        else:
            code, detail = "SAFETY_DATA_AHEAD", f"signed beyond its chain; signs from {first} on"
        context.notice(NoticeKind.NOT_VOTING, code=code, detail=detail)

    @property
    def view(self) -> View:
        """The view in progress."""
        return self.instance.view

    @property
    def is_voting(self) -> bool:
        """Whether this replica signs anything at this height."""
        context = self._context
        return (
            not context.has_diverged
            and context.me in self.instance.membership.by_id
            and context.safety.may_sign(self.height)
        )

    # --- what others say -------------------------------------------------------------------------

    def receive(self, sender: MemberId, message: HeightMessage) -> None:
        """Take in a message of this height. Raises Invalid; then no vote and no view has changed."""
        match message:
            case PrePrepare():
                self._receive_pre_prepare(sender, message)
            case VoteMessage(vote):
                _must_be_sender(sender, vote.voter)
                self._keep(self.instance.add_vote(vote))
            case ViewChange():
                _must_be_sender(sender, message.sender)
                self._keep(self.instance.add_view_change(message))
            case NewView():
                self._receive_new_view(sender, message)

    def _receive_pre_prepare(self, sender: MemberId, message: PrePrepare) -> None:
        if message.view != 0:
            raise Invalid("NEW_VIEW_NEEDED", "a proposal above view 0 comes in a NEW-VIEW")
        self._check_author(sender, message)
        if self._is_contradicted(message):
            return
        if self._awaits_proposal_of(View(0)):
            self._check_fresh(message)
            self._accept(message, ())

    def _receive_new_view(self, sender: MemberId, message: NewView) -> None:
        instance, pre_prepare = self.instance, message.pre_prepare
        if message.view < 1:
            raise Invalid("BAD_VIEW", "view 0 begins without a NEW-VIEW")
        self._check_author(sender, pre_prepare)
        obliged = verify_new_view(message, instance.membership, instance.certificates)
        if self._is_contradicted(pre_prepare) or not self._awaits_proposal_of(message.view):
            return
        if obliged is None:
            self._check_fresh(pre_prepare)
        else:
            self._check_execution(pre_prepare)
        self._enter(message.view, is_changing=False)
        self._context.notice(NoticeKind.VIEW_ENTERED, member=sender)
        self._accept(pre_prepare, message.view_changes)

    def _awaits_proposal_of(self, view: View) -> bool:
        """Whether a proposal of that view is the next thing.

        In view 0 it is while there is none; above, in a view being changed to and in any later.
        """
        instance = self.instance
        if view == 0:
            return instance.view == 0 and instance.accepted is None
        return view > instance.view or (view == instance.view and instance.is_changing)

    def _check_author(self, sender: MemberId, message: PrePrepare) -> None:
        _must_be_sender(sender, message.primary)
        if message.primary != self.instance.primary(message.view):
            raise Invalid("NOT_THE_PRIMARY", f"{message.primary} in view {message.view}")
        message.verify(self.instance.membership)

    def _is_contradicted(self, message: PrePrepare) -> bool:
        """Whether its primary proposed another block before; that one stands, evidence is kept."""
        contradiction = self.instance.note_proposal(message)
        self._keep(contradiction)
        return contradiction is not None

    def _check_fresh(self, message: PrePrepare) -> None:
        context = self._context
        proposals.check_fresh(message, context.now.business_ms, context.settings.clock_bound_ms)
        self._check_execution(message)

    def _check_execution(self, message: PrePrepare) -> None:
        """Execute before voting. Raises Invalid, and says loudly when only the roots differ."""
        proposals.check_size(message.block)
        try:
            self._context.execute(message.proposal)
        except Invalid as error:
            if error.code == ROOTS_DIFFER:
                self._context.notice(
                    NoticeKind.ROOTS_DIFFER, member=message.block.header.proposer,
                    code=error.code, detail=error.detail,
                )  # fmt: skip
            raise

    def _accept(self, message: PrePrepare, view_changes: tuple[ViewChange, ...]) -> None:
        """Take a checked proposal as that of the view in progress, and vote for it."""
        context = self._context
        if not self.is_voting:
            return
        if self._is_censoring(message):
            self._leave_for(View(self.view + 1), "CENSORED")
            return
        self.instance.accepted = message
        self._pacemaker.make_progress(context.now.monotonic_ms)
        vote = context.safety.sign_prepare(message, view_changes, self.instance.membership)
        if vote is not None:
            self._cast(vote)

    def _is_censoring(self, message: PrePrepare) -> bool:
        """Whether a proposal of view 0 with room in it leaves out what waits for far too long."""
        context, oldest = self._context, self._context.mempool.oldest()
        if message.view != 0 or message.primary == context.me or oldest is None:
            return False
        transaction, since_ms = oldest
        if context.now.monotonic_ms < since_ms + context.settings.suspect_after_ms:
            return False
        if not context.ledger.is_includable(transaction):
            self._drop(transaction)
            return False
        context.mempool.rejuvenate(transaction.id, context.now.monotonic_ms)
        return proposals.is_without_excuse(
            message.block, transaction, context.settings.block_transactions_max
        )

    def _cast(self, vote: Vote) -> None:
        self._keep(self.instance.add_vote(vote))
        self._context.out.broadcast(VoteMessage(vote))

    def _keep(self, found: Evidence | None) -> None:
        if found is not None and self.instance.is_first_against(found):
            self._context.accuse(found)

    # --- what follows ----------------------------------------------------------------------------

    def committed(self) -> CertifiedBlock | None:
        """The block that a COMMIT quorum of any view is for, if it is in hand."""
        for certificate in self.instance.commit_certificates():
            proposal = self.instance.known(certificate.ballot.block_id)
            if proposal is not None:
                return CertifiedBlock(proposal.block, proposal.parent_certificate, certificate)
        return None

    def committed_elsewhere(self) -> Iterator[MemberId]:
        """Those who hold a block that a quorum commits and this replica has never seen."""
        for certificate in self.instance.commit_certificates():
            if self.instance.known(certificate.ballot.block_id) is None:
                yield from (voter for voter, _ in certificate.signatures)

    def advance(self) -> bool:
        """Do the next thing that follows from what is known; False when nothing does."""
        return self.is_voting and (
            self._jump() or self._lose_patience() or self._lead() or self._commit()
        )

    def _jump(self) -> bool:
        """When f + 1 others have left for higher views, go with them."""
        target = self.instance.jump_target(self._context.me)
        return target is not None and self._leave_for(target, "JUMP")

    def _lose_patience(self) -> bool:
        """The view took too long. In a view change the clock runs once a quorum is there too."""
        now_ms = self._context.now.monotonic_ms
        if self.instance.is_changing and self.instance.has_quorum_here(self._context.me):
            self._pacemaker.hear_quorum(now_ms)
        deadline_ms = self._deadline_ms()
        if deadline_ms is None or now_ms < deadline_ms:
            return False
        return self.view < VIEW_MAX and self._leave_for(View(self.view + 1), "TIMEOUT")

    def _leave_for(self, view: View, reason: str) -> bool:
        context = self._context
        change = context.safety.sign_view_change(self.height, view)
        if change is None:
            return False
        suspect = self.instance.primary(self.view)
        context.notice(NoticeKind.PRIMARY_SUSPECTED, member=suspect, code=reason)
        self._enter(view, is_changing=True)
        self._keep(self.instance.add_view_change(change))
        context.out.broadcast(change)
        return True

    def _enter(self, view: View, *, is_changing: bool) -> None:
        self.instance.enter(view, is_changing=is_changing)
        self._pacemaker.enter_view(self._context.now.monotonic_ms)
        self._context.view = view
        self._gave_up_leading = False

    def _commit(self) -> bool:
        """A quorum has prepared the proposal of this view: promise to commit it."""
        accepted, context = self.instance.accepted, self._context
        if accepted is None or self.instance.has_vote(Phase.COMMIT, context.me):
            return False
        prepared = self.instance.certificate_for(Phase.PREPARE, accepted.block.id)
        if prepared is None:
            return False
        proof = PreparedProof(prepared, accepted.proposal)
        vote = context.safety.sign_commit(proof, self.instance.membership)
        if vote is None:
            return False
        self._pacemaker.make_progress(context.now.monotonic_ms)
        self._cast(vote)
        return True

    # --- the primary's part ----------------------------------------------------------------------

    def _lead(self) -> bool:
        """If this view is mine and waits for me: propose; after a restart the same again."""
        instance, context = self.instance, self._context
        if instance.primary(self.view) != context.me or instance.accepted is not None:
            return False
        if self._gave_up_leading:
            return False
        earlier = context.safety.proposed(self.height, self.view)
        if earlier is not None:
            return self._send_proposal(earlier)
        if instance.is_changing:
            changes = instance.view_changes()
            return bool(changes) and self._lead_new_view(changes)
        if context.now.monotonic_ms < self.proposal_due_ms():
            return False
        proposal = self._fresh_proposal()
        return proposal is not None and self._propose(proposal, ())

    def _lead_new_view(self, changes: tuple[ViewChange, ...]) -> bool:
        """A quorum has left for my view: propose what they prepared, else a fresh block."""
        obliged = must_repropose(changes)
        proposal = self._fresh_proposal() if obliged is None else obliged.proposal
        return proposal is not None and self._propose(proposal, changes)

    def _fresh_proposal(self) -> Proposal | None:
        """A new block on the head; None while the parent's time is ahead of what others accept."""
        context = self._context
        head, now_ms = context.ledger.head, context.now.business_ms
        timestamp_ms = max(now_ms, head.timestamp_ms + 1)
        if timestamp_ms > now_ms + context.settings.clock_bound_ms:
            return None
        chosen: list[Transaction] = []
        for transaction in context.mempool.select(self.height):
            if context.ledger.is_includable(transaction):
                chosen.append(transaction)
            else:
                self._drop(transaction)
        block = context.ledger.build(context.me, timestamp_ms, chosen)
        return Proposal(block, head.certificate)

    def _drop(self, transaction: Transaction) -> None:
        self._context.mempool.discard(transaction.id)
        self._context.notice_dropped(Dropped(transaction.id, NOT_INCLUDABLE))

    def _propose(self, proposal: Proposal, changes: tuple[ViewChange, ...]) -> bool:
        """Sign a proposal that executes here too: nothing is proposed that I would not vote for."""
        context = self._context
        try:
            context.execute(proposal)
        except Invalid as error:
            self._gave_up_leading = True
            context.notice(NoticeKind.ROOTS_DIFFER, code=error.code, detail=error.detail)
            return False
        stripped = tuple(change.without_block() for change in changes)
        message = context.safety.sign_proposal(proposal, self.view, stripped)
        return message is not None and self._send_proposal(message)

    def _send_proposal(self, message: PrePrepare | NewView) -> bool:
        """Send it, and take it in by the same path as anybody's."""
        context = self._context
        context.out.broadcast(message)
        context.guarded(context.me, lambda: self.receive(context.me, message))
        self._gave_up_leading = self.instance.accepted is None
        return not self._gave_up_leading

    # --- for the replica -------------------------------------------------------------------------

    def lacking(self, status: Status) -> Iterator[Message]:
        """What this replica has signed at this height that a peer with this status may lack."""
        data = self._context.safety.at(self.height)
        is_behind = status.view < self.view
        if data.proposed is not None and (is_behind or not status.holds_proposal):
            yield data.proposed
        if data.view_change is not None and (is_behind or self.instance.is_changing):
            yield replace(data.view_change, prepared=data.prepared)
        for vote in (data.prepare, data.commit):
            if vote is not None:
                yield VoteMessage(vote)

    def proposal_due_ms(self) -> int:
        """When the primary of view 0 proposes."""
        is_full = len(self._context.mempool) >= self._context.settings.block_transactions_max
        return self._pacemaker.proposal_due_ms(oldest_ms=self._oldest_ms(), is_full=is_full)

    def deadlines_ms(self) -> Iterator[int]:
        """The moments at which time alone may change something here."""
        deadline_ms = self._deadline_ms()
        if self.is_voting and deadline_ms is not None:
            yield deadline_ms
            yield deadline_ms - timeout_ms(self._context.settings, self.view) // 2
            yield self.proposal_due_ms()

    def overlooked(self) -> tuple[Transaction, ...]:
        """What was handed in here and waits, half-way to the deadline: others may not know of it."""
        deadline_ms, now_ms = self._deadline_ms(), self._context.now.monotonic_ms
        if deadline_ms is None or self.instance.accepted is not None:
            return ()
        if not self._pacemaker.pass_on(self.view, now_ms, deadline_ms):
            return ()
        return self._context.mempool.own()

    def _deadline_ms(self) -> int | None:
        return self._pacemaker.view_deadline_ms(
            self.view, is_changing=self.instance.is_changing,
            has_proposal=self.instance.accepted is not None, oldest_ms=self._oldest_ms(),
        )  # fmt: skip

    def _oldest_ms(self) -> int | None:
        oldest = self._context.mempool.oldest()
        return None if oldest is None else oldest[1]


def _must_be_sender(sender: MemberId, author: MemberId) -> None:
    if sender != author:
        raise Invalid("NOT_THE_SENDER", f"{sender} sent a message of {author}")
