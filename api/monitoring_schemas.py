"""The shapes of answers about risk: figures, shares, concentration, alerts."""

from __future__ import annotations

from typing import Literal

from api.lending_schemas import Money
from api.schemas import Model


class ShareModel(Model):
    """What is owed of a whole."""

    member: str
    """Who, or which class."""
    exposure: Money
    """What is owed."""
    share: int
    """Which part of the whole that is, in billionths, rounded down."""


class FigureModel(ShareModel):
    """The sums of one figure."""

    count: int
    """How many loans, facilities, pools or accounts add to it."""
    limit: Money
    """What facilities and pools may come to."""
    expected_loss: Money
    """What is expected to be lost."""


class ConcentrationModel(Model):
    """How exposure is spread over a dimension."""

    dimension: str
    """Over lenders, borrowers or products."""
    members: int
    """How many have any."""
    points: int
    """The Herfindahl-Hirschman index: 10,000 when one has all."""
    largest: list[ShareModel]
    """The ten largest."""


class AssetRisk(Model):
    """The main figures of a currency."""

    asset: str
    """The currency."""
    count: int
    """How many loans, facilities and pools."""
    exposure: Money
    """What is owed on them."""
    limit: Money
    """What facilities and pools may come to."""
    expected_loss: Money
    """What is expected to be lost."""
    past_due: list[ShareModel]
    """What is owed on loans that are at least so many days past due, or in default."""
    concentration: list[ConcentrationModel]
    """Over lenders, borrowers and products."""


class RiskModel(Model):
    """How figures of risk are kept, and the main ones."""

    height: int
    """The block after which they stood so."""
    refresh_days: int | None
    """How often the whole book is measured anew; null when no figures are kept."""
    is_walking: bool
    """Whether the clock is measuring the book, so that figures are not complete yet."""
    complete_height: int
    """The block in which it last was measured as a whole."""
    assets: list[AssetRisk]
    """Every currency in which something is owed."""


class AlertModel(Model):
    """An alert rule and how it stands."""

    asset: str
    """The currency."""
    name: str
    """The rule's name."""
    figure: str
    """What is tested."""
    dimension: str
    """By what it is counted."""
    member: str
    """Of which of them; empty where the figure is of all."""
    operator: Literal["ABOVE", "BELOW"]
    """On which side of the limit the alert is raised."""
    limit: int
    """Beyond this the alert is raised."""
    clear: int
    """Back at this, or better, it is cleared."""
    severity: Literal["INFO", "WARNING", "CRITICAL"]
    """How much it matters."""
    value: int
    """What the figure was when the rule was last tested."""
    is_raised: bool
    """Whether the alert is raised."""
    raised_ms: int
    """Since when; 0 when it is not."""
