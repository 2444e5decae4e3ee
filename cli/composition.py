"""What the command line asks of node.py: the object graph, built elsewhere and handed over here.

The command line never builds a node itself, so it does not know which store, server or machine
there is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from ledger.chain import Chain
from ledger.genesis import Genesis
from ledger.machine import StateMachine
from runtime.settings import Settings

ENTRY_POINT: Final = Path(__file__).resolve().parents[1] / "node.py"
"""What a new process of this same installation is started from."""


class Composition(Protocol):
    """The parts of a node, as node.py puts them together."""

    def machine(self) -> StateMachine:
        """A fresh state machine, to replay a chain with."""

    def create_data(self, data: Path, genesis: Genesis, backend: str) -> str:
        """Make a node's data folder at height 0; the backend's name. Raises Invalid."""

    def open_chain(self, data: Path, genesis: Genesis) -> Chain:
        """Open a data folder's chain, re-checked. Raises Invalid, StoreDamaged."""

    def serve(self, settings: Settings) -> int:
        """Run a node and its HTTP API until a signal; the exit code. Raises as open_chain."""
