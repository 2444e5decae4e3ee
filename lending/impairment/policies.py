"""Impairment policies, the walk that assesses a book anew, and the lender's own marks and flags."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys, records
from lending.alarms import drop_alarm, set_alarm
from lending.commands.impairment import FlagForbearance, MarkLoan, SetImpairmentPolicy, UnmarkLoan
from lending.impairment.assessing import allowance_of, assess, exposure_of, policy_of
from lending.parties.assets import asset_of
from lending.parties.authority import wrong_role
from lending.products.lifecycle import PAYABLE, check_loan_status
from lending.products.loan import loan_of
from lending.records import Loan, places
from lending.records import impairment as stored
from lending.records.impairment import Allowance, ImpairmentPolicy
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.feeds import check_approved

WALK_STEPS_MAX: Final = 64
"""How many loans the walk assesses in one block."""


def set_impairment_policy(scope: Scope, command: SetImpairmentPolicy) -> Rejected | None:
    """Members fix the policy; from the next block on the clock assesses the book by it."""
    if refused := check_approved(scope):
        return refused
    asset = asset_of(scope, command.asset)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if field := _problem(command):
        return reject(Rejection.BAD_POLICY, field=field)
    before = policy_of(scope, command.asset)
    subject = places.IMPAIRMENT + command.asset.encode()
    if before is not None and before.alarm_ms:
        drop_alarm(scope.state, keys.alarm(before.alarm_ms, subject))
    version = 1 if before is None else before.version + 1
    policy = ImpairmentPolicy(
        command.asset, version, command.stage_2_days, command.stage_3_days,
        command.downgrade_steps, command.loss_unsecured, command.loss_secured, command.haircut,
        command.revalue_days, command.rates, cursor=b"", alarm_ms=scope.now_ms, complete_height=0,
    )  # fmt: skip
    set_alarm(scope.state, scope.now_ms, subject)
    put_policy(scope, policy)
    scope.emit("impairment_policy_set", asset=policy.asset, policy_version=version)
    return None


def mark_loan(scope: Scope, command: MarkLoan) -> Rejected | None:
    """The lender's own judgement takes the place of the expected loss."""
    found = _own_loan(scope, command.loan)
    if isinstance(found, Rejected):
        return found
    loan, policy, allowance = found
    exposure = exposure_of(loan)
    if command.amount > exposure:
        return reject(Rejection.CAP_EXCEEDED, cap="claim", limit=exposure, needed=command.amount)
    marked = replace(allowance, is_marked=True, mark=command.amount, reason=command.reason)
    _judge(scope, loan, policy, marked)
    scope.emit(
        "loan_marked", loan=loan.name, amount=command.amount, exposure=exposure,
        reason=command.reason,
    )  # fmt: skip
    return None


def unmark_loan(scope: Scope, command: UnmarkLoan) -> Rejected | None:
    """The lender takes its mark back."""
    found = _own_loan(scope, command.loan)
    if isinstance(found, Rejected):
        return found
    loan, policy, allowance = found
    if not allowance.is_marked:
        return reject(Rejection.WRONG_STATUS, status="UNMARKED", allowed=("MARKED",))
    unmarked = replace(allowance, is_marked=False, mark=0, reason=command.reason)
    after = _judge(scope, loan, policy, unmarked)
    scope.emit("loan_unmarked", loan=loan.name, allowance=after.amount, reason=command.reason)
    return None


def flag_forbearance(scope: Scope, command: FlagForbearance) -> Rejected | None:
    """The lender says whether it has made concessions."""
    found = _own_loan(scope, command.loan)
    if isinstance(found, Rejected):
        return found
    loan, policy, allowance = found
    is_forborne = command.is_forborne == "YES"
    if allowance.is_forborne is is_forborne:
        return reject(Rejection.WRONG_STATUS, is_forborne=command.is_forborne)
    flagged = replace(allowance, is_forborne=is_forborne, reason=command.reason)
    after = _judge(scope, loan, policy, flagged)
    scope.emit(
        "forbearance_flagged", loan=loan.name, is_forborne=command.is_forborne, stage=after.stage,
        reason=command.reason,
    )  # fmt: skip
    return None


def put_policy(scope: Scope, policy: ImpairmentPolicy) -> None:
    """Set the policy of a currency."""
    stored.IMPAIRMENT.put(scope.state, places.impairment(policy.asset), policy)


def attend_impairment(scope: Scope, subject: bytes, budget: int) -> int:
    """Assess the next loans of the book; at its end wait for the day of the next walk."""
    policy = policy_of(scope, subject.removeprefix(places.IMPAIRMENT).decode())
    assert policy is not None, "a walk begins with a policy"
    steps_max = min(budget, WALK_STEPS_MAX)
    start = policy.cursor + b"\0" if policy.cursor else keys.LOAN
    pairs = scope.state.iterate(start, prefix_end(keys.LOAN))
    found = [key for key, _ in islice(pairs, steps_max)]
    for key in found:
        loan = records.LOAN.get(scope.state, key)
        assert loan is not None, "loans are never removed"
        if loan.asset == policy.asset and (loan.status in PAYABLE or _has_allowance(scope, loan)):
            assess(scope, loan, policy)
    is_complete = len(found) < steps_max
    next_ms = scope.now_ms if not is_complete else 0
    if is_complete and policy.revalue_days:
        next_ms = scope.now_ms + policy.revalue_days * DAY_MS
    if next_ms:
        set_alarm(scope.state, next_ms, subject)
    cursor = b"" if is_complete else found[-1]
    height = scope.height if is_complete else policy.complete_height
    put_policy(scope, replace(policy, cursor=cursor, alarm_ms=next_ms, complete_height=height))
    if is_complete:
        scope.emit("book_assessed", asset=policy.asset, policy_version=policy.version)
    return max(len(found), 1)


def _has_allowance(scope: Scope, loan: Loan) -> bool:
    found = allowance_of(scope, loan.name)
    return found is not None and found.amount > 0


def _problem(command: SetImpairmentPolicy) -> str:
    """The field that contradicts the others; empty if none does."""
    if command.stage_3_days < command.stage_2_days:
        return "stage_3_days"
    if command.loss_secured > command.loss_unsecured:
        return "loss_secured"
    lines = [(line.stage, line.days, line.grade) for line in command.rates]
    if len(set(lines)) != len(lines):
        return "rates"
    # Every stage needs a line for every grade and from the first day on.
    return "" if all((stage, 0, "") in lines for stage in (1, 2, 3)) else "rates"


def _own_loan(scope: Scope, name: str) -> tuple[Loan, ImpairmentPolicy, Allowance] | Rejected:
    """A loan that is owed, its policy and its allowance, for its lender and nobody else."""
    loan = loan_of(scope, name)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=name)
    if scope.sender != loan.lender:
        return wrong_role(scope, "the lender")
    if refused := check_loan_status(loan.status, *PAYABLE):
        return refused
    policy = policy_of(scope, loan.asset)
    if policy is None:
        return reject(Rejection.NO_POLICY, asset=loan.asset)
    return loan, policy, allowance_of(scope, name) or assess(scope, loan, policy)


def _judge(scope: Scope, loan: Loan, policy: ImpairmentPolicy, judged: Allowance) -> Allowance:
    stored.ALLOWANCE.put(scope.state, places.allowance(loan.name), judged)
    return assess(scope, loan, policy)
