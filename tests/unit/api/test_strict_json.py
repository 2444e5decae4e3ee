"""Strict JSON and the lossless JSON form of canonical values."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import strict_json
from api.json_transactions import transaction_bytes, transaction_json
from api.json_values import SAFE_INTEGER, from_json, to_json
from api.money import whole_units
from api.problems import Problem
from client import values as client_values
from ledger import codec
from ledger.transaction import parse_transaction
from tests.unit.api.scenario import served_book

WIDE = 2**255 - 1
scalars = (
    st.none() | st.booleans() | st.integers(-WIDE, WIDE) | st.binary(max_size=40) | st.text(max_size=9)
)  # fmt: skip
names = st.text(max_size=5) | st.sampled_from(["int", "hex", "map"])
canonical = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple) | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=12,
)


@given(canonical)
def test_canonical_values_survive_json(value: codec.Value) -> None:
    text = json.dumps(to_json(value)).encode()
    assert codec.encode(from_json(strict_json.loads(text))) == codec.encode(value)


@given(canonical)
def test_the_client_reads_and_writes_the_same_form(value: codec.Value) -> None:
    assert client_values.to_json(value) == to_json(value)
    assert codec.encode(client_values.from_json(to_json(value))) == codec.encode(value)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-WIDE, WIDE) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
))  # fmt: skip
def test_well_formed_json_is_read_as_it_stands(value: object) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_noise_is_a_value_or_a_problem(data: bytes) -> None:
    with contextlib.suppress(Problem):
        strict_json.loads(data)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a":1,"a":1}', "DUPLICATE_NAME"),
        (b"[NaN]", "NOT_AN_INTEGER"),
        (b"1.0", "NOT_AN_INTEGER"),
        (b"[" + b"1" * 81 + b"]", "NUMBER_TOO_LONG"),
        (b"[" * 25 + b"]" * 25, "TOO_DEEP"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b'"\\ud800"', "BAD_UTF8"),
        (b'{"\\udfff":1}', "BAD_UTF8"),
        (b"\xff", "BAD_UTF8"),
        (b"\xef\xbb\xbf1", "BAD_JSON"),
        ("[1]".encode("utf-16"), "BAD_UTF8"),
        (b"[1]]", "BAD_JSON"),
        (b"", "BAD_JSON"),
    ],
)
def test_what_readers_disagree_about_is_refused_by_name(text: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        strict_json.loads(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "value",
    [
        SAFE_INTEGER + 1, {"hex": "0"}, {"hex": "AA"}, {"hex": 1}, {"int": 5}, {"int": "05"},
        {"int": "-0"}, {"int": "1e3"}, {"int": " 1"}, {"int": "\u0661"}, {"map": 1}, {"map": {"a": 1}},
        {"int": str(2**255)}, {"int": str(-(2**255) - 1)},
    ],
)  # fmt: skip
def test_a_value_has_no_second_spelling(value: object) -> None:
    with pytest.raises(Problem):
        from_json(value)


def test_a_transaction_has_one_id_in_both_forms() -> None:
    for raw in served_book().sent:
        as_json = json.dumps(transaction_json(parse_transaction(raw))).encode()
        assert transaction_bytes(strict_json.loads(as_json)) == raw


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [(0, 2, "0.00"), (-5, 2, "-0.05"), (12_345, 2, "123.45"), (7, 0, "7"), (-1, 18, "-0." + "0" * 17 + "1")],
)  # fmt: skip
def test_amounts_are_shown_in_whole_units(minor: int, decimals: int, text: str) -> None:
    assert whole_units(minor, decimals) == text
