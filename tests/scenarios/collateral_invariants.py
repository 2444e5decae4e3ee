"""What must hold of collateral accounts, guarantees and cover after every command, the slow way.

Health is computed with fractions here, by another path than the machine's (E15); it reads the whole
state, as the machine never does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeVar

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, records
from lending.fields import RATE_UNIT
from lending.products.lifecycle import PAYABLE
from lending.records import LoanStatus, RecordCodec
from lending.records import collateral as stored
from lending.records import deposit_cover as cover_records
from lending.records.collateral import AccountStatus, CollateralAccount, ProtectionStatus

T = TypeVar("T")


def all_of(state: StateReader, prefix: bytes, record: RecordCodec[T]) -> Iterator[tuple[str, T]]:
    """Every record under a prefix; its bytes must be those that it encodes to."""
    for key, raw in state.iterate(prefix, prefix_end(prefix)):
        found = record.decode(raw)
        assert record.encode(found) == raw, key
        yield key[len(prefix) :].decode(), found


def locked(state: StateReader) -> Iterator[tuple[tuple[str, str], int]]:
    """What accounts, guarantees and funds have locked: (owner, asset) and amount."""
    for _, account in all_of(state, keys.ACCOUNT, stored.ACCOUNT):
        for holding in account.holdings:
            yield (account.owner, holding.asset), holding.amount
    for _, each in all_of(state, keys.PROTECTION, stored.PROTECTION):
        if each.status is ProtectionStatus.ACTIVE and not each.fund:
            yield (each.payer, each.currency), each.amount
    for _, fund in all_of(state, keys.FUND, stored.FUND):
        yield (fund.owner, fund.currency), fund.capital


def check(state: StateReader) -> None:
    """All invariants of one state."""
    accounts = [account for _, account in all_of(state, keys.ACCOUNT, stored.ACCOUNT)]
    _check_triggers(state, accounts)
    _check_supply(state, accounts)
    _check_cover(state)
    for account in accounts:
        _check_account(state, account)
        for name in account.loans:
            raw = state.get(keys.secured(name))
            assert raw is not None, name


def health(
    state: StateReader, account: CollateralAccount, limit: str = "margin_limit"
) -> tuple[int, Fraction]:
    """Debt and counted value at the newest agreed prices, whatever their age.

    What an account's mode allows more of an asset, by the limit that is asked for, counts as more.
    """
    values = []
    for holding in account.holdings:
        price = records.PRICE.read(state, keys.price(holding.asset, account.currency))
        asset = records.ASSET.read(state, keys.asset(holding.asset))
        assert asset is not None
        worth = 0 if price is None else price.price
        values.append(Fraction(holding.amount * worth, 10**asset.decimals))
    whole = sum(values, Fraction(0))
    value = Fraction(0)
    mode = stored.MODE.read(state, keys.mode(account.mode)) if account.mode else None
    for each, holding in zip(values, account.holdings, strict=True):
        counted = min(each, whole * Fraction(holding.share_max, RATE_UNIT))
        boost = Fraction(1)
        if mode is not None and holding.asset in mode.assets:
            boost = Fraction(getattr(mode, limit), getattr(account.terms, limit))
        value += counted * (1 - Fraction(holding.haircut, RATE_UNIT)) * boost
    debt = 0
    for name in account.loans:
        loan = records.LOAN.read(state, keys.loan(name))
        if loan is not None and loan.status in PAYABLE:
            debt += loan.balance
            debt += sum(bill.fees + bill.interest + bill.principal for bill in loan.bills)
    return debt, value


def _check_account(state: StateReader, account: CollateralAccount) -> None:
    """M8, M10: an open account that nothing is due to wake is within its limits, exactly."""
    assert all(holding.amount > 0 for holding in account.holdings), account
    assert account.target >= 0, account
    is_open = account.status is AccountStatus.OPEN
    name_of_limit = "margin_limit" if is_open else "liquidation_limit"
    debt, value = health(state, account, name_of_limit)
    if debt:
        assert account.holdings, f"{account.name} owes {debt} and holds nothing"
    if account.status is AccountStatus.LIQUIDATING:
        assert account.lots, account
        assert account.alarm_ms, account
        assert account.deadline_ms > account.auction_ms, account
        return
    is_waiting = bool(account.alarm_ms) and account.alarm_ms != account.deadline_ms
    if not debt or is_waiting or _has_price_work(state, account):
        return
    limit = getattr(account.terms, name_of_limit)
    assert debt <= value * Fraction(limit, RATE_UNIT), (account.name, debt, value)
    for name in account.loans:
        loan = records.LOAN.read(state, keys.loan(name))
        assert loan is None or loan.status is not LoanStatus.DEFAULTED, name


def _has_price_work(state: StateReader, account: CollateralAccount) -> bool:
    """A price was struck and its work is left for the next block, or is still to be struck."""
    return any(
        state.get(keys.feed_work(holding.asset, account.currency)) is not None
        for holding in account.holdings
    )


def _check_triggers(state: StateReader, accounts: list[CollateralAccount]) -> None:
    """The index of trigger prices holds exactly those of the accounts."""
    expected = {
        keys.trigger(holding.asset, account.currency, holding.limit, account.name)
        for account in accounts
        for holding in account.holdings
        if holding.limit
    }
    found = {key for key, _ in state.iterate(keys.TRIGGER, prefix_end(keys.TRIGGER))}
    assert found == expected
    alarms = {
        keys.alarm(account.alarm_ms, keys.account(account.name))
        for account in accounts
        if account.alarm_ms
    }
    rung = {
        key
        for key, _ in state.iterate(keys.ALARM, prefix_end(keys.ALARM))
        if keys.alarm_subject(key).startswith(keys.ACCOUNT)
    }
    assert rung == alarms


def _check_supply(state: StateReader, accounts: list[CollateralAccount]) -> None:
    """M16: what the policies count as held is what the accounts hold."""
    held: dict[str, int] = defaultdict(int)
    for account in accounts:
        for holding in account.holdings:
            held[f"{holding.asset}/{account.currency}"] += holding.amount
    policies = {name: each.held for name, each in all_of(state, keys.POLICY, stored.POLICY)}
    assert {name: amount for name, amount in policies.items() if amount} == dict(held)


def _check_cover(state: StateReader) -> None:
    """M21: exposure is the sum of active covers; nothing pays above its amount, nor comes back above."""
    exposure: dict[str, int] = defaultdict(int)
    for _, each in all_of(state, keys.PROTECTION, stored.PROTECTION):
        assert 0 <= each.returned <= each.paid <= each.amount, each
        assert not each.paid or each.status is ProtectionStatus.CLAIMED, each
        if each.status is ProtectionStatus.ACTIVE and each.fund:
            exposure[each.fund] += each.amount
    for name, cover in all_of(state, cover_records.DEPOSIT_COVER_AT, cover_records.DEPOSIT_COVER):
        assert 0 <= cover.paid <= cover.amount, cover
        assert (cover.status is ProtectionStatus.CLAIMED) == bool(cover.paid), cover
        is_active = cover.status is ProtectionStatus.ACTIVE
        names = cover_records.COVER_NAMES.read(
            state, cover_records.deposit_covers_key(cover.subject)
        )
        assert is_active == (names is not None and name in names.names), cover
        exposure[cover.fund] += cover.amount if is_active else 0
    for name, fund in all_of(state, keys.FUND, stored.FUND):
        assert fund.exposure == exposure[name], fund
        assert fund.capital >= 0, fund
