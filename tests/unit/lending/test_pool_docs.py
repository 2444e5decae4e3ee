"""The page about pools explains every field of a pool's policy, and names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from lending.terms.pools import POOL_TEMPLATE_SHAPE


def test_every_field_of_a_policy_is_explained(root: Path) -> None:
    page = (root / "docs/lend/pools.md").read_text(encoding="utf-8")
    table = page.partition("## The policy")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(POOL_TEMPLATE_SHAPE.types)


def test_the_properties_name_tests_that_exist(root: Path) -> None:
    page = (root / "docs/lend/pools.md").read_text(encoding="utf-8")
    table = page.partition("## Properties")[2]
    sources = "\n".join(
        (root / path).read_text(encoding="utf-8")
        for path in ("tests/properties/test_pools.py", "tests/scenarios/pool_invariants.py")
    )
    named = re.findall(r"`(?:pool_invariants\.)?(\w+)`", table)
    assert named
    assert [name for name in named if f" {name}" not in sources] == []
    for file in re.findall(r"`(\w+\.txt)`", table):
        assert (root / "tests/scenarios/lending" / file).is_file()
