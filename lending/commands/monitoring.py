"""The commands of monitoring: which figures of risk are kept, and who is told when.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import AmountOrZero, AssetCode, Choice, Days, Slug, Text

FIGURES: Final = (
    "EXPOSURE",
    "SHARE",
    "LARGEST_SHARE",
    "CONCENTRATION",
    "COUNT",
    "UTILISATION",
    "PAST_DUE_SHARE",
    "EXPECTED_LOSS",
    "LOSS_RATE",
)
"""The figures that an alert rule may test; docs/operate/monitoring.md explains each."""
DIMENSIONS: Final = (
    "all", "lender", "borrower", "product", "bucket", "stage", "coverage", "facility", "pool",
)  # fmt: skip
"""By what figures are counted."""
Member = Annotated[
    str,
    Text(re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)?"), "a name or nothing"),
]
"""One of a dimension, or nothing where the figure is of all of them."""


@dataclass(frozen=True, slots=True)
class SetMonitoring:
    """A quorum of members has figures of risk kept, and the book measured anew by the clock."""

    refresh_days: Days
    """Every so many days the whole book is measured anew, at the prices of then; 0 for once."""


@dataclass(frozen=True, slots=True)
class SetAlertRule:
    """A quorum of members wants to be told when a figure passes a limit; a rule may be replaced."""

    asset: AssetCode
    """The currency of the figure."""
    rule: Slug
    """The rule's name."""
    figure: Annotated[str, Choice(FIGURES)]
    """What is tested."""
    dimension: Annotated[str, Choice(DIMENSIONS)]
    """By what it is counted."""
    member: Member
    """Of which of them; empty where the figure is of all."""
    operator: Annotated[str, Choice(("ABOVE", "BELOW"))]
    """On which side of the limit the alert is raised."""
    limit: AmountOrZero
    """Beyond this the alert is raised: an amount, billionths, points or a number."""
    clear: AmountOrZero
    """Back at this, or better, it is cleared; on the good side of the limit."""
    severity: Annotated[str, Choice(("INFO", "WARNING", "CRITICAL"))]
    """How much it matters."""


@dataclass(frozen=True, slots=True)
class DropAlertRule:
    """A quorum of members does not want a rule any more."""

    asset: AssetCode
    """The currency of the figure."""
    rule: Slug
    """The rule's name."""


MonitoringCommand = SetMonitoring | SetAlertRule | DropAlertRule
MONITORING_COMMANDS: Final = (SetMonitoring, SetAlertRule, DropAlertRule)
