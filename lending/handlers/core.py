"""Parties, assets, cash, products, agreements and term loans: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.collateral.following import (
    draw_down_secured,
    recover_secured,
    repay_secured,
    write_off_secured,
)
from lending.commands import (
    ApproveProduct,
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
)
from lending.handlers.table import on, on_loan
from lending.parties.assets import register_asset
from lending.parties.cash import issue_cash, redeem_cash, transfer_cash
from lending.parties.registry import register_party, replace_keys
from lending.products.agreement import propose_agreement, sign_agreement, withdraw_agreement
from lending.products.security import pledge_collateral, release_collateral
from lending.products.template import approve_product, propose_product
from lending.support.prices import report_price

CORE_HANDLERS: Final = (
    on(RegisterParty, register_party),
    on(ReplaceKeys, replace_keys),
    on(RegisterAsset, register_asset),
    on(IssueCash, issue_cash),
    on(RedeemCash, redeem_cash),
    on(TransferCash, transfer_cash),
    on(ProposeProduct, propose_product),
    on(ApproveProduct, approve_product),
    on(ProposeAgreement, propose_agreement),
    on(SignAgreement, sign_agreement),
    on(WithdrawAgreement, withdraw_agreement),
    on(PledgeCollateral, pledge_collateral),
    on_loan(ReleaseCollateral, release_collateral, field="agreement"),
    on(ReportPrice, report_price),
    on(DrawDown, draw_down_secured),
    on_loan(Repay, repay_secured),
    on_loan(WriteOff, write_off_secured),
    on_loan(RecordRecovery, recover_secured),
)
