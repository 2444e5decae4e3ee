"""Business time: wall time on a real network, faster on a devnet, and never what timeouts use."""

from __future__ import annotations

import time

import pytest

from runtime.clock import Clock, wall_clock


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a wall clock and a monotonic clock in nanoseconds, set by the test."""
    now = [1_800_000_000_000 * 1_000_000, 5_000 * 1_000_000]
    monkeypatch.setattr(time, "time_ns", lambda: now[0])
    monkeypatch.setattr(time, "monotonic_ns", lambda: now[1])
    return now


def test_business_time_is_wall_time_on_a_real_network(wall: list[int]) -> None:
    assert wall_clock().business_ms() == 1_800_000_000_000
    wall[0] += 1_500_000
    assert wall_clock().business_ms() == 1_800_000_000_001, "milliseconds, cut and not rounded"


@pytest.mark.parametrize("rate", [1, 60, 86_400, 1_000_000])
def test_a_devnets_business_time_runs_from_the_genesis_time(wall: list[int], rate: int) -> None:
    clock = Clock(genesis_ms=1_000, epoch_ms=1_800_000_000_000, rate=rate)
    assert clock.business_ms() == 1_000
    wall[0] += 2_500 * 1_000_000
    assert clock.business_ms() == 1_000 + 2_500 * rate
    wall[0] -= 5_000 * 1_000_000
    assert clock.business_ms() == 1_000 - 2_500 * rate


def test_two_nodes_with_one_epoch_agree(wall: list[int]) -> None:
    clocks = [Clock(0, 1_799_999_999_000, 86_400) for _ in range(2)]
    assert clocks[0].business_ms() == clocks[1].business_ms() == 86_400_000


def test_timeouts_do_not_see_the_wall_clock(wall: list[int]) -> None:
    clock = Clock(0, 0, 86_400)
    before = clock.now()
    wall[0] -= 3_600 * 10**9
    after = clock.now()
    assert after.monotonic_ms == before.monotonic_ms == 5_000
    assert after.business_ms == before.business_ms - 3_600_000 * 86_400
    wall[1] += 7 * 10**6
    assert clock.now().monotonic_ms == 5_007


def test_it_reads_the_real_clocks() -> None:
    one, other = wall_clock().now(), wall_clock().now()
    assert one.monotonic_ms <= other.monotonic_ms
    assert abs(other.business_ms - time.time_ns() // 10**6) < 10_000
