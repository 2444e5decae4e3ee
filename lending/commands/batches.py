"""Several commands as one: all of them happen, or none does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from ledger import codec
from lending.fields import CommandName, Map, PartyId, Several, Shape

STEPS_MAX: Final = 32
"""How many commands a batch holds at most."""


@dataclass(frozen=True, slots=True)
class BatchStep:
    """One command of a batch, and in whose name it is carried out."""

    sender: PartyId
    """Who asks for it; its signatures are among those of the transaction."""
    name: CommandName
    """The name of the command; any but that of a batch."""
    fields: Annotated[dict[str, codec.Value], Map("the fields of that command")]
    """Its fields, exactly as they stand in a transaction of its own."""


BATCH_STEP_SHAPE: Final = Shape(BatchStep)
"""The fields of a step."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The commands are carried out in their order as if alone, all or none."""

    commands: Annotated[tuple[BatchStep, ...], Several(BATCH_STEP_SHAPE, 1, STEPS_MAX)]
    """What is done, in this order."""


BatchCommand = Batch

BATCH_COMMANDS: tuple[type[BatchCommand], ...] = (Batch,)
"""In the order of the documentation."""
