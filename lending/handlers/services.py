"""Services: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.services import (
    DeliverService,
    OrderService,
    PublishService,
    RefuseService,
    WithdrawService,
)
from lending.handlers.table import on
from lending.services.orders import (
    deliver_service,
    order_service,
    publish_service,
    refuse_service,
    withdraw_service,
)

SERVICES_HANDLERS: Final = (
    on(PublishService, publish_service),
    on(WithdrawService, withdraw_service),
    on(OrderService, order_service),
    on(DeliverService, deliver_service),
    on(RefuseService, refuse_service),
)
