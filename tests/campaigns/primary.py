"""`python -m tests.campaigns.primary`: the primary dies under load and stays dead for a while.

Printed: how long until there were new blocks, and what the clients got per second before, in the
time after with the primary dead, and in the second half of that time.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

from tests.campaigns.kill import NEW_BLOCKS
from tests.campaigns.stage import RECOVERY_SECONDS, Stage, parser, perform
from tests.support.network import until

SETTLE_SECONDS: Final = 3.0


def play(stage: Stage, asked: argparse.Namespace) -> None:
    """Measure, kill, measure, revive."""
    time.sleep(SETTLE_SECONDS)
    began = time.monotonic()
    low = stage.top()
    time.sleep(asked.before)
    killed = time.monotonic()
    before = stage.load.per_second(began, killed)
    leader = stage.network.primary()
    assert leader is not None, "somebody leads"
    height = stage.top()
    stage.nodes[leader].kill()
    until(lambda: stage.top() >= height + NEW_BLOCKS, "new blocks", RECOVERY_SECONDS)
    gap = time.monotonic() - killed
    stage.report.say(f"{stage.nodes[leader].name} killed, new blocks after {gap:.1f} s")
    time.sleep(max(0.0, killed + asked.after - time.monotonic()))
    ended, half = time.monotonic(), killed + asked.after / 2
    during, later = stage.load.per_second(killed, ended), stage.load.per_second(half, ended)
    stage.report.figures |= {
        "new_blocks_after_seconds": round(gap, 2),
        "blocks_per_second_before": round((height - low) / asked.before, 1),
        "blocks_per_second_dead": round((stage.top() - height) / (ended - killed), 1),
        "per_second_before": round(before, 1),
        "per_second_dead": round(during, 1),
        "per_second_dead_later_half": round(later, 1),
        "ratio": round(during / before, 3),
        "ratio_later_half": round(later / before, 3),
        "pauses_over_1_s": stage.load.pauses(killed, ended, 1.0),
    }
    stage.network.start([leader])
    stage.network.wait_ready(RECOVERY_SECONDS)
    seconds = stage.network.wait_height(stage.top() + NEW_BLOCKS, stage.nodes, RECOVERY_SECONDS)
    stage.report.say(f"it is back, and level with the others after {seconds:.1f} s")


def main() -> int:
    """The command."""
    options = parser("primary", __doc__)
    options.add_argument("--before", type=float, default=15.0, help="seconds measured before")
    options.add_argument("--after", type=float, default=30.0, help="seconds measured after")
    return perform(play, options.parse_args())


if __name__ == "__main__":
    sys.exit(main())
