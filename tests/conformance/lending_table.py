"""Print every published lending number beside ours; `python -m tests.conformance.lending_table`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from fractions import Fraction

from tests.conformance.lending_actus import ACTUS
from tests.conformance.lending_loans import LOANS
from tests.conformance.lending_pools import POOLS
from tests.conformance.lending_vectors import TOLERANCES, Call, Verdict, by_prefix, judge, load

CALLS: Mapping[str, Call] = {**POOLS, **LOANS, **ACTUS}
"""Beginning of a vector's id -> the call of the product that answers it; the longest one counts."""


def verdicts() -> list[Verdict]:
    """Return how every vector came out; one that no call answers is a fault."""
    found = []
    for vector in load():
        call = by_prefix(CALLS, vector["id"])
        if call is None:
            found.append(Verdict(vector["id"], 0, ("no call answers it",), Fraction(0)))
        else:
            found.append(judge(vector, call))
    return found


def main() -> int:
    """Print the table; the exit code is 0 if every vector is met."""
    done = verdicts()
    lines = [f"{'vector':34} {'values':>6} {'largest difference':>18}  held to"]
    for each in done:
        _, words = by_prefix(TOLERANCES, each.name) or (None, "")
        lines.append(f"{each.name:34} {each.values:6} {float(each.largest):18.1e}  {words}")
        lines += [f"  {fault}" for fault in each.faults]
    good = sum(not each.faults for each in done)
    lines.append(f"{good} of {len(done)} vectors, {sum(each.values for each in done)} values")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if good == len(done) > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
