"""Who has the name of an agreement: nobody takes one by an offer that others have not signed.

The first offer under a name holds it while it is open. Others may offer under the same name; such a
rival is open beside it, found by its proposer or by its digest. Whichever is concluded first takes
the name for good, and an open offer that held it lapses. What ended unsigned holds nothing.
"""

from __future__ import annotations

from ledger import codec
from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import drop_alarm, set_alarm
from lending.products.term_checks import parties_to
from lending.records import Agreement, AgreementStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope


def agreement_of(scope: Scope, name: str) -> Agreement | None:
    """The agreement that holds a name."""
    return records.AGREEMENT.get(scope.state, keys.agreement(name))


def rival_of(scope: Scope, name: str, proposer: str) -> Agreement | None:
    """The open offer of a proposer under a name that another offer holds."""
    return records.AGREEMENT.get(scope.state, keys.rival(name, proposer))


def rival_with(scope: Scope, name: str, terms_digest: bytes) -> Agreement | None:
    """The rival of a digest."""
    raw = scope.state.get(keys.rival_digest(name, terms_digest))
    if raw is None:
        return None
    proposer: str = codec.decode(raw)
    return rival_of(scope, name, proposer)


def missing_signatures(agreement: Agreement) -> tuple[str, ...]:
    """The parties that have yet to sign."""
    return tuple(name for name in parties_to(agreement.terms) if name not in agreement.signed)


def is_taken(holder: Agreement | None) -> bool:
    """Whether all parties signed what holds a name: then it is its for good."""
    return holder is not None and not missing_signatures(holder)


def check_name(scope: Scope, name: str, proposer: str) -> Rejected | None:
    """Refuse a name that is taken, or under which the proposer has offered before."""
    holder = agreement_of(scope, name)
    is_own = holder is not None and holder.proposer == proposer
    if is_taken(holder) or is_own or rival_of(scope, name, proposer) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=name)
    return None


def check_digest(scope: Scope, name: str, terms_digest: bytes) -> Rejected | None:
    """Refuse to offer again what is on offer under the name: it can be signed."""
    holder = agreement_of(scope, name)
    is_held = holder is not None and is_open(holder) and holder.terms_digest == terms_digest
    if is_held or rival_with(scope, name, terms_digest) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=name)
    return None


def is_open(agreement: Agreement) -> bool:
    """Whether an agreement waits for signatures."""
    return agreement.status is AgreementStatus.OFFERED


def put_rival(scope: Scope, rival: Agreement) -> None:
    """Set a rival's record."""
    records.AGREEMENT.put(scope.state, keys.rival(rival.name, rival.proposer), rival)


def add_rival(scope: Scope, rival: Agreement) -> None:
    """Set a new rival, its place by digest, and its alarm."""
    put_rival(scope, rival)
    digest_key = keys.rival_digest(rival.name, rival.terms_digest)
    scope.state.put(digest_key, codec.encode(rival.proposer))
    key = keys.rival(rival.name, rival.proposer)
    set_alarm(scope.state, rival.terms.available_until_ms, key)


def end_rival(scope: Scope, rival: Agreement, status: AgreementStatus) -> None:
    """Remove a rival: it was concluded and takes the name, or was withdrawn, or has lapsed."""
    key = keys.rival(rival.name, rival.proposer)
    scope.state.delete(key)
    scope.state.delete(keys.rival_digest(rival.name, rival.terms_digest))
    drop_alarm(scope.state, keys.alarm(rival.terms.available_until_ms, key))
    scope.emit("rival_ended", agreement=rival.name, proposer=rival.proposer, status=str(status))


def attend_rival(scope: Scope, subject: bytes, _: int) -> int:
    """The clock: the time of a rival is over."""
    rival = records.AGREEMENT.get(scope.state, subject)
    assert rival is not None, "a rival that ended has no alarm"
    end_rival(scope, rival, AgreementStatus.LAPSED)
    return 1
