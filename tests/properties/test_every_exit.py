"""E24: no command, by whoever and signed by all, makes a position unhealthy that was healthy.

The table is that of the commands itself: each is tried many times with arguments that its fields
accept, made of the names and amounts of a market where every debt stands exactly at its limit, and
with everybody's signature, in which no check of a signature can hide behind a missing one. So a
command that is added later is tried too. What may lower health without anybody's act, a price and the
clock, is not a command's doing: a price that is reported is struck in the next block.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from ledger import codec
from ledger.crypto import Digest, PublicKey, Signature
from ledger.membership import Height
from ledger.receipt import Applied, Outcome
from ledger.transaction import Transaction
from lending import keys
from lending.collateral import accounts
from lending.commands import COMMANDS
from lending.fields import (
    RATE_UNIT,
    Blob,
    Choice,
    DigestBytes,
    FieldType,
    Integer,
    Keys,
    Malformed,
    Names,
    Nested,
    Rows,
    Several,
    Shape,
)
from lending.pools.collateral import check_line
from lending.records import collateral as stored
from lending.scope import Scope
from tests.scenarios.collateral_invariants import all_of, health
from tests.scenarios.lending_world import CHAIN, DAY_MS, PARTIES, PERSONAL, World, keys_of
from tests.scenarios.pool_lines import POOL

PART = RATE_UNIT // 100
TRIES = 60
PEOPLE = tuple(name for name, *_ in PARTIES)
KNOWN: dict[str, tuple[str, ...]] = {
    "account": ("safe", "boost"), "agreement": ("l1", "l2", "l3", "p1"), "loan": ("l1", "l2", "p1"),
    "pool": ("main",), "asset": ("BOND", "USD", "GOLD"), "currency": ("USD",), "mode": ("metals", "new"),
    "asset_in": ("BOND", "GOLD"), "asset_out": ("BOND", "GOLD"), "give_asset": ("BOND", "GOLD", "USD"),
    "get_asset": ("BOND", "GOLD", "USD"), "fund": ("shield",), "tranche": ("JUNIOR",),
    "collateral_asset": ("", "BOND", "GOLD"), "borrower": ("acme", "bolt"), "exchange": ("x1", "new"),
    "product": ("personal", "secured"), "chain": ("harbor",), "lock": ("k1",),
}  # fmt: skip
"""The names that exist, by the field that asks for them."""
NAMES = tuple(sorted({each for names in KNOWN.values() for each in names} | set(PEOPLE)))
AMOUNTS = (0, 1, 2, 3, 12, 13, 99, 1_000, 8_190_00, 8_190_01, 10**6, 10**9, RATE_UNIT, 2**63 - 1)


def market() -> World:
    """Two accounts, an agreement with a pledge and a credit line, each exactly at its limit."""
    world = World()

    def must(sender: str, name: str, *cosigners: str, **fields: codec.Value) -> None:
        outcome = world.send(sender, name, *cosigners, **fields)
        assert isinstance(outcome, Applied), (name, outcome)

    members = ("beta", "delta")
    must("mint", "register_asset", asset="GOLD", kind="collateral", decimals=0, price_sources=())
    for owner in ("alpha", "beta", "delta", "acme", "crow", "bolt"):
        for asset in ("USD", "BOND", "GOLD"):
            must("mint", "issue_cash", holder=owner, asset=asset, amount=10**7,
                 reference=f"{owner}-{asset}")  # fmt: skip
    for asset in ("BOND", "GOLD"):
        must("alpha", "register_price_feed", *members, asset=asset, currency="USD",
             sources=("beta", "delta"), quorum=1, age_max_ms=DAY_MS, band=30 * PART,
             interval_ms=DAY_MS)  # fmt: skip
        must("alpha", "set_collateral_policy", *members, asset=asset, currency="USD",
             haircut=10 * PART, share_max=RATE_UNIT, supply_cap=10**6)  # fmt: skip
        must("beta", "report_price", asset=asset, currency="USD", price=1_000_00)
    must("alpha", "register_mode", *members, mode="metals", currency="USD", assets=("BOND",),
         borrow_limit=80 * PART, margin_limit=80 * PART, liquidation_limit=80 * PART)  # fmt: skip
    world.begin(world.now_ms + 1)
    for account, loan, principal in (("safe", "l1", 8_190_00), ("boost", "l2", 9_360_00)):
        must("acme", "open_collateral_account", "alpha", account=account, agent="alpha",
             currency="USD", borrow_limit=70 * PART, margin_limit=70 * PART,
             liquidation_limit=70 * PART, cure_ms=DAY_MS, close_factor=50 * PART, least_debt=0,
             cost_rate=0, start_premium=0, step_ms=1_000, step_rate=PART,
             floor_rate=80 * PART)  # fmt: skip
        must("acme", "propose_agreement", "alpha", agreement=loan,
             terms=sheet(world, principal))  # fmt: skip
        must("acme", "secure_loan", "alpha", account=account, agreement=loan)
        must("acme", "top_up_collateral", account=account, asset="BOND", amount=13)
        if account == "boost":
            must("acme", "enter_mode", "alpha", account=account, mode="metals")
        must("acme", "draw_down", agreement=loan)
    must("acme", "propose_agreement", "alpha", agreement="l3", terms=sheet(world, 10_000))
    must("acme", "secure_loan", "alpha", account="safe", agreement="l3")
    must("alpha", "create_pool", *members, pool="main", template=POOL)
    must("beta", "deposit", pool="main", tranche="JUNIOR", amount=10_000)
    must("alpha", "grant_credit_line", pool="main", borrower="bolt", limit=10_000,
         due_ms=world.now_ms + DAY_MS, collateral_asset="BOND", loan_to_value_limit=5 * PART)  # fmt: skip
    must("bolt", "pledge_pool_collateral", pool="main", amount=1)
    must("bolt", "borrow_from_pool", pool="main", amount=4_999)
    must("delta", "open_cover_fund", fund="shield", currency="USD", capital=10_000,
         exposure_limit=RATE_UNIT, cover_limit=RATE_UNIT, premium_rate=0,
         premium_rate_secured=0)  # fmt: skip
    must("alpha", "offer_exchange", exchange="x1", to="", give_asset="USD", give_amount=1,
         get_asset="BOND", get_amount=1, until_ms=world.now_ms + DAY_MS)  # fmt: skip
    return world


def sheet(world: World, principal: int) -> dict[str, codec.Value]:
    """A term sheet of alpha for acme, with whatever other fields there are left empty."""
    shape = COMMANDS["propose_agreement"].types["terms"]
    assert isinstance(shape, Nested)
    empty: dict[str, codec.Value] = {}
    for name, kind in shape.shape.types.items():
        empty[name] = next((each for each in ("", 0, ()) if accepts(kind, each)), None)
    given = {
        "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
        "asset": "USD", "principal": principal, "rate": 60_000_000, "installments": 12,
        "collateral_asset": "", "available_until_ms": world.now_ms + DAY_MS,
    }  # fmt: skip
    return {**empty, **given}


@cache
def the_market() -> World:
    return market()


def unhealthy(world: World) -> frozenset[str]:
    """The accounts and credit lines that are above their limit now."""
    found = [
        name
        for name, account in all_of(world.state, keys.ACCOUNT, stored.ACCOUNT)
        for debt, value in [health(world.state, account)]
        if debt * RATE_UNIT > value * account.terms.margin_limit
    ]
    scope = Scope(world.state, world.now_ms, world.height)
    if check_line(scope, "main", "bolt"):
        found.append("line of bolt")
    return frozenset(found)


def draw(chance: random.Random, world: World, name: str, kind: FieldType) -> codec.Value:
    """A value that a field accepts, as near to what exists as can be."""
    match kind:
        case Integer():
            near = [world.now_ms + chance.choice((1, DAY_MS, 9 * DAY_MS))] if "ms" in name else []
            fit = [each for each in (*near, *AMOUNTS) if kind.minimum <= each <= kind.maximum]
            return chance.choice(fit or [kind.minimum])
        case Choice():
            return chance.choice(kind.words)
        case Keys():
            return keys_of(chance.choice(PEOPLE))
        case DigestBytes():
            return bytes(32)
        case Blob():
            return bytes(kind.minimum)
        case Names():
            items = {draw(chance, world, name, kind.item) for _ in range(max(kind.minimum, 1))}
            return tuple(sorted(items))
        case Nested():
            return fields_of(chance, world, kind.shape)
        case Several() if name == "commands":
            return tuple(step(chance, world) for _ in range(chance.choice((1, 2, 3))))
        case Several():
            return tuple(fields_of(chance, world, kind.shape) for _ in range(max(kind.minimum, 1)))
        case Rows():
            return (tuple(draw(chance, world, name, column) for column in kind.columns),)
        case _:
            words = [each for each in (*NAMES, "") if accepts(kind, each)]
            known = [each for each in KNOWN.get(name, ()) if accepts(kind, each)]
            return chance.choice(known if known and chance.random() < 0.9 else words or ["new"])


def accepts(kind: FieldType, value: object) -> bool:
    try:
        kind.read("", value)
    except Malformed:
        return False
    return True


def fields_of(chance: random.Random, world: World, shape: Shape[object]) -> dict[str, codec.Value]:
    """Arguments for all fields of a shape; of a personal loan's template the usual ones."""
    if set(PERSONAL) <= set(shape.types) and chance.random() < 0.5:
        return {
            **{name: draw(chance, world, name, kind) for name, kind in shape.types.items()},
            **PERSONAL,
        }
    return {name: draw(chance, world, name, kind) for name, kind in shape.types.items()}


