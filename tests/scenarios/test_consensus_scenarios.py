"""Every text scenario of the consensus prints what its file says (`pytest --rewrite` writes it)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.consensus_runner import run_text
from tests.sim.cheap import cheap_crypto

FILES = sorted((Path(__file__).parent / "consensus").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path, rewrite: bool) -> None:
    text = path.read_text()
    with cheap_crypto(enabled=True):
        happened = run_text(text)
    if rewrite:
        path.write_text(happened)
        return
    assert happened == text
