"""Building and signing without a network: ids, salts, several signers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import add_signatures, build
from client.transactions import SALT_BYTES, derived_signer
from client.values import from_json, to_json
from ledger import codec
from ledger.errors import Invalid
from ledger.transaction import ChainId, parse_transaction, verify_signatures
from lending.commands import Repay, command_value

CHAIN = ChainId(bytes(range(32)))
LENDER, BORROWER = derived_signer("lender"), derived_signer("borrower")


def test_a_transaction_says_what_was_asked_for() -> None:
    item = build(CHAIN, "acme", Repay("loan-1", 100), [BORROWER], expires_at=50)
    parsed = parse_transaction(item.raw)
    verify_signatures(parsed)
    assert parsed.command == command_value(Repay("loan-1", 100))
    assert (parsed.sender, parsed.expires_at, parsed.id) == ("acme", 50, item.id)
    assert len(parsed.salt) == SALT_BYTES


def test_one_salt_makes_one_id_and_no_salt_a_new_one() -> None:
    command = Repay("loan-1", 100)
    same = {
        build(CHAIN, "acme", command, [BORROWER], expires_at=50, salt=b"x").id for _ in range(2)
    }
    fresh = {build(CHAIN, "acme", command, [BORROWER], expires_at=50).id for _ in range(2)}
    assert (len(same), len(fresh)) == (1, 2)


def test_signing_one_after_the_other_is_signing_together() -> None:
    command = Repay("loan-1", 100)
    together = build(CHAIN, "acme", command, [LENDER, BORROWER], expires_at=50, salt=b"x")
    co_signers = [BORROWER.public_key]
    alone = build(CHAIN, "acme", command, [LENDER], expires_at=50, salt=b"x", co_signers=co_signers)
    assert alone.id == together.id
    assert add_signatures(alone.raw, [BORROWER]) == together


def test_who_is_not_named_cannot_sign() -> None:
    alone = build(CHAIN, "acme", Repay("loan-1", 100), [LENDER], expires_at=50)
    with pytest.raises(Invalid, match="NOT_A_SIGNER"):
        add_signatures(alone.raw, [BORROWER])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.binary() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.sampled_from(["a", "int", "hex", "map"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_values_survive_their_json_form(value: codec.Value) -> None:
    assert from_json(to_json(value)) == value
