"""What a simulation changed, for people: records field by field, balances, health, arrears.

Everything is compared between the state that it began from and the one that it left. Only what
differs is shown; what is kept for the machine's own use (alarms, triggers, sums) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Final, NamedTuple

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, queries, records
from lending.chart import NAMES
from lending.products.loan import days_past_due
from lending.queries import Facts
from lending.queries import collateral as collateral_queries
from lending.records import collateral, facilities, pools
from lending.simulation.question import PriceShock, Shock
from lending.simulation.running import Simulated

SHOWN_MAX: Final = 500
"""How many changes of each kind are shown."""
WATCHED_MAX: Final = 100
"""How many accounts of a shocked asset are looked at: those that its price wakes first."""


class Kind(NamedTuple):
    """How records of a kind are shown."""

    word: str
    """What it is called."""
    decode: Callable[[bytes], object]
    """How its bytes are read."""
    number_bytes: int = 0
    """How many bytes at the end of its key are a number."""


KINDS: Final[dict[bytes, Kind]] = {
    keys.PARTY: Kind("party", records.PARTY.decode),
    keys.ASSET: Kind("asset", records.ASSET.decode),
    keys.PRICE: Kind("price", records.PRICE.decode),
    keys.PRODUCT: Kind("product", records.PRODUCT.decode, 2),
    keys.AGREEMENT: Kind("agreement", records.AGREEMENT.decode),
    keys.PLEDGE: Kind("pledge", records.PLEDGE.decode),
    keys.LOAN: Kind("loan", records.LOAN.decode),
    keys.FEED: Kind("price_feed", collateral.FEED.decode),
    keys.POLICY: Kind("collateral_policy", collateral.POLICY.decode),
    keys.ACCOUNT: Kind("collateral_account", collateral.ACCOUNT.decode),
    keys.PROTECTION: Kind("protection", collateral.PROTECTION.decode),
    keys.FUND: Kind("cover_fund", collateral.FUND.decode),
    keys.POOL: Kind("pool", pools.POOL.decode),
    keys.POOL_TERMS: Kind("pool_terms", pools.POOL_TERMS.decode),
    keys.POSITION: Kind("pool_position", pools.POSITION.decode),
    keys.REQUEST: Kind("pool_request", pools.REQUEST.decode, 8),
    keys.CREDIT_LINE: Kind("credit_line", pools.CREDIT_LINE.decode),
    keys.REWARDS: Kind("pool_rewards", pools.REWARDS.decode),
    keys.RATE_INDEX: Kind("index", facilities.INDEX.decode),
    keys.FIXING: Kind("fixing", facilities.FIXING.decode, 8),
    keys.FACILITY: Kind("facility", facilities.FACILITY.decode),
    keys.AMENDMENT: Kind("amendment", facilities.AMENDMENT.decode),
}
"""The records that are shown, by what their keys begin with."""


def describe(before: StateReader, before_ms: int, found: Simulated) -> dict[str, object]:
    """Changes, balances, health and arrears; `left_out` counts what was too much to show."""
    writes = found.state.writes()
    changed = [key for key, value in writes.items() if before.get(key) != value]
    sections = {
        "changes": _changes(before, writes, changed),
        "balances": _balances(before, writes, changed),
        "health": _health(before, before_ms, found, changed),
        "arrears": _arrears(before, before_ms, found, changed),
    }
    shown: dict[str, object] = {}
    left_out: dict[str, int] = {}
    for name, rows in sections.items():
        shown[name] = list(islice(rows, SHOWN_MAX))
        if rest := sum(1 for _ in rows):
            left_out[name] = rest
    return {**shown, "left_out": left_out}


def _changes(
    before: StateReader, writes: dict[bytes, bytes | None], changed: list[bytes]
) -> Iterator[Facts]:
    for key in changed:
        prefix = key[: key.find(b"/") + 1]
        kind = KINDS.get(prefix)
        if kind is None:
            continue
        old, new = _record(kind, before.get(key)), _record(kind, writes[key])
        if old is not None and new is not None:
            differing = [name for name in new if old[name] != new[name]]
            old = {name: old[name] for name in differing}
            new = {name: new[name] for name in differing}
        name = _name(key[len(prefix) :], kind.number_bytes)
        yield {"kind": kind.word, "name": name, "before": old, "after": new}


def _balances(
    before: StateReader, writes: dict[bytes, bytes | None], changed: list[bytes]
) -> Iterator[Facts]:
    zeros = (0,) * len(NAMES)
    for key in changed:
        raw = writes[key]
        if not key.startswith(keys.BOOK) or raw is None:
            continue
        owner, _, asset = key[len(keys.BOOK) :].decode().partition("/")
        book = records.BOOK.read(before, key)
        old = zeros if book is None else book.balances
        new = records.BOOK.decode(raw).balances
        # A book of an older rule may be shorter: accounts are added at the end of the chart.
        old = (*old, *zeros[len(old) :])
        for kind, was, now in zip(NAMES, old, new, strict=True):
            if was != now:
                yield {"owner": owner, "kind": kind, "asset": asset, "before": was, "after": now}


def _health(
    before: StateReader, before_ms: int, found: Simulated, changed: list[bytes]
) -> Iterator[Facts]:
    names = [key[len(keys.ACCOUNT) :] for key in changed if key.startswith(keys.ACCOUNT)]
    names += [name for shock in found.shocks for name in _watched(before, shock)]
    for raw in sorted(set(names)):
        name = raw.decode()
        was, now = (
            _account(state, name, now_ms)
            for state, now_ms in ((before, before_ms), (found.state, found.timestamp_ms))
        )
        if was != now:
            yield {"account": name, "before": was, "after": now}


def _account(state: StateReader, name: str, now_ms: int) -> Facts | None:
    account = collateral_queries.collateral_account(state, name, now_ms)
    figures = ("currency", "status", "debt", "value", "loan_to_value", "reason")
    return None if account is None else {figure: account[figure] for figure in figures}


def _watched(state: StateReader, shock: Shock) -> list[bytes]:
    if not isinstance(shock, PriceShock):
        return []
    prefix = keys.triggers(shock.asset, shock.currency)
    pairs = islice(state.iterate(prefix, prefix_end(prefix)), WATCHED_MAX)
    return [key[len(prefix) + 8 :] for key, _ in pairs]


def _arrears(
    before: StateReader, before_ms: int, found: Simulated, changed: list[bytes]
) -> Iterator[Facts]:
    for key in changed:
        if key.startswith(keys.LOAN):
            name = key[len(keys.LOAN) :].decode()
            was, now = (
                _loan(state, name, now_ms)
                for state, now_ms in ((before, before_ms), (found.state, found.timestamp_ms))
            )
            if was != now:
                yield {"loan": name, "before": was, "after": now}


def _loan(state: StateReader, name: str, now_ms: int) -> Facts | None:
    found = records.LOAN.read(state, keys.loan(name))
    facts = queries.loan(state, name)
    if found is None or facts is None:
        return None
    figures = ("asset", "status", "billed", "owed", "bucket")
    shown = {figure: facts[figure] for figure in figures}
    return {**shown, "days_past_due": days_past_due(found.bills, now_ms)}


def _record(kind: Kind, raw: bytes | None) -> Facts | None:
    return None if raw is None else _fields(kind.decode(raw))


def _fields(record: object) -> Facts:
    return {each.name: _plain(getattr(record, each.name)) for each in fields(record)}  # type: ignore[arg-type]


def _plain(value: object) -> object:
    """The same in the words of canonical values."""
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, tuple | list):
        return tuple(_plain(item) for item in value)
    return str(value) if isinstance(value, str) else value


def _name(rest: bytes, number_bytes: int) -> str:
    if not number_bytes:
        return rest.decode()
    number = int.from_bytes(rest[-number_bytes:], "big")
    return f"{rest[: -number_bytes - 1].decode()}/{number}"
