"""Runs every lending scenario twice; a loan officer can read them in tests/scenarios/lending."""

from __future__ import annotations

from pathlib import Path

import pytest

from lending.commands import COMMANDS
from lending.events import EVENTS
from lending.rejections import Rejection
from tests.scenarios.lending_runner import Runner, index_bytes, run_file

FOLDER = Path(__file__).parent / "lending"
FILES = sorted(FOLDER.glob("*.txt"))


@pytest.fixture(scope="module")
def ran() -> dict[Path, tuple[str, Runner]]:
    return {path: run_file(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path, rewrite: bool, ran: dict[Path, tuple[str, Runner]]) -> None:
    actual, _ = ran[path]
    if rewrite:
        path.write_text(actual)
    assert actual == path.read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_second_run_gives_the_same_bytes(path: Path, ran: dict[Path, tuple[str, Runner]]) -> None:
    _, first = ran[path]
    _, second = run_file(path)
    assert first.world.encoded == second.world.encoded
    assert list(first.world.store.iterate(b"", b"\xff")) == list(
        second.world.store.iterate(b"", b"\xff")
    )
    assert index_bytes(first.world) == index_bytes(second.world)


def test_every_rejection_is_produced(ran: dict[Path, tuple[str, Runner]]) -> None:
    produced = {code for _, runner in ran.values() for code in runner.rejections}
    assert {code.value for code in Rejection} - produced == set()


def test_every_command_is_applied(ran: dict[Path, tuple[str, Runner]]) -> None:
    applied = {name for _, runner in ran.values() for name in runner.applied}
    assert set(COMMANDS) - applied == set()


def test_every_event_is_seen(ran: dict[Path, tuple[str, Runner]]) -> None:
    seen = {name for _, runner in ran.values() for name in runner.events}
    assert set(EVENTS) - seen == set()
