"""The messages of the protocol and their bytes; shape is checked here, truth is checked elsewhere.

On the wire a message is the canonical array `[kind, body]` (docs/develop/protocol.md). Every
signature inside is over a *statement*: a canonical array that begins with chain id, kind, height
and view, under the purpose of its kind. So no statement can be taken for another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from consensus.settings import (
    BLOCKS_PER_PAGE_MAX,
    MESSAGE_BYTES_MAX,
    TRANSACTIONS_PER_MESSAGE_MAX,
    VIEW_MAX,
)
from ledger import codec, crypto
from ledger.block import Block
from ledger.certificate import QuorumCertificate, Vote
from ledger.crypto import ZERO_DIGEST, Digest, Purpose, Signature
from ledger.errors import Invalid
from ledger.membership import MEMBERS_MAX, Height, MemberId, Membership, View, member_id
from ledger.transaction import TRANSACTION_BYTES_MAX, ChainId


def pre_prepare_statement(chain_id: ChainId, height: Height, view: View, block_id: Digest) -> bytes:
    """What a primary signs: this block is my proposal at this height in this view."""
    return codec.encode_array((chain_id, Purpose.PRE_PREPARE.value, height, view, block_id))


def view_change_statement(
    chain_id: ChainId, height: Height, view: View, prepared: QuorumCertificate | None
) -> bytes:
    """What a replica signs when it leaves for `view`: the last view it prepared in, and the block."""
    last = (None, None) if prepared is None else (prepared.ballot.view, prepared.ballot.block_id)
    return codec.encode_array((chain_id, Purpose.VIEW_CHANGE.value, height, view, *last))


def verify_statement(
    membership: Membership, signer: MemberId, purpose: Purpose, statement: bytes, signature: bytes
) -> None:
    """Check that a member in force signed the statement. Raises Invalid."""
    member = membership.by_id.get(signer)
    if member is None:
        raise Invalid("NOT_A_MEMBER", signer)
    if not crypto.verify(member.key, purpose, statement, signature):
        raise Invalid("BAD_SIGNATURE", f"{purpose.value} of {signer}")


def check_parent_certificate(block: Block, parent: QuorumCertificate | None) -> None:
    """Check that a certificate is the one that the block's header fixes. Raises Invalid."""
    if block.header.parent_certificate != (ZERO_DIGEST if parent is None else parent.digest):
        raise Invalid("OTHER_PARENT_CERTIFICATE", f"height {block.height}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A block with the certificate of its parent that its header fixes."""

    block: Block
    """What is proposed."""
    parent_certificate: QuorumCertificate | None
    """None for the block of height 1 alone."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        parent = self.parent_certificate
        return (self.block.to_value(), None if parent is None else parent.to_value())

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> Proposal:
        """Read `to_value`; the certificate must be the one the header names. Raises Invalid."""
        block_value, parent_value = codec.fields(value, tuple, object)
        block = Block.from_value(block_value)
        parent = _read_certificate(chain_id, parent_value)
        if block.header.chain_id != chain_id:
            raise Invalid("OTHER_CHAIN", f"height {block.height}")
        check_parent_certificate(block, parent)
        return cls(block, parent)


@dataclass(frozen=True, slots=True)
class PrePrepare:
    """The primary's proposal. It is not the primary's PREPARE, which it casts like everybody."""

    proposal: Proposal
    """The block and its parent's certificate."""
    view: View
    """The view it is proposed in."""
    primary: MemberId
    """Who proposes."""
    signature: Signature
    """The primary's, over `pre_prepare_statement`."""

    @property
    def block(self) -> Block:
        """The block proposed."""
        return self.proposal.block

    @property
    def height(self) -> Height:
        """The block's height."""
        return self.proposal.block.height

    @property
    def statement(self) -> bytes:
        """What is signed."""
        header = self.block.header
        return pre_prepare_statement(header.chain_id, header.height, self.view, header.id)

    def verify(self, membership: Membership) -> None:
        """Check the primary's signature. Raises Invalid."""
        verify_statement(
            membership, self.primary, Purpose.PRE_PREPARE, self.statement, self.signature
        )

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.view, self.primary, self.signature, self.proposal.to_value())

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> PrePrepare:
        """Read `to_value`. Raises Invalid."""
        view, primary, signature, proposal = codec.fields(value, int, str, bytes, tuple)
        return cls(
            Proposal.from_value(chain_id, proposal), read_view(view), member_id(primary),
            Signature(signature),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class VoteMessage:
    """A PREPARE or a COMMIT."""

    vote: Vote
    """The signed ballot."""

    @property
    def height(self) -> Height:
        """The height voted at."""
        return self.vote.ballot.height

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return self.vote.to_value()

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> VoteMessage:
        """Read `to_value`. Raises Invalid."""
        return cls(Vote.from_value(chain_id, value))


@dataclass(frozen=True, slots=True)
class PreparedProof:
    """That a quorum prepared a block in a view, and the block itself."""

    certificate: QuorumCertificate
    """A quorum of PREPAREs."""
    proposal: Proposal | None
    """The block; left out where the message holds it elsewhere (inside a NEW-VIEW)."""

    @property
    def view(self) -> View:
        """The view it was prepared in."""
        return self.certificate.ballot.view

    @property
    def block_id(self) -> Digest:
        """The block that was prepared."""
        return self.certificate.ballot.block_id

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        proposal = self.proposal
        return (self.certificate.to_value(), None if proposal is None else proposal.to_value())

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> PreparedProof:
        """Read `to_value`. Raises Invalid."""
        certificate, proposal = codec.fields(value, tuple, object)
        return cls(
            QuorumCertificate.from_value(chain_id, certificate),
            None if proposal is None else Proposal.from_value(chain_id, proposal),
        )


@dataclass(frozen=True, slots=True)
class ViewChange:
    """A replica has left for `view` and says what it prepared before."""

    chain_id: ChainId
    """The chain."""
    height: Height
    """The height in progress."""
    view: View
    """Where it goes; 1 or more."""
    prepared: PreparedProof | None
    """The highest view it prepared in at this height, below `view`; None if there is none."""
    sender: MemberId
    """Who leaves."""
    signature: Signature
    """The sender's, over `view_change_statement`."""

    @property
    def statement(self) -> bytes:
        """What is signed."""
        certificate = None if self.prepared is None else self.prepared.certificate
        return view_change_statement(self.chain_id, self.height, self.view, certificate)

    def without_block(self) -> ViewChange:
        """The same message for inclusion in a NEW-VIEW; the signature does not cover the block."""
        if self.prepared is None or self.prepared.proposal is None:
            return self
        return replace(self, prepared=replace(self.prepared, proposal=None))

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        proof = None if self.prepared is None else self.prepared.to_value()
        return (self.height, self.view, self.sender, self.signature, proof)

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> ViewChange:
        """Read `to_value`. Raises Invalid."""
        height, view, sender, signature, proof = codec.fields(value, int, int, str, bytes, object)
        return cls(
            chain_id, read_height(height), read_view(view),
            None if proof is None else PreparedProof.from_value(chain_id, proof),
            member_id(sender), Signature(signature),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewView:
    """The new primary's proposal with the quorum of view changes that justifies it."""

    pre_prepare: PrePrepare
    """The proposal, signed like any other."""
    view_changes: tuple[ViewChange, ...]
    """A quorum, in ascending order of sender, without their blocks."""

    @property
    def height(self) -> Height:
        """The height in progress."""
        return self.pre_prepare.height

    @property
    def view(self) -> View:
        """The view that begins."""
        return self.pre_prepare.view

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.pre_prepare.to_value(), tuple(item.to_value() for item in self.view_changes))

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> NewView:
        """Read `to_value`. Raises Invalid."""
        pre_prepare, listed = codec.fields(value, tuple, tuple)
        changes = codec.items(listed, maximum=MEMBERS_MAX)
        return cls(
            PrePrepare.from_value(chain_id, pre_prepare),
            tuple(ViewChange.from_value(chain_id, item) for item in changes),
        )


@dataclass(frozen=True, slots=True)
class Status:
    """Where a replica stands; unsigned, for it decides nothing but what is sent again."""

    height: Height
    """The height of its head."""
    view: View
    """Its view at the next height."""
    holds_proposal: bool
    """Whether it has accepted the proposal of that view."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.height, self.view, self.holds_proposal)

    @classmethod
    def from_value(cls, _chain_id: ChainId, value: codec.Value) -> Status:
        """Read `to_value`. Raises Invalid."""
        height, view, holds_proposal = codec.fields(value, int, int, bool)
        return cls(read_height(height), read_view(view), holds_proposal)


@dataclass(frozen=True, slots=True)
class FetchBlocks:
    """A request for certified blocks."""

    from_height: Height
    """The first height wanted."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.from_height,)

    @classmethod
    def from_value(cls, _chain_id: ChainId, value: codec.Value) -> FetchBlocks:
        """Read `to_value`. Raises Invalid."""
        (from_height,) = codec.fields(value, int)
        return cls(read_height(from_height))


@dataclass(frozen=True, slots=True)
class Blocks:
    """The answer: consecutive certified blocks, as many as fit a page."""

    blocks: tuple[bytes, ...]
    """The canonical bytes of each CertifiedBlock, in order."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return self.blocks

    @classmethod
    def from_value(cls, _chain_id: ChainId, value: codec.Value) -> Blocks:
        """Read `to_value`. Raises Invalid."""
        return cls(_read_byte_strings(value, BLOCKS_PER_PAGE_MAX, MESSAGE_BYTES_MAX))


@dataclass(frozen=True, slots=True)
class Transactions:
    """Transactions passed on, so that every member hears every one."""

    transactions: tuple[bytes, ...]
    """The wire bytes of each."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return self.transactions

    @classmethod
    def from_value(cls, _chain_id: ChainId, value: codec.Value) -> Transactions:
        """Read `to_value`. Raises Invalid."""
        return cls(_read_byte_strings(value, TRANSACTIONS_PER_MESSAGE_MAX, TRANSACTION_BYTES_MAX))


Message = (
    PrePrepare | VoteMessage | ViewChange | NewView | Status | FetchBlocks | Blocks | Transactions
)

_KINDS: Final[dict[type[Message], str]] = {
    PrePrepare: "pre-prepare",
    VoteMessage: "vote",
    ViewChange: "view-change",
    NewView: "new-view",
    Status: "status",
    FetchBlocks: "fetch-blocks",
    Blocks: "blocks",
    Transactions: "transactions",
}
_READERS: Final[dict[str, Callable[[ChainId, codec.Value], Message]]] = {
    kind: message.from_value for message, kind in _KINDS.items()
}


def message_kind(message: Message) -> str:
    """The name of a message on the wire, also for logs and metrics."""
    return _KINDS[type(message)]


def encode_message(message: Message) -> bytes:
    """The canonical bytes of a message."""
    return codec.encode_array((_KINDS[type(message)], message.to_value()))


def decode_message(chain_id: ChainId, data: bytes) -> Message:
    """Read `encode_message`. Raises Invalid for everything else."""
    kind, body = codec.fields(codec.decode(data, max_bytes=MESSAGE_BYTES_MAX), str, tuple)
    reader = _READERS.get(kind)
    if reader is None:
        raise Invalid("UNKNOWN_MESSAGE", kind[:40])
    return reader(chain_id, body)


def read_view(value: int) -> View:
    """A view in its range. Raises Invalid."""
    if not 0 <= value <= VIEW_MAX:
        raise Invalid("BAD_VIEW", "a view is in [0, 2**63)")
    return View(value)


def read_height(value: int) -> Height:
    """A height in its range. Raises Invalid."""
    if not 0 <= value < 2**63:
        raise Invalid("BAD_HEIGHT", "a height is in [0, 2**63)")
    return Height(value)


def _read_certificate(chain_id: ChainId, value: codec.Value) -> QuorumCertificate | None:
    return None if value is None else QuorumCertificate.from_value(chain_id, value)


def _read_byte_strings(value: codec.Value, count: int, size: int) -> tuple[bytes, ...]:
    listed = codec.items(value, maximum=count)
    if any(type(item) is not bytes or len(item) > size for item in listed):
        raise Invalid("BAD_SHAPE", "byte strings of bounded size were expected")
    return listed
