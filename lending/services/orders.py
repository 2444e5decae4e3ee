"""Services and their orders: the price is set aside on order, paid on delivery, refunded otherwise.

The price and who gets what of it are fixed with the order. What is delivered stays outside; its
digest is kept here, so that whoever names it names one report. The clock refunds what is late.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands.services import (
    DeliverService,
    OrderService,
    PublishService,
    RefuseService,
    WithdrawService,
)
from lending.credit.attestations import agencies
from lending.fees.rules import Charge, charge, payees_of, rule_of
from lending.fees.schedules import check_schedule, terms_of
from lending.journal import Leg, post
from lending.parties.assets import asset_of
from lending.parties.authority import party_of, wrong_role
from lending.parties.cash import check_funds
from lending.records import PartyKind
from lending.records import services as stored
from lending.records.services import Order, OrderStatus, Service
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope


def publish_service(scope: Scope, command: PublishService) -> Rejected | None:
    """A provider says what it does and at which price."""
    if not _may_provide(scope):
        return wrong_role(scope, "a member, a desk or an agency")
    asset = asset_of(scope, command.asset)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if service_of(scope, command.service) is not None:
        return reject(Rejection.ALREADY_EXISTS, service=command.service)
    if refused := check_schedule(scope, command.schedule, command.version, "SERVICE"):
        return refused
    put_service(
        scope,
        Service(
            command.service, scope.sender, command.kind, command.asset, command.schedule,
            command.version, command.delivery_days, is_open=True,
        ),
    )  # fmt: skip
    scope.emit(
        "service_published", service=command.service, provider=scope.sender, kind=command.kind,
        asset=command.asset, schedule=command.schedule, version=command.version,
        delivery_days=command.delivery_days,
    )  # fmt: skip
    return None


def withdraw_service(scope: Scope, command: WithdrawService) -> Rejected | None:
    """Its provider takes no more orders."""
    service = service_of(scope, command.service)
    if service is None:
        return reject(Rejection.UNKNOWN_SERVICE, service=command.service)
    if scope.sender != service.provider:
        return wrong_role(scope, "the provider")
    if not service.is_open:
        return reject(Rejection.WRONG_STATUS, service=service.name, is_open=False)
    put_service(scope, replace(service, is_open=False))
    scope.emit("service_withdrawn", service=service.name, provider=service.provider)
    return None


def order_service(scope: Scope, command: OrderService) -> Rejected | None:
    """The sender orders; the price is set aside."""
    service = service_of(scope, command.service)
    if service is None:
        return reject(Rejection.UNKNOWN_SERVICE, service=command.service)
    if not service.is_open:
        return reject(Rejection.WRONG_STATUS, service=service.name, is_open=False)
    if scope.sender == service.provider:
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    if order_of(scope, command.order) is not None:
        return reject(Rejection.ALREADY_EXISTS, order=command.order)
    price = price_of(scope, service, command.amount)
    if price.fee > command.price_max:
        return reject(Rejection.PRICE_TOO_HIGH, price=price.fee, price_max=command.price_max)
    if refused := check_funds(scope, scope.sender, service.asset, price.fee):
        return refused
    due_ms = scope.today_ms + (service.delivery_days + 1) * DAY_MS
    order = Order(
        command.order, service.name, scope.sender, OrderStatus.ORDERED, command.subject,
        command.amount, price.fee, price.parts, due_ms, b"", 0,
    )  # fmt: skip
    _post(scope, service, order, "service_order", Account.CASH, Account.SET_ASIDE)
    put_order(scope, order)
    set_alarm(scope.state, due_ms, stored.order(order.name))
    scope.emit(
        "service_ordered", order=order.name, service=service.name, customer=order.customer,
        provider=service.provider, charged_on=order.amount, fee=order.fee, parts=order.parts,
        due_ms=due_ms, outside_reference=order.subject,
    )  # fmt: skip
    return None


def deliver_service(scope: Scope, command: DeliverService) -> Rejected | None:
    """The provider names its report's digest and is paid; a report is delivered once."""
    found = _open_order(scope, command.order)
    if isinstance(found, Rejected):
        return found
    service, order = found
    key = stored.delivered_report(service.provider, command.report_digest)
    if scope.state.get(key) is not None:
        return reject(Rejection.REFERENCE_USED, reference=command.report_digest.hex())
    legs: list[Leg] = [
        (order.customer, Account.SET_ASIDE, -order.fee),
        (order.customer, Account.FEE_EXPENSE, order.fee),
    ]
    for payee, part in order.parts:
        legs += [(payee, Account.CASH, part), (payee, Account.FEE_INCOME, -part)]
    post(scope, service.asset, "service_fee", order.name, legs)
    put_order(
        scope,
        replace(
            order, status=OrderStatus.DELIVERED, report_digest=command.report_digest,
            decided_ms=scope.now_ms,
        ),
    )  # fmt: skip
    scope.state.put(key, order.name.encode())
    scope.emit(
        "service_delivered", order=order.name, service=service.name, customer=order.customer,
        provider=service.provider, report_digest=command.report_digest, fee=order.fee,
        parts=order.parts,
    )  # fmt: skip
    return None


