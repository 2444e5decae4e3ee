"""Properties of batches: all or nothing, and the same as their commands one by one.

Random lists of commands on a market with secured loans, a collateral account and a pool, once one by
one and once as a batch. The roots of the states tell whether two worlds are the same.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from ledger.state_tree import StateTree
from lending.commands.batches import STEPS_MAX
from tests.scenarios import lending_invariants, pool_invariants
from tests.scenarios.lending_world import DAY_MS, PARTIES, World
from tests.scenarios.pool_lines import POOL

Step = dict[str, codec.Value]
DEFERRED = ("COLLATERAL_TOO_LOW", "CAP_EXCEEDED", "ABOVE_CAP")
"""What a command in a batch may fail on the way, so that it is refused for something later."""
AMOUNTS = st.sampled_from([1, 2, 3, 7, 8, 9, 10, 11, 99, 100, 10_000, 80_000, 80_001, 10**6, 2**31])


def step(sender: str, name: str, **fields: codec.Value) -> Step:
    """One command of a batch."""
    return {"sender": sender, "name": name, "fields": fields}


def of(sender: str, name: str, **fixed: codec.Value) -> st.SearchStrategy[Step]:
    """Commands of a kind with any amount."""
    return AMOUNTS.map(lambda amount: step(sender, name, **fixed, amount=amount))


STEPS = st.one_of(
    of("acme", "transfer_cash", to="bolt", asset="USD", reference="a"),
    of("bolt", "transfer_cash", to="acme", asset="USD", reference="b"),
    of("acme", "pledge_collateral", agreement="s1"),
    of("acme", "release_collateral", agreement="s1"),
    of("alpha", "release_collateral", agreement="s1"),
    of("acme", "repay", loan="s1"),
    of("acme", "top_up_collateral", account="safe", asset="BOND"),
    of("acme", "withdraw_collateral", account="safe", asset="BOND"),
    of("acme", "repay", loan="l1"),
    of("alpha", "deposit", pool="main", tranche="SENIOR"),
    of("beta", "deposit", pool="main", tranche="JUNIOR"),
    of("acme", "borrow_from_pool", pool="main"),
    of("acme", "repay_pool", pool="main"),
    of("acme", "pledge_pool_collateral", pool="main"),
    of("acme", "release_pool_collateral", pool="main"),
    st.sampled_from(
        [
            step("acme", "draw_down", agreement="s1"),
            step("acme", "draw_down", agreement="l1"),
            step("alpha", "request_withdrawal", pool="main", tranche="SENIOR", shares=10**9),
            step("gamma", "fly", to="moon"),
        ]
    ),
)


def market() -> World:
    """A market where everything is agreed and little has happened."""
    world = World()
    for owner in ("alpha", "beta", "acme", "bolt"):
        for asset in ("USD", "BOND"):
            done(world.send("mint", "issue_cash", holder=owner, asset=asset, amount=10**6,
                            reference=f"{owner}-{asset}"))  # fmt: skip
    feed = {"asset": "BOND", "currency": "USD"}
    done(world.send("alpha", "register_price_feed", "beta", "delta", **feed,
                    sources=("beta", "delta", "gamma"), quorum=1, age_max_ms=7 * DAY_MS,
                    band=300_000_000, interval_ms=DAY_MS))  # fmt: skip
    done(world.send("alpha", "set_collateral_policy", "beta", "delta", **feed, haircut=0,
                    share_max=10**9, supply_cap=1_000))  # fmt: skip
    done(world.send("beta", "report_price", **feed, price=10_000))
    world.begin(world.now_ms + 1_000)
    for name, product in (("s1", "secured"), ("l1", "personal")):
        collateral = "BOND" if product == "secured" else ""
        terms = {"product": product, "version": 1, "lender": "alpha", "borrower": "acme",
                 "asset": "USD", "principal": 80_000, "rate": 10**8, "installments": 12,
                 "collateral_asset": collateral,
                 "available_until_ms": world.now_ms + 30 * DAY_MS, "signatories": (), "capitalised": 0}  # fmt: skip
        done(world.send("acme", "propose_agreement", "alpha", agreement=name, terms=terms))
    percents = {"borrow_limit": 70, "margin_limit": 80, "liquidation_limit": 90,
                "close_factor": 50, "cost_rate": 2, "start_premium": 10, "step_rate": 2,
                "floor_rate": 80}  # fmt: skip
    done(world.send("acme", "open_collateral_account", "alpha", account="safe", agent="alpha",
                    currency="USD", cure_ms=DAY_MS, least_debt=100, step_ms=3_600_000,
                    **{name: part * 10**7 for name, part in percents.items()}))  # fmt: skip
    done(world.send("acme", "secure_loan", "alpha", account="safe", agreement="l1"))
    done(world.send("alpha", "create_pool", "beta", "delta", pool="main", template=POOL))
    done(world.send("alpha", "grant_credit_line", pool="main", borrower="acme", limit=80_000,
                    due_ms=world.now_ms + 300 * DAY_MS, collateral_asset="BOND",
                    loan_to_value_limit=800_000_000))  # fmt: skip
    return world


def done(outcome: Outcome) -> None:
    assert isinstance(outcome, Applied), outcome


def root(world: World) -> bytes:
    """What names the state."""
    tree = StateTree()
    writes = dict(world.store.iterate(b"", b"\xff" * 64))
    return bytes(tree.prepare({**writes, **world.state.writes()}).root)


@settings(deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=8))
def test_a_batch_is_its_commands_one_by_one_or_nothing(steps: list[Step]) -> None:
    alone, together = market(), market()
    before = root(together)
    outcomes = [alone.send(each["sender"], each["name"], **each["fields"]) for each in steps]
    everybody = [party for party, _, _, _ in PARTIES]
    outcome = together.send(*_first("batch", everybody), commands=tuple(steps))
    lending_invariants.check(together.state)
    pool_invariants.check(together.state)
    refused = [index for index, each in enumerate(outcomes) if isinstance(each, Rejected)]
    if isinstance(outcome, Rejected):
        assert root(together) == before
        assert outcome.code == "BATCH_REFUSED"
        if not refused:
            assert outcome.facts["when"] == "AT_END"
        elif outcome.facts["when"] == "IN_TURN":
            first = outcomes[refused[0]]
            assert isinstance(first, Rejected)
            if outcome.facts["index"] == refused[0] and first.code not in DEFERRED:
                assert (outcome.facts["code"], outcome.facts["facts"]) == (first.code, first.facts)
    else:
        deferred = dict(outcome.events)["batch_settled"]["deferred"]
        assert bool(refused) == bool(deferred)
        if not deferred:
            assert root(together) == root(alone)


@given(st.integers(1, STEPS_MAX + 2))
@settings(deadline=None, max_examples=10)
def test_a_batch_is_bounded(count: int) -> None:
    world = market()
    before = root(world)
    pay = step("acme", "transfer_cash", to="bolt", asset="USD", amount=1, reference="a")
    outcome = world.send("acme", "batch", commands=(pay,) * count)
    assert isinstance(outcome, Applied) == (count <= STEPS_MAX)
    assert (root(world) == before) == (count > STEPS_MAX)


def test_a_signature_too_few_changes_nothing() -> None:
    world = market()
    before = root(world)
    pay = step("acme", "transfer_cash", to="bolt", asset="USD", amount=1, reference="a")
    for missing in ("acme", "bolt"):
        back = step("bolt", "transfer_cash", to="acme", asset="USD", amount=1, reference="b")
        signed = "bolt" if missing == "acme" else "acme"
        outcome = world.send(signed, "batch", commands=(pay, back))
        assert isinstance(outcome, Rejected)
        assert outcome.facts["code"] == "NOT_SIGNED"
        assert outcome.facts["facts"]["party"] == missing
        assert root(world) == before


def _first(name: str, parties: list[str]) -> tuple[str, ...]:
    return (parties[0], name, *parties[1:])
