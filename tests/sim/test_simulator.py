"""A few seeds of the simulator in every run of the tests; `python -m tests.sim --seeds 2000` has more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim.options import draw
from tests.sim.world import World

ROOT = Path(__file__).resolve().parent.parent.parent
SEEDS_PER_TEST = 5


@pytest.mark.parametrize("first", range(1, 61, SEEDS_PER_TEST))
def test_anything_may_break_and_nothing_unsafe_happens_and_all_converge(first: int) -> None:
    for seed in range(first, first + SEEDS_PER_TEST):
        World(draw(seed)).run()


@pytest.mark.parametrize("seed", [70, 71, 72, 73])
def test_the_real_chain_survives_the_same_world(seed: int) -> None:
    World(draw(seed, ledger="chain", crypto="cheap")).run()


@pytest.mark.parametrize("seed", [80, 81])
def test_real_signatures_make_no_difference(seed: int) -> None:
    cheap = World(draw(seed, ledger="fake", crypto="cheap"))
    real = World(draw(seed, ledger="fake", crypto="real"))
    cheap.run()
    real.run()
    assert [host.book.height for host in real.hosts] == [host.book.height for host in cheap.hosts]


def trace_of(seed: int, hash_seed: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", "tests.sim", "--seed", str(seed), "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    trace = json.loads(finished.stdout)["trace"]
    assert isinstance(trace, str)
    return trace


@pytest.mark.parametrize("seed", [5, 42])
def test_the_same_seed_gives_the_same_trace_under_any_hash_seed(seed: int) -> None:
    assert trace_of(seed, "0") == trace_of(seed, "1") == World(draw(seed)).run()


@pytest.mark.parametrize("byzantine", ["twin", "mutator"])
def test_the_byzantine_are_caught_in_the_act(byzantine: str) -> None:
    worlds = [World(replace(draw(seed), members=4, byzantine=byzantine)) for seed in range(1, 6)]
    for world in worlds:
        world.run()
    assert {found.culprit for world in worlds for found in world.evidence} == {"m3"}
