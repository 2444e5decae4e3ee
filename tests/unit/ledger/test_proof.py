"""Proofs that a stranger checks with the genesis alone: nothing in them can be changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import codec
from ledger.certificate import Phase
from ledger.chain import Chain, read_block
from ledger.errors import Invalid
from ledger.proof import (
    CertifiedState,
    TransactionProof,
    prove_transaction,
    verify_certified_state,
    verify_transaction_proof,
)
from ledger.receipt import Applied, Rejected
from tests.support.chain_factory import Consortium

FOUR = Consortium.of(4)
NAMES = list(FOUR.signers)


def grown() -> Chain:
    chain = FOUR.create()
    FOUR.grow(chain, 5, transactions=5)
    return chain


CHAIN = grown()


def prove(height: int = 3, index: int = 1) -> TransactionProof:
    proof = prove_transaction(CHAIN.store, CHAIN.chain_id, FOUR.batch(height, 5)[index].id)
    assert proof is not None
    return proof


def state_proof(key: bytes) -> CertifiedState:
    certificate = CHAIN.head.certificate
    assert certificate is not None
    value = CHAIN.overlay().get(key)
    return CertifiedState(CHAIN.head.header, certificate, key, value, CHAIN.tree.prove(key))


@pytest.mark.parametrize("height", range(1, 6))
@pytest.mark.parametrize("index", range(5))
def test_every_receipt_can_be_proved(height: int, index: int) -> None:
    proof = prove(height, index)
    travelled = TransactionProof.from_value(codec.decode(codec.encode(proof.to_value())))
    assert travelled == proof
    receipt = verify_transaction_proof(FOUR.genesis, travelled)
    assert receipt.transaction_id == FOUR.batch(height, 5)[index].id
    assert isinstance(receipt.outcome, Rejected if index == 2 else Applied)


def test_what_no_block_holds_has_no_proof() -> None:
    assert prove_transaction(CHAIN.store, CHAIN.chain_id, bytes(32)) is None


@given(st.data())
@settings(max_examples=300)
def test_no_byte_of_a_proof_may_change(data: st.DataObject) -> None:
    """The count alone may: no header commits to it, and it only says how the paths are read."""
    proof = prove(data.draw(st.integers(1, 5)), data.draw(st.integers(0, 4)))
    encoded = bytearray(codec.encode(proof.to_value()))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = TransactionProof.from_value(codec.decode(bytes(encoded)))
        verify_transaction_proof(FOUR.genesis, changed)
    except Invalid:
        return
    assert replace(changed, count=proof.count) == proof


def test_no_byte_of_a_state_proof_may_change() -> None:
    original = codec.encode(state_proof(b"kv/2/1").to_value())
    for place in range(len(original)):
        changed = bytearray(original)
        changed[place] ^= 1 << place % 8
        with pytest.raises(Invalid):
            verify_certified_state(
                FOUR.genesis, CertifiedState.from_value(codec.decode(bytes(changed)))
            )


@pytest.mark.parametrize("key", [b"kv/2/1", b"kv/5/0", b"clock", b"kv/none", b"", b"sys/rotation"])
def test_presence_and_absence_are_proved_alike(key: bytes) -> None:
    proof = state_proof(key)
    travelled = CertifiedState.from_value(codec.decode(codec.encode(proof.to_value())))
    assert travelled == proof
    verify_certified_state(FOUR.genesis, travelled)
    other = b"other" if proof.value is None else None
    for changed in (other, b"", b"other"):
        with pytest.raises(Invalid, match="BAD_PROOF"):
            verify_certified_state(FOUR.genesis, replace(proof, value=changed))


def test_a_proof_of_another_chain_is_refused() -> None:
    other = Consortium.of(5).genesis
    with pytest.raises(Invalid, match="OTHER_CHAIN"):
        verify_transaction_proof(other, prove())
    with pytest.raises(Invalid, match="OTHER_CHAIN"):
        verify_certified_state(other, state_proof(b"clock"))


def test_the_certificate_must_commit_the_header() -> None:
    block = read_block(CHAIN.store, 3)
    for certificate, code in (
        (FOUR.certificate(block, voters=NAMES[:2]), "NO_QUORUM"),
        (FOUR.certificate(block, phase=Phase.PREPARE), "CERTIFICATE_FOR_OTHER_BLOCK"),
        (FOUR.certificate(read_block(CHAIN.store, 2)), "CERTIFICATE_FOR_OTHER_BLOCK"),
    ):
        with pytest.raises(Invalid, match=code):
            verify_transaction_proof(FOUR.genesis, replace(prove(3), certificate=certificate))
    later_view = replace(prove(3), certificate=FOUR.certificate(block, view=7, voters=NAMES[1:]))
    verify_transaction_proof(FOUR.genesis, later_view)


def test_the_receipt_of_another_transaction_does_not_pass() -> None:
    one, other = prove(3, 0), prove(3, 1)
    for changed in (
        replace(one, receipt=other.receipt, receipt_path=other.receipt_path),
        replace(one, receipt=other.receipt),
        replace(one, transaction=other.transaction, transaction_path=other.transaction_path),
        replace(one, index=1),
        replace(other, index=0),
        replace(one, receipt_path=(*one.receipt_path, bytes(32))),
        replace(one, receipt_path=one.receipt_path[:-1]),
        replace(one, header=prove(4).header),
        replace(one, header=prove(4).header, certificate=prove(4).certificate),
    ):
        with pytest.raises(Invalid):
            verify_transaction_proof(FOUR.genesis, changed)


def test_no_index_and_count_make_it_a_proof_of_something_else() -> None:
    proof = prove(3, 1)
    accepted = []
    for count in range(-1, 20):
        for index in range(-1, 20):
            changed = replace(proof, index=index, count=count)
            try:
                receipt = verify_transaction_proof(FOUR.genesis, changed)
            except Invalid:
                continue
            assert receipt.transaction_id == FOUR.batch(3, 5)[1].id
            accepted.append((index, count))
    assert (1, 5) in accepted
    assert {index for index, _ in accepted} == {1}


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value[:-1],
        lambda value: (*value, None),
        lambda value: (*value[:5], (b"x", "y"), *value[6:]),
        lambda value: (*value[:5], (b"x",) * 65, *value[6:]),
        lambda value: (*value[:2], True, *value[3:]),
        lambda value: None,
    ],
)
def test_the_shape_of_a_proof(change: object) -> None:
    assert callable(change)
    with pytest.raises(Invalid, match="BAD_SHAPE"):
        TransactionProof.from_value(change(prove().to_value()))


def test_the_shape_of_a_state_proof() -> None:
    value = state_proof(b"clock").to_value()
    for changed in (value[:-1], (*value[:3], "text", value[4]), (*value[:4], ())):
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            CertifiedState.from_value(changed)
