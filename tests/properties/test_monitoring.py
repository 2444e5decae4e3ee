"""Properties of monitoring: what is kept event by event is what the whole state gives, after each step.

The worlds are those of the other properties, with figures kept from some moment on; the oracle is
tests/scenarios/risk_invariants.py.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from lending.monitoring.measures import COVERAGE, coverage
from lending.monitoring.values import POINTS, concentration
from lending.records.monitoring import Spread
from tests.properties.test_collateral import CollateralWorld
from tests.properties.test_facilities import FacilityWorld
from tests.properties.test_lending import LendingWorld
from tests.properties.test_pools import PoolWorld
from tests.scenarios import risk_invariants

MEMBERS = ("alpha", "beta", "delta")
DAYS = st.sampled_from([0, 1, 30])


class MonitoredLoans(LendingWorld):
    """Loans, with figures from some moment on and rules at the boundaries."""

    @rule(days=DAYS)
    def monitor(self, days: int) -> None:
        first, *others = MEMBERS
        self.ask(first, "set_monitoring", *others, refresh_days=days)

    @rule(
        figure=st.sampled_from(["SHARE", "EXPOSURE", "COUNT", "LOSS_RATE"]),
        operator=st.sampled_from(["ABOVE", "BELOW"]),
        limit=st.sampled_from([0, 1, 2, 10**6, 999_999_999, 10**9]),
        more=st.sampled_from([-1, 0, 1]),
    )
    def set_rule(self, figure: str, operator: str, limit: int, more: int) -> None:
        first, *others = MEMBERS
        self.ask(
            first, "set_alert_rule", *others, asset="USD", rule=figure.lower().replace("_", "-"),
            figure=figure, dimension="borrower", member="acme", operator=operator, limit=limit,
            clear=limit + more, severity="INFO",
        )  # fmt: skip

    @invariant()
    def figures_are_those_of_the_whole_state(self) -> None:
        risk_invariants.check(self.world.state)


class MonitoredFacilities(FacilityWorld):
    """Facilities, with figures from some moment on."""

    @rule(days=DAYS)
    def monitor(self, days: int) -> None:
        first, *others = MEMBERS
        self.ask(first, "set_monitoring", *others, refresh_days=days)

    @invariant()
    def figures_are_those_of_the_whole_state(self) -> None:
        risk_invariants.check(self.world.state)


class MonitoredPools(PoolWorld):
    """A pool, with figures from some moment on."""

    @rule(days=DAYS)
    def monitor(self, days: int) -> None:
        first, *others = MEMBERS
        self.ask(first, "set_monitoring", *others, refresh_days=days)

    @invariant()
    def figures_are_those_of_the_whole_state(self) -> None:
        risk_invariants.check(self.world.state)


class MonitoredCollateral(CollateralWorld):
    """Collateral accounts and auctions, with figures from some moment on."""

    @rule(days=DAYS)
    def monitor(self, days: int) -> None:
        first, *others = MEMBERS
        self.ask(first, "set_monitoring", *others, refresh_days=days)

    @invariant()
    def figures_are_those_of_the_whole_state(self) -> None:
        risk_invariants.check(self.world.state)


TestMonitoredLoans = MonitoredLoans.TestCase
TestMonitoredLoans.settings = settings(max_examples=10, stateful_step_count=30)
TestMonitoredFacilities = MonitoredFacilities.TestCase
TestMonitoredFacilities.settings = settings(max_examples=6, stateful_step_count=30)
TestMonitoredPools = MonitoredPools.TestCase
TestMonitoredPools.settings = settings(max_examples=6, stateful_step_count=30)
TestMonitoredCollateral = MonitoredCollateral.TestCase
TestMonitoredCollateral.settings = settings(max_examples=5, stateful_step_count=30)

EXPOSURES = st.lists(st.integers(1, 2**70), min_size=1, max_size=20)


@given(exposures=EXPOSURES)
def test_concentration_lies_between_equal_parts_and_one_who_has_all(exposures: list[int]) -> None:
    spread = Spread(len(exposures), sum(exposures), sum(each * each for each in exposures))
    points = concentration(spread)
    assert POINTS // len(exposures) <= points <= POINTS
    assert (points == POINTS) == (len(exposures) == 1) or points >= POINTS - 1


@given(value=st.integers(0, 2**70), debt=st.integers(1, 2**64))
def test_more_collateral_is_never_in_a_worse_class(value: int, debt: int) -> None:
    assert COVERAGE.index(coverage(value, debt)) <= COVERAGE.index(coverage(value + 1, debt))
