"""Applications and offers: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.origination import (
    AcceptOffer,
    BindToGroup,
    FormGroup,
    OfferOnApplication,
    OpenApplication,
    RetireProduct,
    SettleRecourse,
    WithdrawApplication,
    WithdrawOffer,
)
from lending.handlers.table import on
from lending.origination.applications import (
    accept_offer,
    offer_on_application,
    open_application,
    withdraw_application,
    withdraw_offer,
)
from lending.origination.groups import bind_to_group, form_group, settle_recourse
from lending.products.template import retire_product

ORIGINATION_HANDLERS: Final = (
    on(OpenApplication, open_application),
    on(OfferOnApplication, offer_on_application),
    on(AcceptOffer, accept_offer),
    on(WithdrawOffer, withdraw_offer),
    on(WithdrawApplication, withdraw_application),
    on(RetireProduct, retire_product),
    on(FormGroup, form_group),
    on(BindToGroup, bind_to_group),
    on(SettleRecourse, settle_recourse),
)
