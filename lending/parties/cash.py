"""Holding an asset: issued by its custodian, given to others, redeemed with its custodian.

What exists here of an asset is what its custodian says it holds outside: every issue and every
redemption names a payment of the outside world, and each such name counts once.
"""

from __future__ import annotations

from ledger import codec
from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.commands import IssueCash, RedeemCash, TransferCash
from lending.fields import AMOUNT_MAX
from lending.journal import balance_of, post
from lending.parties.assets import asset_of
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.rejections import Rejection, reject
from lending.scope import Scope


def issue_cash(scope: Scope, command: IssueCash) -> Rejected | None:
    """The custodian confirms what it received for a holder."""
    if refused := _check_custodian(scope, command.asset):
        return refused
    if party_of(scope, command.holder) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.holder)
    if command.holder == scope.sender:
        return reject(Rejection.SAME_PARTY, party=command.holder)
    if refused := _check_reference(scope, scope.sender, command.reference):
        return refused
    issued = -balance_of(scope.state, scope.sender, Account.ISSUED, command.asset)
    if issued + command.amount > AMOUNT_MAX:
        return reject(Rejection.TOTAL_TOO_LARGE, issued=issued, amount=command.amount)
    _post_issue(scope, scope.sender, command, command.amount)
    scope.emit(
        "cash_issued", holder=command.holder, asset=command.asset, amount=command.amount,
        custodian=scope.sender, outside_reference=command.reference,
    )  # fmt: skip
    return None


def redeem_cash(scope: Scope, command: RedeemCash) -> Rejected | None:
    """Holder and custodian confirm what was paid out to the holder."""
    asset = asset_of(scope, command.asset)
    if asset is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if scope.sender not in (asset.custodian, command.holder):
        return wrong_role(scope, "the custodian or the holder")
    if command.holder == asset.custodian:
        return reject(Rejection.SAME_PARTY, party=command.holder)
    for name in (asset.custodian, command.holder):
        party = party_of(scope, name)
        if party is None:
            return reject(Rejection.UNKNOWN_PARTY, party=name)
        if refused := check_signed(scope, party):
            return refused
    if refused := _check_reference(scope, asset.custodian, command.reference):
        return refused
    if refused := check_funds(scope, command.holder, command.asset, command.amount):
        return refused
    _post_issue(scope, asset.custodian, command, -command.amount)
    scope.emit(
        "cash_redeemed", holder=command.holder, asset=command.asset, amount=command.amount,
        custodian=asset.custodian, outside_reference=command.reference,
    )  # fmt: skip
    return None


def transfer_cash(scope: Scope, command: TransferCash) -> Rejected | None:
    """The sender gives an asset to another party."""
    if asset_of(scope, command.asset) is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if party_of(scope, command.to) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.to)
    if command.to == scope.sender:
        return reject(Rejection.SAME_PARTY, party=command.to)
    if refused := check_funds(scope, scope.sender, command.asset, command.amount):
        return refused
    legs = [
        (scope.sender, Account.CASH, -command.amount),
        (scope.sender, Account.TRANSFERS, command.amount),
        (command.to, Account.CASH, command.amount),
        (command.to, Account.TRANSFERS, -command.amount),
    ]
    post(scope, command.asset, "transfer", command.reference, legs)
    return None


def check_funds(scope: Scope, owner: str, asset: str, amount: int) -> Rejected | None:
    """Refuse to take more from an owner's cash than there is."""
    available = balance_of(scope.state, owner, Account.CASH, asset)
    if available >= amount:
        return None
    return reject(
        Rejection.INSUFFICIENT_FUNDS, owner=owner, asset=asset, available=available, needed=amount
    )


def _check_custodian(scope: Scope, code: str) -> Rejected | None:
    asset = asset_of(scope, code)
    if asset is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=code)
    return None if asset.custodian == scope.sender else wrong_role(scope, "the custodian")


def _check_reference(scope: Scope, custodian: str, reference: str) -> Rejected | None:
    if scope.state.get(keys.reference(custodian, reference)) is None:
        return None
    return reject(Rejection.REFERENCE_USED, reference=reference)


def _post_issue(scope: Scope, custodian: str, command: IssueCash | RedeemCash, amount: int) -> None:
    legs = [
        (custodian, Account.CUSTODY, amount),
        (custodian, Account.ISSUED, -amount),
        (command.holder, Account.CASH, amount),
        (command.holder, Account.FUNDING, -amount),
    ]
    post(scope, command.asset, "issue" if amount > 0 else "redemption", command.reference, legs)
    scope.state.put(keys.reference(custodian, command.reference), codec.encode(scope.height))
