"""The engine reproduces every published ACTUS case: each event, each field, in order, within 1e-8."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from lending.arithmetic.schedule import run_cases
from tests.conformance.actus_table import FILES, TOLERANCE, WAIVERS, compare, load, vectors_folder

CASES = [(kind, name) for kind in FILES for name in load(kind)]

needs_vectors = pytest.mark.skipif(
    not CASES, reason=f"no ACTUS cases: set ACTUS_TESTS or HANSA_SHARED ({vectors_folder()})"
)


@needs_vectors
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_case_matches_in_order_and_within_1e_8(kind: str, name: str) -> None:
    comparison = compare(name, load(kind)[name])
    assert not comparison.faults, "\n".join(comparison.faults)
    assert comparison.events > 0


@needs_vectors
@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_cases_runs_as_one_and_serializes_to_json(kind: str) -> None:
    cases = load(kind)
    results = run_cases(cases)
    assert list(json.loads(json.dumps(results))) == list(cases)


@needs_vectors
def test_no_engine_file_names_a_case() -> None:
    names = {name for _, name in CASES}
    texts = [path.read_text() for path in _engine_files()]
    assert texts
    assert not [name for name in names for text in texts if name in text]


def _engine_files() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "lending" / "arithmetic").glob("*.py"))


@needs_vectors
def test_the_comparison_notices_a_wrong_amount_and_a_wrong_order() -> None:
    name, case = next(iter(load("pam").items()))
    wrong = json.loads(json.dumps(case))
    wrong["results"][2]["payoff"] += 2e-8
    assert compare(name, wrong).faults
    swapped = json.loads(json.dumps(case))
    swapped["results"][-2:] = reversed(swapped["results"][-2:])
    assert compare(name, swapped).faults


@needs_vectors
def test_a_waiver_names_a_published_number_that_is_there_and_wrong() -> None:
    cases = {name: case for kind in FILES for name, case in load(kind).items()}
    for (name, event, field), waiver in WAIVERS.items():
        rows = [row for row in cases[name]["results"] if row["eventType"] == event]
        assert [Fraction(str(row[field])) for row in rows] == [waiver.published]
        assert TOLERANCE < abs(waiver.exact - waiver.published) < 1
        assert waiver.reason


@needs_vectors
def test_a_waiver_holds_the_engine_to_the_exact_number(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "guarantee14"
    key = (name, "STD", "payoff")
    wrong = replace(WAIVERS[key], exact=WAIVERS[key].exact + 2 * TOLERANCE)
    monkeypatch.setitem(WAIVERS, key, wrong)
    assert compare(name, load("ceg")[name]).faults
