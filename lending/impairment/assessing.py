"""Assessing a loan: its stage, its expected loss, and the allowance that follows it in the journal.

The expected loss is exposure times probability of default times loss given default, rounded up: a
lender sets aside too much by less than a unit, never too little. The allowance moves by the
difference, event by event; what is released goes back where it came from, what a write-off needs is
used for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from ledger.receipt import Rejected
from lending.chart import Account
from lending.collateral.book import securing
from lending.collateral.health import SCALE, total_debt, worth
from lending.commands.impairment import DefaultRate
from lending.credit.grades import grade_of
from lending.credit.model import active_model
from lending.events import EVENTS
from lending.fields import RATE_UNIT
from lending.journal import post
from lending.products.lifecycle import PAYABLE
from lending.products.loan import BUCKET_DAYS, loan_of
from lending.products.names import agreement_of
from lending.records import Loan, LoanStatus, places
from lending.records import impairment as stored
from lending.records.impairment import Allowance, ImpairmentPolicy
from lending.scope import Scope
from lending.support.collateral import pledged
from lending.support.prices import collateral_value
from lending.waterfall import owed

OWN_EVENTS: Final = frozenset(
    {"provision_changed", "allowance_used", "loan_marked", "loan_unmarked", "forbearance_flagged"}
)
"""What assessing itself says."""
CONCESSIONS: Final = frozenset({"RESCHEDULING", "REAGEING", "HOLIDAY"})
"""The changes of a running loan that are concessions by themselves."""


def policy_of(scope: Scope, asset: str) -> ImpairmentPolicy | None:
    """The policy of a currency, if members have set one."""
    return stored.IMPAIRMENT.get(scope.state, places.impairment(asset))


def allowance_of(scope: Scope, loan: str) -> Allowance | None:
    """The allowance of a loan, if it was ever assessed."""
    return stored.ALLOWANCE.get(scope.state, places.allowance(loan))


def exposure_of(loan: Loan) -> int:
    """What is owed on a loan that its lender has on the books."""
    if loan.status not in PAYABLE:
        return 0
    return loan.balance + loan.carried_interest + owed(loan.bills)


def follow_loan(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """Assess the loan that an event is about; nothing where its currency has no policy."""
    name = fields.get("loan") or fields.get("agreement")
    loan = loan_of(scope, name) if isinstance(name, str) else None
    if loan is not None and (policy := policy_of(scope, loan.asset)) is not None:
        assess(scope, loan, policy)


def follow_change(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """A running loan was changed by consent: a concession flags it."""
    loan = loan_of(scope, str(fields["loan"]))
    if loan is None or (policy := policy_of(scope, loan.asset)) is None:
        return
    allowance = assess(scope, loan, policy)
    if fields.get("kind") in CONCESSIONS and not allowance.is_forborne:
        flagged = replace(allowance, is_forborne=True, reason=str(fields["kind"]))
        stored.ALLOWANCE.put(scope.state, places.allowance(loan.name), flagged)
        assess(scope, loan, policy)


def assess(scope: Scope, loan: Loan, policy: ImpairmentPolicy) -> Allowance:
    """Bring the allowance of a loan to what it must be now."""
    old = allowance_of(scope, loan.name) or _first(scope, loan)
    if old.lender != loan.lender:
        old = _book(scope, loan, old, replace(old, amount=0))
        old = replace(old, lender=loan.lender)
    if loan.status in (LoanStatus.WRITTEN_OFF, LoanStatus.RECOVERED):
        old = _use(scope, loan, old)
    return _book(scope, loan, old, _assessed(scope, loan, policy, old))


def expected_loss(exposure: int, covered: int, rate: int, policy: ImpairmentPolicy) -> int:
    """What is expected to be lost, rounded up in favour of prudence; never more than the exposure."""
    loss = covered * policy.loss_secured + (exposure - covered) * policy.loss_unsecured
    return -(-rate * loss // RATE_UNIT**2)


def default_rate(rates: tuple[DefaultRate, ...], stage: int, days: int, grade: str) -> int:
    """The line of the table that fits best: a grade's own first, then the most days."""
    fitting = [
        (bool(line.grade), line.days, line.rate)
        for line in rates
        if line.stage == stage and line.days <= days and line.grade in ("", grade)
    ]
    return max(fitting)[2]


def stage_of(loan: Loan, policy: ImpairmentPolicy, *, is_doubtful: bool) -> int:
    """The stage of a loan; `is_doubtful` when it is forborne or its borrower was downgraded."""
    days = days_of(loan)
    if loan.status is LoanStatus.DEFAULTED or days >= policy.stage_3_days:
        return 3
    return 2 if is_doubtful or days >= policy.stage_2_days else 1


