"""Exchanges of assets: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.exchange import (
    AcceptExchange,
    ExchangeAssets,
    OfferExchange,
    WithdrawExchange,
)
from lending.exchange.offers import (
    accept_exchange,
    exchange_assets,
    offer_exchange,
    withdraw_exchange,
)
from lending.handlers.table import on

EXCHANGE_HANDLERS: Final = (
    on(OfferExchange, offer_exchange),
    on(AcceptExchange, accept_exchange),
    on(WithdrawExchange, withdraw_exchange),
    on(ExchangeAssets, exchange_assets),
)
