"""Compare the contract engine with the published ACTUS cases; `python -m tests.conformance.actus_table`.

Every result field of every event is compared, in order, by one rule for all cases: the same event
at the same time, and numbers within 1e-8. Where a published number is itself imprecise, `WAIVERS` says
what it should be and why, and the engine is held to that. Cases come from the folder that ACTUS_TESTS
names, or from the reference data beside the repository.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypedDict

from lending.arithmetic.dates import parse_time
from lending.arithmetic.enhancement_terms import EnhancementType
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.schedule import run_case
from lending.arithmetic.terms import ContractType

TOLERANCE = Fraction(1, 10**8)
NUMBERS = (
    "payoff",
    "notionalPrincipal",
    "nominalInterestRate",
    "accruedInterest",
    "exerciseAmount",
)
TIMES = ("eventDate", "exerciseDate")
FILES = tuple(kind.value.lower() for kind in (*ContractType, *EnhancementType))


@dataclass(frozen=True, slots=True)
class Waiver:
    """A published number that is not what the rules give."""

    published: Fraction
    exact: Fraction
    reason: str


WAIVERS: Mapping[tuple[str, str, str], Waiver] = {
    ("guarantee14", "STD", "payoff"): Waiver(
        Fraction(3_508_695),
        Fraction(1, 2) * (5_000_000 + 2_000_000) + Fraction(10_000 * 80, 92),
        "half of the notionals, and 80 of the 92 days of a fee of 10,000: the file drops the cents",
    ),
}
"""(case, event, field) -> what the file says, what is right, and the arithmetic."""


class Case(TypedDict):
    """One published case."""

    terms: dict[str, object]
    to: str
    dataObserved: dict[str, object]
    eventsObserved: list[object]
    results: list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one case came out."""

    name: str
    events: int
    faults: tuple[str, ...]
    errors: Mapping[str, Fraction]


def vectors_folder() -> Path:
    """Return the folder of the published cases, which need not exist."""
    named = os.environ.get("ACTUS_TESTS")
    if named:
        return Path(named)
    root = Path(__file__).resolve().parent.parent.parent
    return Path(os.environ.get("HANSA_SHARED") or root.parent / "shared") / "vectors" / "actus"


def load(kind: str, folder: Path | None = None) -> dict[str, Case]:
    """Read the cases of one contract type, from a file of this project's or of ACTUS's naming."""
    folder = folder or vectors_folder()
    names = (f"{kind}.json", f"actus-tests-{kind}.json", f"tests/actus-tests-{kind}.json")
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        return {}
    cases: dict[str, Case] = json.loads(found.read_text(encoding="utf-8"))
    return cases


def compare(name: str, case: Case) -> Comparison:
    """Run one case and compare every field of every event."""
    expected = case["results"]
    try:
        got = run_case(case)
    except InvalidTerms as error:
        return Comparison(name, len(expected), (str(error),), {})
    order = [_identity(row) for row in got]
    if order != [_identity(row) for row in expected]:
        return Comparison(name, len(expected), (f"events {order}",), {})
    errors = dict.fromkeys(NUMBERS, Fraction(0))
    faults: list[str] = []
    for mine, theirs in zip(got, expected, strict=True):
        for field in (*mine, *(field for field in theirs if field not in mine)):
            faults += _compare_field(name, field, mine, theirs, errors)
    return Comparison(name, len(expected), tuple(faults), errors)


def _compare_field(
    name: str,
    field: str,
    mine: Mapping[str, str],
    theirs: Mapping[str, object],
    errors: dict[str, Fraction],
) -> list[str]:
    """Return the fault of one field, if any, and note how far a number is off."""
    if field not in mine or field not in theirs:
        return [f"{field} of {_identity(theirs)} is there once only"]
    got, wanted = mine[field], str(theirs[field])
    if field in TIMES:
        same = parse_time(got, field) == parse_time(wanted, field)
    elif field in NUMBERS:
        distance = abs(Fraction(got) - _wanted(name, str(theirs["eventType"]), field, wanted))
        errors[field] = max(errors[field], distance)
        same = distance <= TOLERANCE
    else:
        same = got == wanted
    return [] if same else [f"{field} of {_identity(theirs)}: {got}, not {wanted}"]


def _wanted(name: str, event: str, field: str, wanted: str) -> Fraction:
    """Return the published number, or what it should be where it is waived."""
    waiver = WAIVERS.get((name, event, field))
    published = Fraction(wanted)
    return waiver.exact if waiver is not None and waiver.published == published else published


def _identity(row: Mapping[str, object]) -> tuple[str, str]:
    moment = parse_time(str(row["eventDate"]), "eventDate")
    return moment.isoformat(), str(row["eventType"])


def table(kinds: Sequence[str]) -> tuple[list[str], bool]:
    """Return the printed table and whether every case of every file matched."""
    heading = ("file", "cases", "match", "events", *(f"max {field}" for field in NUMBERS), "ms")
    lines = [_row(heading)]
    clean, all_spent = True, 0
    for kind in kinds:
        begun = time.perf_counter()
        done = [compare(name, case) for name, case in load(kind).items()]
        spent = int((time.perf_counter() - begun) * 1000)
        all_spent += spent
        good = [each for each in done if not each.faults]
        worst = [
            max((each.errors.get(f, Fraction(0)) for each in done), default=0) for f in NUMBERS
        ]
        lines.append(
            _row(
                (
                    kind,
                    str(len(done)),
                    str(len(good)),
                    str(sum(each.events for each in done)),
                    *(f"{float(error):.1e}" for error in worst),
                    str(spent),
                )
            )
        )
        lines += [f"  {each.name}: {fault}" for each in done for fault in each.faults[:3]]
        clean = clean and len(good) == len(done) > 0
    lines += [f"all files in {all_spent} ms"]
    lines += [f"waived: {' '.join(key)}: {each.reason}" for key, each in WAIVERS.items()]
    return lines, clean


def _row(cells: Sequence[str]) -> str:
    widths = (6, 6, 6, 7, 12, 22, 24, 20, 19, 6)
    return "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def main() -> int:
    """Print the table and the waivers; the exit code is 0 if every case matched."""
    lines, clean = table(sys.argv[1:] or FILES)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
