"""Credit: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.credit import (
    ApproveCreditModel,
    Attest,
    GrantCreditAccess,
    ProposeCreditModel,
    RegisterAgency,
    RevokeAttestation,
    SetCreditPolicy,
)
from lending.compliance.policies import set_policy
from lending.credit.access import grant_credit_access
from lending.credit.attestations import attest, register_agency, revoke_attestation
from lending.credit.model import approve_credit_model, propose_credit_model
from lending.handlers.table import on

CREDIT_HANDLERS: Final = (
    on(ProposeCreditModel, propose_credit_model),
    on(ApproveCreditModel, approve_credit_model),
    on(RegisterAgency, register_agency),
    on(Attest, attest),
    on(RevokeAttestation, revoke_attestation),
    on(GrantCreditAccess, grant_credit_access),
    on(SetCreditPolicy, set_policy),
)
