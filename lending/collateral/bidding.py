"""A bid in an auction: who may buy, at which price, how much."""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.collateral.auction import needed_amount, price_now, sell, unit_of
from lending.collateral.book import account_of, held
from lending.collateral.watch import attend_account
from lending.commands.collateral import Bid
from lending.parties.authority import check_kind, party_of
from lending.parties.cash import check_funds
from lending.records import PartyKind
from lending.records.collateral import AccountStatus, CollateralAccount
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.prices import agreed_price


def bid(scope: Scope, command: Bid) -> Rejected | None:
    """A member or desk buys up to an amount at the price of the moment."""
    if refused := check_kind(scope, PartyKind.MEMBER, PartyKind.DESK):
        return refused
    account = account_of(scope, command.account)
    if account is None:
        return reject(Rejection.UNKNOWN_ACCOUNT, account=command.account)
    if _is_related(scope, account):
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    if account.status is not AccountStatus.LIQUIDATING or scope.now_ms >= account.deadline_ms:
        return reject(Rejection.WRONG_STATUS, account=account.name, status=str(account.status),
                      allowed=("LIQUIDATING",))  # fmt: skip
    lot = next((each for each in account.lots if each.asset == command.asset), None)
    if lot is None or not held(account, command.asset):
        return reject(Rejection.NOT_ELIGIBLE, asset=command.asset, currency=account.currency)
    agreed = agreed_price(scope, command.asset, account.currency)
    if isinstance(agreed, Rejected):
        return agreed
    price = price_now(account, lot, scope.now_ms)
    if command.price_max < price:
        return reject(Rejection.BID_TOO_LOW, price=price, price_max=command.price_max)
    amount = min(command.amount, needed_amount(scope, account, lot, price))
    payment = -(-amount * price // unit_of(scope, command.asset))
    if refused := check_funds(scope, scope.sender, account.currency, payment):
        return refused
    sell(scope, account, command.asset, amount, payment)
    attend_account(scope, account.name)
    return None


def _is_related(scope: Scope, account: CollateralAccount) -> bool:
    """The borrower, or a desk of the borrower's, does not buy its own collateral at a discount."""
    sender = party_of(scope, scope.sender)
    assert sender is not None, "the sender was checked"
    return account.owner in (sender.name, sender.sponsor)
