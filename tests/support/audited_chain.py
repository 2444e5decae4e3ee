"""A chain of eight blocks that tests of the auditor damage, and how they audit it."""

from __future__ import annotations

import io
from collections.abc import Iterable

from ledger.block import Block
from ledger.certificate import QuorumCertificate
from ledger.chain import Chain
from ledger.errors import Invalid
from ledger.export import Entry, export_frames, read_entries, read_genesis, store_entries
from ledger.verify import (
    Fault,
    Level,
    Verdict,
    verify_chain,
)
from tests.support.chain_factory import Consortium

FOUR = Consortium.of(4)
NAMES = list(FOUR.signers)
HEIGHTS = 8
LEVELS = list(Level)


def grown() -> Chain:
    chain = FOUR.create()
    for height in range(1, HEIGHTS + 1):
        view = 1 if height == 4 else 0
        FOUR.extend(chain, FOUR.batch(height, 3), view=view)
    return chain


CHAIN = grown()
ENTRIES = list(store_entries(CHAIN.store, CHAIN.chain_id))
PIECES = list(export_frames(CHAIN.store))
FILE = b"".join(PIECES)
ENDS = [sum(map(len, PIECES[: count + 2])) for count in range(HEIGHTS + 1)]
"""Where in the file the heights 0 (with the head of the file), 1, 2, ... end."""


def audit(
    entries: Iterable[Entry], level: Level = Level.EXECUTION, consortium: Consortium = FOUR
) -> Verdict:
    replay = consortium.create() if level is Level.EXECUTION else None
    return verify_chain(iter(entries), FOUR.genesis, level, replay)


def audit_file(data: bytes, level: Level = Level.EXECUTION) -> Fault | None:
    """Do as the command line does: the genesis hash first, then every height."""
    stream = io.BytesIO(data)
    try:
        genesis = read_genesis(stream)
    except Invalid as error:
        return Fault(0, error.code, error.detail)
    if genesis.digest != FOUR.genesis.digest:
        return Fault(0, "OTHER_CHAIN", "")
    return audit(read_entries(stream, genesis.chain_id), level).fault


def where(place: int) -> int:
    """Give the height at which a byte of the file stands."""
    return next(height for height, end in enumerate(ENDS) if place < end)


def changed(height: int, **parts: object) -> list[Entry]:
    """Give the chain with another block or certificate at a height."""
    entries = list(ENTRIES)
    entry = entries[height - 1]
    block, certificate = (
        parts.get("block", entry.block),
        parts.get("certificate", entry.certificate),
    )
    assert isinstance(block, Block)
    assert isinstance(certificate, QuorumCertificate)
    entries[height - 1] = Entry(height, block, certificate)
    return entries
