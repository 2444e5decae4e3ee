"""Stories of services: their prices, orders, reports, refusals and what is late."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending.records import services as stored
from lending.records.services import Order, OrderStatus
from tests.campaigns.lending_play import LENDERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.fee_lines import NO_FEES, NO_RULE

PROVIDERS: Final = (*LENDERS, "gamma", "crow")
KINDS: Final = ("ASSESSMENT", "MONITORING", "VALUATION", "DOCUMENT_REVIEW")


def publish(play: Play) -> Iterator[Act]:
    """A price list of members, and a service of somebody at its price."""
    schedule = play.new("price list", "prices")
    rule = {
        **NO_RULE, "occasion": "SERVICE", "basis": play.pick("WHOLE", "MARGINAL"),
        "tiers": play.pick(((0, 0, 10**7),), ((0, 5_000, 0),), ((0, 3, 10**7), (1_000, 7, 1))),
        "minimum": play.pick(0, 0, 1, 2_500), "maximum": play.pick(0, 3_000, 2**40),
        "agent_parts": play.pick(0, 1, 9), "platform_parts": play.pick(0, 1),
        "member_parts": play.pick(0, 0, 2),
    }  # fmt: skip
    fees: dict[str, codec.Value] = {
        **NO_FEES, "platform": "delta", "rules": (rule,), "sharers": (("alpha", 1), ("beta", 2)),
    }  # fmt: skip
    if not rule["member_parts"]:
        fees["sharers"] = ()
    if not rule["platform_parts"]:
        fees["platform"] = ""
    yield Ask("alpha", "propose_fee_schedule", {"schedule": schedule, "version": 1, "fees": fees},
              ("beta", "delta"))  # fmt: skip
    provider = play.pick(*PROVIDERS)
    yield Ask(provider, "publish_service", {
        "service": play.new("service", "w"), "kind": play.pick(*KINDS), "asset": "USD",
        "schedule": play.pick(schedule, play.old("price list")), "version": 1,
        "delivery_days": play.pick(1, 2, 366),
    })  # fmt: skip


def order(play: Play) -> Iterator[Act]:
    """Somebody orders; it is delivered, refused, late, or left to the other stories."""
    if "service" not in play.names:
        yield from publish(play)
    name = play.new("order", "o")
    amount = max(play.amount(100_000), 1)
    yield Ask(play.pick(*PARTIES), "order_service", {
        "order": name, "service": play.old("service"), "amount": amount,
        "price_max": play.pick(amount, 2**62), "subject": play.reference(),
    })  # fmt: skip
    match play.rng.randrange(4):
        case 0:
            yield from deliver(play)
        case 1:
            yield play.wait(play.pick(1, 2, 3))
            yield from deliver(play)
        case 2:
            yield from refuse(play)
        case _:
            pass


def deliver(play: Play) -> Iterator[Act]:
    """A provider delivers a report, sometimes one that there was."""
    if (found := any_order(play)) is not None:
        digest = hashlib.sha256(play.pick(found.name, found.name, "old").encode()).digest()
        yield Ask(provider_of(play, found), "deliver_service",
                  {"order": found.name, "report_digest": digest})  # fmt: skip


def refuse(play: Play) -> Iterator[Act]:
    """A provider does not deliver."""
    if (found := any_order(play)) is not None:
        yield Ask(provider_of(play, found), "refuse_service", {"order": found.name})


def withdraw(play: Play) -> Iterator[Act]:
    """A service is offered no longer, sometimes by somebody else."""
    name = play.old("service")
    found = stored.SERVICES.get(play.stage.state, stored.service(name))
    sender = found.provider if found is not None else play.pick(*PROVIDERS)
    yield Ask(sender, "withdraw_service", {"service": name})


def any_order(play: Play) -> Order | None:
    """An order that is open, or one that was."""
    return play.find(
        "order", stored.order, stored.ORDERS, lambda found: found.status is OrderStatus.ORDERED
    ) or play.find("order", stored.order, stored.ORDERS, lambda _: True)


def provider_of(play: Play, found: Order) -> str:
    """Who is to deliver an order."""
    service = stored.SERVICES.get(play.stage.state, stored.service(found.service))
    assert service is not None, "services are never removed"
    return service.provider


MAKERS: Final = (
    Maker(1, publish), Maker(3, order), Maker(1, deliver), Maker(1, refuse), Maker(1, withdraw),
)  # fmt: skip
