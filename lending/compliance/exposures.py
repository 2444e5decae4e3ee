"""Limits of exposure and concentration: what a borrower, a group or everybody may owe, and to whom.

What is owed is read from the books, which the journal keeps; what one lender has lent one borrower
is a running sum of the followers. So a check costs the same however many loans there are. A limit
is asked when money is drawn: what is above it already stays, and nothing more is lent.
"""

from __future__ import annotations

from dataclasses import replace

from ledger import codec
from ledger.receipt import Rejected
from lending import credit_keys, keys, records
from lending.chart import Account
from lending.commands.compliance import SetExposureLimit, SetGroup
from lending.compliance.deals import Deal
from lending.compliance.rules import NONE, put_rules, rules_of
from lending.credit.conduct import keep, lent_to
from lending.fields import RATE_UNIT
from lending.journal import balance_of
from lending.parties.assets import asset_of
from lending.parties.authority import party_of
from lending.records import compliance as stored
from lending.records.compliance import ExposureLimit, Group
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved

_BOOK = (Account.CASH, Account.PLEDGED, Account.LOANS_RECEIVABLE, Account.POOL_DEPOSITS)
"""What a lender's book is made of: drawing a loan does not change its sum."""


def set_group(scope: Scope, command: SetGroup) -> Rejected | None:
    """A quorum of members says which parties are one risk."""
    if refused := check_approved(scope):
        return refused
    for name in command.parties:
        if party_of(scope, name) is None:
            return reject(Rejection.UNKNOWN_PARTY, party=name)
        if group_of(scope, name) not in ("", command.group):
            return reject(Rejection.ALREADY_EXISTS, party=name, group=group_of(scope, name))
    for name in parties_of(scope, command.group):
        scope.state.delete(credit_keys.group_of(name))
    for name in command.parties:
        scope.state.put(credit_keys.group_of(name), codec.encode(command.group))
    stored.GROUP.put(scope.state, credit_keys.group(command.group), Group(command.parties))
    scope.emit("group_set", group=command.group, parties=command.parties)
    return None


def set_exposure_limit(scope: Scope, command: SetExposureLimit) -> Rejected | None:
    """A quorum of members bounds what is lent; the record of conduct is kept from then on."""
    if refused := check_approved(scope):
        return refused
    if asset_of(scope, command.asset) is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if command.kind == "ASSET" and command.subject:
        return reject(Rejection.BAD_TERMS, field="subject", reason="is of nobody for ASSET")
    if command.kind == "GROUP" and command.subject and not parties_of(scope, command.subject):
        return reject(Rejection.UNKNOWN_PARTY, party=command.subject)
    names_party = command.kind in ("BORROWER", "LENDER") and command.subject
    if names_party and party_of(scope, command.subject) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.subject)
    if command.share and command.kind != "LENDER":
        return reject(Rejection.BAD_TERMS, field="share", reason="is of LENDER")
    key = credit_keys.exposure(command.kind, command.subject, command.asset)
    if command.limit or command.share:
        stored.EXPOSURE.put(scope.state, key, ExposureLimit(command.limit, command.share))
    else:
        scope.state.delete(key)
    put_rules(scope, replace(rules_of(scope) or NONE, has_exposures=True))
    keep(scope)
    scope.emit(
        "exposure_limit_set", kind=command.kind, subject=command.subject, asset=command.asset,
        limit=command.limit, share=command.share,
    )  # fmt: skip
    return None


def check_exposures(scope: Scope, deal: Deal) -> Rejected | None:
    """The rule: what is owed after a drawdown is within every limit that there is."""
    if not deal.is_drawn:
        return None
    refused = _check_owed(scope, deal) if deal.is_new else None
    for lender in deal.lenders:
        refused = refused or _check_lender(scope, lender, deal)
    return refused


def exposure_of(scope: Scope, borrower: str, asset: str) -> int:
    """The principal that a party owes, to lenders and to pools."""
    accounts = (Account.BORROWINGS, Account.POOL_BORROWINGS)
    return -sum(balance_of(scope.state, borrower, each, asset) for each in accounts)


def book_of(scope: Scope, lender: str, asset: str) -> int:
    """All that a lender has of an asset: cash, pledged, lent, in pools."""
    return sum(balance_of(scope.state, lender, each, asset) for each in _BOOK)


def group_of(scope: Scope, party: str) -> str:
    """The group that a party belongs to; empty for none."""
    raw = scope.state.get(credit_keys.group_of(party))
    return "" if raw is None else str(codec.decode(raw))


def parties_of(scope: Scope, group: str) -> tuple[str, ...]:
    """Who belongs to a group."""
    found = stored.GROUP.get(scope.state, credit_keys.group(group))
    return () if found is None else found.parties


def _check_owed(scope: Scope, deal: Deal) -> Rejected | None:
    group = group_of(scope, deal.borrower)
    owed = exposure_of(scope, deal.borrower, deal.asset)
    checks = [("BORROWER", deal.borrower, owed)]
    if group:
        whole = sum(exposure_of(scope, name, deal.asset) for name in parties_of(scope, group))
        checks.append(("GROUP", group, whole))
    checks.append(("ASSET", "", _everybody(scope, deal.asset)))
    for kind, subject, held in checks:
        limit = _limit(scope, kind, subject, deal.asset)
        if limit is not None and limit.limit and held > limit.limit:
            return _too_much(f"exposure of {kind.lower()}", subject, held, limit.limit)
    return None


def _check_lender(scope: Scope, lender: str, deal: Deal) -> Rejected | None:
    limit = _limit(scope, "LENDER", lender, deal.asset)
    if limit is None:
        return None
    lent = lent_to(scope, deal.borrower, lender, deal.asset)
    if limit.limit and lent > limit.limit:
        return _too_much("lent to one borrower", lender, lent, limit.limit)
    most = book_of(scope, lender, deal.asset) * limit.share // RATE_UNIT
    if limit.share and lent > most:
        return _too_much("share of one borrower", lender, lent, most)
    return None


def _everybody(scope: Scope, asset: str) -> int:
    total = records.TOTAL.get(scope.state, keys.total(asset))
    assert total is not None, "something was drawn"
    return total.sums[Account.LOANS_RECEIVABLE] + total.sums[Account.POOL_LOANS]


def _limit(scope: Scope, kind: str, subject: str, asset: str) -> ExposureLimit | None:
    own = stored.EXPOSURE.get(scope.state, credit_keys.exposure(kind, subject, asset))
    return own or stored.EXPOSURE.get(scope.state, credit_keys.exposure(kind, "", asset))


def _too_much(what: str, subject: str, held: int, most: int) -> Rejected:
    return reject(Rejection.CAP_EXCEEDED, what=what, held=held, most=most, subject=subject)
