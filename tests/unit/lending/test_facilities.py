"""Facilities against an oracle of days, and under a clock that is late or has little time."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import codec
from ledger.receipt import Applied, Event
from lending.queries import facilities as queries
from tests.scenarios import lending_invariants
from tests.scenarios.facility_lines import TERMS, TRANCHE
from tests.scenarios.lending_world import DAY_MS, World

LENDERS = ("alpha", "beta", "delta")
RATE = Fraction(50_000_000, 10**9)


def drawn(amount: int, parameters: dict[str, int] | None = None, **changes: object) -> World:
    """A world with a facility of three lenders that is drawn on its first day."""
    world = World(parameters=parameters or {})
    for party in (*LENDERS, "acme"):
        world.send("mint", "issue_cash", holder=party, asset="USD", amount=10**12, reference=party)
    terms: dict[str, codec.Value] = {**TERMS, "tranches": ({**TRANCHE, **changes},)}
    proposed = world.send("acme", "propose_facility", *LENDERS, facility="f1", terms=terms)
    assert isinstance(proposed, Applied)
    outcome = world.send("acme", "draw_facility", facility="f1", tranche="term", amount=amount)
    assert isinstance(outcome, Applied)
    return world


TRADES = st.lists(
    st.tuples(
        st.integers(0, 91),
        st.sampled_from(LENDERS),
        st.sampled_from((*LENDERS, "gamma", "alpha-cars")),
        st.sampled_from([1, 2, 3, 7_777_777, 20_000_000]),
    ),
    max_size=12,
).map(sorted)


@settings(max_examples=40)
@given(TRADES, st.integers(0, 91), st.integers(1, 40_000_000))
def test_each_lender_is_paid_for_its_share_of_each_day(
    trades: list[tuple[int, str, str, int]], day: int, prepaid: int
) -> None:
    """M14, the LSTA's rule: within a unit of the sum over days, and in sum what the borrower owes."""
    world = drawn(100_000_000)
    midnight = world.now_ms - world.now_ms % DAY_MS
    todo = sorted([*((d, 0, seller, buyer, n) for d, seller, buyer, n in trades),
                   (day, 1, "acme", "", prepaid)])  # fmt: skip
    earned: dict[str, Fraction] = defaultdict(Fraction)
    for today in range(92):
        for _, _, sender, buyer, amount in (each for each in todo if each[0] == today):
            world.begin(midnight + today * DAY_MS + 1)
            if buyer:
                world.send(
                    sender, "transfer_participation", buyer, facility="f1", tranche="term",
                    buyer=buyer, amount=amount, price=amount,
                )  # fmt: skip
            else:
                world.send("acme", "repay_facility", facility="f1", tranche="term", amount=amount)
        for lender, outstanding in holdings(world).items():
            earned[lender] += outstanding * RATE / 360
    events = world.begin(midnight + 92 * DAY_MS)
    [ended] = [fields for name, fields in events if name == "facility_period_ended"]
    paid = {lender: interest for lender, interest, _, _ in ended["shares"]}
    assert sum(paid.values()) == ended["interest"] == round(sum(earned.values()))
    for lender, interest in paid.items():
        assert abs(interest - earned[lender]) < 2
    lending_invariants.check(world.state)


def holdings(world: World) -> dict[str, int]:
    """The principal of each lender."""
    facts = queries.facility(world.state, "f1", world.now_ms)
    assert facts is not None
    return {
        share["lender"]: share["outstanding"]
        for tranche in facts["tranches"]  # type: ignore[attr-defined]
        for share in tranche["shares"]
    }


def bills(world: World) -> object:
    """What fell due and when, and what everybody has."""
    facts = queries.facility(world.state, "f1", world.now_ms)
    assert facts is not None
    return facts["bills"], facts["tranches"]


def test_what_is_billed_does_not_depend_on_when_blocks_come() -> None:
    daily, late = (drawn(100_000_000, cycle="P1ML1", commitment_fee_rate=1) for _ in range(2))
    start, end = daily.now_ms, daily.now_ms + 400 * DAY_MS
    for day in range(1, 401):
        daily.begin(start + day * DAY_MS)
    late.begin(end)
    assert bills(daily) == bills(late)


