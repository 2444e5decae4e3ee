"""Votes and quorum certificates: who signed what; counting is by distinct member, never by signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ledger import codec, crypto
from ledger.block import Block
from ledger.crypto import Digest, Purpose, Signature, Signer
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, Membership, View, member_id
from ledger.transaction import ChainId


class Phase(StrEnum):
    """The two voting phases of PBFT."""

    PREPARE = "prepare"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a vote says: this block, at this height, in this view and phase, on this chain."""

    chain_id: ChainId
    """The chain."""
    phase: Phase
    """PREPARE or COMMIT."""
    height: Height
    """The height voted at."""
    view: View
    """The view voted in."""
    block_id: Digest
    """The block voted for."""

    def signing_bytes(self) -> bytes:
        """What is signed, under the purpose of the phase."""
        return codec.encode_array(
            (self.chain_id, self.phase.value, self.height, self.view, self.block_id)
        )

    @property
    def purpose(self) -> Purpose:
        """The signature's domain."""
        return Purpose.PREPARE if self.phase is Phase.PREPARE else Purpose.COMMIT


@dataclass(frozen=True, slots=True)
class Vote:
    """One member's signed ballot."""

    ballot: Ballot
    """What it says."""
    voter: MemberId
    """Who says it."""
    signature: Signature
    """The member's signature over the ballot."""

    @classmethod
    def cast(cls, ballot: Ballot, voter: MemberId, signer: Signer) -> Vote:
        """Sign a ballot. Only consensus.safety calls this in a node."""
        return cls(ballot, voter, signer.sign(ballot.purpose, ballot.signing_bytes()))

    def verify(self, membership: Membership) -> None:
        """Check that a member in force signed it. Raises Invalid."""
        member = membership.by_id.get(self.voter)
        if member is None:
            raise Invalid("NOT_A_MEMBER", self.voter)
        signing = self.ballot.signing_bytes()
        if not crypto.verify(member.key, self.ballot.purpose, signing, self.signature):
            raise Invalid("BAD_VOTE_SIGNATURE", self.voter)

    def to_value(self) -> codec.Value:
        """The canonical tuple (the chain id is implied by the link it travels on)."""
        ballot = self.ballot
        return (
            ballot.phase.value, ballot.height, ballot.view, ballot.block_id, self.voter,
            self.signature,
        )  # fmt: skip

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> Vote:
        """Read `to_value`. Raises Invalid."""
        phase, height, view, block_id, voter, signature = codec.fields(
            value, str, int, int, bytes, str, bytes
        )
        ballot = make_ballot(chain_id, phase, height, view, block_id)
        return cls(ballot, member_id(voter), Signature(signature))


def make_ballot(chain_id: ChainId, phase: str, height: int, view: int, block_id: bytes) -> Ballot:
    """A ballot of checked parts. Raises Invalid."""
    if phase not in (Phase.PREPARE.value, Phase.COMMIT.value):
        raise Invalid("BAD_PHASE", phase[:20])
    if not 0 <= height < 2**63 or not 0 <= view < 2**63:
        raise Invalid("BAD_BALLOT", "height and view are in [0, 2**63)")
    if len(block_id) != crypto.DIGEST_BYTES:
        raise Invalid("BAD_BALLOT", "a block id is 32 bytes")
    return Ballot(chain_id, Phase(phase), Height(height), View(view), Digest(block_id))


@dataclass(frozen=True)
class QuorumCertificate:
    """A quorum of distinct members' signatures over one ballot."""

    ballot: Ballot
    """What they all signed."""
    signatures: tuple[tuple[MemberId, Signature], ...]
    """In ascending order of member, each member once."""

    @classmethod
    def of(cls, votes: Mapping[MemberId, Vote]) -> QuorumCertificate:
        """Bundle votes for one ballot."""
        ballots = {vote.ballot for vote in votes.values()}
        assert len(ballots) == 1, "votes for one ballot make a certificate"
        signatures = tuple((voter, votes[voter].signature) for voter in sorted(votes))
        return cls(ballots.pop(), signatures)

    def verify(self, membership: Membership) -> None:
        """Check quorum, order, membership and every signature. Raises Invalid."""
        voters = [voter for voter, _ in self.signatures]
        if voters != sorted(set(voters)):
            raise Invalid("BAD_CERTIFICATE", "signers must be distinct and ascending")
        if len(voters) < membership.quorum:
            raise Invalid("NO_QUORUM", f"{len(voters)} signers, {membership.quorum} needed")
        for voter, signature in self.signatures:
            Vote(self.ballot, voter, signature).verify(membership)

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        ballot = self.ballot
        return (
            ballot.phase.value, ballot.height, ballot.view, ballot.block_id, self.signatures,
        )  # fmt: skip

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> QuorumCertificate:
        """Read `to_value`; signatures are not checked. Raises Invalid."""
        phase, height, view, block_id, listed = codec.fields(value, str, int, int, bytes, tuple)
        signatures = []
        for item in codec.items(listed, maximum=64):
            voter, signature = codec.fields(item, str, bytes)
            signatures.append((member_id(voter), Signature(signature)))
        return cls(make_ballot(chain_id, phase, height, view, block_id), tuple(signatures))

    @cached_property
    def digest(self) -> Digest:
        """What the next header fixes."""
        return crypto.digest(Purpose.CERTIFICATE, codec.encode_array(self.to_value()))


@dataclass(frozen=True, slots=True)
class CertifiedBlock:
    """A block, the parent's certificate that its header fixes, and its own commit certificate.

    The only thing that `Chain.append` accepts. The block of height 1 has no parent certificate:
    its header holds the zero digest, for its parent is the genesis.
    """

    block: Block
    """The block."""
    parent_certificate: QuorumCertificate | None
    """The certificate whose digest is `block.header.parent_certificate`."""
    certificate: QuorumCertificate
    """A commit certificate for this block, of whatever view it was committed in."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        parent = self.parent_certificate
        return (
            self.block.to_value(),
            None if parent is None else parent.to_value(),
            self.certificate.to_value(),
        )

    @classmethod
    def from_value(cls, chain_id: ChainId, value: codec.Value) -> CertifiedBlock:
        """Read `to_value`. Raises Invalid."""
        block, parent, certificate = codec.fields(value, tuple, object, tuple)
        return cls(
            Block.from_value(block),
            None if parent is None else QuorumCertificate.from_value(chain_id, parent),
            QuorumCertificate.from_value(chain_id, certificate),
        )


def verify_commit(certificate: QuorumCertificate, block: Block, membership: Membership) -> None:
    """Check that `certificate` commits `block`. Raises Invalid."""
    ballot = certificate.ballot
    named = (ballot.phase, ballot.height, ballot.block_id, ballot.chain_id)
    if named != (Phase.COMMIT, block.height, block.id, block.header.chain_id):
        raise Invalid("CERTIFICATE_FOR_OTHER_BLOCK", f"height {block.height}")
    certificate.verify(membership)
