"""Price feeds, collateral accounts, auctions, guarantees and cover: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.collateral.accounts import (
    open_collateral_account,
    secure_loan,
    set_collateral_policy,
    substitute,
    top_up,
    withdraw,
)
from lending.collateral.bidding import bid
from lending.collateral.modes import close_mode, enter_mode, leave_mode, register_mode
from lending.commands.collateral import (
    Bid,
    BuyCover,
    ChangeCoverCapital,
    CloseMode,
    EnterMode,
    GiveGuarantee,
    LeaveMode,
    OpenCollateralAccount,
    OpenCoverFund,
    RegisterMode,
    RegisterPriceFeed,
    ResumePriceFeed,
    SecureLoan,
    SetCollateralPolicy,
    SubstituteCollateral,
    TopUpCollateral,
    WithdrawCollateral,
)
from lending.cover.funds import buy_cover, change_cover_capital, open_cover_fund
from lending.cover.protections import give_guarantee
from lending.handlers.table import on, on_account
from lending.support.feeds import register_price_feed, resume_price_feed

COLLATERAL_HANDLERS: Final = (
    on(RegisterPriceFeed, register_price_feed),
    on(ResumePriceFeed, resume_price_feed),
    on(SetCollateralPolicy, set_collateral_policy),
    on(OpenCollateralAccount, open_collateral_account),
    on_account(SecureLoan, secure_loan),
    on_account(TopUpCollateral, top_up),
    on_account(WithdrawCollateral, withdraw),
    on_account(SubstituteCollateral, substitute),
    on_account(Bid, bid),
    on(GiveGuarantee, give_guarantee),
    on(OpenCoverFund, open_cover_fund),
    on(ChangeCoverCapital, change_cover_capital),
    on(BuyCover, buy_cover),
    on(RegisterMode, register_mode),
    on(CloseMode, close_mode),
    on_account(EnterMode, enter_mode),
    on_account(LeaveMode, leave_mode),
)
