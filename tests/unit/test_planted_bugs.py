"""The table of planted bugs fits the code: each true text stands in its file exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns.planted.bugs import BUGS, Bug


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_the_true_text_is_there_once(bug: Bug, root: Path) -> None:
    assert (root / bug.path).read_text().count(bug.true) == 1
    assert bug.planted != bug.true
    assert all((root / suite).exists() for suite in bug.suites)
