"""The commands of exchanging one asset for another: both sides in one transaction, or neither.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lending.fields import (
    Amount,
    AssetCode,
    OptionalPartyId,
    PartyId,
    Reference,
    Slug,
    TimeMs,
)


@dataclass(frozen=True, slots=True)
class OfferExchange:
    """The sender sets an amount aside and offers it for another."""

    exchange: Slug
    """The offer's name, never reused."""
    to: OptionalPartyId
    """Who may accept it; empty for anybody."""
    give_asset: AssetCode
    """What the sender gives."""
    give_amount: Amount
    """How much."""
    get_asset: AssetCode
    """What it gets."""
    get_amount: Amount
    """How much."""
    until_ms: TimeMs
    """When the offer ends by itself."""


@dataclass(frozen=True, slots=True)
class AcceptExchange:
    """The sender pays what is asked and gets what is offered, at once."""

    exchange: Slug
    """The offer."""


@dataclass(frozen=True, slots=True)
class WithdrawExchange:
    """The offer is taken back by who made it, or declined by who it was made to."""

    exchange: Slug
    """The offer."""


@dataclass(frozen=True, slots=True)
class ExchangeAssets:
    """Two parties, both signing, exchange what they have agreed on elsewhere."""

    counterparty: PartyId
    """The other party."""
    give_asset: AssetCode
    """What the sender gives."""
    give_amount: Amount
    """How much."""
    get_asset: AssetCode
    """What it gets."""
    get_amount: Amount
    """How much."""
    reference: Reference
    """What the parties call it."""


ExchangeCommand = OfferExchange | AcceptExchange | WithdrawExchange | ExchangeAssets

EXCHANGE_COMMANDS: Final = (OfferExchange, AcceptExchange, WithdrawExchange, ExchangeAssets)
"""The commands of this part, in the order of the documentation."""
