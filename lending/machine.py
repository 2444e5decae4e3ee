"""The lending machine: the whole product on one screen. What each command does is in its own file.

A transaction is read, its sender's signatures are counted, and its handler makes its checks and
then its effects. The clock's work comes before the first transaction of every block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar, cast

from ledger import codec
from ledger.machine import BlockContext
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Outcome, Receipt, Rejected
from ledger.transaction import Transaction
from lending import genesis, index, keys
from lending.clock import catch_up, run_clock
from lending.collateral.accounts import (
    open_collateral_account,
    secure_loan,
    set_collateral_policy,
    substitute,
    top_up,
    withdraw,
)
from lending.collateral.bidding import bid
from lending.collateral.book import account_of
from lending.collateral.following import (
    draw_down_secured,
    recover_secured,
    repay_secured,
    write_off_secured,
)
from lending.collateral_commands import (
    Bid,
    BuyCover,
    ChangeCoverCapital,
    GiveGuarantee,
    OpenCollateralAccount,
    OpenCoverFund,
    RegisterPriceFeed,
    ResumePriceFeed,
    SecureLoan,
    SetCollateralPolicy,
    SubstituteCollateral,
    TopUpCollateral,
    WithdrawCollateral,
)
from lending.commands import (
    ApproveProduct,
    Command,
    DrawDown,
    IssueCash,
    PledgeCollateral,
    ProposeAgreement,
    ProposeProduct,
    RecordRecovery,
    RedeemCash,
    RegisterAsset,
    RegisterParty,
    ReleaseCollateral,
    Repay,
    ReplaceKeys,
    ReportPrice,
    SignAgreement,
    TransferCash,
    WithdrawAgreement,
    WriteOff,
    parse_command,
)
from lending.cover.funds import buy_cover, change_cover_capital, open_cover_fund
from lending.cover.protections import give_guarantee
from lending.facilities.drawing import cancel_commitment, draw_facility, reinstate_lender
from lending.facilities.fixings import correct_fixing, register_index, report_fixing
from lending.facilities.opening import propose_facility, sign_facility, withdraw_facility
from lending.facilities.paying import repay_facility
from lending.facilities.transfer import transfer_participation
from lending.facilities.voting import propose_amendment, vote_amendment
from lending.facilities.work import catch_up_facility
from lending.facility_commands import (
    CancelCommitment,
    CorrectFixing,
    DrawFacility,
    ProposeAmendment,
    ProposeFacility,
    RegisterIndex,
    ReinstateLender,
    RepayFacility,
    ReportFixing,
    SignFacility,
    TransferParticipation,
    VoteAmendment,
    WithdrawFacility,
)
from lending.parties.assets import register_asset
from lending.parties.authority import check_sender
from lending.parties.cash import issue_cash, redeem_cash, transfer_cash
from lending.parties.registry import register_party, replace_keys
from lending.pool_commands import (
    ApprovePool,
    BorrowFromPool,
    BuyPoolCollateral,
    CancelWithdrawal,
    ClaimRewards,
    CollectSpread,
    ContributeReserve,
    CreatePool,
    Deposit,
    FundRewards,
    GrantCreditLine,
    PledgePoolCollateral,
    ReleasePoolCollateral,
    ReleaseReserve,
    RepayPool,
    RequestWithdrawal,
    SettlePoolLosses,
    TakeStrays,
    WriteOffPoolDebt,
)
from lending.pools.collateral import pledge_pool_collateral, release_pool_collateral
from lending.pools.credit import borrow_from_pool, grant_credit_line, repay_pool
from lending.pools.deposits import cancel_withdrawal, deposit, request_withdrawal
from lending.pools.founding import approve_pool, create_pool
from lending.pools.losses import buy_pool_collateral, settle_pool_losses, write_off_pool_debt
from lending.pools.reserve import collect_spread, contribute_reserve, release_reserve, take_strays
from lending.pools.rewards import claim_rewards, fund_rewards
from lending.products.agreement import propose_agreement, sign_agreement, withdraw_agreement
from lending.products.security import pledge_collateral, release_collateral
from lending.products.template import approve_product, propose_product
from lending.scope import Scope
from lending.support.feeds import register_price_feed, resume_price_feed
from lending.support.prices import report_price

C = TypeVar("C", bound=Command)
Handler = Callable[[Scope, Command], Rejected | None]


def _on(command: type[C], handler: Callable[[Scope, C], Rejected | None]) -> tuple[type, Handler]:
    return command, cast("Handler", handler)


def _on_loan(
    command: type[C], handler: Callable[[Scope, C], Rejected | None], field: str = "loan"
) -> tuple[type, Handler]:
    """For commands about a loan: what the clock has not got round to yet comes first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        catch_up(scope, keys.loan(getattr(given, field)))
        return handler(scope, given)

    return _on(command, up_to_date)


