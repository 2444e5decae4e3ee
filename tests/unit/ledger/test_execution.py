"""What a block is checked for, each rule with its code, and what executing it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger import codec, merkle
from ledger.block import TIMESTAMP_MS_MAX, Block, Header
from ledger.certificate import Phase, QuorumCertificate, Vote
from ledger.chain import Chain
from ledger.crypto import ZERO_DIGEST, Digest, Signer
from ledger.errors import Invalid
from ledger.execution import Base, Executed, build_block, check_block, difference
from ledger.membership import Height, MemberId
from ledger.receipt import Applied, Receipt, Rejected
from ledger.rotation import STATE_KEY
from ledger.transaction import LIFETIME_HEIGHTS_MAX, ChainId, Transaction, parse_transaction
from tests.support.chain_factory import Consortium, transaction

FOUR = Consortium.of(4)
NAMES = list(FOUR.signers)
OTHER = Digest(b"x" * 32)


def unknown(raw: bytes) -> Transaction | None:
    return None


def put(key: str = "a", **options: object) -> Transaction:
    expires_at = options.get("expires_at", 50)
    assert isinstance(expires_at, int)
    return transaction(FOUR.genesis, fields={"key": key, "value": 1}, expires_at=expires_at)


@pytest.fixture
def chain() -> Chain:
    """Give a chain of two blocks."""
    made = FOUR.create()
    FOUR.grow(made, 2)
    return made


def base(chain: Chain) -> Base:
    return Base(chain.chain_id, chain.head.header, chain.membership, FOUR.genesis.rules)


def check(
    chain: Chain,
    block: Block,
    certificate: QuorumCertificate | None = None,
    seen: Callable[[Digest], bool] | None = None,
) -> Executed:
    return check_block(
        FOUR.machine, chain.tree, chain.overlay(), base(chain),
        certificate or chain.head.certificate, block, unknown, seen or chain.is_seen,
    )  # fmt: skip


def test_what_the_proposer_made_is_what_the_voter_finds(chain: Chain) -> None:
    block = FOUR.propose(chain, FOUR.batch(3, 5))
    executed = check(chain, block)
    assert executed.block == block
    header = block.header
    assert header.transactions_root == merkle.root(block.transactions)
    assert header.receipts_root == merkle.root(executed.encoded_receipts)
    assert header.state_root == executed.delta.root
    assert [r.encode() for r in executed.receipts] == list(executed.encoded_receipts)


def test_the_first_receipt_is_the_clocks_and_one_follows_per_transaction(chain: Chain) -> None:
    batch = FOUR.batch(3, 3)
    executed = check(chain, FOUR.propose(chain, batch))
    ids = [receipt.transaction_id for receipt in executed.receipts]
    assert ids == [ZERO_DIGEST, *(item.id for item in batch)]
    assert [type(receipt.outcome) for receipt in executed.receipts] == [
        Applied, Applied, Applied, Rejected,
    ]  # fmt: skip
    assert executed.receipts[0].events == (("tick", {"at": executed.context.timestamp_ms}),)


def test_a_rejected_transaction_writes_nothing_and_leaves_a_receipt(chain: Chain) -> None:
    refused = transaction(FOUR.genesis, "refuse", {"key": "gone", "value": 1}, expires_at=50)
    executed = check(chain, FOUR.propose(chain, [refused, put("kept")]))
    assert b"kv/gone" not in executed.writes
    assert b"kv/kept" in executed.writes
    assert executed.receipts[1] == Receipt(refused.id, Rejected("TOLD_TO_REFUSE", {"height": 3}))


def test_a_rejected_transaction_does_not_undo_the_one_before(chain: Chain) -> None:
    first = put("same")
    refused = transaction(FOUR.genesis, "refuse", {"key": "same", "value": 2}, expires_at=50)
    executed = check(chain, FOUR.propose(chain, [first, refused]))
    assert executed.writes[b"kv/same"] == codec.encode(1)


def test_an_empty_block_changes_the_clock_and_the_turn_order_alone(chain: Chain) -> None:
    executed = check(chain, FOUR.propose(chain))
    assert set(executed.writes) == {b"clock", STATE_KEY}
    assert len(executed.receipts) == 1


def test_executing_does_not_change_the_chain(chain: Chain) -> None:
    root = chain.tree.root
    block = FOUR.propose(chain, FOUR.batch(3, 4))
    for _ in range(2):
        check(chain, block)
    assert chain.tree.root == root
    assert chain.head.height == 2
    assert chain.overlay().get(b"kv/3/0") is None


def with_header(block: Block, **changes: object) -> Block:
    """Give a block with a changed header, whatever the types say."""
    header = block.header
    values = {name: getattr(header, name) for name in Header.__dataclass_fields__} | changes
    return Block(Header(**values), block.transactions)


HEADERS: list[tuple[str, dict[str, object], str]] = [
    ("of another chain", {"chain_id": ChainId(b"x" * 32)}, "BAD_HEADER"),
    ("of this height again", {"height": Height(2)}, "BAD_HEADER"),
    ("of a height too far", {"height": Height(4)}, "BAD_HEADER"),
    ("with another parent", {"parent": OTHER}, "BAD_HEADER"),
    ("without a parent", {"parent": ZERO_DIGEST}, "BAD_HEADER"),
    ("with another certificate", {"parent_certificate": OTHER}, "BAD_HEADER"),
    ("with no certificate", {"parent_certificate": ZERO_DIGEST}, "BAD_HEADER"),
    ("with another membership", {"membership": OTHER}, "BAD_HEADER"),
    ("under other rules", {"rules": 2}, "BAD_HEADER"),
    ("by a stranger", {"proposer": MemberId("stranger")}, "BAD_PROPOSER"),
    ("at no later time", {"timestamp_ms": -1}, "BAD_TIME"),
    ("too late for ever", {"timestamp_ms": TIMESTAMP_MS_MAX + 1}, "BAD_TIME"),
    ("with another receipts root", {"receipts_root": OTHER}, "ROOTS_DIFFER"),
    ("with another state root", {"state_root": OTHER}, "ROOTS_DIFFER"),
    ("with another transactions root", {"transactions_root": OTHER}, "ROOTS_DIFFER"),
]


@pytest.mark.parametrize(("changes", "code"), [h[1:] for h in HEADERS], ids=[h[0] for h in HEADERS])
def test_a_block_is_refused(chain: Chain, changes: dict[str, object], code: str) -> None:
    block = FOUR.propose(chain, [put()])
    if changes.get("timestamp_ms") == -1:
        changes = {"timestamp_ms": chain.head.timestamp_ms}
    with pytest.raises(Invalid, match=code):
        check(chain, with_header(block, **changes))


def test_another_proposer_is_another_block(chain: Chain) -> None:
    """Who proposed is in the header, so a claim to another's block shows in the state root."""
    block = FOUR.propose(chain)
    other = next(name for name in NAMES if name != block.header.proposer)
    with pytest.raises(Invalid, match="ROOTS_DIFFER"):
        check(chain, with_header(block, proposer=other))


