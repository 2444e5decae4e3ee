"""Which properties the long campaign asks when: the cheap ones after each step, the dear ones rarely."""

from __future__ import annotations

from typing import Final

from tests.campaigns.lending_stage import Change, Stage
from tests.properties.named.base import COURSES, STATES, STEPS, Course
from tests.properties.named.registry import GROUPS
from tests.properties.named.view import View, view_of
from tests.scenarios import lending_invariants, pool_invariants

assert GROUPS, "importing the groups fills the lists of properties"
WHOLE_EVERY: Final = 200
"""After how many steps the whole state is looked at, unless the command line says otherwise."""


class Checks:
    """All properties of one world."""

    def __init__(self, whole_every: int) -> None:
        self.whole_every = whole_every
        self.steps = 0
        self.last: View | None = None

    def after(self, stage: Stage, change: Change) -> None:
        """What must hold of the step, and now and then of the whole state. Raises AssertionError."""
        for each in STEPS:
            each.check(change)
        self.steps += 1
        if self.steps % self.whole_every == 0:
            self.whole(stage)

    def whole(self, stage: Stage) -> None:
        """What must hold of the whole state, and since the last time. Raises AssertionError."""
        lending_invariants.check(stage.state)
        pool_invariants.check(stage.state)
        view = view_of(stage.state, stage.now_ms)
        for each in STATES:
            each.check(view)
        if self.last is not None:
            course = Course(self.last, view)
            for other in COURSES:
                other.check(course)
        self.last = view
