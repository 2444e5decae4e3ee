"""Transactions: the id is of what was asked, the bytes have one form, everything is bounded."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec, crypto
from ledger.crypto import Purpose, Signer
from ledger.errors import Invalid
from ledger.transaction import (
    LIFETIME_HEIGHTS_MAX,
    SALT_BYTES_MAX,
    SENDER_CHARACTERS_MAX,
    SIGNATURES_MAX,
    TRANSACTION_BYTES_MAX,
    ChainId,
    build_payload,
    join_signatures,
    parse_transaction,
    sign_payload,
    transaction_id,
    verify_signatures,
)

CHAIN = ChainId(bytes(range(32)))
SIGNERS = [Signer.from_seed(bytes([number]) * 32) for number in range(1, 20)]
COMMAND = ("pay", {"amount": 5, "to": "bob"})


def payload(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "chain_id": CHAIN, "sender": "alice", "command": COMMAND, "salt": b"s", "expires_at": 9,
    }  # fmt: skip
    return codec.encode(tuple((fields | changes).values()))


def wire(body: bytes, signatures: object = None) -> bytes:
    signer = SIGNERS[0]
    identifier = transaction_id(body, [signer.public_key])
    plain = ((signer.public_key, signer.sign(Purpose.TRANSACTION, identifier)),)
    return codec.encode((body, plain if signatures is None else signatures))


def test_a_transaction_says_what_was_put_in() -> None:
    body = build_payload(CHAIN, "alice", COMMAND, b"s", 9)
    transaction = parse_transaction(sign_payload(body, SIGNERS[:2]))
    verify_signatures(transaction)
    assert body == payload()
    assert (transaction.chain_id, transaction.sender, transaction.command) == (
        CHAIN, "alice", COMMAND,
    )  # fmt: skip
    assert (transaction.salt, transaction.expires_at) == (b"s", 9)
    assert transaction.signers == tuple(sorted(s.public_key for s in SIGNERS[:2]))
    signed = codec.encode((body, transaction.signers))
    assert transaction.id == crypto.digest(Purpose.TRANSACTION, signed)


def test_the_id_names_the_signers_so_nobody_can_strip_or_exchange_one() -> None:
    body = payload()
    both = parse_transaction(sign_payload(body, SIGNERS[:2]))
    stripped = parse_transaction(join_signatures(body, both.signatures[:1]))
    stranger = parse_transaction(sign_payload(body, SIGNERS[5:6]))
    assert len({both.id, stripped.id, stranger.id}) == 3
    with pytest.raises(Invalid, match="BAD_SIGNATURE"):
        verify_signatures(stripped)


def test_a_co_signer_fills_in_what_was_left_open_and_the_id_stays() -> None:
    body = payload()
    begun = parse_transaction(sign_payload(body, SIGNERS[:1], [SIGNERS[1].public_key]))
    with pytest.raises(Invalid, match="BAD_SIGNATURE"):
        verify_signatures(begun)
    assert begun.id == parse_transaction(sign_payload(body, SIGNERS[:2])).id


@given(st.sampled_from(["chain_id", "sender", "command", "salt", "expires_at"]))
def test_the_id_depends_on_every_field(name: str) -> None:
    other: dict[str, object] = {
        "chain_id": bytes(32), "sender": "alicf", "command": ("pay", {"amount": 6, "to": "bob"}),
        "salt": b"t", "expires_at": 10,
    }  # fmt: skip
    changed = payload(**{name: other[name]})
    assert transaction_id(changed, []) != transaction_id(payload(), [])


def test_the_order_and_number_of_times_of_signing_do_not_matter() -> None:
    body = payload()
    forms = {sign_payload(body, order) for order in permutations(SIGNERS[:3])}
    forms.add(sign_payload(body, [*SIGNERS[:3], SIGNERS[0]]))
    assert len(forms) == 1


def test_signatures_collected_apart_give_the_same_bytes() -> None:
    body = payload()
    identifier = transaction_id(body, [s.public_key for s in SIGNERS[:3]])
    collected = [(s.public_key, s.sign(Purpose.TRANSACTION, identifier)) for s in SIGNERS[:3]]
    assert join_signatures(body, reversed(collected)) == sign_payload(body, SIGNERS[:3])


def test_a_signature_of_something_else_is_refused() -> None:
    body, other = payload(), payload(salt=b"t")
    signer = SIGNERS[0]
    keys = [signer.public_key]
    for signature in (
        signer.sign(Purpose.TRANSACTION, transaction_id(other, keys)),
        signer.sign(Purpose.TRANSACTION, body),
        signer.sign(Purpose.COMMIT, transaction_id(body, keys)),
        SIGNERS[1].sign(Purpose.TRANSACTION, transaction_id(body, keys)),
    ):
        transaction = parse_transaction(join_signatures(body, [(signer.public_key, signature)]))
        with pytest.raises(Invalid, match="BAD_SIGNATURE"):
            verify_signatures(transaction)


def test_one_bad_signature_among_good_ones_is_enough() -> None:
    body = payload()
    identifier = transaction_id(body, [s.public_key for s in SIGNERS[:3]])
    good = [(s.public_key, s.sign(Purpose.TRANSACTION, identifier)) for s in SIGNERS[:3]]
    for place in range(3):
        mixed = list(good)
        mixed[place] = (good[place][0], good[(place + 1) % 3][1])
        with pytest.raises(Invalid, match="BAD_SIGNATURE"):
            verify_signatures(parse_transaction(join_signatures(body, mixed)))


@pytest.mark.parametrize(
    "signatures",
    [
        (),
        ((SIGNERS[0].public_key, bytes(63)),),
        ((SIGNERS[0].public_key, bytes(65)),),
        ((SIGNERS[0].public_key[:31], bytes(64)),),
        ((bytes(32), bytes(64)),),
        ((SIGNERS[0].public_key, bytes(64)),) * 2,
        tuple(sorted(((s.public_key, bytes(64)) for s in SIGNERS[:3]), reverse=True)),
        tuple(sorted((s.public_key, bytes(64)) for s in SIGNERS[: SIGNATURES_MAX + 1])),
        ((SIGNERS[0].public_key,),),
        ((SIGNERS[0].public_key, bytes(64), b""),),
        ((SIGNERS[0].public_key.hex(), bytes(64)),),
        {"a": 1},
        None,
    ],
    ids=["none", "short", "long", "short key", "small-order key", "twice", "descending", "many",
         "key alone", "three parts", "text", "map", "good"],
)  # fmt: skip
def test_signatures_have_one_form(signatures: object) -> None:
    raw = wire(payload(), signatures)
    if signatures is None:
        verify_signatures(parse_transaction(raw))
        return
    with pytest.raises(Invalid):
        parse_transaction(raw)


def test_as_many_signatures_as_allowed() -> None:
    transaction = parse_transaction(sign_payload(payload(), SIGNERS[:SIGNATURES_MAX]))
    verify_signatures(transaction)
    assert len(transaction.signers) == SIGNATURES_MAX


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("chain_id", bytes(32), [b"", bytes(31), bytes(33), "0" * 32, None]),
        ("sender", "a" * SENDER_CHARACTERS_MAX, ["", "a" * (SENDER_CHARACTERS_MAX + 1), b"a", 1]),
        ("salt", bytes(SALT_BYTES_MAX), [bytes(SALT_BYTES_MAX + 1), "salt", None]),
        ("salt", b"", [0]),
        ("expires_at", 0, [-1, True, None, "9", b"9"]),
        ("command", ("", {}), [("pay",), ("pay", ()), (b"pay", {}), ("pay", {}, {}), "pay", None]),
    ],
)
def test_bounds_of_the_fields(name: str, good: object, bad: list[object]) -> None:
    parse_transaction(wire(payload(**{name: good})))
    for value in bad:
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            parse_transaction(wire(payload(**{name: value})))


def test_a_payload_has_five_fields() -> None:
    parts = codec.decode(payload())
    for changed in (parts[:4], (*parts, 1), (), dict.fromkeys("abcde")):
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            parse_transaction(wire(codec.encode(changed)))


def test_the_payload_inside_is_canonical_too() -> None:
    body = payload()
    assert body.endswith(b"\x09")
    with pytest.raises(Invalid, match="NOT_CANONICAL"):
        parse_transaction(wire(body[:-1] + b"\xcc\x09"))
    with pytest.raises(Invalid, match="MALFORMED"):
        parse_transaction(wire(body + b"\x00"))


def test_size_is_bounded() -> None:
    def sized(filler: int) -> bytes:
        return wire(payload(command=("pay", {"x": bytes(filler)})))

    room = TRANSACTION_BYTES_MAX - len(sized(60_000)) + 60_000
    assert len(sized(room)) == TRANSACTION_BYTES_MAX
    parse_transaction(sized(room))
    with pytest.raises(Invalid, match="TOO_LARGE"):
        parse_transaction(sized(room + 1))


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    raw = bytearray(sign_payload(payload(), SIGNERS[:2]))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Invalid):
        verify_signatures(parse_transaction(bytes(raw)))


def test_the_longest_life_is_what_the_page_says() -> None:
    assert LIFETIME_HEIGHTS_MAX == 100_000
