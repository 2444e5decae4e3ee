"""A floating loan on the ledger is billed to the unit as the contract engine schedules it."""

from __future__ import annotations

import pytest

from ledger import codec
from ledger.receipt import Applied
from lending.arithmetic import ContractType, DayCount, loan_terms, plan
from lending.arithmetic.cycle import Cycle
from lending.arithmetic.dates import from_epoch_ms
from lending.arithmetic.market import Observations
from lending.arithmetic.terms import Terms
from tests.scenarios.lending_world import DAY_MS, PERSONAL, World, time_ms

START_MS = time_ms("2015-08-01")
COUNT = 12
VALUES = (10_000_001, 333_333_333, -50_000_000, 71_234_567)
"""Of the index at each third installment: some beyond floor and cap."""


def engine(kind: str, day_count: str) -> list[tuple[int, int, int]]:
    """Due date, interest and principal of each installment, by the engine."""
    fixed = loan_terms(
        ContractType(kind), 1_234_567, 100_000_000, START_MS, COUNT, day_count=DayCount(day_count)
    )
    values: dict[str, object] = {name: getattr(fixed, name) for name in Terms.__slots__}
    values |= {
        "cycle_of_rate_reset": Cycle(months=3, days=0), "rate_spread": 20_000_000,
        "market_object_code_of_rate_reset": "sofr", "life_floor": 10_000_000,
        "life_cap": 300_000_000,
    }  # fmt: skip
    resets = (time_ms(f"{day}") for day in ("2015-11-01", "2016-02-01", "2016-05-01", "2016-08-01"))
    series = [(from_epoch_ms(day), value) for day, value in zip(resets, VALUES, strict=True)]
    planned = plan(Terms(**values), Observations({"sofr": series}))  # type: ignore[arg-type]
    return [(each.due, each.interest, each.principal) for each in planned]


def ledger(kind: str, day_count: str) -> list[tuple[int, int, int]]:
    """The same as it was billed block by block."""
    world = World(now_ms=START_MS + DAY_MS // 2)
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**9, reference="a")
    template: dict[str, codec.Value] = {
        **PERSONAL, "contract_type": kind, "day_count_convention": day_count,
        "default_after_days": 366,
    }  # fmt: skip
    world.send(
        "alpha", "propose_product", "beta", "delta", product="p", version=1, template=template
    )
    world.send(
        "alpha", "register_index", "beta", "delta", index="sofr", sources=("alpha",), quorum=1,
        correction_days=3,
    )  # fmt: skip
    terms = {
        "product": "p", "version": 1, "lender": "alpha", "borrower": "acme", "asset": "USD",
        "principal": 1_234_567, "rate": 100_000_000, "installments": COUNT, "collateral_asset": "",
        "available_until_ms": world.now_ms + DAY_MS, "signatories": (), "capitalised": 0,
    }  # fmt: skip
    world.send("acme", "propose_agreement", "alpha", agreement="l1", terms=terms)
    agreed = world.send(
        "acme", "agree_floating", "alpha", agreement="l1", index="sofr", margin=20_000_000,
        rate_floor=10_000_000, rate_cap=300_000_000, fallback_rate=50_000_000, every=3, lag_days=1,
        age_max_days=0,
    )  # fmt: skip
    assert isinstance(agreed, Applied)
    assert isinstance(world.send("acme", "draw_down", agreement="l1"), Applied)
    found = []
    for month, value in enumerate(
        (0, 0, *VALUES[:1], 0, 0, *VALUES[1:2], 0, 0, *VALUES[2:3], 0, 0, 0)
    ):
        due_ms = time_ms(f"{2015 + (month + 8) // 12}-{(month + 8) % 12 + 1:02}-01")
        world.begin(due_ms - DAY_MS)
        if value:
            world.send("alpha", "report_fixing", index="sofr", day_ms=due_ms - DAY_MS, value=value)
        # The block comes late, and one more fixing with it that comes too late.
        for name, fields in world.begin(due_ms + 5 * DAY_MS):
            if name == "installment_billed":
                found.append((fields["due_ms"], fields["interest"], fields["principal"]))
    return found


@pytest.mark.parametrize("kind", ["PAM", "LAM", "ANN"])
@pytest.mark.parametrize("day_count", ["30E360", "A360", "A365", "AA"])
def test_the_ledger_bills_what_the_engine_schedules(kind: str, day_count: str) -> None:
    assert ledger(kind, day_count) == engine(kind, day_count)
