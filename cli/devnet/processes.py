"""The processes of a devnet: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from cli.composition import ENTRY_POINT
from cli.devnet.layout import Devnet
from cli.exits import Exit, Stop
from cli.init import SETTINGS_FILE
from client import HansaClient

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
WATCH_SECONDS: Final = 0.2
RESTART_SECONDS: Final = 1.0
LOG_FILE: Final = "node.log"
LOG_LINES_SHOWN: Final = 5

Report = Callable[[str], None]
"""Told what happens to a process, in words."""


@dataclass(slots=True)
class Processes:
    """The nodes of a devnet as children of this process; use it with `with`."""

    devnet: Devnet
    """What is run."""
    restart: bool = True
    """Whether a node that dies is started again."""
    report: Report = lambda _: None
    """Whom to tell."""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    """The process of each member that was started."""
    died: dict[str, float] = field(default_factory=dict)
    """When a member's process was found dead, by the monotonic clock."""

    def __enter__(self) -> Self:
        try:
            for member in self.devnet.members:
                self.start(member.id)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, member: str) -> None:
        """Start one member's node. It ends by itself when this process does."""
        home = self.devnet.home(member)
        with (home / LOG_FILE).open("ab") as log:
            self.running[member] = subprocess.Popen(  # noqa: S603 (this same installation)
                [
                    sys.executable, str(ENTRY_POINT), "run", "--config", str(home / SETTINGS_FILE),
                    "--stop-with-stdin",
                ],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def wait_ready(self, client: HansaClient, tick: Callable[[int], None] = lambda _: None) -> None:
        """Wait until every node takes part. Raises Stop with the end of a log."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(range(len(self.devnet.members)))
        while waiting:
            waiting = [index for index in waiting if not client.is_ready(index)]
            tick(len(self.devnet.members) - len(waiting))
            self._check_alive()
            if waiting and time.monotonic() > deadline:
                member = self.devnet.members[waiting[0]].id
                raise Stop(
                    f"{member} was not ready within {READY_SECONDS:g} s", Exit.FAILED,
                    self.last_words(member),
                )  # fmt: skip
            if waiting:
                time.sleep(WATCH_SECONDS)

    def _check_alive(self) -> None:
        for member, process in self.running.items():
            if process.poll() is not None:
                raise Stop(f"the node of {member} ended", Exit.FAILED, self.last_words(member))

    def watch(self) -> None:
        """Look once after all processes: tell who died, start again whom it is time for."""
        now = time.monotonic()
        for member, process in self.running.items():
            code = process.poll()
            if code is None:
                continue
            if member not in self.died:
                self.died[member] = now
                after = "it starts again" if self.restart else "it stays down"
                self.report(f"{member}: the node ended ({_words(code)}); {after}")
            if self.restart and now >= self.died[member] + RESTART_SECONDS:
                del self.died[member]
                self.start(member)

    def stop(self) -> None:
        """Stop all nodes, kindly first."""
        for process in self.running.values():
            if process.stdin is not None:
                process.stdin.close()
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def last_words(self, member: str) -> str:
        """The end of a node's log, for an error message."""
        file = self.devnet.home(member) / LOG_FILE
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join([f"The end of {file}:", *lines])


def _words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
