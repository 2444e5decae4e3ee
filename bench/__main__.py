"""`python -m bench NAME`: runs one benchmark, or the default round of all."""

from __future__ import annotations

import sys

import bench.audit
import bench.machine
import bench.network
import bench.state_tree

BENCHMARKS = {
    "network": bench.network.main,
    "machine": bench.machine.main,
    "audit": bench.audit.main,
    "state-tree": bench.state_tree.main,
}


def main(arguments: list[str]) -> int:
    """Run the named benchmark; without a name, network, audit and machine in their default size."""
    if arguments and arguments[0] in BENCHMARKS:
        return BENCHMARKS[arguments[0]](arguments[1:])
    if arguments:
        print(f"usage: hansa bench [{'|'.join(BENCHMARKS)}] [--help]", file=sys.stderr)
        return 2
    for name in ("network", "audit", "machine"):
        print(f"{name}:")
        BENCHMARKS[name]([])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
