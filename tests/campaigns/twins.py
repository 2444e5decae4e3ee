"""`python -m tests.campaigns.twins`: one member runs twice with one key, in every scenario there is.

By default four members, the first primary doubled, two groups, four rounds: all 50,625 scenarios.
With `--members 7 --twins 2 --random 20000` scenarios are drawn from a seed. A scenario that fails
is printed with its number and can be played again alone with `--only NUMBER`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.sim.twins import Arena, Groups, partitions, random_scenario, scenario_of

CHUNK = 125


@dataclass(frozen=True, slots=True)
class Plan:
    """Which scenarios."""

    members: int
    """How many members."""
    twins: tuple[int, ...]
    """Which of them run twice."""
    rounds: int
    """How many rounds of partition."""
    seed: int | None
    """Where random scenarios come from; None for the enumeration of two groups."""

    @property
    def hosts(self) -> int:
        """Members and their doubles."""
        return self.members + len(self.twins)

    def scenario(self, number: int) -> tuple[Groups, ...]:
        """The scenario of a number."""
        if self.seed is None:
            return scenario_of(number, partitions(self.hosts, 2), self.rounds)
        rng = random.Random(f"twins {self.seed} {number}")
        return random_scenario(rng, self.hosts, self.rounds)


@dataclass(slots=True)
class Tally:
    """What a number of scenarios came to."""

    played: int = 0
    failed: int = 0
    with_evidence: int = 0
    blocks: int = 0

    def add(self, other: Tally) -> None:
        """Count the other's too."""
        self.played += other.played
        self.failed += other.failed
        self.with_evidence += other.with_evidence
        self.blocks += other.blocks


def play(plan: Plan, numbers: range) -> Tally:
    """Play scenarios, and print those that fail."""
    tally = Tally()
    for number in numbers:
        arena = Arena(plan.members, plan.twins)
        try:
            arena.run(plan.scenario(number))
        except Exception:  # noqa: BLE001 (whatever it is, the scenario is what matters)
            tally.failed += 1
            _say(f"scenario {number} {plan.scenario(number)}\n{traceback.format_exc()}")
        tally.played += 1
        tally.with_evidence += bool(arena.culprits)
        tally.blocks += arena.checks.top
    return tally


def _chunks(count: int) -> Iterator[range]:
    for first in range(0, count, CHUNK):
        yield range(first, min(first + CHUNK, count))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """The command; the exit code says whether all held."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.twins", description=__doc__)
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--twins", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--random", type=int, default=0, help="so many drawn scenarios, not all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="one scenario by its number")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    # The primary of the first height's first view is member 1: it is the one worth doubling.
    twins = tuple(range(1, 1 + asked.twins))
    seed = asked.seed if asked.random else None
    plan = Plan(asked.members, twins, asked.rounds, seed)
    count = asked.random or len(partitions(plan.hosts, 2)) ** plan.rounds
    began, total = time.monotonic(), Tally()
    if asked.only is not None:
        total = play(plan, range(asked.only, asked.only + 1))
    else:
        with ProcessPoolExecutor(asked.workers) as executor:
            for tally in executor.map(partial(play, plan), _chunks(count)):
                total.add(tally)
    _say(json.dumps({
        "members": plan.members, "twins": len(plan.twins), "rounds": plan.rounds,
        "scenarios": total.played, "failed": total.failed, "with_evidence": total.with_evidence,
        "blocks": total.blocks, "seconds": round(time.monotonic() - began, 1),
    }))  # fmt: skip
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
