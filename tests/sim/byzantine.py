"""A byzantine member: an ordinary replica whose messages are bent on their way out.

It signs whatever it likes with its own key, never with another's. Each message to each peer may be
left out, replayed, replaced by a contradiction, made into a false claim, or have a byte flipped.
"""

from __future__ import annotations

import random
from dataclasses import replace

from consensus.messages import (
    Blocks,
    FetchBlocks,
    Message,
    NewView,
    PreparedProof,
    PrePrepare,
    Proposal,
    Status,
    ViewChange,
    VoteMessage,
    decode_message,
    encode_message,
    pre_prepare_statement,
    view_change_statement,
)
from ledger.certificate import Ballot, Phase, QuorumCertificate, Vote
from ledger.crypto import Digest, Purpose, Signature, Signer
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from tests.sim.ledgers import Book

MEMORY_MAX = 200
HONEST_PERMILLE = 600


class Mutator:
    """Bends what one member sends."""

    def __init__(self, rng: random.Random, member: MemberId, signer: Signer, book: Book) -> None:
        self._rng = rng
        self._member = member
        self._signer = signer
        self._book = book
        self._memory: list[Message] = []
        self._proofs: list[PreparedProof] = []

    def bend(self, message: Message) -> list[Message]:
        """What is sent to one peer in place of a message."""
        rng = self._rng
        self._remember(message)
        if rng.randrange(1_000) < HONEST_PERMILLE:
            return [message]
        choice = rng.randrange(10)
        if choice == 0:
            return []
        if choice == 1:
            return [message, rng.choice(self._memory)]
        if choice == 2:
            return self._flip(message)
        if choice == 3:
            return [message, self._noise()]
        if choice == 4:
            return [message, self._lie(message)]
        return [self._lie(message)]

    def _remember(self, message: Message) -> None:
        if len(self._memory) < MEMORY_MAX:
            self._memory.append(message)
        else:
            self._memory[self._rng.randrange(MEMORY_MAX)] = message
        if isinstance(message, ViewChange) and message.prepared is not None:
            self._proofs = [*self._proofs[-8:], message.prepared]

    def _flip(self, message: Message) -> list[Message]:
        data = bytearray(encode_message(message))
        data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)
        try:
            return [decode_message(self._book.chain_id, bytes(data))]
        except Invalid:
            return []

    def _lie(self, message: Message) -> Message:
        match message:
            case PrePrepare():
                return self._pre_prepare(self._other_proposal(message.proposal), message.view)
            case VoteMessage(vote):
                return self._other_vote(vote)
            case ViewChange():
                return self._other_view_change(message.height, message.view, message.prepared)
            case NewView():
                return self._other_new_view(message)
            case Status():
                lie = self._rng.choice((-1, 1, 5, 1_000, 2**60))
                return replace(message, height=Height(max(0, message.height + lie)))
            case Blocks():
                return self._other_blocks(message)
            case _:
                return self._noise()

    def _noise(self) -> Message:
        """Something nobody waits for."""
        rng = self._rng
        height = Height(self._book.height + rng.choice((0, 1, 1, 1, 2, 3, 100)))
        view = View(rng.choice((0, 1, 2, 3, 2**62)))
        choice = rng.randrange(5)
        if choice == 0:
            return self._vote(rng.choice(list(Phase)), height, view, Digest(rng.randbytes(32)))
        if choice == 1:
            proof = rng.choice(self._proofs) if self._proofs else None
            return self._other_view_change(height, view, proof)
        if choice == 2:
            return Status(height, view, rng.random() < 0.5)
        if choice == 3:
            return FetchBlocks(height)
        return self._pre_prepare(self._fresh_proposal(), view)

    # --- one lie per kind of message -------------------------------------------------------------

    def _fresh_proposal(self) -> Proposal:
        ledger = self._book.ledger
        timestamp_ms = ledger.head.timestamp_ms + self._rng.randint(1, 1_000)
        block = ledger.build(self._member, timestamp_ms, ())
        return Proposal(block, ledger.head.certificate)

    def _other_proposal(self, proposal: Proposal) -> Proposal:
        """Another block for the same place: well formed, or with roots that are not true."""
        rng, block = self._rng, proposal.block
        if block.height == self._book.height + 1 and rng.random() < 0.6:
            return self._fresh_proposal()
        header = rng.choice((
            replace(block.header, timestamp_ms=block.header.timestamp_ms + 1),
            replace(block.header, state_root=Digest(rng.randbytes(32))),
            replace(block.header, parent=Digest(rng.randbytes(32))),
        ))  # fmt: skip
        return replace(proposal, block=replace(block, header=header))

    def _pre_prepare(self, proposal: Proposal, view: View) -> PrePrepare:
        block = proposal.block
        statement = pre_prepare_statement(self._book.chain_id, block.height, view, block.id)
        signature = self._signer.sign(Purpose.PRE_PREPARE, statement)
        return PrePrepare(proposal, view, self._member, signature)

    def _vote(self, phase: Phase, height: Height, view: View, block_id: Digest) -> VoteMessage:
        ballot = Ballot(self._book.chain_id, phase, height, view, block_id)
        return VoteMessage(Vote.cast(ballot, self._member, self._signer))

    def _other_vote(self, vote: Vote) -> VoteMessage:
        """For another block, in another view or phase, early, or in another's name."""
        rng, ballot = self._rng, vote.ballot
        choice = rng.randrange(4)
        if choice == 0:
            other = Phase.COMMIT if ballot.phase is Phase.PREPARE else Phase.PREPARE
            return self._vote(other, ballot.height, ballot.view, ballot.block_id)
        if choice == 1:
            view = View(max(0, ballot.view + rng.choice((-1, 1, 2, 50))))
            return self._vote(ballot.phase, ballot.height, view, ballot.block_id)
        if choice == 2:
            return VoteMessage(replace(vote, voter=MemberId("m0")))
        return self._vote(ballot.phase, ballot.height, ballot.view, Digest(rng.randbytes(32)))

    def _forged_proof(self, height: Height, view: View) -> PreparedProof:
        """A certificate with too few signers, or the same one many times, or made-up ones."""
        rng = self._rng
        proposal = self._fresh_proposal()
        ballot = Ballot(self._book.chain_id, Phase.PREPARE, height, view, proposal.block.id)
        own = self._signer.sign(ballot.purpose, ballot.signing_bytes())
        members = self._book.ledger.membership.ids
        signatures = rng.choice((
            ((self._member, own),),
            tuple((self._member, own) for _ in members),
            tuple((member, own) for member in members),
            tuple((member, Signature(rng.randbytes(64))) for member in members),
        ))  # fmt: skip
        return PreparedProof(QuorumCertificate(ballot, signatures), proposal)

    def _other_view_change(
        self, height: Height, view: View, prepared: PreparedProof | None
    ) -> ViewChange:
        """Hides what was prepared, or claims what was not, or wants to go very far."""
        rng = self._rng
        view = View(max(1, view + rng.choice((0, 0, 0, 1, 7))))
        choice = rng.randrange(4)
        if choice == 0:
            prepared = None
        elif choice == 1:
            prepared = self._forged_proof(height, View(rng.choice((max(0, view - 1), 10**9))))
        elif choice == 2 and self._proofs:
            prepared = rng.choice(self._proofs)
        elif prepared is not None and rng.random() < 0.5:
            prepared = replace(prepared, proposal=None)
        certificate = None if prepared is None else prepared.certificate
        statement = view_change_statement(self._book.chain_id, height, view, certificate)
        signature = self._signer.sign(Purpose.VIEW_CHANGE, statement)
        return ViewChange(self._book.chain_id, height, view, prepared, self._member, signature)

    def _other_new_view(self, message: NewView) -> NewView:
        """With another block than is due, or with a justification that is none."""
        rng, changes = self._rng, message.view_changes
        own = self._other_view_change(message.height, message.view, None).without_block()
        own = replace(own, view=message.view)
        choice = rng.randrange(5)
        if choice == 0:
            return replace(message, view_changes=changes[1:])
        if choice == 1:
            return replace(message, view_changes=(changes[0],) * len(changes))
        if choice == 2:
            return replace(message, view_changes=tuple(
                own if change.sender == self._member else change for change in changes
            ))  # fmt: skip
        if choice == 3:
            return replace(message, view_changes=tuple(
                replace(change, prepared=None) for change in changes
            ))  # fmt: skip
        other = self._other_proposal(message.pre_prepare.proposal)
        return replace(message, pre_prepare=self._pre_prepare(other, message.view))

    def _other_blocks(self, message: Blocks) -> Blocks:
        """A page with something missing, twice, swapped or damaged."""
        rng, blocks = self._rng, list(message.blocks)
        if not blocks:
            return message
        at = rng.randrange(len(blocks))
        choice = rng.randrange(4)
        if choice == 0:
            del blocks[at]
        elif choice == 1:
            blocks.insert(at, blocks[at])
        elif choice == 2:
            blocks.reverse()
        else:
            damaged = bytearray(blocks[at])
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            blocks[at] = bytes(damaged)
        return Blocks(tuple(blocks[:64]))
