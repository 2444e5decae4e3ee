"""What can be asked of services: offers, prices in advance, orders, and whose report a digest is.

Pure functions of one version of the state; results are plain values, as in `lending.queries`.
"""

from __future__ import annotations

from ledger.overlay import Overlay, StateReader
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import services as stored
from lending.records.services import Order, Service
from lending.scope import Scope
from lending.services.orders import price_of


def service(state: StateReader, name: str) -> Facts | None:
    """A service: who does what, in how many days, by which schedule."""
    found = stored.SERVICES.read(state, stored.service(name))
    return None if found is None else _service(found)


def services(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All services by name."""
    return read_page(
        state,
        stored.SERVICE,
        lambda _, raw: _service(stored.SERVICES.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def quote_service(state: StateReader, name: str, amount: int) -> Facts | None:
    """What an order about an amount costs, and who gets what of it."""
    found = stored.SERVICES.read(state, stored.service(name))
    if found is None:
        return None
    price = price_of(Scope(Overlay(state), 0, 0), found, amount)
    return {"service": name, "fee": price.fee, "parts": [list(part) for part in price.parts]}


def order(state: StateReader, name: str) -> Facts | None:
    """An order: its price, where it is, and the digest of what was delivered."""
    found = stored.ORDERS.read(state, stored.order(name))
    return None if found is None else _order(found)


def orders(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All orders by name."""
    return read_page(
        state,
        stored.ORDER,
        lambda _, raw: _order(stored.ORDERS.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def order_of_report(state: StateReader, provider: str, report_digest: bytes) -> Facts | None:
    """The order for which a provider delivered a report: what an attestation may be based on."""
    name = state.get(stored.delivered_report(provider, report_digest))
    return None if name is None else order(state, name.decode())


def _service(found: Service) -> Facts:
    return {
        "service": found.name,
        "provider": found.provider,
        "kind": found.kind,
        "asset": found.asset,
        "schedule": found.schedule,
        "version": found.version,
        "delivery_days": found.delivery_days,
        "is_open": found.is_open,
    }


def _order(found: Order) -> Facts:
    return {
        "order": found.name,
        "service": found.service,
        "customer": found.customer,
        "status": str(found.status),
        "subject": found.subject,
        "amount": found.amount,
        "fee": found.fee,
        "parts": [list(part) for part in found.parts],
        "due_ms": found.due_ms,
        "report_digest": found.report_digest.hex(),
        "decided_ms": found.decided_ms,
    }
