"""Who may take a product, a facility or a pool's money: by verified identity and by country.

An identity is verified by agencies registered for KYC (`lending.credit.attestations`); what has
expired or was taken back counts for nothing, so it is asked again whenever money is drawn.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import credit_keys
from lending.commands.compliance import SetEligibility
from lending.compliance.deals import Deal
from lending.compliance.rules import NONE, put_rules, rules_of
from lending.credit.attestations import valid
from lending.records import compliance as stored
from lending.records.compliance import Eligibility
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved


def set_eligibility(scope: Scope, command: SetEligibility) -> Rejected | None:
    """A quorum of members fixes who is eligible; the rule is there before what it is about."""
    if refused := check_approved(scope):
        return refused
    rule = Eligibility(command.kyc_level, command.jurisdictions)
    stored.ELIGIBILITY.put(
        scope.state, credit_keys.eligibility(command.kind, command.subject), rule
    )
    put_rules(scope, replace(rules_of(scope) or NONE, has_eligibility=True))
    scope.emit(
        "eligibility_set", kind=command.kind, subject=command.subject, kyc_level=command.kyc_level,
        jurisdictions=command.jurisdictions,
    )  # fmt: skip
    return None


def check_eligible(scope: Scope, deal: Deal) -> Rejected | None:
    """The rule: the borrower, or the depositor, is known well enough and at home where it must be."""
    rule = eligibility_of(scope, deal.kind, deal.name)
    if rule is None or not deal.is_new:
        return None
    parties = (deal.borrower,) if deal.borrower else deal.lenders
    for party in parties:
        if refused := check_identity(scope, party, rule):
            return refused
    return None


def check_identity(scope: Scope, party: str, rule: Eligibility) -> Rejected | None:
    """Refuse a party whose valid attestations do not satisfy a rule; of several all must be right."""
    found = [each for _, each in valid(scope, party, "KYC")]
    level = max((each.found for each in found), default=0)
    if level < rule.kyc_level or (rule.jurisdictions and not found):
        return reject(
            Rejection.KYC_MISSING, party=party, kyc_level=level, least_level=rule.kyc_level
        )
    for each in found:
        if rule.jurisdictions and each.jurisdiction not in rule.jurisdictions:
            return reject(
                Rejection.JURISDICTION_REFUSED, party=party, jurisdiction=each.jurisdiction,
                allowed=rule.jurisdictions,
            )  # fmt: skip
    return None


def eligibility_of(scope: Scope, kind: str, name: str) -> Eligibility | None:
    """The rule of a product, facility or pool, or that of all of the kind."""
    own = stored.ELIGIBILITY.get(scope.state, credit_keys.eligibility(kind, name))
    return own or stored.ELIGIBILITY.get(scope.state, credit_keys.eligibility(kind, ""))
