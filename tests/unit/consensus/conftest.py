"""Cheap signatures for all tests of the consensus that do not ask for real ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sim.cheap import cheap_crypto


@pytest.fixture(autouse=True)
def cheap() -> Iterator[None]:
    with cheap_crypto(enabled=True):
        yield
