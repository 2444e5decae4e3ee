"""Pools: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.pools import (
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
    TransferShares,
    WriteOffPoolDebt,
)
from lending.cover.deposits import write_off_pool_debt_covered
from lending.handlers.table import on
from lending.pools.collateral import pledge_pool_collateral, release_pool_collateral
from lending.pools.credit import borrow_from_pool, grant_credit_line, repay_pool
from lending.pools.deposits import cancel_withdrawal, deposit, request_withdrawal
from lending.pools.founding import approve_pool, create_pool
from lending.pools.losses import buy_pool_collateral, settle_pool_losses
from lending.pools.reserve import collect_spread, contribute_reserve, release_reserve, take_strays
from lending.pools.rewards import claim_rewards, fund_rewards
from lending.pools.transfer import transfer_shares

POOLS_HANDLERS: Final = (
    on(CreatePool, create_pool),
    on(ApprovePool, approve_pool),
    on(Deposit, deposit),
    on(RequestWithdrawal, request_withdrawal),
    on(CancelWithdrawal, cancel_withdrawal),
    on(GrantCreditLine, grant_credit_line),
    on(BorrowFromPool, borrow_from_pool),
    on(RepayPool, repay_pool),
    on(PledgePoolCollateral, pledge_pool_collateral),
    on(ReleasePoolCollateral, release_pool_collateral),
    on(BuyPoolCollateral, buy_pool_collateral),
    on(WriteOffPoolDebt, write_off_pool_debt_covered),
    on(SettlePoolLosses, settle_pool_losses),
    on(ContributeReserve, contribute_reserve),
    on(ReleaseReserve, release_reserve),
    on(TakeStrays, take_strays),
    on(CollectSpread, collect_spread),
    on(FundRewards, fund_rewards),
    on(ClaimRewards, claim_rewards),
    on(TransferShares, transfer_shares),
)
