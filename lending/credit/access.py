"""Who may ask for a score: the party itself, whom it let in, and who lends it money now.

The chain is shared, so every member could work a score out from what it holds; this says whom the
interface answers, and whom a party has let ask.
"""

from __future__ import annotations

from ledger.overlay import Overlay
from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import credit_keys
from lending.commands.credit import GrantCreditAccess
from lending.parties.authority import party_of
from lending.records import credit as stored
from lending.records.credit import Access
from lending.rejections import Rejection, reject
from lending.scope import Scope


def grant_credit_access(scope: Scope, command: GrantCreditAccess) -> Rejected | None:
    """The sender lets somebody ask for its score, or ends it."""
    if party_of(scope, command.reader) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.reader)
    if command.reader == scope.sender:
        return reject(Rejection.SAME_PARTY, party=command.reader)
    key = credit_keys.access(scope.sender, command.reader)
    if command.until_ms > scope.now_ms:
        stored.ACCESS.put(scope.state, key, Access(command.until_ms))
    elif scope.state.get(key) is None:
        return reject(Rejection.OUT_OF_TIME, until_ms=command.until_ms)
    else:
        scope.state.delete(key)
    scope.emit(
        "credit_access_granted", party=scope.sender, reader=command.reader,
        until_ms=command.until_ms,
    )  # fmt: skip
    return None


def may_read(state: Overlay, party: str, reader: str, now_ms: int) -> bool:
    """Whether a reader gets the score of a party."""
    if reader == party:
        return True
    granted = stored.ACCESS.get(state, credit_keys.access(party, reader))
    if granted is not None and now_ms < granted.until_ms:
        return True
    prefix = credit_keys.lent(party, reader, "")
    return next(iter(state.iterate(prefix, prefix_end(prefix))), None) is not None
