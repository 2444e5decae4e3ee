"""What can be asked about the changes of a loan."""

from __future__ import annotations

from dataclasses import asdict

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys
from lending.queries import Facts
from lending.records import changes as records
from lending.records.changes import Change
from lending.records.floating import FLOATING


def change(state: StateReader, loan: str, name: str) -> Facts | None:
    """A change of a loan: its terms, its status, the digest to sign."""
    found = records.CHANGE.read(state, keys.change(loan, name))
    return None if found is None else _change(found)


def changes(state: StateReader, loan: str) -> list[Facts]:
    """All changes of a loan by name, those that came to nothing too."""
    prefix = keys.changes(loan)
    return [
        _change(records.CHANGE.decode(raw)) for _, raw in state.iterate(prefix, prefix_end(prefix))
    ]


def floating(state: StateReader, agreement: str) -> Facts | None:
    """What the rate of an agreement follows; None for a fixed rate."""
    found = FLOATING.read(state, keys.floating(agreement))
    return None if found is None else {"agreement": agreement, **asdict(found)}


def _change(found: Change) -> Facts:
    return {
        "loan": found.loan,
        "change": found.name,
        "proposer": found.proposer,
        "status": str(found.status),
        "kind": found.kind,
        "effective_ms": found.effective_ms,
        "rate": found.rate,
        "installments": found.installments,
        "first_due_ms": found.first_due_ms,
        "treatment": found.treatment,
        "count": found.count,
        "valid_until_ms": found.valid_until_ms,
        "terms_digest": found.terms_digest.hex(),
    }