def _on_facility(
    command: type[C], handler: Callable[[Scope, C], Rejected | None]
) -> tuple[type, Handler]:
    """For commands about a facility: what the clock has not got round to yet comes first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        catch_up_facility(scope, getattr(given, "facility"))  # noqa: B009
        return handler(scope, given)

    return _on(command, up_to_date)


def _on_account(
    command: type[C], handler: Callable[[Scope, C], Rejected | None]
) -> tuple[type, Handler]:
    """For commands about a collateral account: its loans are brought up to date first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        account = account_of(scope, cast("SecureLoan", given).account)
        for name in () if account is None else account.loans:
            catch_up(scope, keys.loan(name))
        return handler(scope, given)

    return _on(command, up_to_date)


HANDLERS: Final = dict(
    (
        _on(RegisterParty, register_party),
        _on(ReplaceKeys, replace_keys),
        _on(RegisterAsset, register_asset),
        _on(IssueCash, issue_cash),
        _on(RedeemCash, redeem_cash),
        _on(TransferCash, transfer_cash),
        _on(ProposeProduct, propose_product),
        _on(ApproveProduct, approve_product),
        _on(ProposeAgreement, propose_agreement),
        _on(SignAgreement, sign_agreement),
        _on(WithdrawAgreement, withdraw_agreement),
        _on(PledgeCollateral, pledge_collateral),
        _on_loan(ReleaseCollateral, release_collateral, field="agreement"),
        _on(ReportPrice, report_price),
        _on(DrawDown, draw_down_secured),
        _on_loan(Repay, repay_secured),
        _on_loan(WriteOff, write_off_secured),
        _on_loan(RecordRecovery, recover_secured),
        _on(RegisterPriceFeed, register_price_feed),
        _on(ResumePriceFeed, resume_price_feed),
        _on(SetCollateralPolicy, set_collateral_policy),
        _on(OpenCollateralAccount, open_collateral_account),
        _on_account(SecureLoan, secure_loan),
        _on_account(TopUpCollateral, top_up),
        _on_account(WithdrawCollateral, withdraw),
        _on_account(SubstituteCollateral, substitute),
        _on_account(Bid, bid),
        _on(GiveGuarantee, give_guarantee),
        _on(OpenCoverFund, open_cover_fund),
        _on(ChangeCoverCapital, change_cover_capital),
        _on(BuyCover, buy_cover),
        _on(CreatePool, create_pool),
        _on(ApprovePool, approve_pool),
        _on(Deposit, deposit),
        _on(RequestWithdrawal, request_withdrawal),
        _on(CancelWithdrawal, cancel_withdrawal),
        _on(GrantCreditLine, grant_credit_line),
        _on(BorrowFromPool, borrow_from_pool),
        _on(RepayPool, repay_pool),
        _on(PledgePoolCollateral, pledge_pool_collateral),
        _on(ReleasePoolCollateral, release_pool_collateral),
        _on(BuyPoolCollateral, buy_pool_collateral),
        _on(WriteOffPoolDebt, write_off_pool_debt),
        _on(SettlePoolLosses, settle_pool_losses),
        _on(ContributeReserve, contribute_reserve),
        _on(ReleaseReserve, release_reserve),
        _on(TakeStrays, take_strays),
        _on(CollectSpread, collect_spread),
        _on(FundRewards, fund_rewards),
        _on(ClaimRewards, claim_rewards),
        _on(RegisterIndex, register_index),
        _on(ReportFixing, report_fixing),
        _on(CorrectFixing, correct_fixing),
        _on(ProposeFacility, propose_facility),
        _on_facility(SignFacility, sign_facility),
        _on_facility(WithdrawFacility, withdraw_facility),
        _on_facility(DrawFacility, draw_facility),
        _on_facility(RepayFacility, repay_facility),
        _on_facility(CancelCommitment, cancel_commitment),
        _on_facility(TransferParticipation, transfer_participation),
        _on_facility(ReinstateLender, reinstate_lender),
        _on_facility(ProposeAmendment, propose_amendment),
        _on_facility(VoteAmendment, vote_amendment),
    )
)
"""Each command and what carries it out; the command's fields are in `lending.commands`."""


class LendingMachine:
    """Implements ledger.machine.StateMachine; it keeps nothing between calls."""

    rules = 1

    def genesis(self, state: Overlay, context: BlockContext, document: codec.Value) -> None:
        """See StateMachine; `lending.genesis` has the document's fields. Raises Invalid."""
        genesis.write(state, document)

    def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
        """See StateMachine."""
        scope = Scope(state, context.timestamp_ms, context.height)
        run_clock(scope)
        return tuple(scope.events)

    def apply(self, state: Overlay, context: BlockContext, transaction: Transaction) -> Outcome:
        """See StateMachine."""
        command = parse_command(*transaction.command)
        if isinstance(command, Rejected):
            return command
        scope = Scope(
            state, context.timestamp_ms, context.height, transaction.sender, transaction.signers
        )
        refused = check_sender(scope) or HANDLERS[type(command)](scope, command)
        return refused or Applied(tuple(scope.events))

    def index(
        self, context: BlockContext, receipts: Sequence[Receipt]
    ) -> Iterable[tuple[bytes, bytes]]:
        """See StateMachine; `lending.index` has the records."""
        return index.entries(context, receipts)
