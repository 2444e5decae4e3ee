"""The records of services and orders, and where they lie; their bytes are in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lending.records import RecordCodec, word

SERVICE: Final = b"service/"
ORDER: Final = b"service-order/"
DELIVERED_REPORT: Final = b"delivered-report/"


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    ORDERED = "ORDERED"
    """The price is set aside."""
    DELIVERED = "DELIVERED"
    """The report was delivered and paid."""
    REFUSED = "REFUSED"
    """The provider did not want it; the price went back."""
    LATE = "LATE"
    """It was not delivered in time; the price went back."""


@dataclass(frozen=True, slots=True)
class Service:
    """What somebody does for others."""

    name: str
    """The unique name."""
    provider: str
    """Who does it."""
    kind: str
    """What it is."""
    asset: str
    """The currency it is paid in."""
    schedule: str
    """The fee schedule whose SERVICE rule is the price."""
    version: int
    """Its version."""
    delivery_days: int
    """Within how many days it is delivered."""
    is_open: bool
    """Whether it can be ordered."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order."""

    name: str
    """The unique name."""
    service: str
    """What was ordered."""
    customer: str
    """Who ordered and pays it."""
    status: OrderStatus
    """Where it is in its life."""
    subject: str
    """What it is about."""
    amount: int
    """The amount that it is about."""
    fee: int
    """The price, set aside while it is ordered."""
    parts: tuple[tuple[str, int], ...]
    """Who gets what of it on delivery."""
    due_ms: int
    """When it is late."""
    report_digest: bytes
    """The digest of the delivered report; empty before."""
    decided_ms: int
    """When it was delivered, refused or late; 0 before."""


SERVICES = RecordCodec(Service)
ORDERS = RecordCodec(Order, status=word(OrderStatus))


def service(name: str) -> bytes:
    """The key of a service."""
    return SERVICE + name.encode()


def order(name: str) -> bytes:
    """The key of an order."""
    return ORDER + name.encode()


def delivered_report(provider: str, digest: bytes) -> bytes:
    """The key under which the order of a provider's delivered report is found."""
    return b"%s%b/%b" % (DELIVERED_REPORT, provider.encode(), digest)
