"""The record of a collateral account, what moves in and out of it, its triggers and its alarm.

Collateral stays in the borrower's books on an account that nobody can pay from, until it is sold.
"""

from __future__ import annotations

from dataclasses import replace

from ledger import codec
from lending import keys
from lending.alarms import drop_alarm, set_alarm
from lending.chart import Account
from lending.fields import AMOUNT_MAX
from lending.journal import post
from lending.records import collateral as stored
from lending.records.collateral import CollateralAccount, Holding, Policy
from lending.scope import Scope

_NOTHING = codec.encode_array(())


def account_of(scope: Scope, name: str) -> CollateralAccount | None:
    """The account of a name."""
    return stored.ACCOUNT.get(scope.state, keys.account(name))


def securing(scope: Scope, agreement: str) -> CollateralAccount | None:
    """The account that secures an agreement."""
    raw = scope.state.get(keys.secured(agreement))
    if raw is None:
        return None
    name: str = codec.decode(raw)
    return account_of(scope, name)


def put_account(scope: Scope, account: CollateralAccount) -> CollateralAccount:
    """Set an account's record, and give it back."""
    stored.ACCOUNT.put(scope.state, keys.account(account.name), account)
    return account


def policy_of(scope: Scope, asset: str, currency: str) -> Policy | None:
    """How an asset counts as collateral."""
    return stored.POLICY.get(scope.state, keys.policy(asset, currency))


def held(account: CollateralAccount, asset: str) -> int:
    """How much of an asset is in an account."""
    return sum(holding.amount for holding in account.holdings if holding.asset == asset)


def changed_holdings(
    scope: Scope, account: CollateralAccount, asset: str, change: int
) -> tuple[Holding, ...]:
    """The holdings after an amount came in or went; a first pledge takes the policy of the day."""
    if not any(holding.asset == asset for holding in account.holdings):
        policy = policy_of(scope, asset, account.currency)
        assert policy is not None, "the policy was checked"
        new = Holding(asset, change, policy.haircut, policy.share_max, 0)
        return (*account.holdings, new)
    moved = (
        replace(each, amount=each.amount + change) if each.asset == asset else each
        for each in account.holdings
    )
    return tuple(each for each in moved if each.amount)


def move(scope: Scope, account: CollateralAccount, asset: str, change: int) -> CollateralAccount:
    """Lock an amount, or with a negative one give it back."""
    legs = [(account.owner, Account.CASH, -change), (account.owner, Account.PLEDGED, change)]
    post(scope, asset, "pledge" if change > 0 else "release", account.name, legs)
    account = change_amount(scope, account, asset, change)
    scope.emit(
        "collateral_added" if change > 0 else "collateral_taken", account=account.name,
        asset=asset, amount=abs(change), held=held(account, asset),
    )  # fmt: skip
    return account


def change_amount(
    scope: Scope, account: CollateralAccount, asset: str, change: int
) -> CollateralAccount:
    """Note what came in or went, in the account and in what all accounts hold of the asset."""
    policy = policy_of(scope, asset, account.currency)
    assert policy is not None, "what is held has a policy"
    noted = replace(policy, held=policy.held + change)
    stored.POLICY.put(scope.state, keys.policy(asset, account.currency), noted)
    holdings = changed_holdings(scope, account, asset, change)
    for old in account.holdings:
        if old.limit and all(new.asset != old.asset for new in holdings):
            key = keys.trigger(old.asset, account.currency, old.limit, account.name)
            scope.state.delete(key)
    return put_account(scope, replace(account, holdings=holdings))


def set_triggers(
    scope: Scope, account: CollateralAccount, limits: tuple[int, ...]
) -> CollateralAccount:
    """Have the account looked at when a price falls below its limit; 0 for never."""
    holdings = []
    for holding, exact in zip(account.holdings, limits, strict=True):
        limit = min(exact, AMOUNT_MAX)
        if holding.limit != limit:
            asset, currency = holding.asset, account.currency
            if holding.limit:
                scope.state.delete(keys.trigger(asset, currency, holding.limit, account.name))
            if limit:
                scope.state.put(keys.trigger(asset, currency, limit, account.name), _NOTHING)
        holdings.append(replace(holding, limit=limit))
    return replace(account, holdings=tuple(holdings))


def no_triggers(scope: Scope, account: CollateralAccount) -> CollateralAccount:
    """Have no price wake the account."""
    return set_triggers(scope, account, (0,) * len(account.holdings))


def alarm_at(scope: Scope, account: CollateralAccount, time_ms: int) -> CollateralAccount:
    """Have the account looked at at a time; 0 for never."""
    if account.alarm_ms == time_ms:
        return account
    subject = keys.account(account.name)
    if account.alarm_ms:
        drop_alarm(scope.state, keys.alarm(account.alarm_ms, subject))
    if time_ms:
        set_alarm(scope.state, time_ms, subject)
    return replace(account, alarm_ms=time_ms)