def step(chance: random.Random, world: World) -> dict[str, codec.Value]:
    name = chance.choice([each for each in COMMANDS if each != "batch"])
    sender = chance.choice(("acme", "bolt", *PEOPLE))
    fields = fields_of(chance, world, COMMANDS[name])  # type: ignore[arg-type]
    return {"sender": sender, "name": name, "fields": fields}


def attempts(name: str, tries: int) -> Iterator[tuple[Outcome, frozenset[str]]]:
    """Try a command many times, each on the same market; what came of it, and who is unhealthy."""
    world, chance = the_market(), random.Random(name)
    signed = sorted({key for party in PEOPLE for key in world.keys_for(party)})
    everybody = tuple((PublicKey(key), Signature(b"")) for key in signed)
    for number in range(tries):
        sender = chance.choice(("acme", "acme", "bolt", "bolt", "alpha", *PEOPLE))
        fields = fields_of(chance, world, COMMANDS[name])  # type: ignore[arg-type]
        transaction = Transaction(
            CHAIN, sender, (name, fields), b"", Height(world.height), everybody,
            Digest(number.to_bytes(32, "big")), b"",
        )  # fmt: skip
        world.state.begin()
        outcome = world.machine.apply(world.state, world.context(), transaction)
        found = unhealthy(world) if isinstance(outcome, Applied) else frozenset[str]()
        world.state.rollback()
        yield outcome, found