def refuse_service(scope: Scope, command: RefuseService) -> Rejected | None:
    """The provider does not deliver; the customer has its money back."""
    found = _open_order(scope, command.order)
    if isinstance(found, Rejected):
        return found
    _refund(scope, *found, OrderStatus.REFUSED)
    return None


def attend_order(scope: Scope, subject: bytes, _: int) -> int:
    """The clock refunds an order that was not delivered in time; returns what it cost."""
    order = stored.ORDERS.get(scope.state, subject)
    assert order is not None, "orders are never removed"
    if order.status is OrderStatus.ORDERED and scope.now_ms >= order.due_ms:
        service = service_of(scope, order.service)
        assert service is not None, "services are never removed"
        _refund(scope, service, order, OrderStatus.LATE)
    return 1


def price_of(scope: Scope, service: Service, amount: int) -> Charge:
    """What a service costs by its schedule; the agent's parts are its provider's."""
    terms = terms_of(scope, service.schedule, service.version)
    rule = rule_of(terms, "SERVICE")
    assert rule is not None, "the schedule of a service has a rule for it"
    return charge(rule, amount, payees_of(terms, "", service.provider, ()))


def service_of(scope: Scope, name: str) -> Service | None:
    """The service of a name."""
    return stored.SERVICES.get(scope.state, stored.service(name))


def put_service(scope: Scope, service: Service) -> None:
    """Set a service's record."""
    stored.SERVICES.put(scope.state, stored.service(service.name), service)


def order_of(scope: Scope, name: str) -> Order | None:
    """The order of a name."""
    return stored.ORDERS.get(scope.state, stored.order(name))


def put_order(scope: Scope, order: Order) -> None:
    """Set an order's record."""
    stored.ORDERS.put(scope.state, stored.order(order.name), order)


def _may_provide(scope: Scope) -> bool:
    sender = party_of(scope, scope.sender)
    if sender is not None and sender.kind in (PartyKind.MEMBER, PartyKind.DESK):
        return True
    return any(agency == scope.sender for agency, _ in agencies(scope))


def _open_order(scope: Scope, name: str) -> tuple[Service, Order] | Rejected:
    order = order_of(scope, name)
    if order is None:
        return reject(Rejection.UNKNOWN_ORDER, order=name)
    service = service_of(scope, order.service)
    assert service is not None, "services are never removed"
    if scope.sender != service.provider:
        return wrong_role(scope, "the provider")
    if order.status is not OrderStatus.ORDERED:
        return reject(Rejection.WRONG_STATUS, status=str(order.status), allowed=("ORDERED",))
    if scope.now_ms >= order.due_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=order.due_ms)
    return service, order


def _refund(scope: Scope, service: Service, order: Order, status: OrderStatus) -> None:
    _post(scope, service, order, "service_refund", Account.SET_ASIDE, Account.CASH)
    put_order(scope, replace(order, status=status, decided_ms=scope.now_ms))
    scope.emit(
        "service_refunded", order=order.name, service=service.name, customer=order.customer,
        provider=service.provider, status=str(status), fee=order.fee,
    )  # fmt: skip


def _post(
    scope: Scope, service: Service, order: Order, reason: str, source: Account, target: Account
) -> None:
    legs = [(order.customer, source, -order.fee), (order.customer, target, order.fee)]
    post(scope, service.asset, reason, order.name, legs)
