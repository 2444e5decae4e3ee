"""What can be asked of the committed state about credit: conduct, score, attestations, the model.

A score is given to whoever may see it (`lending.credit.access`); the reader is named in the query.
Results are plain values, computed by the machine's own code.
"""

from __future__ import annotations

from dataclasses import fields

from ledger.overlay import Overlay, StateReader
from lending import credit_keys
from lending.advice.products import advise
from lending.credit.access import may_read
from lending.credit.attestations import agencies, valid
from lending.credit.conduct import history_of
from lending.credit.grades import score_of
from lending.credit.model import active_model
from lending.queries import Facts
from lending.records import credit as stored
from lending.scope import Scope
from lending.terms.credit import KINDS


def score(state: StateReader, party: str, reader: str, now_ms: int) -> Facts | None:
    """The score with its factors; None where no model is in force, or the reader may not see it."""
    scope = Scope(Overlay(state), now_ms, 0)
    found = score_of(scope, party)
    if found is None or not may_read(scope.state, party, reader, now_ms):
        return None
    return {
        "party": party,
        "score": found.value,
        "grade": found.grade,
        "model_version": found.version,
        "factors": [
            {"factor": each.name, "input": each.value, "points": each.points,
             "reason": each.reason}
            for each in found.factors
        ],
    }  # fmt: skip


def is_readable(state: StateReader, party: str, reader: str, now_ms: int) -> bool:
    """Whether the reader may see the party's score."""
    return may_read(Overlay(state), party, reader, now_ms)


def recommendations(
    state: StateReader, party: str, reader: str, asset: str, now_ms: int, installments: int = 0
) -> list[Facts] | None:
    """Active products for a borrower, the best first; None where the reader may not see its score."""
    scope = Scope(Overlay(state), now_ms, 0)
    if not may_read(scope.state, party, reader, now_ms):
        return None
    return [
        {each.name: getattr(found, each.name) for each in fields(found)}
        for found in advise(scope, party, asset, installments)
    ]


def conduct(state: StateReader, party: str, reader: str, now_ms: int) -> Facts | None:
    """The record that the score counts; None where the reader may not see it."""
    scope = Scope(Overlay(state), now_ms, 0)
    if not may_read(scope.state, party, reader, now_ms):
        return None
    found = history_of(scope, party)
    return {each.name: getattr(found, each.name) for each in fields(found)}


def attestations(state: StateReader, party: str, now_ms: int) -> list[Facts]:
    """What counts now of what agencies said about a party."""
    scope = Scope(Overlay(state), now_ms, 0)
    return [
        {"kind": kind, "agency": agency, "found": each.found, "jurisdiction": each.jurisdiction,
         "until_ms": each.until_ms, "commitment": each.commitment.hex()}
        for kind in KINDS
        for agency, each in valid(scope, party, kind)
    ]  # fmt: skip


def credit_agencies(state: StateReader) -> list[Facts]:
    """Who may attest what."""
    scope = Scope(Overlay(state), 0, 0)
    return [{"agency": name, "kinds": list(kinds)} for name, kinds in agencies(scope)]


def credit_model(state: StateReader, version: int = 0) -> Facts | None:
    """A version of the model, or the one in force."""
    scope = Scope(Overlay(state), 0, 0)
    found = (
        stored.MODEL.read(state, credit_keys.credit_model(version))
        if version
        else active_model(scope)
    )
    return (
        None if found is None else {each.name: getattr(found, each.name) for each in fields(found)}
    )
