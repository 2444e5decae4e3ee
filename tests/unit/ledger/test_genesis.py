"""The genesis document: strict JSON with one meaning, and the chain id is the digest of that."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec, crypto
from ledger.block import BLOCK_TRANSACTIONS_MAX, TIMESTAMP_MS_MAX
from ledger.crypto import ZERO_DIGEST, Digest, Purpose
from ledger.errors import Invalid
from ledger.genesis import GENESIS_BYTES_MAX, Genesis, Parameters, member_document
from ledger.identity import issue_certificate
from ledger.merkle import EMPTY_ROOT
from tests.support.chain_factory import genesis_document, member_signers

SIGNERS = member_signers(4)
NAMES = list(SIGNERS)
Document = dict[str, object]
Member = dict[str, str]


def document() -> Document:
    return genesis_document(SIGNERS)


def members(of: Document) -> list[Member]:
    listed = of["members"]
    assert isinstance(listed, list)
    return listed


def read(of: object) -> Genesis:
    return Genesis.from_json(json.dumps(of).encode())


def test_what_a_genesis_says() -> None:
    genesis = read(document())
    assert genesis.digest == crypto.digest(Purpose.GENESIS, codec.encode(document()))
    assert bytes(genesis.chain_id) == genesis.digest
    assert genesis.membership.ids == tuple(NAMES)
    assert genesis.parameters == Parameters()
    assert genesis.application == {"greeting": "moin"}
    assert [member_document(member) for member in genesis.membership.members] == members(document())


def test_spacing_and_the_order_of_keys_do_not_matter() -> None:
    digest = read(document()).digest
    backwards = dict(reversed(list(document().items())))
    for text in (
        json.dumps(document(), separators=(",", ":")),
        json.dumps(document(), indent=8),
        json.dumps(backwards),
        "\n\t " + json.dumps(document()).replace('"format"', '"\\u0066ormat"') + "\r\n",
    ):
        assert Genesis.from_json(text.encode()).digest == digest


def test_it_reads_back_what_it_writes() -> None:
    genesis = read({**document(), "name": "Häuser \u2603"})
    again = Genesis.from_json(genesis.to_json())
    assert again.digest == genesis.digest
    assert again.to_json() == genesis.to_json()


@given(
    st.sampled_from(["name", "timestamp_ms", "rules", "members", "parameters", "application"]),
)
def test_the_chain_id_depends_on_every_field(field: str) -> None:
    other: Document = {
        "name": "other", "timestamp_ms": 1, "rules": 2, "members": members(document())[:3],
        "parameters": {"timeout_ms": 1_999}, "application": {"greeting": "servus"},
    }  # fmt: skip
    assert read({**document(), field: other[field]}).digest != read(document()).digest


def test_the_order_of_members_does_not_change_who_may_vote() -> None:
    turned = {**document(), "members": list(reversed(members(document())))}
    assert read(turned).membership == read(document()).membership
    assert read(turned).digest != read(document()).digest, "it is another document all the same"


def test_the_header_of_height_zero() -> None:
    genesis = read(document())
    header = genesis.header(Digest(b"s" * 32))
    assert (header.height, header.timestamp_ms, header.rules) == (0, genesis.timestamp_ms, 1)
    assert header.parent == header.parent_certificate == ZERO_DIGEST
    assert header.transactions_root == header.receipts_root == EMPTY_ROOT
    assert header.membership == genesis.membership.digest


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf" + json.dumps(document()).encode(),
        json.dumps(document()).encode("utf-16"),
        json.dumps(document()).encode() + b"{}",
        json.dumps(document()).encode().replace(b"test", b"te\xffst"),
        json.dumps(document()).encode().replace(b"test", b"te\\ud800st"),
        json.dumps(document()).encode().replace(b'"rules": 1', b'"rules": 1, "rules": 1'),
        json.dumps(document()).encode().replace(b'"moin"', b"1.5"),
        json.dumps(document()).encode().replace(b'"moin"', b"1e3"),
        json.dumps(document()).encode().replace(b'"moin"', b"-0.0"),
        json.dumps(document()).encode().replace(b'"moin"', b"NaN"),
        json.dumps(document()).encode().replace(b'"moin"', b"-Infinity"),
        json.dumps(document()).encode().replace(b'"moin"', b"1" * 80),
        json.dumps(document()).encode().replace(b'"moin"', b"1" * 5_000),
        json.dumps(document()).encode().replace(b'"moin"', b"[" * 400 + b"]" * 400),
        json.dumps(document()).encode().replace(b'"moin"', b"[" * 700 + b"]" * 700),
        json.dumps(document()).encode().replace(b'"moin"', b"[" * 100_000 + b"]" * 100_000),
        b" " * (GENESIS_BYTES_MAX + 1),
    ],
    ids=["empty", "null", "list", "no fields", "open", "utf-16 without a mark", "mark", "utf-16",
         "more", "bad utf-8", "surrogate", "twice", "float", "exponent", "minus zero", "nan",
         "infinity", "81 digits", "5,000 digits", "deep", "deeper", "deepest", "long"],
)  # fmt: skip
def test_what_is_no_genesis_text(text: bytes) -> None:
    with pytest.raises(Invalid, match="BAD_GENESIS"):
        Genesis.from_json(text)


CHANGES: dict[str, Callable[[Document], object]] = {
    "no name": lambda d: d.pop("name"),
    "one field more": lambda d: d.update(comment=""),
    "another format": lambda d: d.update(format="hansa-genesis/2"),
    "empty name": lambda d: d.update(name=""),
    "long name": lambda d: d.update(name="n" * 65),
    "name of another type": lambda d: d.update(name=1),
    "time before 1970": lambda d: d.update(timestamp_ms=-1),
    "time too late": lambda d: d.update(timestamp_ms=TIMESTAMP_MS_MAX + 1),
    "time as text": lambda d: d.update(timestamp_ms="1"),
    "time as boolean": lambda d: d.update(timestamp_ms=True),
    "rules of nothing": lambda d: d.update(rules=0),
    "rules too high": lambda d: d.update(rules=2**63),
    "rules as boolean": lambda d: d.update(rules=True),
    "members as object": lambda d: d.update(members={}),
    "a member as text": lambda d: d.update(members=["bank-01"]),
    "a member without a key": lambda d: members(d)[0].pop("key"),
    "a member with more": lambda d: members(d)[0].update(weight="2"),
    "a member's key of another type": lambda d: d.update(members=[{**members(d)[0], "key": 1}]),
    "a key that is not hexadecimal": lambda d: members(d)[0].update(key="zz"),
    "a certificate of another": lambda d: members(d)[0].update(
        certificate=members(d)[1]["certificate"]
    ),
    "parameters as list": lambda d: d.update(parameters=[]),
    "an unknown parameter": lambda d: d.update(parameters={"timeout": 1}),
    "a parameter of zero": lambda d: d.update(parameters={"timeout_ms": 0}),
    "a parameter as text": lambda d: d.update(parameters={"timeout_ms": "1"}),
    "a parameter as boolean": lambda d: d.update(parameters={"timeout_ms": True}),
    "devnet as number": lambda d: d.update(parameters={"devnet": 1}),
    "a fast clock and no devnet": lambda d: d.update(parameters={"clock_rate": 2}),
    "a cap below the timeout": lambda d: d.update(
        parameters={"timeout_ms": 9, "timeout_max_ms": 8}
    ),
    "blocks that nobody may read": lambda d: d.update(
        parameters={"block_transactions_max": BLOCK_TRANSACTIONS_MAX + 1}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_is_no_genesis(change: Callable[[Document], object]) -> None:
    changed = document()
    change(changed)
    with pytest.raises(Invalid, match="BAD_GENESIS"):
        read(changed)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "Bank"}, "BAD_MEMBER_ID"),
        ({"id": NAMES[1]}, "BAD_MEMBERSHIP"),
        ({"key": "00" * 32}, "BAD_PUBLIC_KEY"),
        ({"key": "ee" + "ff" * 30 + "7f"}, "BAD_PUBLIC_KEY"),
        ({"certificate": ""}, "BAD_CERTIFICATE"),
        ({"certificate": "3000"}, "BAD_CERTIFICATE"),
    ],
)
def test_members_are_checked_where_they_enter(changes: Member, code: str) -> None:
    changed = document()
    members(changed)[0].update(changes)
    with pytest.raises(Invalid, match=code):
        read(changed)


def test_two_members_may_not_share_a_key() -> None:
    changed = document()
    shared = SIGNERS[NAMES[0]]
    members(changed)[1].update(
        key=shared.public_key.hex(), certificate=issue_certificate(shared, NAMES[1]).hex()
    )
    with pytest.raises(Invalid, match="BAD_MEMBERSHIP"):
        read(changed)


def test_there_is_at_least_one_member() -> None:
    with pytest.raises(Invalid, match="BAD_MEMBERSHIP"):
        read({**document(), "members": []})


def test_a_devnet_may_be_fast() -> None:
    parameters = {"devnet": True, "clock_rate": 86_400, "timeout_ms": 500}
    assert read({**document(), "parameters": parameters}).parameters.clock_rate == 86_400
