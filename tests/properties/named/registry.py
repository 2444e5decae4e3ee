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
