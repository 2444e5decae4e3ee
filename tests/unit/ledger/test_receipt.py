"""Receipts: what came of a transaction, in bytes that a leaf of a Merkle tree can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec
from ledger.crypto import ZERO_DIGEST, Digest
from ledger.errors import Invalid
from ledger.receipt import Applied, Receipt, Rejected

IDENTIFIERS = st.binary(min_size=32, max_size=32).map(Digest)
FACTS = st.dictionaries(st.text(max_size=8), st.integers(-(2**100), 2**100) | st.text(max_size=5))
EVENTS = st.tuples(st.text(max_size=12), FACTS)
RECEIPTS = st.builds(
    Receipt,
    IDENTIFIERS,
    st.lists(EVENTS, max_size=4).map(lambda events: Applied(tuple(events)))
    | st.builds(Rejected, st.text(max_size=12), FACTS),
)


@given(RECEIPTS)
def test_a_receipt_reads_back_as_it_was_written(receipt: Receipt) -> None:
    assert Receipt.from_value(codec.decode(receipt.encode())) == receipt


def test_what_a_receipt_tells() -> None:
    applied = Receipt(Digest(b"t" * 32), Applied((("paid", {"amount": 5}),)))
    refused = Receipt(Digest(b"t" * 32), Rejected("TOO_MUCH", {"limit": 4}))
    clock = Receipt(ZERO_DIGEST, Applied(()))
    assert applied.events == (("paid", {"amount": 5}),)
    assert refused.events == ()
    assert [r.is_clock for r in (applied, refused, clock)] == [False, False, True]
    assert applied.to_value() == (b"t" * 32, "applied", (("paid", {"amount": 5}),))
    assert refused.to_value() == (b"t" * 32, "rejected", ("TOO_MUCH", {"limit": 4}))


@pytest.mark.parametrize(
    "value",
    [
        (),
        (b"t" * 32, "applied"),
        (b"t" * 32, "APPLIED", ()),
        (b"t" * 32, "pending", ()),
        ("t" * 32, "applied", ()),
        (b"t" * 31, "applied", ()),
        (b"t" * 32, "applied", (("paid",),)),
        (b"t" * 32, "applied", ((1, {}),)),
        (b"t" * 32, "applied", ("paid",)),
        (b"t" * 32, "rejected", ()),
        (b"t" * 32, "rejected", ("CODE", ())),
        (b"t" * 32, "rejected", ("CODE", {}, {})),
    ],
)
def test_what_is_no_receipt(value: object) -> None:
    with pytest.raises(Invalid):
        Receipt.from_value(value)
