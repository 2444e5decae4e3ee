"""The review: rules of compliance asked of what a command did, before it counts.

A command that a rule refuses is undone as every refused transaction is, so nothing of it remains.
The rules look at postings and deals and not at commands: whatever is added to the house later, by
whatever name, pays and lends under them. Where nothing was configured this is one read per block.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.compliance.deals import DEALS, Deal
from lending.compliance.eligibility import check_eligible
from lending.compliance.exposures import check_exposures
from lending.compliance.freezes import check_posting
from lending.compliance.limits import check_payments, check_roles
from lending.compliance.movements import Fields
from lending.compliance.policies import check_grade
from lending.compliance.rules import rules_of
from lending.records.compliance import Rules
from lending.scope import Scope


def review(scope: Scope) -> Rejected | None:
    """Refuse a command by what it did: all events since the last review, but for the clock's."""
    start, scope.reviewed = scope.reviewed, len(scope.events)
    rules = rules_of(scope)
    if rules is None:
        return None
    for name, fields in scope.events[start:]:
        if name == "posting":
            refused = _review_posting(scope, rules, fields)
        else:
            read = DEALS.get(name)
            deal = None if read is None else read(scope, fields)
            refused = None if deal is None else _review_deal(scope, rules, deal)
        if refused:
            return refused
    return None


def _review_posting(scope: Scope, rules: Rules, fields: Fields) -> Rejected | None:
    if rules.frozen and (refused := check_posting(scope, fields)):
        return refused
    return check_payments(scope, fields) if rules.has_limits else None


def _review_deal(scope: Scope, rules: Rules, deal: Deal) -> Rejected | None:
    if rules.has_limits and (refused := check_roles(scope, deal)):
        return refused
    if rules.has_eligibility and (refused := check_eligible(scope, deal)):
        return refused
    if rules.has_policies and (refused := check_grade(scope, deal)):
        return refused
    return check_exposures(scope, deal) if rules.has_exposures else None
