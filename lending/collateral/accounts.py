"""Opening a collateral account, what it secures, and what its borrower adds, takes and exchanges.

Adding is never refused for the sake of a price or a status. Taking back, exchanging and borrowing
need agreed prices, an open account, and leave the debts within the borrow limit; so no action of
anybody makes an account unhealthy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from ledger.receipt import Rejected
from lending import keys
from lending.collateral.book import (
    account_of,
    changed_holdings,
    held,
    move,
    policy_of,
    put_account,
    securing,
)
from lending.collateral.health import check_covered, debt_of, total_debt, worth_of
from lending.collateral.watch import attend_account
from lending.commands.collateral import (
    OpenCollateralAccount,
    SecureLoan,
    SetCollateralPolicy,
    SubstituteCollateral,
    TopUpCollateral,
    WithdrawCollateral,
)
from lending.deferral import Check, at_end
from lending.parties.assets import asset_of
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.products.lifecycle import RUNNING, check_agreement_status, check_loan_status
from lending.products.loan import loan_of
from lending.products.names import agreement_of
from lending.records import AgreementStatus, PartyKind
from lending.records import collateral as stored
from lending.records.collateral import (
    AccountStatus,
    AccountTerms,
    CollateralAccount,
    Holding,
    Policy,
)
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved, check_pair, feed_of

HOLDINGS_MAX: Final = 16
"""How many assets an account may hold."""
LOANS_MAX: Final = 16
"""How many agreements an account may secure."""


def set_collateral_policy(scope: Scope, command: SetCollateralPolicy) -> Rejected | None:
    """Members fix how an asset counts; what accounts hold keeps the terms it came in with."""
    if refused := check_approved(scope) or check_pair(scope, command.asset, command.currency):
        return refused
    if feed_of(scope, command.asset, command.currency) is None:
        return reject(Rejection.UNKNOWN_FEED, asset=command.asset, currency=command.currency)
    old = policy_of(scope, command.asset, command.currency)
    policy = Policy(
        command.haircut, command.share_max, command.supply_cap, 0 if old is None else old.held
    )
    stored.POLICY.put(scope.state, keys.policy(command.asset, command.currency), policy)
    scope.emit(
        "collateral_policy_set", asset=command.asset, currency=command.currency,
        haircut=command.haircut, share_max=command.share_max, supply_cap=command.supply_cap,
    )  # fmt: skip
    return None


def open_collateral_account(scope: Scope, command: OpenCollateralAccount) -> Rejected | None:
    """A borrower and its security agent agree on the limits and on how collateral is sold."""
    owner, agent = party_of(scope, scope.sender), party_of(scope, command.agent)
    assert owner is not None, "the sender was checked"
    if owner.kind not in (PartyKind.BORROWER, PartyKind.MEMBER):
        return wrong_role(scope, "a borrower or a member")
    if agent is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.agent)
    if agent.kind not in (PartyKind.MEMBER, PartyKind.DESK):
        return reject(Rejection.WRONG_ROLE, party=agent.name, expected="a member or a desk")
    if owner.name == agent.name:
        return reject(Rejection.SAME_PARTY, party=owner.name)
    if refused := check_signed(scope, agent):
        return refused
    currency = asset_of(scope, command.currency)
    if currency is None or currency.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.currency)
    if account_of(scope, command.account) is not None:
        return reject(Rejection.ALREADY_EXISTS, account=command.account)
    limits = (command.borrow_limit, command.margin_limit, command.liquidation_limit)
    if list(limits) != sorted(limits):
        return reject(Rejection.BAD_TERMS, field="margin_limit", value=command.margin_limit)
    account = CollateralAccount(
        command.account, owner.name, agent.name, command.currency, _terms(command),
        AccountStatus.OPEN, (), (), alarm_ms=0, deadline_ms=0, auction_ms=0, lots=(), target=0,
        mode="",
    )  # fmt: skip
    put_account(scope, account)
    scope.emit(
        "collateral_account_opened", account=account.name, owner=account.owner,
        agent=account.agent, currency=account.currency, borrow_limit=command.borrow_limit,
        margin_limit=command.margin_limit, liquidation_limit=command.liquidation_limit,
    )  # fmt: skip
    return None


def secure_loan(scope: Scope, command: SecureLoan) -> Rejected | None:
    """Borrower, lender and agent agree that an account secures an agreement too."""
    account = account_of(scope, command.account)
    if account is None:
        return reject(Rejection.UNKNOWN_ACCOUNT, account=command.account)
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if terms.borrower != account.owner:
        return reject(Rejection.WRONG_ROLE, party=terms.borrower, expected="the account's owner")
    for name in (account.owner, terms.lender, account.agent):
        party = party_of(scope, name)
        assert party is not None, "parties are never removed"
        if refused := check_signed(scope, party):
            return refused
    if terms.asset != account.currency:
        return reject(Rejection.UNKNOWN_ASSET, asset=terms.asset)
    if securing(scope, agreement.name) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=agreement.name)
    if len(account.loans) >= LOANS_MAX:
        return reject(Rejection.CAP_EXCEEDED, what="loans", held=len(account.loans), most=LOANS_MAX)
    if refused := _check_debt(scope, account, command.agreement, agreement.status):
        return refused
    put_account(scope, replace(account, loans=(*account.loans, agreement.name)))
    scope.state.put(keys.secured(agreement.name), codec.encode(account.name))
    scope.emit("loan_secured", account=account.name, agreement=agreement.name, lender=terms.lender)
    attend_account(scope, account.name)
    return None


def top_up(scope: Scope, command: TopUpCollateral) -> Rejected | None:
    """The borrower adds collateral."""
    account = _owned(scope, command.account)
    if isinstance(account, Rejected):
        return account
    if refused := _check_addition(scope, account, command.asset, command.amount):
        return refused
    move(scope, account, command.asset, command.amount)
    attend_account(scope, account.name)
    return None


def withdraw(scope: Scope, command: WithdrawCollateral) -> Rejected | None:
    """The borrower takes collateral back within the limit."""
    account = _owned(scope, command.account)
    if isinstance(account, Rejected):
        return account
    if refused := _check_removal(account, command.asset, command.amount):
        return refused
    if (debt := total_debt(scope, account)) and (refused := check_is_open(account)):
        return refused
    left = changed_holdings(scope, account, command.asset, -command.amount)
    refused = check_covered(scope, account, left, debt)
    if refused := at_end(scope, Check.ACCOUNT_COVER, refused, account.name):
        return refused
    move(scope, account, command.asset, -command.amount)
    attend_account(scope, account.name)
    return None


def substitute(scope: Scope, command: SubstituteCollateral) -> Rejected | None:
    """The borrower exchanges collateral: within the limit, or for at least what it was worth."""
    account = _owned(scope, command.account)
    if isinstance(account, Rejected):
        return account
    if refused := check_is_open(account):
        return refused
    if refused := _check_addition(scope, account, command.asset_in, command.amount_in):
        return refused
    if refused := _check_removal(account, command.asset_out, command.amount_out):
        return refused
    more = changed_holdings(scope, account, command.asset_in, command.amount_in)
    left = changed_holdings(
        scope, replace(account, holdings=more), command.asset_out, -command.amount_out
    )
    refused = check_covered(scope, account, left, total_debt(scope, account))
    if not (refused and _keeps_value(scope, account, left)) and (
        refused := at_end(scope, Check.ACCOUNT_COVER, refused, account.name)
    ):
        return refused
    account = move(scope, account, command.asset_in, command.amount_in)
    move(scope, account, command.asset_out, -command.amount_out)
    attend_account(scope, account.name)
    return None


def check_borrow(scope: Scope, agreement: str) -> Rejected | None:
    """Refuse to draw a loan that would bring its collateral account above the borrow limit."""
    account = securing(scope, agreement)
    found = agreement_of(scope, agreement)
    if account is None or found is None or found.status is not AgreementStatus.CONCLUDED:
        return None
    if refused := check_is_open(account):
        return refused
    debt = total_debt(scope, account) + found.terms.principal
    refused = check_covered(scope, account, account.holdings, debt)
    return at_end(scope, Check.ACCOUNT_COVER, refused, account.name)


def check_account(scope: Scope, name: str) -> Rejected | None:
    """Refuse an account that does not cover its debts as they stand."""
    account = account_of(scope, name)
    assert account is not None, "accounts are never removed"
    return check_covered(scope, account, account.holdings, total_debt(scope, account))


def check_supply(scope: Scope, asset: str, currency: str, more: int = 0) -> Rejected | None:
    """Refuse more of an asset in all accounts than its policy allows."""
    policy = policy_of(scope, asset, currency)
    assert policy is not None, "policies are never removed"
    held = policy.held + more
    if held <= policy.supply_cap:
        return None
    return reject(Rejection.CAP_EXCEEDED, what="supply", held=held, most=policy.supply_cap)


def check_is_open(account: CollateralAccount) -> Rejected | None:
    """Refuse an account that is called or on sale."""
    if account.status is AccountStatus.OPEN:
        return None
    return reject(
        Rejection.WRONG_STATUS, account=account.name, status=str(account.status), allowed=("OPEN",)
    )


def _terms(command: OpenCollateralAccount) -> AccountTerms:
    return AccountTerms(
        command.borrow_limit, command.margin_limit, command.liquidation_limit, command.cure_ms,
        command.close_factor, command.least_debt, command.cost_rate, command.start_premium,
        command.step_ms, command.step_rate, command.floor_rate,
    )  # fmt: skip


def _owned(scope: Scope, name: str) -> CollateralAccount | Rejected:
    account = account_of(scope, name)
    if account is None:
        return reject(Rejection.UNKNOWN_ACCOUNT, account=name)
    return account if scope.sender == account.owner else wrong_role(scope, "the borrower")


def _check_debt(
    scope: Scope, account: CollateralAccount, name: str, status: AgreementStatus
) -> Rejected | None:
    allowed = (AgreementStatus.CONCLUDED, AgreementStatus.DRAWN)
    if refused := check_agreement_status(status, *allowed) or check_is_open(account):
        return refused
    loan = loan_of(scope, name)
    if loan is None:
        return None
    if refused := check_loan_status(loan.status, *RUNNING):
        return refused
    debt = total_debt(scope, account) + debt_of(loan)
    refused = check_covered(scope, account, account.holdings, debt)
    return at_end(scope, Check.ACCOUNT_COVER, refused, account.name)


def _check_addition(
    scope: Scope, account: CollateralAccount, asset: str, amount: int
) -> Rejected | None:
    refused = check_eligible(scope, account, asset, amount)
    return refused or check_funds(scope, account.owner, asset, amount)


def check_eligible(
    scope: Scope, account: CollateralAccount, asset: str, amount: int
) -> Rejected | None:
    """Refuse what members have not accepted as collateral, and more of it than they allow."""
    policy = policy_of(scope, asset, account.currency)
    if policy is None:
        return reject(Rejection.NOT_ELIGIBLE, asset=asset, currency=account.currency)
    refused = check_supply(scope, asset, account.currency, amount)
    if refused := at_end(scope, Check.COLLATERAL_CAP, refused, asset, account.currency):
        return refused
    if not held(account, asset) and len(account.holdings) >= HOLDINGS_MAX:
        return reject(
            Rejection.CAP_EXCEEDED, what="assets", held=len(account.holdings), most=HOLDINGS_MAX
        )
    return None


def _check_removal(account: CollateralAccount, asset: str, amount: int) -> Rejected | None:
    available = held(account, asset)
    if available >= amount:
        return None
    return reject(
        Rejection.INSUFFICIENT_FUNDS, owner=account.owner, asset=asset, available=available,
        needed=amount,
    )  # fmt: skip


def _keeps_value(scope: Scope, account: CollateralAccount, left: tuple[Holding, ...]) -> bool:
    before = worth_of(scope, account, account.holdings)
    after = worth_of(scope, account, left)
    return (
        not isinstance(before, Rejected)
        and not isinstance(after, Rejected)
        and after.value >= before.value
        and after.in_mode >= before.in_mode
    )