def days_of(loan: Loan) -> int:
    """The days past due that the loan has reached, of those that are counted."""
    return (0, *BUCKET_DAYS)[loan.bucket]


def _first(scope: Scope, loan: Loan) -> Allowance:
    grade = grade_of(scope, loan.borrower)
    return Allowance(
        loan.lender, amount=0, exposure=0, covered=0, stage=0, default_rate=0, version=0,
        first_grade=grade, grade=grade, is_forborne=False, is_marked=False, mark=0, reason="",
    )  # fmt: skip


def _assessed(scope: Scope, loan: Loan, policy: ImpairmentPolicy, old: Allowance) -> Allowance:
    """The allowance that a loan must have."""
    exposure = exposure_of(loan)
    if not exposure:
        return replace(
            old, amount=0, exposure=0, covered=0, stage=0, default_rate=0, version=policy.version
        )
    grade = grade_of(scope, loan.borrower)
    doubtful = old.is_forborne or _is_downgraded(scope, policy, old.first_grade, grade)
    stage = stage_of(loan, policy, is_doubtful=doubtful)
    rate = default_rate(policy.rates, stage, days_of(loan), grade)
    covered = _covered(scope, loan, policy, exposure)
    amount = expected_loss(exposure, covered, rate, policy)
    return replace(
        old, amount=min(old.mark, exposure) if old.is_marked else amount, exposure=exposure,
        covered=covered, stage=stage, default_rate=rate, version=policy.version, grade=grade,
    )  # fmt: skip


def _is_downgraded(scope: Scope, policy: ImpairmentPolicy, first: str, grade: str) -> bool:
    model = active_model(scope)
    if not policy.downgrade_steps or model is None:
        return False
    order = [name for name, _ in model.grades]
    if first not in order or grade not in order:
        return False
    return order.index(grade) - order.index(first) >= policy.downgrade_steps


def _covered(scope: Scope, loan: Loan, policy: ImpairmentPolicy, exposure: int) -> int:
    """What collateral covers, rounded down; nothing where no price can be decided by."""
    account = securing(scope, loan.name)
    if account is not None:
        value = worth(scope, account.currency, account.holdings)
        debts = total_debt(scope, account)
        mine = loan.balance + owed(loan.bills)
        worthy = 0 if isinstance(value, Rejected) or not debts else value.value // SCALE
        whole = worthy * mine // debts if debts else 0
    else:
        agreement = agreement_of(scope, loan.name)
        assert agreement is not None, "a loan has an agreement"
        amount, code = pledged(scope, agreement), agreement.terms.collateral_asset
        found = collateral_value(scope, code, amount, loan.asset) if amount else 0
        whole = 0 if isinstance(found, Rejected) else found
    return min(exposure, whole * (RATE_UNIT - policy.haircut) // RATE_UNIT)


def _use(scope: Scope, loan: Loan, old: Allowance) -> Allowance:
    """What was set aside bears the loss of the write-off."""
    used = min(old.amount, loan.written_off)
    if not used:
        return old
    legs = [
        (loan.lender, Account.LOSS_ALLOWANCE, used),
        (loan.lender, Account.WRITE_OFF_LOSS, -used),
    ]
    post(scope, loan.asset, "allowance_use", loan.name, legs)
    scope.emit("allowance_used", loan=loan.name, lender=loan.lender, amount=used)
    return replace(old, amount=old.amount - used)


def _book(scope: Scope, loan: Loan, old: Allowance, new: Allowance) -> Allowance:
    """Post the difference and set the record."""
    change = new.amount - old.amount
    legs = [
        (new.lender, Account.PROVISION_EXPENSE, change),
        (new.lender, Account.LOSS_ALLOWANCE, -change),
    ]
    post(scope, loan.asset, "impairment" if change > 0 else "impairment_release", loan.name, legs)
    stored.ALLOWANCE.put(scope.state, places.allowance(loan.name), new)
    if change or new.stage != old.stage:
        scope.emit(
            "provision_changed", loan=loan.name, lender=new.lender, stage=new.stage,
            exposure=new.exposure, covered=new.covered, default_rate=new.default_rate,
            allowance=new.amount, moved=change,
        )  # fmt: skip
    return new


IMPAIRMENT: Final = {
    **{
        name: follow_loan
        for name, kind in EVENTS.items()
        if "loan" in kind.fields and name not in OWN_EVENTS
    },
    **dict.fromkeys(("collateral_pledged", "collateral_released"), follow_loan),
    "loan_changed": follow_change,
}
"""Every event after which a loan may need another allowance."""
