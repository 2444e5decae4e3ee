"""How fast business time may run on this machine, so that nobody is late but who means to be.

The demo's clock cannot be slowed once the genesis is made; so a second is spent before on finding
out how busy the machine is. It is an estimate with room, not a benchmark.
"""

from __future__ import annotations

import os
import time
from typing import Final

from ledger.crypto import Purpose, Signer, verify

MEASURE_SECONDS: Final = 1.0
MONTH_SECONDS_MIN: Final = 2.0
CHECKS_AT_EASE: Final = 6_000.0
"""Signature checks a second, of one core, with which the shortest month is long enough."""
CHECKS_PER_TRANSACTION: Final = 12.0
"""What a transaction costs four nodes and a client here, in signature checks of one core."""
SHARE: Final = 0.25
"""How much of what the machine can do is asked of it."""


def signature_checks() -> float:
    """How many signatures a second one core checks now, whoever else is at work."""
    signer, message = Signer.generate(), bytes(32)
    signature = signer.sign(Purpose.TRANSACTION, message)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < MEASURE_SECONDS:
        verify(signer.public_key, Purpose.TRANSACTION, message, signature)
        done += 1
    return done / (time.perf_counter() - began)


def month_seconds(loans: int, checks: float, cores: int = os.cpu_count() or 1) -> float:
    """Seconds of the wall per month of business time: every loan pays once in it.

    Never so short that a payment, two blocks on its way, could miss its month.
    """
    capacity = checks * min(cores, 4) / CHECKS_PER_TRANSACTION
    shortest = MONTH_SECONDS_MIN * max(1.0, CHECKS_AT_EASE / checks)
    return max(shortest, loans / (SHARE * capacity))
