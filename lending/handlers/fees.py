"""Fee schedules and servicing: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.fees import (
    AgreeServicing,
    ApproveFeeSchedule,
    LinkFeeSchedule,
    ProposeFeeSchedule,
)
from lending.fees.schedules import (
    approve_fee_schedule,
    link_fee_schedule,
    propose_fee_schedule,
)
from lending.fees.servicing import agree_servicing
from lending.handlers.table import on, on_loan

FEES_HANDLERS: Final = (
    on(ProposeFeeSchedule, propose_fee_schedule),
    on(ApproveFeeSchedule, approve_fee_schedule),
    on(LinkFeeSchedule, link_fee_schedule),
    on_loan(AgreeServicing, agree_servicing, field="agreement"),
)