def test_the_market_stands_at_its_limits() -> None:
    """One unit less collateral, or more debt, and a position is unhealthy; as it is none is."""
    world = the_market()
    assert unhealthy(world) == frozenset()
    for _, account in all_of(world.state, keys.ACCOUNT, stored.ACCOUNT):
        debt, value = health(world.state, account)
        assert debt * RATE_UNIT == value * account.terms.margin_limit


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_exit_forgets_the_health_check(name: str) -> None:
    for outcome, found in attempts(name, TRIES):
        assert not found, (name, outcome)


def test_the_commands_that_take_are_really_tried() -> None:
    """Those that can lower health are refused for that very reason, and those that raise it pass."""
    refused = {
        name: Counter(
            outcome.code for outcome, _ in attempts(name, 4 * TRIES) if not isinstance(outcome, Applied)
        )
        for name in (
            "withdraw_collateral", "substitute_collateral", "draw_down", "leave_mode",
            "release_pool_collateral", "borrow_from_pool",
        )
    }  # fmt: skip
    for name, codes in refused.items():
        assert codes["COLLATERAL_TOO_LOW"], (name, codes)
    for name in ("top_up_collateral", "repay", "repay_pool", "transfer_cash", "enter_mode"):
        assert any(isinstance(outcome, Applied) for outcome, _ in attempts(name, 4 * TRIES)), name


def test_a_forgotten_check_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Platypus: with the check left out of one exit, that exit is found."""
    monkeypatch.setattr(accounts, "check_covered", lambda *_: None)
    assert any(found for _, found in attempts("withdraw_collateral", 4 * TRIES))
