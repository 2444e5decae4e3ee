"""What can be asked of services: one frozen dataclass per command.

They are registered with all others in `lending.commands`. docs/lend/commands.md has each field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import (
    Amount,
    AmountOrZero,
    AssetCode,
    Choice,
    Integer,
    Reference,
    Slug,
    TermsDigest,
    Version,
)

SERVICE_KINDS: Final = ("ASSESSMENT", "MONITORING", "VALUATION", "DOCUMENT_REVIEW")


@dataclass(frozen=True, slots=True)
class PublishService:
    """A member, a desk or an agency says what it does for others, and at which price."""

    service: Slug
    """Its name."""
    kind: Annotated[str, Choice(SERVICE_KINDS)]
    """What it is."""
    asset: AssetCode
    """The currency it is paid in."""
    schedule: Slug
    """The fee schedule whose SERVICE rule is the price."""
    version: Version
    """Its version."""
    delivery_days: Annotated[int, Integer(1, 366)]
    """Within how many days it is delivered."""


@dataclass(frozen=True, slots=True)
class WithdrawService:
    """Its provider takes no more orders; those that there are stand."""

    service: Slug
    """The service."""


@dataclass(frozen=True, slots=True)
class OrderService:
    """The sender orders a service; its price is set aside until it is delivered."""

    order: Slug
    """The order's name."""
    service: Slug
    """What is ordered."""
    amount: Amount
    """The amount that the service is about, by which it is priced."""
    price_max: AmountOrZero
    """The most that the sender would pay."""
    subject: Reference
    """What is to be assessed, monitored, valued or reviewed."""


@dataclass(frozen=True, slots=True)
class DeliverService:
    """The provider delivers its report, outside, and names its digest; it is paid at once."""

    order: Slug
    """The order."""
    report_digest: TermsDigest
    """The digest of the report."""


@dataclass(frozen=True, slots=True)
class RefuseService:
    """The provider does not deliver; the price goes back at once."""

    order: Slug
    """The order."""


ServiceCommand = PublishService | WithdrawService | OrderService | DeliverService | RefuseService

SERVICE_COMMANDS: tuple[type[ServiceCommand], ...] = (
    PublishService, WithdrawService, OrderService, DeliverService, RefuseService,
)  # fmt: skip
"""In the order of the documentation."""
