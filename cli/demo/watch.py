"""What is to be seen while the demo works: a bar at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final, Self

from cli.demo.actors import Actors
from cli.demo.pilot import Course
from cli.devnet.processes import Processes
from cli.output import progress, say

LINE_SECONDS: Final = 15.0


class Watch:
    """Told after every block; looks after the processes too."""

    def __init__(self, actors: Actors, processes: Processes, *, shown: bool) -> None:
        self._actors = actors
        self._processes = processes
        self._shown = shown
        self._bar = progress(counts=True)
        self._task = self._bar.add_task("Bringing in the borrowers", total=len(actors.loans))
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self._shown:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, course: Course) -> None:
        """A block was heard of."""
        self._processes.watch()
        if not self._shown:
            return
        day = f"{datetime.fromtimestamp(course.business_ms // 1_000, UTC):%Y-%m}"
        words = f"{day}  {course.committed:,} transactions, loans ended"
        self._bar.update(self._task, completed=len(self._actors.finished), description=words)
        now = time.monotonic()
        if self._bar.disable and now - self._last > LINE_SECONDS:
            self._last = now
            say(f"{words} {len(self._actors.finished)} of {len(self._actors.loans)}")
