"""The stories of the long lending campaign, one file per part of the product.

A new part adds a file with `MAKERS` (and, if it needs one, `opening`) and a line below.
"""

from __future__ import annotations

from typing import Final

from tests.campaigns.lending_commands import (
    agreements,
    books,
    collateral,
    core,
    covers,
    facilities,
    fees,
    groups,
    pools,
    rules,
    services,
)
from tests.campaigns.lending_play import Maker, Story

OPENINGS: Final[tuple[Story, ...]] = (
    core.opening,
    collateral.opening,
    pools.opening,
    facilities.opening,
    books.opening,
    covers.opening,
)
"""What happens first in a world, in this order."""

MAKERS: Final[tuple[Maker, ...]] = (
    *core.MAKERS,
    *collateral.MAKERS,
    *pools.MAKERS,
    *facilities.MAKERS,
    *agreements.MAKERS,
    *rules.MAKERS,
    *fees.MAKERS,
    *services.MAKERS,
    *books.MAKERS,
    *covers.MAKERS,
    *groups.MAKERS,
)
"""Everything that may happen then."""

ELSEWHERE: Final = dict.fromkeys(
    ("advance_chain", "claim_lock", "release_lock", "unlock_with_proof"),
    "needs proofs of another chain: tests/properties/test_bridge.py",
)
"""Commands that one world alone cannot apply, and what plays them."""
