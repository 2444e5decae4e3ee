"""Cover for deposits: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.deposit_cover import (
    CoverDeposit,
    CoverHolding,
    DeclareCustodianLoss,
    SetCoverTerms,
)
from lending.cover.deposits import (
    cover_deposit,
    cover_holding,
    declare_custodian_loss,
    set_cover_terms,
)
from lending.handlers.table import on

DEPOSIT_COVER_HANDLERS: Final = (
    on(SetCoverTerms, set_cover_terms),
    on(CoverDeposit, cover_deposit),
    on(CoverHolding, cover_holding),
    on(DeclareCustodianLoss, declare_custodian_loss),
)
