"""`python -m tests.campaigns.wipe`: a node loses its disk, `hansa init` makes its folder anew.

It must catch up by itself, sign nothing until the chain is past all that it may have signed before,
then vote again; and nobody may ever hold evidence against it. With --count 2 two nodes lose their
disks at once, which leaves no quorum that remembers: progress comes after a patience.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.campaigns.kill import NEW_BLOCKS
from tests.campaigns.stage import RECOVERY_SECONDS, Stage, parser, perform
from tests.support.network import NodeProcess, until


def play(stage: Stage, asked: argparse.Namespace) -> None:
    """Wipe as often as asked."""
    for number in range(1, asked.rounds + 1):
        time.sleep(stage.rng.uniform(1.0, 2.0))
        victims = stage.rng.sample(range(len(stage.nodes)), asked.count)
        seconds = wipe(stage, victims)
        stage.judge.compare()
        stage.judge.check_acknowledged(stage.load.acknowledged)
        names = "+".join(stage.nodes[index].name for index in victims)
        stage.report.say(f"round {number}: {names} wiped, votes again after {seconds:.1f} s")


def wipe(stage: Stage, victims: list[int]) -> float:
    """Kill, wipe, restart, and watch; how many seconds until they vote. Raises TimedOut."""
    nodes = [stage.nodes[index] for index in victims]
    for each in nodes:
        each.kill()
    goes_on = len(nodes) <= stage.network.genesis.membership.f
    signed = stage.top() + 1 if goes_on else 0
    for index in victims:
        stage.network.wipe(index)
    began = time.monotonic()
    stage.network.start(victims)
    stage.network.wait_ready()
    ready = time.monotonic() - began
    until(lambda: all(votes(stage, each, signed) for each in nodes), "votes", 2 * RECOVERY_SECONDS)
    stage.network.wait_height(stage.top() + NEW_BLOCKS, stage.nodes, RECOVERY_SECONDS)
    for each in stage.nodes:
        if each.get("/v1/evidence")["data"]:
            stage.judge.violations.append(f"{each.name} holds evidence against an honest member")
    return time.monotonic() - began - ready


def votes(stage: Stage, node: NodeProcess, signed: int) -> bool:
    """Whether a node votes; that it does so below a height that it may have signed is wrong."""
    status = node.status()
    if status is None or not status["is_voting"]:
        return False
    height = status["height"]
    assert isinstance(height, int), "a height is a number"
    if height + 1 <= signed:
        stage.judge.violations.append(f"{node.name} votes at {height + 1}, has signed {signed}")
    return True


def main() -> int:
    """The command."""
    options = parser("wipe", __doc__)
    options.add_argument("--rounds", type=int, default=5, help="how often")
    options.add_argument("--count", type=int, default=1, help="how many at once")
    return perform(play, options.parse_args())


if __name__ == "__main__":
    sys.exit(main())
