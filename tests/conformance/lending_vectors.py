"""The published lending numbers: how they are read, and when a number of ours is the same.

A vector is `{id, source, inputs, expected, status}`. What is expected is compared value by value, exactly
or within the tolerance that its source states; `TOLERANCES` says which and why.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import TypedDict, TypeVar

Inputs = Mapping[str, object]
Results = Mapping[str, object]
Call = Callable[[Inputs], Results]
T = TypeVar("T")


class Vector(TypedDict):
    """One published fact."""

    id: str
    source: str
    inputs: dict[str, object]
    expected: dict[str, object]
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one vector came out."""

    name: str
    values: int
    faults: tuple[str, ...]
    largest: Fraction


def vectors_file() -> Path:
    """Return where the vectors should be; the file need not exist."""
    root = Path(__file__).resolve().parent.parent.parent
    shared = Path(os.environ.get("HANSA_SHARED") or root.parent / "shared")
    return shared / "vectors" / "lending.json"


def load() -> list[Vector]:
    """Read the vectors, with every number as it is written; an empty list if there are none."""
    file = vectors_file()
    if not file.is_file():
        return []
    text = file.read_text(encoding="utf-8")
    found: list[Vector] = json.loads(text, parse_float=str)
    return found


def number(value: object) -> Fraction:
    """Read a number that is written as an integer, a decimal, with an exponent or with a percent sign."""
    if isinstance(value, Fraction):
        return value
    text = str(value).strip()
    if text.endswith("%"):
        return Fraction(Decimal(text[:-1])) / 100
    return Fraction(Decimal(text))


def whole(value: object, unit: int = 1) -> int:
    """Return a number in parts of `unit`; it must be one exactly."""
    parts = number(value) * unit
    assert parts.denominator == 1, value
    return parts.numerator


def mapping(value: object) -> Mapping[str, object]:
    """Return a JSON object."""
    assert isinstance(value, dict)
    return value


def sequence(value: object) -> Sequence[object]:
    """Return a JSON list."""
    assert isinstance(value, list)
    return value


def pairs(value: object) -> list[tuple[object, object]]:
    """Return a JSON list of lists of two."""
    rows = [sequence(row) for row in sequence(value)]
    return [(first, second) for first, second in rows]


def by_prefix(table: Mapping[str, T], name: str) -> T | None:
    """Return the entry whose key is the longest beginning of a name."""
    keys = [key for key in table if name.startswith(key)]
    return table[max(keys, key=len)] if keys else None


# What a number may differ by.

Tolerance = Callable[[Vector, str, Fraction], Fraction]


def _exact(_: Vector, __: str, ___: Fraction) -> Fraction:
    return Fraction(0)


def _absolute(text: str) -> Tolerance:
    return lambda _vector, _key, _value: number(text)


def _relative(text: str) -> Tolerance:
    return lambda _vector, _key, value: abs(value) * number(text)


def _written(_: Vector, __: str, value: Fraction) -> Fraction:
    """Half a unit of the tenth significant digit: the books of the scenarios are printed with ten."""
    digits = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return Fraction(10) ** (digits - 10) / 2


def _maple(vector: Vector, key: str, value: Fraction) -> Fraction:
    return _written(vector, key, value) if key.startswith("states") else number("1e-6")


def _compound(_: Vector, key: str, value: Fraction) -> Fraction:
    return value * number("0.003") if key == "ideal_exp" else Fraction(0)


TOLERANCES: Mapping[str, tuple[Tolerance, str]] = {
    "": (_exact, "exact"),
    "aave_compound": (_compound, "exact; 0.3 % from the ideal, as the repository asserts"),
    "comet_u": (
        lambda vector, _key, _value: number(vector["expected"]["tolerance_wei"]) / 10**18,
        "1e8 wei",
    ),
    "morpho_irm_first": (_relative("0.0001"), "0.01 %"),
    "morpho_irm": (_relative("0.1"), "10 %"),
    "euler_kink": (
        lambda vector, _key, _value: number(vector["expected"]["precision"]),
        "1e13 of 1e27",
    ),
    "maple_": (_maple, "1e-6; books to ten digits"),
    "dc_A": (_absolute("1e-10"), "1e-10"),
    "sofr_": (lambda vector, _key, _value: number(vector["expected"]["tol"]), "1e-12"),
    "actus_": (_absolute("1e-8"), "1e-8"),
}
"""Beginning of an id -> (what its numbers may differ by, in words)."""

_NOT_RESULTS = {"tolerance_wei", "precision", "tol"}


# What is expected, where it is not simply the field `expected`.


def _paid(vector: Vector) -> Results:
    """Scenarios have what was paid among their inputs."""
    amounts = {"interest", "principal", "poolLosses"}
    events = [mapping(event) for event in sequence(vector["inputs"].get("events", []))]
    paid = [
        {
            name: value
            for name, value in mapping(event["params"]).items()
            if name in amounts or name.endswith("Fee")
        }
        for event in events
        if event["action"] in ("payLoan", "defaultLoan")
    ]
    return {**vector["expected"], "paid": paid} if events else vector["expected"]


def _rate_per_second(vector: Vector) -> Results:
    """A yearly yield as a rate per second, as the repository's test converts it: ln(1 + y) / year."""
    with localcontext() as context:
        context.prec = 50
        yearly = Decimal(str(vector["expected"]["apy"]).split("%")[0]) / 100
        seconds = Decimal("365.2425") * 86_400
        return {"apy": str((1 + yearly).ln() * 10**27 / seconds)}


def _true(vector: Vector) -> Results:
    """The file's own number is known to be cut off; the true one is stated beside it, to six decimals."""
    return {"true": vector["expected"]["true"]}


EXPECTED: Mapping[str, Callable[[Vector], Results]] = {
    "maple_": _paid,
    "euler_kink": _rate_per_second,
    "actus_guarantee14": _true,
}
"""Beginning of an id -> what its source expects, where that takes a word."""


def judge(vector: Vector, call: Call) -> Verdict:
    """Call the product and compare all that is expected."""
    name = vector["id"]
    expected_of = by_prefix(EXPECTED, name)
    expected = expected_of(vector) if expected_of else vector["expected"]
    found = by_prefix(TOLERANCES, name)
    assert found is not None
    pairs = list(_pairs("", expected, call(vector["inputs"])))
    faults, largest = [], Fraction(0)
    for key, wanted, got in pairs:
        if got is None:
            faults.append(f"{key}: not computed")
            continue
        distance = abs(number(wanted) - number(got))
        largest = max(largest, distance)
        allowed = found[0](vector, key, number(wanted))
        if name.startswith("actus_guarantee14"):
            allowed = number("5e-7")  # `true` is written with six decimals
        if distance > allowed:
            faults.append(f"{key}: {float(number(got))}, not {wanted}")
    return Verdict(name, len(pairs), tuple(faults), largest)


def _pairs(key: str, expected: object, got: object) -> list[tuple[str, object, object]]:
    """Return (key, expected number, our number) for every number that is expected."""
    if isinstance(expected, dict):
        inner = got if isinstance(got, dict) else {}
        return [
            pair
            for name, value in expected.items()
            if name not in _NOT_RESULTS and value is not None
            for pair in _pairs(f"{key}.{name}".lstrip("."), value, inner.get(name))
        ]
    if isinstance(expected, list):
        rows = list(got) if isinstance(got, list | tuple) else []
        rows += [None] * (len(expected) - len(rows))
        return [
            pair
            for place, value in enumerate(expected)
            for pair in _pairs(f"{key}.{place}", value, rows[place])
        ]
    return [(key, expected, got)]
