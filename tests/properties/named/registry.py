"""All groups of named properties; importing them fills the lists of `base`.

A new part of the product adds a file of properties and its name here.
"""

from __future__ import annotations

from typing import Final

from tests.properties.named import books, courses, facilities, loans, pools, security, steps
from tests.properties.named.base import COURSES, STATES, STEPS

GROUPS: Final = (books, loans, security, pools, facilities, courses, steps)
"""In the order of docs/lend/properties.md."""


def names() -> list[tuple[str, str, str]]:
    """Name, source and sentence of every property, in the order of the groups."""
    order = [group.__name__.rpartition(".")[2] for group in GROUPS]
    found = [(each.name, each.source, each.sentence) for each in STATES]
    found += [(each.name, each.source, each.sentence) for each in COURSES]
    found += [(each.name, each.source, each.sentence) for each in STEPS]
    return sorted(found, key=lambda each: order.index(each[0].partition(".")[0]))


TITLES: Final = {
    "books": "Books",
    "loans": "Agreements and loans",
    "security": "Prices, collateral, guarantees, cover",
    "pools": "Pools",
    "facilities": "Indices, facilities, votes",
    "courses": "Between two states",
    "steps": "Every single step",
}
"""What the page calls the groups."""

INTRODUCTION: Final = """# Named properties

Sentences that hold of the lending machine, each with the function that sees to it, in
`tests/properties/named/GROUP.py`. The long campaign (`make lending`) asks those of a step after each
of a million random steps, and all others every 200 steps and at the end of each world;
`tests/properties/test_named_properties.py` breaks records one by one until it has seen every
function fail. M1 to M26 are the house's list of money invariants, A its list of authority, C of the
chain, L of liveness, T of transactions. This page is written from the functions:
`pytest tests/properties/test_named_properties.py --rewrite`.
"""


def page() -> str:
    """docs/lend/properties.md."""
    found = names()
    parts = [INTRODUCTION, f"There are {len(found)}.\n"]
    for group in GROUPS:
        word = group.__name__.rpartition(".")[2]
        rows = [row for row in found if row[0].startswith(f"{word}.")]
        parts.append(f"\n## {TITLES.get(word, word.capitalize())}: `{word}.py`\n\n")
        parts.append("| function | from | what holds |\n|---|---|---|\n")
        parts += [
            f"| `{name.partition('.')[2]}` | {source} | {sentence} |\n"
            for name, source, sentence in rows
        ]
    return "".join(parts)
