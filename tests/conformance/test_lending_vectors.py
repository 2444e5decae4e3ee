"""Every published lending number is what the product's own functions say."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.conformance.lending_table import CALLS
from tests.conformance.lending_vectors import (
    TOLERANCES,
    Vector,
    by_prefix,
    judge,
    load,
    vectors_file,
)

VECTORS = load()

needs_vectors = pytest.mark.skipif(
    not VECTORS, reason=f"no lending vectors: set HANSA_SHARED (looked for {vectors_file()})"
)


@needs_vectors
@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_vector_is_met_by_the_product(vector: Vector) -> None:
    call = by_prefix(CALLS, vector["id"])
    assert call is not None, "no call answers it"
    verdict = judge(vector, call)
    assert verdict.values > 0
    assert not verdict.faults, "\n".join(verdict.faults)


@needs_vectors
@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_a_vector_with_another_number_is_noticed(vector: Vector) -> None:
    call = by_prefix(CALLS, vector["id"])
    assert call is not None
    wrong: Vector = {**vector, "expected": {name: _off(value) for name, value in _numbers(vector)}}
    assert judge(wrong, call).faults


def _numbers(vector: Vector) -> list[tuple[str, object]]:
    return list(vector["expected"].items())


def _off(value: object) -> object:
    """Return what is expected with its numbers a quarter higher; tolerances and dates stay."""
    if isinstance(value, dict):
        return {name: _off(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_off(inner) for inner in value]
    text = str(value)
    if value is None or text in ("100000000", "1e13", "1e-12"):
        return value
    if text.endswith("APY"):
        return f"{float(text.split('%', maxsplit=1)[0]) * 1.25}% APY"
    return str(int(text) * 5 // 4 + 1) if text.isdigit() else str(float(text) * 1.25)


@needs_vectors
def test_every_call_and_every_tolerance_is_of_use() -> None:
    names = [vector["id"] for vector in VECTORS]
    used = {id(by_prefix(CALLS, name)) for name in names}
    assert all(id(call) in used for call in CALLS.values())
    assert all(any(name.startswith(prefix) for name in names) for prefix in TOLERANCES)


@needs_vectors
def test_a_result_that_is_not_computed_is_a_fault() -> None:
    vector = VECTORS[0]
    assert judge(vector, lambda _: {}).faults
    assert judge(vector, lambda _: dict.fromkeys(vector["expected"], Fraction(-1))).faults
