"""What another chain is known by, and the check of a proof of it: pure, bounded, certificates only.

The size of a proof is bounded before anything of it is decoded. Nothing is believed but a commit of
a quorum of the chain's own members over a header that names these members, and what Merkle paths
lead from that header to. There is no root, no membership and no verifier that counts by default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from ledger import codec
from ledger.block import Block, Header
from ledger.certificate import QuorumCertificate, verify_commit
from ledger.errors import Invalid
from ledger.membership import Membership
from ledger.proof import TransactionProof, verify_receipt
from ledger.receipt import Applied, Rejected
from ledger.transaction import ChainId
from lending import keys
from lending.commands.bridge import ReleaseNumber
from lending.fields import (
    Amount,
    AmountOrZero,
    AssetCode,
    Decimals,
    Malformed,
    PartyId,
    Shape,
    Slug,
    TermsDigest,
    TimeMs,
)
from lending.records import bridge as stored
from lending.records.bridge import ACTIVE, ForeignChain
from lending.rejections import Rejection, reject
from lending.scope import Scope

MEMBERS_MIN: Final = 4
"""A chain of fewer members has no room for a faulty one: a single stolen key could forge it."""

T = TypeVar("T")
Fields = dict[str, codec.Value]


@dataclass(frozen=True, slots=True)
class ProvenLock:
    """The event `locked_for_chain` of another chain."""

    lock: Slug
    """The lock's name."""
    owner: PartyId
    """Whose it is there."""
    asset: AssetCode
    """What is locked."""
    decimals: Decimals
    """Its decimal places there."""
    amount: Amount
    """How much."""
    chain_id: TermsDigest
    """The only chain that may claim it."""
    beneficiary: PartyId
    """The borrower on that chain."""
    account: Slug
    """The borrower's collateral account there."""
    until_ms: TimeMs
    """When the owner may take it back without proof."""


@dataclass(frozen=True, slots=True)
class ProvenRelease:
    """The event `lock_released` of another chain."""

    chain_id: TermsDigest
    """The chain where the lock is."""
    lock: Slug
    """The lock."""
    number: ReleaseNumber
    """Which release of it."""
    asset: AssetCode
    """What the claim is called there."""
    origin: AssetCode
    """What was locked."""
    holder: PartyId
    """Who gave the claim up."""
    to: PartyId
    """Who is to have it."""
    amount: Amount
    """How much."""
    left: AmountOrZero
    """How much of the claim is not released."""


LOCK_SHAPE: Final = Shape(ProvenLock)
RELEASE_SHAPE: Final = Shape(ProvenRelease)


@dataclass(frozen=True, slots=True)
class Proven(Generic[T]):
    """What a proof showed."""

    header: Header
    """The certified header that it hangs on."""
    event: T
    """What happened there."""


def chain_of(scope: Scope, name: str) -> ForeignChain | None:
    """The chain of a name."""
    return stored.CHAIN.get(scope.state, stored.chain_key(name))


def put_chain(scope: Scope, chain: ForeignChain) -> None:
    """Set a chain's record."""
    stored.CHAIN.put(scope.state, stored.chain_key(chain.name), chain)


def read_membership(raw: bytes) -> Membership:
    """The membership of canonical bytes. Raises Invalid."""
    return Membership.from_value(codec.decode(raw))


def own_chain_id(scope: Scope) -> bytes:
    """The id of this chain, as its genesis noted it."""
    raw = scope.state.get(keys.OWN_CHAIN)
    assert raw is not None, "genesis wrote the chain's own id"
    return bytes(codec.decode(raw))


def check_active(scope: Scope, name: str) -> ForeignChain | Rejected:
    """The chain of a name, if its proofs are accepted."""
    chain = chain_of(scope, name)
    if chain is None:
        return reject(Rejection.UNKNOWN_CHAIN, chain=name)
    if chain.status != ACTIVE:
        return reject(Rejection.WRONG_STATUS, chain=name, status=chain.status, allowed=(ACTIVE,))
    return chain


def certified_header(chain: ForeignChain, raw: bytes) -> Header | Rejected:
    """The header of `[header, certificate]`, if the chain's members committed it."""
    try:
        header_value, certificate_value = codec.fields(codec.decode(raw), tuple, tuple)
        header = Header.from_value(header_value)
        certificate = QuorumCertificate.from_value(header.chain_id, certificate_value)
        membership = read_membership(chain.members)
        _check_named(chain, header, membership)
        verify_commit(certificate, Block(header, ()), membership)
    except Invalid as problem:
        return reject(Rejection.BAD_PROOF, chain=chain.name, problem=problem.code)
    return header


def proven_event(
    chain: ForeignChain, raw: bytes, name: str, shape: Shape[T], wanted: Fields
) -> Proven[T] | Rejected:
    """The event that a transaction of the chain caused, found by its name and some of its fields.

    Its fields are read as strictly as those of a command: the other chain's word is not trusted to
    be well formed either.
    """
    try:
        proof = TransactionProof.from_value(codec.decode(raw))
        membership = read_membership(chain.members)
        _check_named(chain, proof.header, membership)
        receipt = verify_receipt(ChainId(chain.chain_id), membership, proof)
    except Invalid as problem:
        return reject(Rejection.BAD_PROOF, chain=chain.name, problem=problem.code)
    if not isinstance(receipt.outcome, Applied):
        return reject(Rejection.BAD_PROOF, chain=chain.name, problem="REJECTED_TRANSACTION")
    for event, fields in receipt.outcome.events:
        if event == name and all(fields.get(key) == value for key, value in wanted.items()):
            try:
                return Proven(proof.header, shape.read(fields))
            except Malformed as problem:
                field = problem.field[:40]
                return reject(Rejection.BAD_PROOF, chain=chain.name, problem=f"EVENT_{field}")
    return reject(Rejection.BAD_PROOF, chain=chain.name, problem="OTHER_TRANSACTION")


def note_header(scope: Scope, chain: ForeignChain, header: Header) -> ForeignChain:
    """Remember a certified header that is newer than the newest known."""
    if header.height <= chain.height:
        return chain
    chain = replace(chain, height=header.height, timestamp_ms=header.timestamp_ms)
    put_chain(scope, chain)
    scope.emit(
        "chain_advanced", chain=chain.name, height=chain.height, timestamp_ms=chain.timestamp_ms
    )
    return chain


def _check_named(chain: ForeignChain, header: Header, membership: Membership) -> None:
    if header.chain_id != chain.chain_id:
        raise Invalid("OTHER_CHAIN", header.chain_id.hex())
    if header.membership != membership.digest:
        raise Invalid("OTHER_MEMBERSHIP", header.membership.hex())
