"""The shapes of answers about credit and compliance: scores, recommendations, reports."""

from __future__ import annotations

from typing import Literal

from api.lending_schemas import Money
from api.schemas import Model


class FactorModel(Model):
    """One part of a score."""

    factor: str
    """What is counted."""
    input: int
    """What was found."""
    points: int
    """What it adds to the score, or takes."""
    reason: str
    """Why, in plain words."""


class ScoreModel(Model):
    """A score and how it comes about."""

    party: str
    """Whose."""
    score: int
    """From 0 to 1000."""
    grade: str
    """The grade by the model's cut-offs."""
    model_version: int
    """The version of the model in force."""
    factors: list[FactorModel]
    """What it is made of; their points sum to the score."""


class RecommendationModel(Model):
    """What one product could be for a party."""

    product: str
    """The product."""
    version: int
    """Its newest active version."""
    is_eligible: bool
    """Whether nothing known now stands against it."""
    principal: Money
    """The most that could be lent."""
    rate: int
    """The indicative yearly rate, in billionths."""
    installments: int
    """For how many installments."""
    payment: Money
    """The first payment of such a loan drawn now."""
    reasons: list[str]
    """What speaks for and against it, in plain words."""


class RecommendationsModel(Model):
    """The active products for a party, those that it can have first."""

    party: str
    """Whose."""
    recommendations: list[RecommendationModel]
    """The products."""


class ReportModel(Model):
    """A movement that members wanted to hear of."""

    report: int
    """Its number, from 1."""
    kind: Literal["LARGE", "STRUCTURED"]
    """STRUCTURED: several below the threshold that together reached it within a day."""
    party: str
    """Who paid, or received from outside."""
    amount: Money
    """How much; of the day, if structured."""
    time_ms: int
    """When."""
    reason: str
    """Why it was posted."""
    reference: str
    """What it was posted for."""
