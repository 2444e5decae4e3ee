"""Compliance: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.compliance import (
    AppointOfficer,
    Freeze,
    SetEligibility,
    SetExposureLimit,
    SetGroup,
    SetPartyLimits,
    SetReporting,
    Unfreeze,
)
from lending.compliance.eligibility import set_eligibility
from lending.compliance.exposures import set_exposure_limit, set_group
from lending.compliance.freezes import appoint_officer, freeze, unfreeze
from lending.compliance.limits import set_party_limits
from lending.compliance.reports import set_reporting
from lending.handlers.table import on

COMPLIANCE_HANDLERS: Final = (
    on(AppointOfficer, appoint_officer),
    on(Freeze, freeze),
    on(Unfreeze, unfreeze),
    on(SetPartyLimits, set_party_limits),
    on(SetEligibility, set_eligibility),
    on(SetGroup, set_group),
    on(SetExposureLimit, set_exposure_limit),
    on(SetReporting, set_reporting),
)
