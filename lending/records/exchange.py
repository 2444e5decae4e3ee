"""The record of an offer to exchange one asset for another. What may happen to it is not written here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lending.records import RecordCodec, word


class ExchangeStatus(StrEnum):
    """Where an offer is in its life."""

    OPEN = "OPEN"
    """What is given is set aside."""
    ACCEPTED = "ACCEPTED"
    """Both sides were exchanged."""
    WITHDRAWN = "WITHDRAWN"
    """One party did not want it."""
    EXPIRED = "EXPIRED"
    """Its time was over."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An offer to exchange."""

    name: str
    """The unique name."""
    owner: str
    """Who offers."""
    to: str
    """Who may accept; empty for anybody."""
    give_asset: str
    """What the owner gives."""
    give_amount: int
    """How much."""
    get_asset: str
    """What the owner gets."""
    get_amount: int
    """How much."""
    until_ms: int
    """When it ends by itself."""
    status: ExchangeStatus
    """Where it is in its life."""


EXCHANGE = RecordCodec(Exchange, status=word(ExchangeStatus))
