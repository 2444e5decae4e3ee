"""Correlated-asset modes: more may be borrowed on assets that move with the currency of the debts.

A mode's limits are for its own assets and its own currency: other collateral in the account counts by
the account's limits, and an account of another currency cannot enter. Terms of a mode never change, so
no vote makes an account unhealthy; an account enters or leaves only covered by what holds afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.collateral.accounts import check_is_open
from lending.collateral.book import account_of, put_account
from lending.collateral.health import check_covered, mode_of, total_debt
from lending.collateral.watch import attend_account
from lending.commands.collateral import CloseMode, EnterMode, LeaveMode, RegisterMode
from lending.deferral import Check, at_end
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.products.names import agreement_of
from lending.records import collateral as stored
from lending.records.collateral import CollateralAccount, Mode
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved, check_pair


def register_mode(scope: Scope, command: RegisterMode) -> Rejected | None:
    """Members fix a mode, once for ever."""
    if refused := check_approved(scope):
        return refused
    for asset in command.assets:
        if refused := check_pair(scope, asset, command.currency):
            return refused
    if mode_of(scope, command.mode) is not None:
        return reject(Rejection.ALREADY_EXISTS, mode=command.mode)
    limits = (command.borrow_limit, command.margin_limit, command.liquidation_limit)
    if list(limits) != sorted(limits):
        return reject(Rejection.BAD_TERMS, field="margin_limit", value=command.margin_limit)
    mode = Mode(command.currency, command.assets, *limits, is_open=True)
    stored.MODE.put(scope.state, keys.mode(command.mode), mode)
    scope.emit(
        "mode_registered", mode=command.mode, currency=mode.currency, assets=mode.assets,
        borrow_limit=mode.borrow_limit, margin_limit=mode.margin_limit,
        liquidation_limit=mode.liquidation_limit,
    )  # fmt: skip
    return None


def close_mode(scope: Scope, command: CloseMode) -> Rejected | None:
    """Members let nobody else in; accounts that are in the mode keep its terms."""
    if refused := check_approved(scope):
        return refused
    mode = mode_of(scope, command.mode)
    if mode is None:
        return reject(Rejection.UNKNOWN_MODE, mode=command.mode)
    if not mode.is_open:
        return reject(Rejection.WRONG_STATUS, mode=command.mode, status="CLOSED", allowed=("OPEN",))
    stored.MODE.put(scope.state, keys.mode(command.mode), replace(mode, is_open=False))
    scope.emit("mode_closed", mode=command.mode)
    return None


def enter_mode(scope: Scope, command: EnterMode) -> Rejected | None:
    """An account enters a mode, with the consent of everybody whose security it is."""
    account, mode = account_of(scope, command.account), mode_of(scope, command.mode)
    if account is None:
        return reject(Rejection.UNKNOWN_ACCOUNT, account=command.account)
    if mode is None:
        return reject(Rejection.UNKNOWN_MODE, mode=command.mode)
    if scope.sender != account.owner:
        return wrong_role(scope, "the borrower")
    if refused := _check_consents(scope, account):
        return refused
    if mode.currency != account.currency:
        return reject(Rejection.NOT_ELIGIBLE, asset=mode.currency, currency=account.currency)
    if not mode.is_open:
        return reject(Rejection.WRONG_STATUS, mode=command.mode, status="CLOSED", allowed=("OPEN",))
    if account.mode:
        return reject(Rejection.ALREADY_EXISTS, account=account.name, mode=account.mode)
    return _change(scope, account, command.mode)


def leave_mode(scope: Scope, command: LeaveMode) -> Rejected | None:
    """An account leaves its mode, covered by its own limits."""
    account = account_of(scope, command.account)
    if account is None:
        return reject(Rejection.UNKNOWN_ACCOUNT, account=command.account)
    if scope.sender != account.owner:
        return wrong_role(scope, "the borrower")
    if not account.mode:
        return reject(Rejection.UNKNOWN_MODE, mode="")
    return _change(scope, account, "")


def _check_consents(scope: Scope, account: CollateralAccount) -> Rejected | None:
    """The limits are the security of the agent's lenders: each must have signed."""
    names = [account.agent]
    for name in account.loans:
        agreement = agreement_of(scope, name)
        assert agreement is not None, "agreements are never removed"
        names.append(agreement.terms.lender)
    for name in names:
        party = party_of(scope, name)
        assert party is not None, "parties are never removed"
        if refused := check_signed(scope, party):
            return refused
    return None


def _change(scope: Scope, account: CollateralAccount, mode: str) -> Rejected | None:
    if refused := check_is_open(account):
        return refused
    changed = replace(account, mode=mode)
    refused = check_covered(scope, changed, changed.holdings, total_debt(scope, changed))
    if refused := at_end(scope, Check.ACCOUNT_COVER, refused, account.name):
        return refused
    put_account(scope, changed)
    scope.emit("mode_changed", account=account.name, left=account.mode, mode=mode)
    attend_account(scope, account.name)
    return None
