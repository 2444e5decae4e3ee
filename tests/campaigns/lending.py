"""`python -m tests.campaigns.lending`: a million random steps over every command of the machine.

Each world begins with an empty market and is played for some thousand steps: commands of all parts of
the product with amounts at the boundaries, hostile ones among them, and a clock that jumps. Every
property of a step is asked after each, those of the whole state every `--whole-every` steps and at
the end of a world; some worlds are played twice and must give the same bytes. A failure is printed
with seed, world and step, and its steps are dropped one by one as long as it stays a failure. The
campaign also fails if a command of the machine was never applied.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from lending.commands import COMMANDS
from lending.rejections import Rejection
from tests.campaigns.lending_checks import WHOLE_EVERY, Checks
from tests.campaigns.lending_commands import ELSEWHERE, MAKERS, OPENINGS
from tests.campaigns.lending_complete import completed
from tests.campaigns.lending_play import Play
from tests.campaigns.lending_stage import Act, Ask, Stage
from tests.properties.named.view import view_of

STEPS_PER_WORLD: Final = 2_500
SPOILED_PERCENT: Final = 12
AGAIN_EVERY: Final = 10
SHRINK_SECONDS: Final = 60.0
NEVER: Final = 2**62
ANYTHING_WRONG: Final = Exception


@dataclass
class Tally:
    """What some worlds came to."""

    steps: int = 0
    """Commands and blocks."""
    blocks: int = 0
    """Blocks among them."""
    applied: Counter[str] = field(default_factory=Counter)
    """How often each command was applied."""
    refused: Counter[str] = field(default_factory=Counter)
    """How often each code was given."""
    events: Counter[str] = field(default_factory=Counter)
    """How often each event was written."""
    failure: str = ""
    """What went wrong, and how to see it again; empty if nothing did."""

    def add(self, other: Tally) -> None:
        """Count another's worlds too."""
        self.steps += other.steps
        self.blocks += other.blocks
        self.applied += other.applied
        self.refused += other.refused
        self.events += other.events
        self.failure = self.failure or other.failure


def acts(play: Play) -> Iterator[Act]:
    """The steps of one world, without end."""
    for opening in OPENINGS:
        for act in opening(play):
            yield completed(act) if isinstance(act, Ask) else act
    stories = [maker.story for maker in MAKERS]
    weights = [maker.weight for maker in MAKERS]
    while True:
        for act in play.rng.choices(stories, weights)[0](play):
            if isinstance(act, Ask):
                whole = completed(act)
                if play.chance(SPOILED_PERCENT):
                    yield play.spoil(whole)
                yield whole
            else:
                yield act


def play_world(seed: int, number: int, steps: int, whole_every: int) -> Tally:
    """One world from an empty market; what it came to, with its failure if it had one."""
    stage, tally, trace = Stage(), Tally(), list[Act]()
    play = Play(stage, random.Random(f"{seed}/{number}"))
    checks = Checks(whole_every)
    try:
        for act in acts(play):
            trace.append(act)
            change = stage.play(act)
            checks.after(stage, change)
            if not isinstance(act, Ask):
                tally.blocks += 1
            elif change.refusal:
                tally.refused[change.refusal] += 1
            else:
                tally.applied[act.name] += 1
            tally.events.update(name for name, _ in change.events)
            if len(trace) >= steps:
                break
        checks.whole(stage)
        if number % AGAIN_EVERY == 0:
            _same_again(stage, trace)
    except ANYTHING_WRONG:
        tally.failure = _report(seed, number, trace)
    tally.steps = len(trace)
    return tally


def _same_again(stage: Stage, trace: list[Act]) -> None:
    again = Stage()
    for act in trace:
        again.play(act)
    assert again.root() == stage.root(), "a second run gives other bytes"


