"""The two clocks of a node: monotonic wall time for timeouts, business time for blocks.

Business time is wall time on a real network. On a devnet it runs faster by the genesis' clock
rate, counted from the genesis time and the wall-clock moment (`epoch_ms`) at which the devnet was
made; a stopped devnet may hand over the moment it stood at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from consensus.inputs import Now


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads both clocks."""

    genesis_ms: int
    """Business time at `epoch_ms`."""
    epoch_ms: int
    """The wall-clock time, in milliseconds since 1970, at which business time was `genesis_ms`."""
    rate: int
    """Business milliseconds per wall millisecond."""

    def now(self) -> Now:
        """Both times now."""
        return Now(time.monotonic_ns() // 1_000_000, self.business_ms())

    def business_ms(self) -> int:
        """Business time now, in milliseconds since 1970."""
        wall_ms = time.time_ns() // 1_000_000
        return self.genesis_ms + (wall_ms - self.epoch_ms) * self.rate


def wall_clock() -> Clock:
    """The clock of a real network: business time is wall time."""
    return Clock(0, 0, 1)
