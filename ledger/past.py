"""The state as it was: made again from genesis, block by block, in memory. Nothing of it is kept.

A node keeps one version of the state, that of its head. What it keeps of the past are the blocks;
so an earlier state is what their execution gives, and the root in the block's certified header says
whether it is the right one.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.chain import read_block, read_certificate
from ledger.errors import Invalid, StoreDamaged
from ledger.execution import run
from ledger.genesis import Genesis
from ledger.machine import BlockContext, StateMachine
from ledger.membership import Height
from ledger.overlay import Overlay
from ledger.rotation import STATE_KEY, first_rotation
from ledger.state_tree import StateTree
from ledger.store import MemoryStore, Reader
from ledger.transaction import parse_transaction

_ALL = (b"", b"\xff" * 64)


def past_state(
    reader: Reader,
    genesis: Genesis,
    machine: StateMachine,
    height: int,
    tick: Callable[[int], None],
) -> MemoryStore:
    """The state after the block of a height that the reader holds. Raises StoreDamaged.

    `tick` is called with every height before it is made; whoever bounds the work raises from it.
    """
    state = MemoryStore()
    overlay = Overlay(state)
    overlay.put(STATE_KEY, first_rotation(genesis.membership).encode())
    machine.genesis(
        overlay,
        BlockContext(
            genesis.chain_id, Height(0), genesis.timestamp_ms, genesis.membership.ids[0],
            genesis.rules,
        ),
        genesis.application,
    )  # fmt: skip
    state.write(overlay.writes().items(), sync=False)
    for at in range(1, height + 1):
        tick(at)
        state.write(_writes_of(reader, genesis, machine, state, at).items(), sync=False)
    header = read_block(reader, height).header
    try:
        StateTree.load(state.iterate(*_ALL), root=header.state_root)
    except Invalid as error:
        raise StoreDamaged(f"the state made again is not that of height {height}") from error
    return state


def _writes_of(
    reader: Reader, genesis: Genesis, machine: StateMachine, state: MemoryStore, height: int
) -> dict[bytes, bytes | None]:
    """What the block of a height changes in the state before it."""
    block = read_block(reader, height)
    header = block.header
    context = BlockContext(
        genesis.chain_id, header.height, header.timestamp_ms, header.proposer, header.rules
    )
    parent = None if height == 1 else read_certificate(reader, genesis.chain_id, height - 1)
    transactions = [parse_transaction(raw) for raw in block.transactions]
    overlay = Overlay(state)
    run(machine, overlay, context, transactions, genesis.membership, parent)
    return overlay.writes()
