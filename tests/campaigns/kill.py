"""`python -m tests.campaigns.kill --rounds 100`: kill -9 of any one node, or of all, under load.

Each round ends some processes at a random moment, starts them again after a random pause, and waits
until there are new blocks, a client has been served, and those killed have caught up. Whom, when and
how long follow from the seed; what the machine makes of it does not.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass

from tests.campaigns.stage import RECOVERY_SECONDS, Stage, parser, percentiles, perform
from tests.support.network import TimedOut, until

NEW_BLOCKS = 2
"""The first block after a kill may have been agreed on before it."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round measured, in seconds."""

    victims: tuple[int, ...]
    """Whom it killed."""
    network: float
    """From the kill (of all: from the restart) to two new blocks on some node."""
    client: float
    """From the same moment until a batch sent after it was acknowledged."""
    start: float
    """From the restart until the processes answered: what the machine needs, not the protocol."""
    node: float
    """From the restart until all nodes had two blocks more than the network had then."""


def play(stage: Stage, asked: argparse.Namespace) -> None:
    """All rounds."""
    rounds: list[Round] = []
    for number in range(1, asked.rounds + 1):
        rounds.append(one_round(stage, number))
        stage.judge.compare()
        stage.judge.check_acknowledged(stage.load.acknowledged)
        summarise(stage, rounds)
        if stage.judge.violations or stage.load.complaints:
            break


def summarise(stage: Stage, rounds: list[Round]) -> None:
    """The distributions until now."""
    some = [each for each in rounds if len(each.victims) == 1]
    all_at_once = [each for each in rounds if len(each.victims) > 1]
    stage.report.figures |= {
        "rounds": len(rounds),
        "one_killed_network": percentiles([each.network for each in some]),
        "one_killed_client": percentiles([each.client for each in some]),
        "one_killed_process_start": percentiles([each.start for each in some]),
        "one_killed_node_back": percentiles([each.node for each in some]),
        "all_killed_network": percentiles([each.network for each in all_at_once]),
        "all_killed_client": percentiles([each.client for each in all_at_once]),
        "all_killed_process_start": percentiles([each.start for each in all_at_once]),
        "all_killed_after_start": percentiles([each.network - each.start for each in all_at_once]),
        "all_killed_all_back": percentiles([each.node for each in all_at_once]),
    }


def one_round(stage: Stage, number: int, kind: str = "") -> Round:
    """Kill, restart, recover. Raises TimedOut."""
    rng = stage.rng
    pause, down = rng.uniform(0.2, 2.0), rng.uniform(0.0, 2.0)
    kind = kind or rng.choices(("one", "primary", "all"), (5, 3, 2))[0]
    chosen = rng.randrange(len(stage.nodes))
    time.sleep(pause)
    if kind == "primary":
        leader = stage.network.primary()
        chosen = chosen if leader is None else leader
    victims = tuple(range(len(stage.nodes))) if kind == "all" else (chosen,)
    before = stage.top()
    killed = time.monotonic()
    for index in victims:
        stage.nodes[index].kill()
    if kind == "all":
        time.sleep(down)
        found = revive(stage, victims, before, time.monotonic(), None)
    else:
        first = wait_blocks(stage, before, killed, down)
        found = revive(stage, victims, before, killed, first)
    names = "+".join(stage.nodes[index].name for index in victims)
    stage.report.say(
        f"round {number}: {kind} ({names}) at height {before}, down {down:.1f} s; "
        f"network {found.network:.1f} s, client {found.client:.1f} s, "
        f"process {found.start:.1f} s, node {found.node:.1f} s; "
        f"{stage.load.count()} acknowledged"
    )
    return found


def wait_blocks(stage: Stage, before: int, since: float, seconds: float) -> float | None:
    """While a node is down: when the others have new blocks, if they do in time."""
    found: float | None = None
    while (left := since + seconds - time.monotonic()) > 0:
        if found is None and stage.top() >= before + NEW_BLOCKS:
            found = time.monotonic() - since
        time.sleep(min(0.1, max(0, left)))
    return found


def revive(
    stage: Stage, victims: tuple[int, ...], before: int, since: float, network: float | None
) -> Round:
    """Start the victims and wait until everything moves. Raises TimedOut.

    The time allowed begins when the processes answer; the times told begin at kill and restart.
    """
    restarted = time.monotonic()
    stage.network.start(victims)
    marks: dict[str, float] = {} if network is None else {"network": network}

    def moves() -> bool:
        if stage.top() >= before + NEW_BLOCKS:
            marks.setdefault("network", time.monotonic() - since)
        if all(stage.nodes[index].is_ready() for index in victims):
            marks.setdefault("start", time.monotonic() - restarted)
        return len(marks) == 2

    stuck = f"{NEW_BLOCKS} blocks above {before}"
    until(moves, lambda: f"{stuck}, heads {stage.network.heights()}", RECOVERY_SECONDS * 2)
    network, start = marks["network"], marks["start"]
    stage.network.wait_height(stage.top() + NEW_BLOCKS, stage.nodes, RECOVERY_SECONDS)
    node = time.monotonic() - restarted
    until(lambda: stage.load.first_after(since) is not None, "a client served", RECOVERY_SECONDS)
    served = stage.load.first_after(since) or time.monotonic()
    if max(network, served - since, node) > RECOVERY_SECONDS + start:
        raise TimedOut(f"network {network:.1f} s, node {node:.1f} s, client {served - since:.1f} s")
    return Round(victims, network, served - since, start, node)


def main() -> int:
    """The command."""
    options = parser("kill", __doc__)
    options.add_argument("--rounds", type=int, default=100, help="how many")
    return perform(play, options.parse_args())


if __name__ == "__main__":
    sys.exit(main())
