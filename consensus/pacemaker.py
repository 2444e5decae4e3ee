"""When to lose patience: timeouts, when the primary is expected to act, when it is due. No clock.

All times are readings of the monotonic clock in milliseconds, handed in. The replica's timer is
not an alarm that may be lost: every deadline is computed anew from what is known.
"""

from __future__ import annotations

from consensus.settings import DOUBLINGS_MAX, ConsensusSettings
from ledger.membership import View


def timeout_ms(settings: ConsensusSettings, view: View) -> int:
    """How long a view may take: doubling from view to view, up to the cap."""
    return min(settings.base_timeout_ms << min(view, DOUBLINGS_MAX), settings.timeout_cap_ms)


class Pacemaker:
    """The moments that the deadlines of one height are computed from."""

    def __init__(self, settings: ConsensusSettings, now_ms: int) -> None:
        self._settings = settings
        self._height_began_ms = now_ms
        self._progress_ms = now_ms
        self._quorum_heard_ms: int | None = None
        self._has_passed_on = False

    def enter_view(self, now_ms: int) -> None:
        """A view began, or is being changed to."""
        self._progress_ms = now_ms
        self._quorum_heard_ms = None
        self._has_passed_on = False

    def make_progress(self, now_ms: int) -> None:
        """The view came a step further: its timer starts again."""
        self._progress_ms = now_ms

    def hear_quorum(self, now_ms: int) -> None:
        """In a view change: a quorum is known to be in this view or above."""
        if self._quorum_heard_ms is None:
            self._quorum_heard_ms = now_ms

    def pass_on(self, view: View, now_ms: int, deadline_ms: int) -> bool:
        """Whether, half-way to the deadline, it is time to pass on what waits; once per view."""
        if self._has_passed_on or now_ms < deadline_ms - timeout_ms(self._settings, view) // 2:
            return False
        self._has_passed_on = True
        return True

    def _expected_since_ms(self, *, has_proposal: bool, oldest_ms: int | None) -> int:
        """Since when something is expected in an active view.

        With a proposal: since the last progress. Without: since the oldest transaction came,
        and at the latest since the idle interval passed.
        """
        if has_proposal:
            return self._progress_ms
        idle_ms = self._height_began_ms + self._settings.idle_interval_ms
        if oldest_ms is not None:
            idle_ms = min(idle_ms, max(oldest_ms, self._height_began_ms))
        return max(idle_ms, self._progress_ms)

    def proposal_due_ms(self, *, oldest_ms: int | None, is_full: bool) -> int:
        """When a primary in view 0 proposes: a full block at once, others after the batch delay."""
        idle_ms = self._height_began_ms + self._settings.idle_interval_ms
        if oldest_ms is None:
            return idle_ms
        if is_full:
            return self._height_began_ms
        return min(idle_ms, oldest_ms + self._settings.batch_delay_ms)

    def view_deadline_ms(
        self, view: View, *, is_changing: bool, has_proposal: bool, oldest_ms: int | None
    ) -> int | None:
        """When to leave the view; None while too few are known to be there (PBFT's rule)."""
        if not is_changing:
            since = self._expected_since_ms(has_proposal=has_proposal, oldest_ms=oldest_ms)
        elif self._quorum_heard_ms is None:
            return None
        else:
            since = self._quorum_heard_ms
        return since + timeout_ms(self._settings, view)
