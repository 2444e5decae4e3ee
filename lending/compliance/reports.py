"""Reports of large and unusual movements, and the day's sums that they and the limits need.

A movement from the threshold on is reported as LARGE. Several below it that together reach it
within a day of the chain are reported as STRUCTURED, once a day. A report refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ledger.receipt import Rejected
from lending import credit_keys
from lending.commands.compliance import SetReporting
from lending.compliance.limits import limits_of, spent_of
from lending.compliance.movements import Fields, Outflow, payments, receipts_from_outside
from lending.compliance.rules import NONE, put_rules, rules_of
from lending.parties.assets import asset_of
from lending.records import compliance as stored
from lending.records.compliance import MovementReport
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved

THRESHOLDS_MAX: Final = 64


def set_reporting(scope: Scope, command: SetReporting) -> Rejected | None:
    """A quorum of members fixes a threshold, or with 0 ends it."""
    if refused := check_approved(scope):
        return refused
    if asset_of(scope, command.asset) is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    rules = rules_of(scope) or NONE
    rows = tuple(row for row in rules.thresholds if row[0] != command.asset)
    if command.threshold:
        rows = (*rows, (command.asset, command.threshold))
    if len(rows) > THRESHOLDS_MAX:
        return reject(
            Rejection.CAP_EXCEEDED, what="thresholds", held=len(rows), most=THRESHOLDS_MAX
        )
    put_rules(scope, replace(rules, thresholds=rows))
    scope.emit("reporting_set", asset=command.asset, threshold=command.threshold)
    return None


def movement_seen(scope: Scope, fields: Fields) -> None:
    """The follower: sum up the day, and report what members want to hear of."""
    rules = rules_of(scope)
    if rules is None or not (rules.has_limits or rules.thresholds):
        return
    thresholds = dict(rules.thresholds)
    for each in receipts_from_outside(fields):
        if thresholds.get(each.asset) and each.amount >= thresholds[each.asset]:
            _report(scope, "LARGE", each, fields)
    for each in payments(fields):
        threshold = thresholds.get(each.asset, 0)
        if threshold or limits_of(scope, each.party) is not None:
            _sum_up(scope, each, threshold, fields)


MOVEMENTS: Final[dict[str, Callable[[Scope, Fields], None]]] = {"posting": movement_seen}
"""Which event is followed by what."""


def _sum_up(scope: Scope, payment: Outflow, threshold: int, fields: Fields) -> None:
    spent = spent_of(scope, payment.party, payment.asset)
    is_small = payment.amount < threshold
    spent = replace(
        spent, total=spent.total + payment.amount,
        small=spent.small + payment.amount * is_small, count=spent.count + is_small,
    )  # fmt: skip
    if threshold and not is_small:
        _report(scope, "LARGE", payment, fields)
    elif threshold and spent.count > 1 and spent.small >= threshold and not spent.is_reported:
        spent = replace(spent, is_reported=True)
        _report(scope, "STRUCTURED", replace(payment, amount=spent.small), fields)
    stored.SPENT.put(scope.state, credit_keys.spent(payment.party, payment.asset), spent)


def _report(scope: Scope, kind: str, movement: Outflow, fields: Fields) -> None:
    rules = rules_of(scope)
    assert rules is not None, "somebody asked for reports"
    number = rules.reports + 1
    put_rules(scope, replace(rules, reports=number))
    reason, reference = str(fields["reason"]), str(fields["reference"])
    report = MovementReport(
        kind, movement.party, movement.asset, movement.amount, scope.now_ms, reason, reference
    )
    stored.MOVEMENT.put(scope.state, credit_keys.movement(number), report)
    scope.emit(
        "movement_reported", report=number, kind=kind, party=movement.party,
        asset=movement.asset, amount=movement.amount, reason=reason, reference=reference,
    )  # fmt: skip
