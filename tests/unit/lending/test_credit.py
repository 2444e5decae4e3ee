"""The score: its points sum to it, more lateness never raises it, more punctuality never lowers it."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from lending.credit.conduct import NEW
from lending.credit.score import MONTH_MS, evaluate, inputs, model_problem
from lending.records.credit import CreditModel, History
from lending.terms.credit import BETTER, FACTORS, KINDS, SCORE_MAX

counts = st.integers(0, 2**63 - 1) | st.integers(0, 20)
COUNTED = tuple(
    field.name for field in fields(History) if field.name not in {"first_ms", "lost", "lines"}
)
BAD = ("late", "late_30", "late_60", "late_90", "late_120", "defaults", "changes", "called",
       "running")  # fmt: skip


@st.composite
def models(draw: st.DrawFn) -> CreditModel:
    names = draw(st.lists(st.sampled_from(FACTORS), unique=True, min_size=1))
    weights = []
    for name in names:
        points = draw(st.integers(0, SCORE_MAX))
        weights.append(
            (name, draw(st.integers(1, 100)), points if name in BETTER else -points,
             draw(st.integers(0, SCORE_MAX)))
        )  # fmt: skip
    leasts = draw(st.lists(st.integers(1, SCORE_MAX), unique=True, max_size=5))
    cuts = [*sorted(leasts, reverse=True), 0]
    grades = tuple((f"G{place}", least) for place, least in enumerate(cuts))
    return CreditModel(1, "m", (), is_active=True, base=draw(st.integers(0, SCORE_MAX)),
                       weights=tuple(weights), grades=grades)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> History:
    lost = draw(st.integers(0, 10**12))
    committed, drawn = draw(st.integers(0, 10**12)), draw(st.integers(0, 10**12))
    return replace(
        NEW, first_ms=draw(st.integers(0, 10**12)),
        lost=(("USD", lost, draw(st.integers(0, lost))),) if lost else (),
        lines=(("USD", committed, drawn),) if committed or drawn else (),
        **{name: draw(counts) for name in COUNTED},
    )  # fmt: skip


attested = st.dictionaries(st.sampled_from(KINDS), st.integers(0, 10))
times = st.integers(0, 2 * 10**12)


@given(models(), histories(), attested, times)
def test_the_points_sum_to_the_score(
    model: CreditModel, history: History, classes: dict[str, int], now_ms: int
) -> None:
    assert model_problem(model.weights, model.grades) is None
    score = evaluate(model, inputs(history, classes, now_ms))
    assert sum(factor.points for factor in score.factors) == score.value
    assert 0 <= score.value <= SCORE_MAX
    assert score.value >= dict(model.grades)[score.grade]
    assert all(factor.reason for factor in score.factors)


@given(models(), histories(), attested, times, st.sampled_from(BAD))
def test_what_is_bad_never_raises_it(
    model: CreditModel, history: History, classes: dict[str, int], now_ms: int, name: str
) -> None:
    worse = replace(history, **{name: getattr(history, name) + 1})
    before = evaluate(model, inputs(history, classes, now_ms)).value
    assert evaluate(model, inputs(worse, classes, now_ms)).value <= before


@given(models(), histories(), attested, times, st.sampled_from(("on_time", "repaid")))
def test_what_is_good_never_lowers_it(
    model: CreditModel, history: History, classes: dict[str, int], now_ms: int, name: str
) -> None:
    better = replace(history, **{name: getattr(history, name) + 1})
    before = evaluate(model, inputs(history, classes, now_ms)).value
    assert evaluate(model, inputs(better, classes, now_ms)).value >= before
    assert evaluate(model, inputs(history, classes, now_ms + MONTH_MS)).value >= before


@given(models(), histories(), times, st.sampled_from(KINDS), st.integers(0, 9))
def test_a_better_attestation_never_lowers_it(
    model: CreditModel, history: History, now_ms: int, kind: str, level: int
) -> None:
    low = evaluate(model, inputs(history, {kind: level}, now_ms))
    high = evaluate(model, inputs(history, {kind: level + 1}, now_ms))
    assert high.value >= low.value
