"""What the signature checks alone allow on this machine, measured in the same run as the rest."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledger.crypto import Purpose, Signer, verify

ROUNDS: Final = 5
CHECKS: Final = 1_500


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of one core."""

    verify_seconds: float
    """One signature check."""
    sign_seconds: float
    """One signature."""
    cores: int
    """How many cores there are."""

    def network(self, nodes: int) -> float:
        """Transactions per second if every node checks each once and a client signs each."""
        return self.cores / (nodes * self.verify_seconds + self.sign_seconds)

    def replay(self) -> float:
        """Transactions per second of an audit that does nothing but check signatures."""
        return self.cores / self.verify_seconds


def measure_limits() -> Limits:
    """The best of a few rounds: noise only ever adds."""
    signer, message = Signer.generate(), bytes(32)
    signature = signer.sign(Purpose.TRANSACTION, message)

    def check() -> None:
        assert verify(signer.public_key, Purpose.TRANSACTION, message, signature), "its own"

    def sign() -> None:
        signer.sign(Purpose.TRANSACTION, message)

    return Limits(_best(check), _best(sign), os.cpu_count() or 1)


def _best(action: Callable[[], None]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(CHECKS):
            action()
        times.append((time.perf_counter() - began) / CHECKS)
    return min(times)
