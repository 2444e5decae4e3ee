"""The auditor: whatever is changed in a chain, the height where it stands is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import codec, merkle
from ledger.block import Block
from ledger.certificate import QuorumCertificate, Vote
from ledger.crypto import Digest, Purpose, Signature, Signer
from ledger.export import store_entries
from ledger.machine import BlockContext
from ledger.membership import MemberId
from ledger.overlay import Overlay
from ledger.receipt import Event
from ledger.store import BLOCK, MemoryStore, height_key
from ledger.transaction import join_signatures
from ledger.verify import (
    Level,
    Verdict,
    first_difference,
    verify_chain,
)
from tests.support.audited_chain import (
    CHAIN,
    ENDS,
    ENTRIES,
    FILE,
    FOUR,
    HEIGHTS,
    LEVELS,
    NAMES,
    PIECES,
    audit,
    audit_file,
    changed,
    where,
)
from tests.support.chain_factory import CLIENT, Consortium, EchoMachine, transaction


@pytest.mark.parametrize("level", LEVELS)
def test_a_good_chain_is_good_at_every_level(level: Level) -> None:
    verdict = audit(ENTRIES, level)
    assert verdict == Verdict(
        is_ok=True, level=level, height=HEIGHTS, transactions=3 * HEIGHTS,
        block_id=CHAIN.head.block_id.hex(), state_root=CHAIN.tree.root.hex(), fault=None,
    )  # fmt: skip


def test_the_state_after_an_audit_is_the_state_of_the_chain() -> None:
    replay = FOUR.create()
    verify_chain(iter(ENTRIES), FOUR.genesis, Level.EXECUTION, replay)
    assert replay.head == CHAIN.head
    mine, theirs = (dict(c.store.iterate(b"S", b"T")) for c in (replay, CHAIN))
    assert mine == theirs


def test_no_chain_at_all_is_a_good_chain_of_height_zero() -> None:
    verdict = audit([], Level.LINKS)
    assert (verdict.is_ok, verdict.height, verdict.block_id) == (True, 0, "")


# One byte


@pytest.mark.filterwarnings("ignore:.*:cryptography.utils.CryptographyDeprecationWarning")
@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
@settings(max_examples=150)
def test_any_one_byte_changed_names_its_height(place: int, change: int) -> None:
    data = bytearray(FILE)
    data[place] ^= change
    fault = audit_file(bytes(data))
    assert fault is not None
    assert fault.height == where(place)


@pytest.mark.filterwarnings("ignore:.*:cryptography.utils.CryptographyDeprecationWarning")
def test_every_sixtieth_byte_and_each_end_of_a_frame() -> None:
    ends = [end + offset for end in ENDS[:-1] for offset in (-1, 0, 1, 3)]
    for place in sorted({*range(0, len(FILE), 60), *ends}):
        data = bytearray(FILE)
        data[place] ^= 1 << place % 8
        fault = audit_file(bytes(data))
        assert fault is not None, place
        assert fault.height == where(place), place


@given(st.integers(1, len(FILE) - 1))
@settings(max_examples=60)
def test_a_file_cut_short_inside_a_frame_names_its_height(length: int) -> None:
    fault = audit_file(FILE[:length])
    if length in ENDS:
        assert fault is None, "a shorter chain is a good chain: its head must be compared"
    else:
        assert fault is not None
        assert fault.height == where(length)


def test_bytes_added_at_the_end_are_a_bad_height() -> None:
    for more in (b"\x00", b"\x00\x00\x00\x00", PIECES[-1], PIECES[2]):
        fault = audit_file(FILE + more)
        assert fault is not None
        assert fault.height == HEIGHTS + 1


# Blocks


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("height", range(1, HEIGHTS))
def test_a_block_dropped(level: Level, height: int) -> None:
    fault = audit_file(FILE[: ENDS[height - 1]] + FILE[ENDS[height] :], level)
    assert fault is not None
    assert (fault.height, fault.code) == (height, "BAD_HEIGHT")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 5), (7, 8)])
def test_two_blocks_swapped(level: Level, one: int, other: int) -> None:
    pieces = list(PIECES)
    pieces[one + 1], pieces[other + 1] = pieces[other + 1], pieces[one + 1]
    fault = audit_file(b"".join(pieces), level)
    assert fault is not None
    assert (fault.height, fault.code) == (one, "BAD_HEIGHT")


@pytest.mark.parametrize("level", LEVELS)
def test_a_block_twice(level: Level) -> None:
    fault = audit_file(b"".join([*PIECES[:5], PIECES[4], *PIECES[5:]]), level)
    assert fault is not None
    assert (fault.height, fault.code) == (4, "BAD_HEIGHT")


def other_block(height: int) -> Block:
    """Give a block that differs in its transactions and is well formed."""
    block = ENTRIES[height - 1].block
    raws = block.transactions[:-1]
    return Block(replace(block.header, transactions_root=merkle.root(raws)), raws)


STRANGERS = {name: Signer.from_seed(bytes([90 + n]) * 32) for n, name in enumerate(NAMES)}


@pytest.mark.parametrize("height", [1, 4, HEIGHTS])
def test_a_block_changed_and_signed_again_by_strangers(height: int) -> None:
    block = other_block(height)
    forged = replace(FOUR, signers=STRANGERS).certificate(block)
    fault = audit(changed(height, block=block, certificate=forged)).fault
    assert fault is not None
    assert (fault.height, fault.code, fault.member) == (height, "BAD_VOTE_SIGNATURE", NAMES[0])


@pytest.mark.parametrize("height", [1, 4, HEIGHTS])
def test_a_block_changed_and_signed_again_by_its_own_members_does_not_execute(height: int) -> None:
    """Even a quorum that lies is found by execution, or by the link of the block after it."""
    block = other_block(height)
    entries = changed(height, block=block, certificate=FOUR.certificate(block))
    fault = audit(entries).fault
    assert fault is not None
    assert (fault.height, fault.code) == (height, "ROOTS_DIFFER")
    signatures = audit(entries, Level.CERTIFICATES).fault
    if height == HEIGHTS:
        assert signatures is None
    else:
        assert signatures is not None
        assert (signatures.height, signatures.code) == (height + 1, "BAD_HEADER")


@pytest.mark.parametrize("height", [1, 5, HEIGHTS])
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_certificate_that_lacks_signers(height: int, kept: int) -> None:
    whole = ENTRIES[height - 1].certificate
    fault = audit(
        changed(height, certificate=replace(whole, signatures=whole.signatures[:kept]))
    ).fault
    assert fault is not None
    assert (fault.height, fault.code) == (height, "NO_QUORUM")


@pytest.mark.parametrize("height", [1, 5, HEIGHTS])
@pytest.mark.parametrize("places", [(0, 0, 1), (0, 1, 1), (0, 1, 2, 2), (1, 0, 2)])
def test_a_certificate_that_lacks_a_distinct_signer(height: int, places: tuple[int, ...]) -> None:
    whole = ENTRIES[height - 1].certificate
    repeated = tuple(whole.signatures[place] for place in places)
    fault = audit(changed(height, certificate=replace(whole, signatures=repeated))).fault
    assert fault is not None
    assert (fault.height, fault.code) == (height, "BAD_CERTIFICATE")


def test_a_signer_who_is_no_member_is_named() -> None:
    entry = ENTRIES[4]
    ballot = entry.certificate.ballot
    stranger = Signer.from_seed(b"\x62" * 32)
    signature = stranger.sign(ballot.purpose, ballot.signing_bytes())
    for name, code in (("zebra", "NOT_A_MEMBER"), (NAMES[3], "BAD_VOTE_SIGNATURE")):
        vote = Vote(ballot, MemberId(name), signature)
        signatures = (*entry.certificate.signatures[:2], (vote.voter, vote.signature))
        fault = audit(changed(5, certificate=QuorumCertificate(ballot, signatures))).fault
        assert fault is not None
        assert (fault.height, fault.code, fault.member) == (5, code, name)


def test_a_transaction_signed_by_nobody_is_named_with_its_key() -> None:
    good = FOUR.batch(3, 3)[1]
    body, _ = codec.decode(good.raw)
    key = CLIENT.public_key
    forged = join_signatures(body, [(key, Signature(CLIENT.sign(Purpose.COMMIT, good.id)))])
    block = ENTRIES[2].block
    raws = (block.transactions[0], forged, block.transactions[2])
    other = Block(replace(block.header, transactions_root=merkle.root(raws)), raws)
    for level in LEVELS[1:]:
        fault = audit(changed(3, block=other), level).fault
        assert fault is not None
        assert (fault.height, fault.code) == (3, "BAD_SIGNATURE")
        assert (fault.transaction, fault.key) == (good.id.hex(), key.hex())
    assert audit(changed(3, block=other), Level.LINKS).fault is not None, "block 4 names block 3"


def test_bytes_that_are_no_transaction_are_found() -> None:
    block = ENTRIES[2].block
    raws = (b"noise",)
    other = Block(replace(block.header, transactions_root=merkle.root(raws)), raws)
    fault = audit(changed(3, block=other)).fault
    assert fault is not None
    assert (fault.height, fault.code) == (3, "MALFORMED")


# What a level sees and what it does not


def test_each_level_sees_what_it_is_there_for() -> None:
    head = ENTRIES[-1].block
    forged_state = Block(replace(head.header, state_root=Digest(b"x" * 32)), head.transactions)
    faults = {
        "the head's state": changed(
            HEIGHTS, block=forged_state, certificate=FOUR.certificate(forged_state)
        ),
        "the head's certificate": changed(
            HEIGHTS, certificate=FOUR.certificate(head, voters=NAMES[:2])
        ),
        "the head's parent": changed(
            HEIGHTS, block=Block(replace(head.header, parent=Digest(b"x" * 32)), head.transactions)
        ),
    }
    seen = {
        name: [level for level in LEVELS if not audit(entries, level).is_ok]
        for name, entries in faults.items()
    }
    assert seen == {
        "the head's state": [Level.EXECUTION],
        "the head's certificate": [Level.CERTIFICATES, Level.EXECUTION],
        "the head's parent": LEVELS,
    }


def test_a_chain_of_another_genesis_is_refused_at_every_level() -> None:
    five = Consortium.of(5)
    other = five.create()
    five.grow(other, 2)
    entries = list(store_entries(other.store, other.chain_id))
    for level in LEVELS:
        fault = audit(entries, level).fault
        assert fault is not None
        assert fault.height == 1


def test_a_machine_that_does_otherwise_finds_other_roots() -> None:
    class Other(EchoMachine):
        def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
            events = super().begin_block(state, context)
            if context.height == 6:
                state.put(b"kv/bonus", codec.encode(1))
            return events

    fault = audit(ENTRIES, consortium=replace(FOUR, machine=Other())).fault
    assert fault is not None
    assert (fault.height, fault.code) == (6, "ROOTS_DIFFER")
    assert "state_root" in fault.detail


def test_a_transaction_that_stands_in_two_blocks_is_found() -> None:
    chain = FOUR.create()
    repeated = transaction(FOUR.genesis, fields={"key": "k", "value": 1})
    FOUR.extend(chain, [repeated])
    chain.store.write([(b"T" + repeated.id, None)], sync=True)
    FOUR.extend(chain, [repeated])
    fault = audit(store_entries(chain.store, chain.chain_id)).fault
    assert fault is not None
    assert (fault.height, fault.code, fault.detail) == (
        2,
        "DUPLICATE_TRANSACTION",
        repeated.id.hex(),
    )


def test_the_first_of_several_faults_is_told() -> None:
    entries = changed(6, certificate=ENTRIES[4].certificate)
    entries[2] = replace(ENTRIES[2], certificate=ENTRIES[1].certificate)
    verdict = audit(entries)
    assert verdict.fault is not None
    assert (verdict.fault.height, verdict.height, verdict.transactions) == (3, 2, 6)
    assert verdict.block_id == ENTRIES[1].block.id.hex()


def test_a_damaged_folder_names_its_height() -> None:
    store = MemoryStore()
    store.write(CHAIN.store.iterate(b"", b"\xff" * 80), sync=False)
    store.write([(height_key(BLOCK, 5), None)], sync=False)
    verdict = audit(store_entries(store, CHAIN.chain_id))
    assert verdict.fault is not None
    assert (verdict.fault.height, verdict.fault.code, verdict.height) == (5, "STORE_DAMAGED", 4)


@given(
    st.dictionaries(st.binary(max_size=2), st.binary(max_size=1), max_size=6),
    st.dictionaries(st.binary(max_size=2), st.binary(max_size=1), max_size=6),
)
def test_the_first_key_that_differs(mine: dict[bytes, bytes], theirs: dict[bytes, bytes]) -> None:
    differing = [key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)]
    found = first_difference(iter(sorted(mine.items())), iter(sorted(theirs.items())))
    assert found == min(differing, default=None)
