"""A party's score and grade now: what prices, limits and premiums by grade ask for."""

from __future__ import annotations

from lending.credit.attestations import attested
from lending.credit.conduct import history_of
from lending.credit.model import active_model
from lending.credit.score import Score, evaluate, inputs
from lending.scope import Scope


def score_of(scope: Scope, party: str) -> Score | None:
    """The score of a party by the model in force; None where there is none."""
    model = active_model(scope)
    if model is None:
        return None
    found = inputs(history_of(scope, party), attested(scope, party), scope.now_ms)
    return evaluate(model, found)


def grade_of(scope: Scope, party: str) -> str:
    """The grade of a party by the model in force; empty where there is none."""
    found = score_of(scope, party)
    return "" if found is None else found.grade