def test_a_clock_with_little_time_goes_on_in_the_next_block() -> None:
    slow = drawn(100_000_000, {"work_per_block": 1}, cycle="P1ML1")
    fast = drawn(100_000_000, cycle="P1ML1")
    end = slow.now_ms + 400 * DAY_MS
    fast.begin(end)
    for _ in range(60):
        slow.begin(end)
        lending_invariants.check(slow.state)
    assert bills(slow) == bills(fast)


def test_a_payment_waits_for_what_the_clock_has_not_got_round_to() -> None:
    slow = drawn(100_000_000, {"work_per_block": 1}, cycle="P1ML1")
    slow.begin(slow.now_ms + 100 * DAY_MS)
    outcome = slow.send("acme", "repay_facility", facility="f1", tranche="", amount=10**11)
    assert isinstance(outcome, Applied)
    [repaid] = [fields for name, fields in outcome.events if name == "facility_repaid"]
    assert repaid["interest"] == sum(
        fields["interest"]
        for receipt in slow.receipts
        for name, fields in receipt.events
        if name == "facility_period_ended"
    )


def test_readers_see_facilities_votes_and_fixings() -> None:
    world = drawn(100_000_000)
    page = queries.facilities(world.state, world.now_ms)
    assert [each["facility"] for each in page.items] == ["f1"]
    world.send(
        "alpha", "propose_amendment", facility="f1", amendment="v1", matter="HOLIDAY",
        tranche="term", value=1,
    )  # fmt: skip
    assert [each["agreed"] for each in queries.amendments(world.state, "f1")] == [50_000_000]
    assert queries.amendments(world.state, "f2") == []
    assert queries.facility(world.state, "f2", 0) is None
    assert queries.position(world.state, "f2", "alpha", 0) is None
    world.send(
        "alpha", "register_index", "beta", "delta", index="ibor", sources=("alpha",), quorum=1,
        correction_days=0,
    )  # fmt: skip
    day_ms = world.now_ms - world.now_ms % DAY_MS
    world.send("alpha", "report_fixing", index="ibor", day_ms=day_ms, value=-1)
    assert [each["value"] for each in queries.fixings(world.state, "ibor").items] == [-1]


def test_a_period_takes_no_fixing_and_no_correction_that_came_too_late() -> None:
    """What is billed depends on when fixings are published, never on when the clock looks."""
    rates = []
    for work in (1, 1_000):
        world = World(parameters={"work_per_block": work})
        for party in (*LENDERS, "acme"):
            world.send(
                "mint", "issue_cash", holder=party, asset="USD", amount=10**12, reference=party
            )
        world.send(
            "alpha", "register_index", "beta", "delta", index="ibor", sources=("alpha",), quorum=1,
            correction_days=366,
        )  # fmt: skip
        start_ms = world.now_ms - world.now_ms % DAY_MS
        world.send("alpha", "report_fixing", index="ibor", day_ms=start_ms, value=10_000_000)
        # Loans of other people keep the slow clock busy when the periods end.
        for name in ("f0", "f1"):
            tranche: dict[str, codec.Value] = {**TRANCHE, "index": "ibor", "cycle": "P1ML1"}
            terms: dict[str, codec.Value] = {**TERMS, "tranches": (tranche,)}
            world.send("acme", "propose_facility", *LENDERS, facility=name, terms=terms)
            world.send("acme", "draw_facility", facility=name, tranche="term", amount=100_000_000)
        found: list[Event] = []
        for month in range(1, 5):
            now_ms = start_ms + month * 31 * DAY_MS
            found += world.begin(now_ms)
            for name in ("report_fixing", "correct_fixing"):
                for day_ms in (start_ms, now_ms):
                    world.send("alpha", name, index="ibor", day_ms=day_ms, value=month * 20_000_000)
        for _ in range(20):
            found += world.begin(world.now_ms)
        rates.append(
            sorted(
                (fields["facility"], fields["period_end_ms"], fields["rate"])
                for name, fields in found
                if name == "facility_period_ended"
            )
        )
    assert rates[0] == rates[1]
    assert len({rate for _, _, rate in rates[0]}) > 2