def test_the_parents_certificate_must_be_a_quorums_commit_of_the_parent(chain: Chain) -> None:
    parent = Block(chain.head.header, ())
    good = FOUR.certificate(parent)
    few = FOUR.certificate(parent, voters=NAMES[:2])
    prepare = FOUR.certificate(parent, phase=Phase.PREPARE)
    vote = Vote.cast(good.ballot, NAMES[0], Signer.from_seed(b"\x60" * 32))
    forged = replace(good, signatures=((NAMES[0], vote.signature), *good.signatures[1:]))
    for certificate, code in (
        (few, "NO_QUORUM"), (prepare, "CERTIFICATE_FOR_OTHER_BLOCK"), (forged, "BAD_VOTE_SIGNATURE")
    ):  # fmt: skip
        block = with_header(FOUR.propose(chain), parent_certificate=certificate.digest)
        with pytest.raises(Invalid, match=code):
            check(chain, block, certificate)
    another_quorum = FOUR.certificate(parent, view=3, voters=NAMES[1:])
    built = build_block(
        FOUR.machine, chain.tree, chain.overlay(), base(chain), another_quorum, NAMES[0],
        chain.head.timestamp_ms + 1, [],
    )  # fmt: skip
    assert check(chain, built.block, another_quorum).block == built.block


def test_the_first_block_has_no_certificate_of_its_parent_and_every_other_has() -> None:
    chain = FOUR.create()
    first = FOUR.propose(chain)
    certificate = FOUR.certificate(Block(chain.head.header, ()))
    with pytest.raises(Invalid, match="BAD_HEADER"):
        check(chain, with_header(first, parent_certificate=certificate.digest), certificate)
    FOUR.extend(chain)
    second = with_header(FOUR.propose(chain), parent_certificate=ZERO_DIGEST)
    with pytest.raises(Invalid, match="BAD_HEADER"):
        check_block(
            FOUR.machine, chain.tree, chain.overlay(), base(chain), None, second, unknown,
            chain.is_seen,
        )  # fmt: skip


