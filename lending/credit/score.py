"""The score: a pure integer function of a party's conduct and what agencies attest, factor by factor.

Each factor counts whole steps of its input, so the points of all factors, the beginning and, where
the sum leaves the range, the bounds sum to the score exactly. Steps are rounded down: half a step
counts for nobody and against nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lending.records.credit import CreditModel, History
from lending.scope import DAY_MS
from lending.terms.credit import BETTER, SCORE_MAX, WORSE

MONTH_MS: Final = 30 * DAY_MS
WORDS: Final = {**BETTER, **WORSE}


@dataclass(frozen=True, slots=True)
class Factor:
    """One part of a score."""

    name: str
    """The factor."""
    value: int
    """What was found."""
    points: int
    """What it adds to the score."""
    reason: str
    """Why, in plain words."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score and how it comes about."""

    value: int
    """From 0 to 1000."""
    grade: str
    """The grade by the model's cut-offs."""
    version: int
    """The version of the model."""
    factors: tuple[Factor, ...]
    """What it is made of; their points sum to the score."""


def inputs(history: History, attested: dict[str, int], now_ms: int) -> dict[str, int]:
    """What every factor finds; `attested` are the classes by kind, absent for none."""
    since_ms = now_ms - history.first_ms if history.first_ms else 0
    found = {
        "ON_TIME": history.on_time,
        "REPAID": history.repaid,
        "MONTHS": max(0, since_ms) // MONTH_MS,
        "LATE": history.late,
        "LATE_30": history.late_30,
        "LATE_60": history.late_60,
        "LATE_90": history.late_90,
        "LATE_120": history.late_120,
        "DEFAULTS": history.defaults,
        "UNRECOVERED": max((_percent(lost - back, lost) for _, lost, back in history.lost),
                           default=0),
        "RUNNING": history.running,
        "UTILISATION": max((_percent(drawn, whole) for _, whole, drawn in history.lines),
                           default=0),
        "CHANGES": history.changes,
        "CALLED": history.called,
    }  # fmt: skip
    return {name: attested.get(name, found.get(name, 0)) for name in WORDS}


def evaluate(model: CreditModel, found: dict[str, int]) -> Score:
    """The score of some inputs by a model."""
    factors = [Factor("BASE", 0, model.base, f"everybody begins at {model.base}")]
    for name, step, points, most in model.weights:
        value = found[name]
        whole = abs(points) * (value // step)
        earned = min(whole, most) if points > 0 else -min(whole, most)
        factors.append(Factor(name, value, earned, _reason(name, value, step, points, most)))
    total = sum(factor.points for factor in factors)
    value = min(max(total, 0), SCORE_MAX)
    if value != total:
        words = f"a score is from 0 to {SCORE_MAX}, and the factors sum to {total}"
        factors.append(Factor("BOUNDS", total, value - total, words))
    return Score(value, grade_by(model.grades, value), model.version, tuple(factors))


def grade_by(grades: tuple[tuple[str, int], ...], value: int) -> str:
    """The best grade whose least score is reached; the last begins at 0."""
    return next(grade for grade, least in grades if value >= least)


def model_problem(
    weights: tuple[tuple[str, int, int, int], ...], grades: tuple[tuple[str, int], ...]
) -> tuple[str, str] | None:
    """The field of a model that makes no sense and why."""
    for name, _, points, _ in weights:
        if name in BETTER and points < 0:
            return "weights", f"{name} must not take points"
        if name in WORSE and points > 0:
            return "weights", f"{name} must not give points"
    leasts = [least for _, least in grades]
    if leasts != sorted(set(leasts), reverse=True):
        return "grades", "fall from the best to the worst"
    if leasts[-1]:
        return "grades", "end with a grade from 0"
    return None


def _percent(part: int, whole: int) -> int:
    """Rounded up, against the borrower: what is nearly full counts as full."""
    return min(100, -(-max(0, part) * 100 // whole)) if whole > 0 else 100 if part > 0 else 0


def _reason(name: str, value: int, step: int, points: int, most: int) -> str:
    each = "each" if step == 1 else f"each {step}"
    verb = "gives" if points > 0 else "takes"
    return f"{WORDS[name]}: {value}; {each} {verb} {abs(points)}, at most {most}"
