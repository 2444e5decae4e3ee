"""`python -m tests.sim --seed 42 [--seeds 2000] [--json]`: run the simulator, print what it finds."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from dataclasses import asdict

from tests.sim.options import Options, draw
from tests.sim.world import World


def main() -> int:
    """Run the seeds asked for; the exit code says whether all held."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--ledger", choices=("fake", "chain"), help="instead of the one drawn")
    parser.add_argument("--crypto", choices=("cheap", "real"), help="instead of the one drawn")
    parser.add_argument("--trace", action="store_true", help="print every event")
    parser.add_argument("--json", action="store_true", help="one JSON object per seed")
    asked = parser.parse_args()
    began, failed = time.monotonic(), 0
    for seed in range(asked.seed, asked.seed + asked.seeds):
        options = draw(seed, ledger=asked.ledger, crypto=asked.crypto)
        failed += not _run(options, trace=asked.trace, as_json=asked.json, quiet=asked.seeds > 1)
    seconds = time.monotonic() - began
    if not asked.json:
        _say(f"{asked.seeds} seeds, {failed} failed, {seconds:.1f} s")
    return 1 if failed else 0


def _run(options: Options, *, trace: bool, as_json: bool, quiet: bool) -> bool:
    world = World(options, tell=_say if trace else None)
    error, trace_hash = "", ""
    try:
        trace_hash = world.run()
    except Exception:  # noqa: BLE001 (whatever it is, the seed is what matters)
        error = traceback.format_exc()
    if as_json:
        record = {
            "seed": options.seed, "ok": not error, "trace": trace_hash, "options": asdict(options),
            "heights": [host.book.height for host in world.hosts], "simulated_ms": world.now_ms,
            "alive_after_ms": world.alive_after_ms, "evidence": len(world.evidence), "error": error,
        }  # fmt: skip
        _say(json.dumps(record))
    elif error or not quiet:
        _say(f"{options}\ntrace {trace_hash} at {world.now_ms} ms: {world.describe()}\n{error}")
    return not error


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