def block_of(chain: Chain, *raws: bytes) -> Block:
    """Give a block that holds whatever bytes as transactions."""
    block = FOUR.propose(chain)
    return Block(replace(block.header, transactions_root=merkle.root(raws)), raws)


def test_transactions_are_refused_each_for_its_reason(chain: Chain) -> None:
    elsewhere = replace(FOUR.genesis, digest=Digest(b"e" * 32))
    good, other = put("a"), put("b")
    forged = good.raw[:-64] + other.raw[-64:]
    seen = FOUR.batch(1, 1)[0]
    assert chain.is_seen(seen.id)
    for raw, code in (
        (b"noise", "MALFORMED"),
        (b"", "MALFORMED"),
        (forged, "BAD_SIGNATURE"),
        (transaction(elsewhere, expires_at=50).raw, "OTHER_CHAIN"),
        (put(expires_at=2).raw, "EXPIRED"),
        (put(expires_at=3 + LIFETIME_HEIGHTS_MAX + 1).raw, "EXPIRED"),
        (seen.raw, "DUPLICATE_TRANSACTION"),
    ):
        with pytest.raises(Invalid, match=code):
            check(chain, block_of(chain, good.raw, raw))
    with pytest.raises(Invalid, match="DUPLICATE_TRANSACTION"):
        check(chain, block_of(chain, good.raw, other.raw, good.raw))


def test_a_transaction_happens_once(chain: Chain) -> None:
    with pytest.raises(Invalid, match="DUPLICATE_TRANSACTION"):
        check(chain, block_of(chain, put().raw, put().raw))
    FOUR.extend(chain, [put()])
    with pytest.raises(Invalid, match="DUPLICATE_TRANSACTION"):
        check(chain, block_of(chain, put().raw))


def test_nobody_can_use_up_a_transaction_by_signing_it_himself(chain: Chain) -> None:
    """A stranger's signature over one payload is another transaction, and harms nobody's."""
    stranger = Signer.from_seed(b"\x61" * 32)
    body, _ = codec.decode(put().raw)
    copied = transaction(
        FOUR.genesis, fields={"key": "a", "value": 1}, expires_at=50, signers=(stranger,)
    )
    assert codec.decode(copied.raw)[0] == body
    FOUR.extend(chain, [copied])
    executed = check(chain, FOUR.propose(chain, [put()]))
    assert executed.transaction_ids == (put().id,)


@pytest.mark.parametrize("expires_at", [3, 3 + LIFETIME_HEIGHTS_MAX])
def test_the_first_and_the_last_height_of_a_lifetime(chain: Chain, expires_at: int) -> None:
    executed = check(chain, FOUR.propose(chain, [put(expires_at=expires_at)]))
    assert isinstance(executed.receipts[1].outcome, Applied)


def test_signatures_known_to_be_good_are_not_verified_again(chain: Chain) -> None:
    """The pool answers by the wire bytes, so it can answer for nothing but what it verified."""
    good = put()
    other = put("b")
    forged = parse_transaction(good.raw[:-64] + other.raw[-64:])
    block = block_of(chain, forged.raw)
    with pytest.raises(Invalid, match="ROOTS_DIFFER"):
        check_block(
            FOUR.machine, chain.tree, chain.overlay(), base(chain), chain.head.certificate, block,
            lambda raw: forged if raw == forged.raw else None, chain.is_seen,
        )  # fmt: skip


def test_the_order_of_transactions_matters(chain: Chain) -> None:
    first = transaction(FOUR.genesis, fields={"key": "k", "value": 1}, expires_at=50)
    second = transaction(FOUR.genesis, fields={"key": "k", "value": 2}, expires_at=50)
    one, other = FOUR.propose(chain, [first, second]), FOUR.propose(chain, [second, first])
    assert one.header.state_root != other.header.state_root
    assert one.header.receipts_root != other.header.receipts_root


def test_a_parents_view_moves_the_turn_order_of_the_next_height(chain: Chain) -> None:
    order = chain.primaries
    FOUR.extend(chain, view=1)
    executed = check(chain, FOUR.propose(chain))
    record = codec.decode(executed.writes[STATE_KEY] or b"")
    assert [name for name, _, _ in record[2]] == [order[0]]


def test_difference_names_the_roots(chain: Chain) -> None:
    header = FOUR.propose(chain).header
    changed = replace(header, state_root=OTHER, receipts_root=OTHER)
    assert difference(header, changed) == "height 3: receipts_root, state_root differ"
    assert difference(header, replace(header, rules=9)) == "height 3: other fields differ"
