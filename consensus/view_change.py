"""VIEW-CHANGE and NEW-VIEW: what must be proposed again, and the checks at every replica's door.

Not when to leave a view (pacemaker) and no signing (safety). Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from consensus.messages import NewView, PreparedProof, ViewChange, verify_statement
from consensus.settings import CERTIFICATES_REMEMBERED_MAX
from ledger.certificate import Phase, QuorumCertificate
from ledger.crypto import Digest, Purpose
from ledger.errors import Invalid
from ledger.membership import Membership


def must_repropose(view_changes: Iterable[ViewChange]) -> PreparedProof | None:
    """The proof of the highest view that any of these prepared in, or None: a fresh block is due.

    Two proofs of one view for different blocks would need more than f liars; the choice is then
    still the same everywhere (the greater block id).
    """
    proofs = [change.prepared for change in view_changes if change.prepared is not None]
    return max(proofs, key=lambda proof: (proof.view, proof.block_id), default=None)


class VerifiedCertificates:
    """Remembers which certificates have been verified under one membership; bounded."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._digests: dict[Digest, None] = {}

    def verify(self, certificate: QuorumCertificate) -> None:
        """Verify a certificate unless it has been. Raises Invalid."""
        if certificate.digest in self._digests:
            return
        certificate.verify(self._membership)
        if len(self._digests) >= CERTIFICATES_REMEMBERED_MAX:
            del self._digests[next(iter(self._digests))]
        self._digests[certificate.digest] = None


def verify_view_change(
    change: ViewChange, membership: Membership, certificates: VerifiedCertificates
) -> None:
    """Check a VIEW-CHANGE down to the last inner signature. Raises Invalid.

    The proof must be of a quorum of PREPAREs, of this height and of a view below: at the door,
    for one claim of "prepared in view 10**9" let in would poison every later choice.
    """
    if change.view < 1:
        raise Invalid("BAD_VIEW", "nobody leaves for view 0")
    verify_statement(
        membership, change.sender, Purpose.VIEW_CHANGE, change.statement, change.signature
    )
    if change.prepared is None:
        return
    ballot = change.prepared.certificate.ballot
    if ballot.phase is not Phase.PREPARE or ballot.height != change.height:
        raise Invalid("BAD_PREPARED_PROOF", f"{ballot.phase.value} at height {ballot.height}")
    if ballot.view >= change.view:
        raise Invalid("BAD_PREPARED_PROOF", f"view {ballot.view} is not below {change.view}")
    certificates.verify(change.prepared.certificate)


def verify_attached_block(change: ViewChange) -> None:
    """Check that a VIEW-CHANGE sent on its own brings the block that it prepared. Raises Invalid."""
    if change.prepared is None:
        return
    proposal = change.prepared.proposal
    if proposal is None or proposal.block.id != change.prepared.block_id:
        raise Invalid("BAD_PREPARED_PROOF", "the block prepared is not attached")
    if proposal.block.height != change.height:
        raise Invalid("BAD_PREPARED_PROOF", "a block of another height")


def verify_new_view(
    new_view: NewView, membership: Membership, certificates: VerifiedCertificates
) -> PreparedProof | None:
    """Check a NEW-VIEW's justification; return the proof that obliges it, if any. Raises Invalid.

    A quorum of distinct members left for exactly this view, each with a valid proof or none; if
    any has one, the proposal is the block of the highest.
    """
    changes = new_view.view_changes
    senders = [change.sender for change in changes]
    if senders != sorted(set(senders)):
        raise Invalid("BAD_NEW_VIEW", "view changes must be of distinct ascending senders")
    if len(senders) < membership.quorum:
        raise Invalid("NO_QUORUM", f"{len(senders)} view changes, {membership.quorum} needed")
    for change in changes:
        if (change.height, change.view) != (new_view.height, new_view.view):
            raise Invalid("BAD_NEW_VIEW", "a view change for another place")
        verify_view_change(change, membership, certificates)
    obliged = must_repropose(changes)
    if obliged is not None and obliged.block_id != new_view.pre_prepare.block.id:
        raise Invalid("BAD_NEW_VIEW", f"the block prepared in view {obliged.view} is due")
    return obliged
