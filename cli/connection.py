"""How commands reach nodes: the one place that makes a client and knows its reader token."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from client import HansaClient

TOKEN_VARIABLE: Final = "HANSA_READER_TOKEN"  # noqa: S105 (the name of a variable)


def connect(urls: str | Sequence[str], patience: float = 30.0) -> HansaClient:
    """A client that shows the token of the environment, if there is one. Raises Invalid."""
    return HansaClient(urls, token=os.environ.get(TOKEN_VARIABLE, ""), patience=patience)