def fault_of(trace: list[Act]) -> str:
    """Where playing these steps goes wrong; the whole state is looked at before and after the last.

    Empty if nothing does.
    """
    stage, checks = Stage(), Checks(whole_every=NEVER)
    try:
        for number, act in enumerate(trace, 1):
            if number == len(trace):
                checks.last = view_of(stage.state, stage.now_ms)
            checks.after(stage, stage.play(act))
        checks.whole(stage)
    except ANYTHING_WRONG as problem:
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        return f"{frame.filename}:{frame.lineno} {frame.name} {type(problem).__name__}"
    return ""


def shortened(trace: list[Act], seconds: float) -> list[Act]:
    """Fewer steps with the same fault: a prefix first, then what can be left out, while there is time."""
    until = time.monotonic() + seconds
    wanted = fault_of(trace)
    if not wanted:
        return trace
    low, high = 0, len(trace)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fault_of(trace[:middle]) == wanted else (middle, high)
    trace = trace[:high]
    size = len(trace) // 2
    while size and time.monotonic() < until:
        start = 0
        while start < len(trace) and time.monotonic() < until:
            fewer = trace[:start] + trace[start + size :]
            if fault_of(fewer) == wanted:
                trace = fewer
            else:
                start += size
        size //= 2
    return trace


def _report(seed: int, number: int, trace: list[Act]) -> str:
    said = traceback.format_exc()
    short = shortened(trace, SHRINK_SECONDS)
    lines = [f"seed {seed}, world {number}, step {len(trace)}: {trace[-1]}", said]
    lines += [f"{len(short)} steps that show it:", *(f"  {act}" for act in short)]
    return "\n".join(lines)


def _play_one(job: tuple[int, int, int, int]) -> Tally:
    return play_world(*job)


def run(seed: int, steps: int, whole_every: int, jobs: int, first: int = 0) -> Tally:
    """Worlds until there are enough steps, or one fails."""
    count = -(-steps // STEPS_PER_WORLD)
    size = min(steps, STEPS_PER_WORLD)
    work = [(seed, number, size, whole_every) for number in range(first, first + count)]
    whole, began = Tally(), time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for done, tally in enumerate(pool.map(_play_one, work), 1):
            whole.add(tally)
            rate = whole.steps / (time.monotonic() - began)
            sys.stderr.write(f"\r  {whole.steps:,} steps, {done} worlds, {rate:,.0f} steps/s")
            sys.stderr.flush()
            if whole.failure:
                pool.shutdown(cancel_futures=True)
                break
    sys.stderr.write("\n")
    return whole


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def print_report(tally: Tally, seconds: float, jobs: int) -> None:
    """How much was done, how often each command was applied and each code given."""
    say(f"{tally.steps:,} steps in {seconds:,.0f} s on {jobs} core(s): "
          f"{tally.steps / seconds / jobs:,.0f} steps/s per core; {tally.blocks:,} blocks, "
          f"{tally.applied.total():,} applied, {tally.refused.total():,} refused")  # fmt: skip
    for title, names, counts in (
        ("applied", list(COMMANDS), tally.applied),
        ("refused", [code.value for code in Rejection], tally.refused),
    ):
        say(f"{title}:")
        for name in names:
            say(f"  {name:28}{counts[name]:>10,}")
    say("events:")
    for name, count in sorted(tally.events.items()):
        say(f"  {name:36}{count:>10,}")


def never_applied(tally: Tally) -> list[str]:
    """The commands that the campaign did not reach."""
    return [name for name in COMMANDS if not tally.applied[name] and name not in ELSEWHERE]


def main(arguments: list[str]) -> int:
    """Play, report, and say whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", type=int, default=0, help="the first world, to see one again")
    parser.add_argument("--whole-every", type=int, default=WHOLE_EVERY)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    tally = run(asked.seed, asked.steps, asked.whole_every, asked.jobs, asked.world)
    print_report(tally, time.monotonic() - began, asked.jobs)
    if tally.failure:
        say(tally.failure)
        return 1
    missing = never_applied(tally)
    say("every command was applied" if not missing else f"never applied: {', '.join(missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
