"""What can be asked of the committed state about feeds, collateral accounts, guarantees and cover.

Pure functions of one version of the state, like `lending.queries`; results are plain values. What
is judged here is judged by the machine's own code.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from ledger.overlay import Overlay, StateReader
from ledger.receipt import Rejected
from lending import keys
from lending.collateral.auction import price_now
from lending.collateral.health import running_debts, worth_of
from lending.fields import RATE_UNIT
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import collateral as stored
from lending.records import deposit_cover as cover_records
from lending.records.collateral import CollateralAccount, Fund, Policy, Protection
from lending.scope import Scope

_UNSHOWN: Final = ("terms", "holdings", "lots", "loans", "status")


def price_feed(state: StateReader, asset: str, currency: str) -> Facts | None:
    """How a price is agreed: sources, quorum, age, band; `refused` is where the breaker tripped."""
    found = stored.FEED.read(state, keys.feed(asset, currency))
    if found is None:
        return None
    reports: list[Facts] = []
    for source in found.sources:
        report = stored.REPORT.read(state, keys.report(asset, currency, source))
        if report is not None:
            reports.append({"source": source, **_facts(report)})
    return {**_facts(found), "is_halted": bool(found.refused), "reports": reports}


def price_feeds(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All feeds by asset and currency."""

    def read(rest: bytes, _raw: bytes) -> Facts:
        asset, _, currency = rest.decode().partition("/")
        found = price_feed(state, asset, currency)
        assert found is not None, "the key was just read"
        return found

    return read_page(state, keys.FEED, read, cursor=cursor, limit=limit)


def collateral_policies(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """How each asset counts as collateral in each currency, and how much of it accounts hold."""

    def read(rest: bytes, raw: bytes) -> Facts:
        asset, _, currency = rest.decode().partition("/")
        policy: Policy = stored.POLICY.decode(raw)
        return {"asset": asset, "currency": currency, **_facts(policy)}

    return read_page(state, keys.POLICY, read, cursor=cursor, limit=limit)


def collateral_account(state: StateReader, name: str, now_ms: int) -> Facts | None:
    """An account: holdings, loans, debt, value and the part that the debt is of it, auction prices.

    `value` and `loan_to_value` are None where a price cannot be decided by; `reason` says why.
    """
    found = stored.ACCOUNT.read(state, keys.account(name))
    return None if found is None else _account(state, found, now_ms)


def collateral_accounts(
    state: StateReader, now_ms: int, *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """All accounts by name."""
    return read_page(
        state,
        keys.ACCOUNT,
        lambda _, raw: _account(state, stored.ACCOUNT.decode(raw), now_ms),
        cursor=cursor,
        limit=limit,
    )


def collateral_mode(state: StateReader, name: str) -> Facts | None:
    """A correlated-asset mode: its currency, assets and limits, and whether accounts may enter."""
    found = stored.MODE.read(state, keys.mode(name))
    return None if found is None else {"mode": name, **_facts(found)}


def collateral_modes(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All correlated-asset modes by name."""
    return read_page(
        state,
        keys.MODE,
        lambda rest, raw: {"mode": rest.decode(), **_facts(stored.MODE.decode(raw))},
        cursor=cursor,
        limit=limit,
    )


def deposit_cover(state: StateReader, name: str) -> Facts | None:
    """A cover of a deposit or of what a custodian keeps."""
    found = cover_records.DEPOSIT_COVER.read(state, cover_records.deposit_cover_key(name))
    return None if found is None else {**_facts(found), "status": str(found.status)}


def cover_terms(state: StateReader, fund: str) -> Facts | None:
    """Which risks a fund covers, for which premium."""
    found = cover_records.COVER_TERMS.read(state, cover_records.cover_terms_key(fund))
    return None if found is None else {"fund": fund, **_facts(found)}


def protection(state: StateReader, name: str) -> Facts | None:
    """A guarantee or a cover."""
    found = stored.PROTECTION.read(state, keys.protection(name))
    return None if found is None else _protection(found)


def protections_of(state: StateReader, agreement: str) -> list[Facts]:
    """The guarantees and covers of an agreement."""
    names = stored.PROTECTION_NAMES.read(state, keys.protections(agreement))
    found = (protection(state, name) for name in (() if names is None else names.names))
    return [each for each in found if each is not None]


def protections(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All guarantees and covers by name."""
    return read_page(
        state,
        keys.PROTECTION,
        lambda _, raw: _protection(stored.PROTECTION.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def cover_funds(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All cover funds by name."""
    return read_page(
        state, keys.FUND, lambda _, raw: _fund(stored.FUND.decode(raw)), cursor=cursor, limit=limit
    )


def cover_fund(state: StateReader, name: str) -> Facts | None:
    """A cover fund: capital, exposure and what it can still cover."""
    found = stored.FUND.read(state, keys.fund(name))
    return None if found is None else _fund(found)


def _account(state: StateReader, account: CollateralAccount, now_ms: int) -> Facts:
    scope = Scope(Overlay(state), now_ms, 0)
    debts = running_debts(scope, account)
    debt = sum(each for _, each in debts)
    value = worth_of(scope, account, account.holdings)
    facts: Facts = {
        **_facts(account),
        "status": str(account.status),
        "terms": _facts(account.terms),
        "holdings": [_facts(holding) for holding in account.holdings],
        "loans": list(account.loans),
        "debt": debt,
        "value": None,
        "loan_to_value": None,
        "reason": "",
        "lots": [{**_facts(lot), "price": price_now(account, lot, now_ms)} for lot in account.lots],
    }
    if isinstance(value, Rejected):
        return {**facts, "reason": value.code}
    shown = value.shown
    part = -(-debt * RATE_UNIT // shown) if shown else None
    return {**facts, "value": shown, "loan_to_value": part}


def _protection(record: Protection) -> Facts:
    return {**_facts(record), "status": str(record.status)}


def _fund(record: Fund) -> Facts:
    room = record.capital * record.exposure_limit // RATE_UNIT
    return {**_facts(record), "available": max(0, room - record.exposure)}


def _facts(record: object) -> Facts:
    found: Facts = {}
    for field in fields(record):  # type: ignore[arg-type]
        if field.name not in _UNSHOWN:
            value = getattr(record, field.name)
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found
