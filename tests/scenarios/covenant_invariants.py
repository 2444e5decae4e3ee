"""What must hold of covenants after every command, computed the slow and obvious way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ledger.overlay import Overlay, StateReader
from ledger.store import prefix_end
from lending import keys
from lending.chart import Account
from lending.covenants.book import due_of, subject_asset
from lending.records import covenant_keys, services
from lending.records import covenants as stored
from lending.records.covenants import CovenantStatus
from lending.scope import Scope
from lending.terms.covenants import CROSS_DEFAULT


def set_aside(state: StateReader) -> dict[tuple[str, str], int]:
    """What covenants hold aside, by owner and asset."""
    scope = Scope(Overlay(state), 0, 0)
    held: dict[tuple[str, str], int] = defaultdict(int)
    for _, raw in state.iterate(covenant_keys.COVENANT, prefix_end(covenant_keys.COVENANT)):
        covenant = stored.COVENANT.decode(raw)
        assert stored.COVENANT.encode(covenant) == raw, covenant
        held[covenant.borrower, subject_asset(scope, covenant)] += covenant.held
    return held


def check(state: StateReader, balances: Mapping[tuple[str, str], list[int]]) -> None:
    """Nothing is set aside but what says why; every covenant that awaits something has its alarm."""
    held = set_aside(state)
    for key, raw in state.iterate(services.ORDER, prefix_end(services.ORDER)):
        order = services.ORDERS.decode(raw)
        assert services.ORDERS.encode(order) == raw, key
        assert sum(part for _, part in order.parts) == order.fee, order
        if order.status is services.OrderStatus.ORDERED:
            service = services.SERVICES.read(state, services.service(order.service))
            assert service is not None
            held[order.customer, service.asset] += order.fee
    for owner, book in balances.items():
        assert book[Account.SET_ASIDE] == held[owner], owner
    alarms: dict[bytes, list[int]] = defaultdict(list)
    for key, _ in state.iterate(keys.ALARM, prefix_end(keys.ALARM)):
        time = int.from_bytes(key[len(keys.ALARM) : len(keys.ALARM) + 8], "big")
        alarms[keys.alarm_subject(key)].append(time)
    for key, raw in state.iterate(covenant_keys.COVENANT, prefix_end(covenant_keys.COVENANT)):
        covenant = stored.COVENANT.decode(raw)
        terms = covenant.terms
        is_ended = covenant.status is CovenantStatus.ENDED
        listed = state.get(
            covenant_keys.covenant_of(terms.subject_kind, terms.subject, covenant.name)
        )
        assert (listed is None) == is_ended, covenant
        stopped = state.get(
            covenant_keys.drawstop(terms.subject_kind, terms.subject, covenant.name)
        )
        stops = covenant.is_in_force and terms.consequence != "MARGIN_STEP_UP" and not is_ended
        assert (stopped is not None) <= stops or terms.consequence == "EVENT_OF_DEFAULT", covenant
        if due_ms := due_of(covenant):
            # A consequence waits, a block at a time, for a loan that the clock is behind with.
            may_wait = terms.subject_kind == "LOAN" and covenant.status is CovenantStatus.BREACHED
            assert min(alarms[key]) <= due_ms or may_wait, covenant
        assert terms.kind == CROSS_DEFAULT or covenant.test_ms % 86_400_000 == 0, covenant
        assert (covenant.status is CovenantStatus.BREACHED) == bool(covenant.until_ms), covenant
