"""Attestations: what registered agencies found out about somebody, for a time.

Only a class, an expiry and a salted digest of the document lie on the chain: no personal data. What
counts is what an agency says that is registered for it now, and whose word is neither expired nor
taken back.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.receipt import Rejected
from lending import credit_keys
from lending.commands.credit import Attest, RegisterAgency, RevokeAttestation
from lending.parties.authority import party_of, wrong_role
from lending.records import credit as stored
from lending.records.credit import Agencies, Attestation
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved
from lending.terms.credit import AGENCIES_MAX, KINDS


def register_agency(scope: Scope, command: RegisterAgency) -> Rejected | None:
    """A quorum of members fixes what an agency may attest."""
    if refused := check_approved(scope):
        return refused
    if party_of(scope, command.agency) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.agency)
    known = dict(agencies(scope))
    known[command.agency] = command.kinds
    rows = tuple((name, known[name]) for name in sorted(known) if known[name])
    if len(rows) > AGENCIES_MAX:
        return reject(Rejection.CAP_EXCEEDED, what="agencies", held=len(rows), most=AGENCIES_MAX)
    stored.AGENCIES.put(scope.state, credit_keys.AGENCIES, Agencies(rows))
    scope.emit("agency_registered", agency=command.agency, kinds=command.kinds)
    return None


def attest(scope: Scope, command: Attest) -> Rejected | None:
    """An agency says what it found."""
    if command.kind not in dict(agencies(scope)).get(scope.sender, ()):
        return wrong_role(scope, f"an agency registered for {command.kind}")
    if party_of(scope, command.subject) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.subject)
    if command.subject == scope.sender:
        return reject(Rejection.SAME_PARTY, party=command.subject)
    if bool(command.jurisdiction) != (command.kind == "KYC"):
        return reject(
            Rejection.BAD_TERMS, field="jurisdiction", reason="is of KYC, and of nothing else"
        )
    if command.until_ms <= scope.now_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=command.until_ms)
    found = Attestation(
        command.found, command.jurisdiction, command.until_ms, scope.now_ms, command.commitment
    )
    key = credit_keys.attestation(command.subject, command.kind, scope.sender)
    stored.ATTESTATION.put(scope.state, key, found)
    scope.emit(
        "attested", subject=command.subject, kind=command.kind, agency=scope.sender,
        found=command.found, jurisdiction=command.jurisdiction, until_ms=command.until_ms,
        commitment=command.commitment,
    )  # fmt: skip
    return None


def revoke_attestation(scope: Scope, command: RevokeAttestation) -> Rejected | None:
    """An agency takes its word back, also one that is registered no more."""
    key = credit_keys.attestation(command.subject, command.kind, scope.sender)
    if scope.state.get(key) is None:
        return reject(
            Rejection.UNKNOWN_ATTESTATION, subject=command.subject, kind=command.kind,
            agency=scope.sender,
        )  # fmt: skip
    scope.state.delete(key)
    scope.emit(
        "attestation_revoked", subject=command.subject, kind=command.kind, agency=scope.sender
    )
    return None


def agencies(scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who may attest what."""
    found = stored.AGENCIES.get(scope.state, credit_keys.AGENCIES)
    return () if found is None else found.kinds


def valid(scope: Scope, subject: str, kind: str) -> Iterator[tuple[str, Attestation]]:
    """The agencies whose word counts now, and what they said."""
    for agency, kinds in agencies(scope):
        if kind not in kinds:
            continue
        found = stored.ATTESTATION.get(scope.state, credit_keys.attestation(subject, kind, agency))
        if found is not None and scope.now_ms < found.until_ms:
            yield agency, found


def attested(scope: Scope, subject: str) -> dict[str, int]:
    """The class of each kind that counts; of several agencies the lowest."""
    found: dict[str, int] = {}
    for kind in KINDS:
        classes = [each.found for _, each in valid(scope, subject, kind)]
        if classes:
            found[kind] = min(classes)
    return found
