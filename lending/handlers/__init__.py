"""Each command and what carries it out: one table per part of the product, joined here."""

from __future__ import annotations

from typing import Final

from lending.handlers.bridge import BRIDGE_HANDLERS
from lending.handlers.changes import CHANGES_HANDLERS
from lending.handlers.collateral import COLLATERAL_HANDLERS
from lending.handlers.compliance import COMPLIANCE_HANDLERS
from lending.handlers.core import CORE_HANDLERS
from lending.handlers.corrections import CORRECTION_HANDLERS
from lending.handlers.covenants import COVENANTS_HANDLERS
from lending.handlers.credit import CREDIT_HANDLERS
from lending.handlers.deposit_cover import DEPOSIT_COVER_HANDLERS
from lending.handlers.exchange import EXCHANGE_HANDLERS
from lending.handlers.facilities import FACILITIES_HANDLERS
from lending.handlers.fees import FEES_HANDLERS
from lending.handlers.impairment import IMPAIRMENT_HANDLERS
from lending.handlers.monitoring import MONITORING_HANDLERS
from lending.handlers.origination import ORIGINATION_HANDLERS
from lending.handlers.pools import POOLS_HANDLERS
from lending.handlers.services import SERVICES_HANDLERS
from lending.handlers.table import Handler

HANDLERS: Final[dict[type, Handler]] = dict(
    (
        *CORE_HANDLERS,
        *COLLATERAL_HANDLERS,
        *POOLS_HANDLERS,
        *FACILITIES_HANDLERS,
        *FEES_HANDLERS,
        *COVENANTS_HANDLERS,
        *SERVICES_HANDLERS,
        *CREDIT_HANDLERS,
        *BRIDGE_HANDLERS,
        *MONITORING_HANDLERS,
        *IMPAIRMENT_HANDLERS,
        *CORRECTION_HANDLERS,
        *EXCHANGE_HANDLERS,
        *DEPOSIT_COVER_HANDLERS,
        *CHANGES_HANDLERS,
        *ORIGINATION_HANDLERS,
        *COMPLIANCE_HANDLERS,
    )
)
"""What carries out a command; the fields of commands are in `lending.commands`."""
