"""The page about other chains names scenarios and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path


def test_the_properties_and_scenarios_exist(root: Path) -> None:
    page = (root / "docs/lend/cross-chain.md").read_text(encoding="utf-8")
    files = re.findall(r"`(\w+\.txt)`", page)
    assert files
    assert [file for file in files if not (root / "tests/scenarios/lending" / file).is_file()] == []
    sources = (root / "tests/properties/test_bridge.py").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)` \|$", page.partition("## What holds")[2], re.MULTILINE)
    assert named
    assert [name for name in named if f"def {name}" not in sources] == []
