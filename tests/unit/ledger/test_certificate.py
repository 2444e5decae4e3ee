"""Votes and certificates: distinct members in force, each over exactly this ballot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec
from ledger.block import Block
from ledger.certificate import (
    Ballot,
    CertifiedBlock,
    Phase,
    QuorumCertificate,
    Vote,
    make_ballot,
    verify_commit,
)
from ledger.crypto import Digest, Purpose, Signature, Signer
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from ledger.transaction import ChainId
from tests.support.chain_factory import Consortium

FOUR = Consortium.of(4)
MEMBERSHIP = FOUR.genesis.membership
NAMES = list(FOUR.signers)
BLOCK = Block(replace(FOUR.genesis.header(Digest(bytes(32))), height=Height(1)), ())
BALLOT = Ballot(FOUR.genesis.chain_id, Phase.COMMIT, Height(1), View(0), BLOCK.id)


def signed(names: list[MemberId], ballot: Ballot = BALLOT) -> QuorumCertificate:
    signatures = [
        (name, FOUR.signers[name].sign(ballot.purpose, ballot.signing_bytes())) for name in names
    ]
    return QuorumCertificate(ballot, tuple(signatures))


@pytest.mark.parametrize("count", [3, 4])
def test_a_quorum_commits(count: int) -> None:
    certificate = signed(NAMES[:count])
    verify_commit(certificate, BLOCK, MEMBERSHIP)
    value = codec.decode(codec.encode(certificate.to_value()))
    read = QuorumCertificate.from_value(FOUR.genesis.chain_id, value)
    assert read == certificate
    assert read.digest == certificate.digest


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "NO_QUORUM"),
        (NAMES[:2], "NO_QUORUM"),
        ([NAMES[0], NAMES[0], NAMES[1]], "BAD_CERTIFICATE"),
        ([NAMES[0]] * 4, "BAD_CERTIFICATE"),
        ([NAMES[1], NAMES[0], NAMES[2]], "BAD_CERTIFICATE"),
        ([NAMES[2], NAMES[1], NAMES[0]], "BAD_CERTIFICATE"),
    ],
    ids=["nobody", "too few", "twice", "four times", "unordered", "descending"],
)
def test_signers_are_a_quorum_distinct_and_ordered(names: list[MemberId], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        verify_commit(signed(names), BLOCK, MEMBERSHIP)


def test_a_second_valid_signature_of_one_member_is_no_second_signer() -> None:
    """Ed25519 signers can make many valid signatures of one message; members are counted."""
    certificate = signed(NAMES[:2])
    twice = replace(certificate, signatures=(*certificate.signatures, certificate.signatures[1]))
    with pytest.raises(Invalid, match="BAD_CERTIFICATE"):
        twice.verify(MEMBERSHIP)


def test_a_stranger_does_not_count() -> None:
    stranger = Signer.from_seed(b"\x63" * 32)
    signature = stranger.sign(BALLOT.purpose, BALLOT.signing_bytes())
    certificate = signed(NAMES[:2])
    for name in ("stranger", NAMES[3]):
        mixed = replace(
            certificate, signatures=(*certificate.signatures, (MemberId(name), signature))
        )
        with pytest.raises(Invalid, match=r"NOT_A_MEMBER|BAD_VOTE_SIGNATURE"):
            mixed.verify(MEMBERSHIP)


def test_one_bad_signature_spoils_a_certificate_even_beyond_the_quorum() -> None:
    good = signed(NAMES)
    for place in range(4):
        signatures = list(good.signatures)
        signatures[place] = (NAMES[place], signatures[(place + 1) % 4][1])
        with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
            QuorumCertificate(BALLOT, tuple(signatures)).verify(MEMBERSHIP)


@pytest.mark.parametrize(
    "ballot",
    [
        replace(BALLOT, chain_id=ChainId(b"x" * 32)),
        replace(BALLOT, phase=Phase.PREPARE),
        replace(BALLOT, height=Height(2)),
        replace(BALLOT, block_id=Digest(b"x" * 32)),
    ],
    ids=["other chain", "PREPARE", "other height", "other block"],
)
def test_a_certificate_of_something_else_commits_nothing(ballot: Ballot) -> None:
    certificate = signed(NAMES[:3], ballot)
    certificate.verify(MEMBERSHIP)
    with pytest.raises(Invalid, match="CERTIFICATE_FOR_OTHER_BLOCK"):
        verify_commit(certificate, BLOCK, MEMBERSHIP)
    with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
        verify_commit(replace(certificate, ballot=BALLOT), BLOCK, MEMBERSHIP)


def test_the_view_is_signed_and_no_part_of_the_block() -> None:
    later = signed(NAMES[:3], replace(BALLOT, view=View(5)))
    verify_commit(later, BLOCK, MEMBERSHIP)
    with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
        verify_commit(replace(later, ballot=BALLOT), BLOCK, MEMBERSHIP)


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.COMMIT])
def test_a_signature_for_another_purpose_is_no_vote(purpose: Purpose) -> None:
    signatures = tuple(
        (name, FOUR.signers[name].sign(purpose, BALLOT.signing_bytes())) for name in NAMES[:3]
    )
    with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
        verify_commit(QuorumCertificate(BALLOT, signatures), BLOCK, MEMBERSHIP)


@given(st.data())
def test_no_byte_of_a_certificate_may_change(data: st.DataObject) -> None:
    encoded = bytearray(codec.encode(signed(NAMES[:3]).to_value()))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Invalid):
        verify_commit(
            QuorumCertificate.from_value(FOUR.genesis.chain_id, codec.decode(bytes(encoded))),
            BLOCK,
            MEMBERSHIP,
        )


def test_votes_of_one_ballot_make_a_certificate_whatever_their_order() -> None:
    votes = {name: Vote.cast(BALLOT, name, FOUR.signers[name]) for name in reversed(NAMES)}
    assert QuorumCertificate.of(votes) == signed(NAMES)
    other = Vote.cast(replace(BALLOT, view=View(1)), NAMES[0], FOUR.signers[NAMES[0]])
    with pytest.raises(AssertionError):
        QuorumCertificate.of({**votes, NAMES[0]: other})


def test_a_vote_travels_and_is_checked() -> None:
    vote = Vote.cast(BALLOT, NAMES[0], FOUR.signers[NAMES[0]])
    vote.verify(MEMBERSHIP)
    value = codec.decode(codec.encode(vote.to_value()))
    assert Vote.from_value(FOUR.genesis.chain_id, value) == vote
    with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
        Vote.from_value(ChainId(bytes(32)), value).verify(MEMBERSHIP)
    with pytest.raises(Invalid, match="NOT_A_MEMBER"):
        replace(vote, voter=MemberId("nobody")).verify(MEMBERSHIP)
    with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
        replace(vote, voter=NAMES[1]).verify(MEMBERSHIP)
    with pytest.raises(Invalid, match="BAD_VOTE_SIGNATURE"):
        replace(vote, signature=Signature(bytes(64))).verify(MEMBERSHIP)


@pytest.mark.parametrize(
    ("phase", "height", "view", "block_id", "code"),
    [
        ("commit ", 1, 0, bytes(32), "BAD_PHASE"),
        ("COMMIT", 1, 0, bytes(32), "BAD_PHASE"),
        ("", 1, 0, bytes(32), "BAD_PHASE"),
        ("commit", -1, 0, bytes(32), "BAD_BALLOT"),
        ("commit", 2**63, 0, bytes(32), "BAD_BALLOT"),
        ("commit", 1, -1, bytes(32), "BAD_BALLOT"),
        ("commit", 1, 2**63, bytes(32), "BAD_BALLOT"),
        ("commit", 1, 0, bytes(31), "BAD_BALLOT"),
    ],
)
def test_bounds_of_a_ballot(phase: str, height: int, view: int, block_id: bytes, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        make_ballot(FOUR.genesis.chain_id, phase, height, view, block_id)


def test_a_certificate_has_at_most_64_signers() -> None:
    value = ("commit", 1, 0, bytes(32), (("a", bytes(64)),) * 65)
    with pytest.raises(Invalid, match="BAD_SHAPE"):
        QuorumCertificate.from_value(FOUR.genesis.chain_id, value)


def test_a_certified_block_reads_back_as_it_was_written() -> None:
    chain = FOUR.create()
    for _ in range(2):
        certified = FOUR.extend(chain)
        value = codec.decode(codec.encode(certified.to_value()))
        assert CertifiedBlock.from_value(chain.chain_id, value) == certified
    block, parent, certificate = FOUR.extend(chain).to_value()
    for bad in ((), (block, parent), (block, b"", certificate), (block, parent, None)):
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            CertifiedBlock.from_value(chain.chain_id, bad)
