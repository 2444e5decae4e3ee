"""Indices and syndicated facilities: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.facilities import (
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
from lending.facilities.drawing import cancel_commitment, draw_facility, reinstate_lender
from lending.facilities.fixings import correct_fixing, register_index, report_fixing
from lending.facilities.opening import propose_facility, sign_facility, withdraw_facility
from lending.facilities.paying import repay_facility
from lending.facilities.transfer import transfer_participation
from lending.facilities.voting import propose_amendment, vote_amendment
from lending.handlers.table import on, on_facility

FACILITIES_HANDLERS: Final = (
    on(RegisterIndex, register_index),
    on(ReportFixing, report_fixing),
    on(CorrectFixing, correct_fixing),
    on(ProposeFacility, propose_facility),
    on_facility(SignFacility, sign_facility),
    on_facility(WithdrawFacility, withdraw_facility),
    on_facility(DrawFacility, draw_facility),
    on_facility(RepayFacility, repay_facility),
    on_facility(CancelCommitment, cancel_commitment),
    on_facility(TransferParticipation, transfer_participation),
    on_facility(ReinstateLender, reinstate_lender),
    on_facility(ProposeAmendment, propose_amendment),
    on_facility(VoteAmendment, vote_amendment),
)
