"""`python -m tests.campaigns.stop`: f + 1 nodes die: an exact stop; when they are back it goes on.

While too few are left no height may be added and reads must be served; afterwards there must be new
blocks within 30 s, and the nodes that were left must not have been restarted.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

from tests.campaigns.kill import NEW_BLOCKS
from tests.campaigns.stage import RECOVERY_SECONDS, Stage, parser, perform
from tests.support.network import TimedOut

SETTLE_SECONDS: Final = 3.0
LAST_BLOCK_SECONDS: Final = 1.0
READS: Final = (
    "/v1/node",
    "/v1/blocks?limit=5",
    "/v1/trial-balance",
    "/v1/loans?limit=5",
    "/healthz",
)


def play(stage: Stage, asked: argparse.Namespace) -> None:
    """Once, after the load has settled."""
    time.sleep(SETTLE_SECONDS)
    stand_still(stage, asked.still)


def stand_still(stage: Stage, still: float) -> None:
    """Kill f + 1, watch the stop for some seconds, bring them back. Raises TimedOut."""
    faulty = stage.network.genesis.membership.f + 1
    dead = stage.rng.sample(range(len(stage.nodes)), faulty)
    left = [each for index, each in enumerate(stage.nodes) if index not in dead]
    lives = [each.process for each in left]
    for index in dead:
        stage.nodes[index].kill()
    time.sleep(LAST_BLOCK_SECONDS)  # what was agreed on before may still be appended
    heights = [each.height() for each in left]
    stage.report.say(f"{[stage.nodes[index].name for index in dead]} killed at {max(heights)}")
    reads = watch(stage, still, heights)
    stage.network.start(dead)
    began, goal = time.monotonic(), max(heights) + NEW_BLOCKS
    stage.network.wait_height(goal, stage.nodes, RECOVERY_SECONDS)
    seconds = time.monotonic() - began
    stage.report.say(f"back, and {NEW_BLOCKS} new blocks everywhere after {seconds:.1f} s")
    if [each.process for each in left] != lives or not all(each.is_alive for each in left):
        raise TimedOut("a node that was left did not live through it")
    stage.report.figures |= {
        "stopped_at": heights,
        "still_seconds": still,
        "reads_served": reads,
        "progress_after_seconds": round(seconds, 2),
    }


def watch(stage: Stage, seconds: float, heights: list[int]) -> int:
    """See that nothing is added and that reads are served; how many were."""
    left = stage.network.alive()
    ends, reads = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        for each in left:
            for path in READS:
                each.get(path)
                reads += 1
        now = [each.height() for each in left]
        if now != heights:
            stage.judge.violations.append(f"NO EXACT STOP: {heights} became {now}")
        time.sleep(0.5)
    return reads


def main() -> int:
    """The command."""
    options = parser("stop", __doc__)
    options.add_argument("--still", type=float, default=20.0, help="seconds with f + 1 dead")
    return perform(play, options.parse_args())


if __name__ == "__main__":
    sys.exit(main())
