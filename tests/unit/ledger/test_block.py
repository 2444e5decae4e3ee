"""Blocks: the id is of the header alone, and the header commits to the transactions."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec, crypto, merkle
from ledger.block import BLOCK_TRANSACTIONS_MAX, TIMESTAMP_MS_MAX, Block, Header
from ledger.crypto import Digest, Purpose
from ledger.errors import Invalid
from ledger.membership import Height, MemberId
from ledger.transaction import TRANSACTION_BYTES_MAX, ChainId


def header(transactions: tuple[bytes, ...] = ()) -> Header:
    return Header(
        chain_id=ChainId(b"c" * 32),
        height=Height(7),
        parent=Digest(b"p" * 32),
        parent_certificate=Digest(b"q" * 32),
        timestamp_ms=1_800_000_000_000,
        proposer=MemberId("bank-01"),
        transactions_root=merkle.root(transactions),
        receipts_root=Digest(b"r" * 32),
        state_root=Digest(b"s" * 32),
        membership=Digest(b"m" * 32),
        rules=1,
    )


def with_field(name: str, value: object) -> tuple[object, ...]:
    names = [field.name for field in fields(Header)]
    given = tuple(header().to_value())
    at = names.index(name)
    return (*given[:at], value, *given[at + 1 :])


def test_a_block_reads_back_as_it_was_written() -> None:
    transactions = (b"one", b"two", b"three")
    block = Block(header(transactions), transactions)
    read = Block.from_value(codec.decode(codec.encode(block.to_value())))
    assert read == block
    assert (
        read.id == block.id == crypto.digest(Purpose.BLOCK, codec.encode(block.header.to_value()))
    )


OTHER_VALUES = {
    "chain_id": b"d" * 32, "height": 8, "parent": b"d" * 32, "parent_certificate": b"d" * 32,
    "timestamp_ms": 1, "proposer": "bank-02", "transactions_root": b"d" * 32,
    "receipts_root": b"d" * 32, "state_root": b"d" * 32, "membership": b"d" * 32, "rules": 2,
}  # fmt: skip


@pytest.mark.parametrize("field", [field.name for field in fields(Header)])
def test_every_field_of_the_header_is_in_the_id(field: str) -> None:
    value = with_field(field, OTHER_VALUES[field])
    changed = Header.from_value(value)
    assert changed.id != header().id
    assert changed.to_value() == value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("chain_id", [b"", bytes(31), bytes(33), "c" * 32, None]),
        ("height", [-1, 2**63, "7", True, None]),
        ("parent", [bytes(31)]),
        ("parent_certificate", [b"", None]),
        ("timestamp_ms", [-1, TIMESTAMP_MS_MAX + 1, "1"]),
        ("proposer", ["", "Bank", b"bank-01", None]),
        ("transactions_root", [bytes(33)]),
        ("receipts_root", [bytes(33)]),
        ("state_root", [bytes(33)]),
        ("membership", [bytes(33)]),
        ("rules", [-1, 2**63, True]),
    ],
)
def test_bounds_of_the_header(field: str, values: list[object]) -> None:
    for value in values:
        with pytest.raises(Invalid):
            Header.from_value(with_field(field, value))


def test_a_header_has_eleven_fields() -> None:
    value = header().to_value()
    changes: list[object] = [value[:-1], (*value, 1), list(value), {}]
    for changed in changes:
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            Header.from_value(changed)


@given(st.lists(st.binary(max_size=5), min_size=1, max_size=6), st.data())
def test_transactions_must_be_those_of_the_header(listed: list[bytes], data: st.DataObject) -> None:
    block = Block(header(tuple(listed)), tuple(listed))
    assert Block.from_value(block.to_value()) == block
    changed = data.draw(
        st.sampled_from([
            (*listed, b""), listed[:-1], listed[1:], [listed[-1], *listed],
            [listed[0] + b"x", *listed[1:]],
        ])
    )  # fmt: skip
    with pytest.raises(Invalid, match="BAD_TRANSACTIONS_ROOT"):
        Block.from_value(replace(block, transactions=tuple(changed)).to_value())


def test_swapping_two_transactions_is_noticed() -> None:
    block = Block(header((b"a", b"b")), (b"b", b"a"))
    with pytest.raises(Invalid, match="BAD_TRANSACTIONS_ROOT"):
        Block.from_value(block.to_value())


@pytest.mark.parametrize(
    ("transactions", "code"),
    [
        (("text",), "BAD_BLOCK"),
        ((None,), "BAD_BLOCK"),
        (((b"a",),), "BAD_BLOCK"),
        ((bytes(TRANSACTION_BYTES_MAX + 1),), "BAD_BLOCK"),
        ((b"",) * (BLOCK_TRANSACTIONS_MAX + 1), "BAD_SHAPE"),
    ],
)
def test_bounds_of_the_transactions(transactions: tuple[object, ...], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        Block.from_value((header().to_value(), transactions))
