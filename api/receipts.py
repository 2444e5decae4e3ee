"""Receipts and statuses in JSON: what became of a transaction; shared by submitting and looking up."""

from __future__ import annotations

from api.json_values import to_json
from ledger.receipt import Applied, Event, Outcome
from runtime.node import Status


def status_value(transaction_id: bytes, status: Status) -> dict[str, object]:
    """The status of a transaction."""
    receipt = status.receipt
    return {
        "transaction_id": transaction_id.hex(),
        "state": status.state,
        "height": status.height,
        "index": status.index,
        "outcome": None if receipt is None else outcome_value(receipt.outcome),
    }


def outcome_value(outcome: Outcome) -> dict[str, object]:
    """What came of a transaction: its events, or the refusal with its facts."""
    if isinstance(outcome, Applied):
        return {"status": "applied", "events": [event_value(event) for event in outcome.events]}
    return {"status": "rejected", "code": outcome.code, "facts": fields_value(outcome.facts)}


def event_value(event: Event) -> dict[str, object]:
    """One event."""
    name, fields = event
    return {"name": name, "fields": fields_value(fields)}


def fields_value(fields: dict[str, object]) -> dict[str, object]:
    """Named canonical values."""
    return {name: to_json(item) for name, item in fields.items()}
