"""The gates: rules of the consortium that every command passes before its handler looks at it.

A gate reads the state and says no or nothing; it never writes. The first refusal counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.receipt import Rejected
from lending.commands import Command
from lending.compliance.freezes import check_signers
from lending.covenants.gate import check_drawstop
from lending.scope import Scope

Gate = Callable[[Scope, Command], Rejected | None]

GATES: Final[tuple[Gate, ...]] = (check_drawstop, check_signers)
"""In the order in which they are asked."""


def check_gates(scope: Scope, command: Command) -> Rejected | None:
    """The refusal of the first gate that has one."""
    for gate in GATES:
        if refused := gate(scope, command):
            return refused
    return None
