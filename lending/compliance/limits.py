"""What a party may do, and how much it may pay out: set by its sponsor or by a vote.

A payment is what one posting takes from a party's cash of its own will; payments of what it owes
are never limited. The days are those of the block's time (UTC).
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import credit_keys
from lending.commands.compliance import SetPartyLimits
from lending.compliance.deals import Deal
from lending.compliance.movements import Fields, payments
from lending.compliance.rules import NONE, put_rules, rules_of
from lending.parties.assets import asset_of
from lending.parties.authority import party_of, wrong_role
from lending.records import compliance as stored
from lending.records.compliance import PartyLimits, Spent
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved

UNSPENT = Spent(0, 0, 0, 0, is_reported=False)


def set_party_limits(scope: Scope, command: SetPartyLimits) -> Rejected | None:
    """Say what a party may do; what a vote said only a vote changes."""
    party = party_of(scope, command.party)
    if party is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.party)
    is_by_vote = check_approved(scope) is None
    if not is_by_vote and (not party.sponsor or scope.sender != party.sponsor):
        return wrong_role(scope, "the party's sponsor, or a quorum of members")
    old = limits_of(scope, command.party)
    if old is not None and old.is_by_vote and not is_by_vote:
        return wrong_role(scope, "a quorum of members: they set the limits")
    for asset, payment, _ in command.limits:
        if asset_of(scope, asset) is None:
            return reject(Rejection.UNKNOWN_ASSET, asset=asset)
        assert payment >= 0, "the reader bounds it"
    limits = PartyLimits(
        command.may_lend == "YES", command.may_borrow == "YES", command.limits, is_by_vote
    )
    stored.LIMITS.put(scope.state, credit_keys.limits(command.party), limits)
    put_rules(scope, replace(rules_of(scope) or NONE, has_limits=True))
    scope.emit(
        "party_limits_set", party=command.party, may_lend=limits.may_lend,
        may_borrow=limits.may_borrow, limits=limits.rows, is_by_vote=is_by_vote,
    )  # fmt: skip
    return None


def check_roles(scope: Scope, deal: Deal) -> Rejected | None:
    """The rule: who may lend and borrow."""
    for name in deal.lenders:
        limits = limits_of(scope, name)
        if limits is not None and not limits.may_lend:
            return reject(Rejection.WRONG_ROLE, party=name, expected="a party that may lend")
    limits = limits_of(scope, deal.borrower)
    if limits is not None and not limits.may_borrow:
        return reject(Rejection.WRONG_ROLE, party=deal.borrower, expected="a party that may borrow")
    return None


def check_payments(scope: Scope, fields: Fields) -> Rejected | None:
    """The rule: the limits of one payment and of a day, which holds this payment already."""
    for each in payments(fields):
        limits = limits_of(scope, each.party)
        for asset, payment_max, day_max in () if limits is None else limits.rows:
            if asset != each.asset:
                continue
            day = spent_of(scope, each.party, each.asset).total
            for what, held, most in (("payment", each.amount, payment_max), ("day", day, day_max)):
                if held > most:
                    return reject(
                        Rejection.CAP_EXCEEDED, what=what, held=held, most=most, party=each.party
                    )
    return None


def limits_of(scope: Scope, party: str) -> PartyLimits | None:
    """What a party may do; None where nothing was said."""
    return stored.LIMITS.get(scope.state, credit_keys.limits(party)) if party else None


def spent_of(scope: Scope, party: str, asset: str) -> Spent:
    """What a party paid out today."""
    found = stored.SPENT.get(scope.state, credit_keys.spent(party, asset))
    if found is None or found.day_ms != scope.today_ms:
        return replace(UNSPENT, day_ms=scope.today_ms)
    return found
