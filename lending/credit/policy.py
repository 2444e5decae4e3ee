"""Pricing and limits by grade: what a product offers a borrower of each grade.

The members vote a table per version of a product. It is asked whenever an agreement is offered,
concluded or drawn; a grade that the table does not list is not served at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.receipt import Rejected
from lending import credit_keys, keys, records
from lending.chart import Account
from lending.commands.credit import SetCreditPolicy
from lending.credit.grades import grade_of
from lending.credit.model import active_model
from lending.journal import balance_of
from lending.records import credit as stored
from lending.records.credit import CreditPolicy
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved


@dataclass(frozen=True, slots=True)
class Band:
    """What a product offers a grade."""

    grade: str
    """The grade."""
    principal_max: int
    """The largest loan."""
    exposure_max: int
    """The most that the borrower may owe in all, with the loan."""
    rate_min: int
    """The lowest yearly rate, in billionths."""
    rate_max: int
    """The highest."""


def set_credit_policy(scope: Scope, command: SetCreditPolicy) -> Rejected | None:
    """A quorum of members sets the table of a version; no rows, no policy."""
    if refused := check_approved(scope):
        return refused
    if records.PRODUCT.get(scope.state, keys.product(command.product, command.version)) is None:
        return reject(Rejection.UNKNOWN_PRODUCT, product=command.product, version=command.version)
    model = active_model(scope)
    known = () if model is None else tuple(grade for grade, _ in model.grades)
    for grade, _, _, rate_min, rate_max in command.bands:
        if grade not in known:
            return reject(Rejection.BAD_TERMS, field="bands", reason=f"there is no grade {grade}")
        if rate_min > rate_max:
            return reject(Rejection.BAD_TERMS, field="bands", reason=f"no rate is left for {grade}")
    key = credit_keys.credit_policy(command.product, command.version)
    if command.bands:
        stored.POLICY.put(scope.state, key, CreditPolicy(command.bands))
    else:
        scope.state.delete(key)
    scope.emit(
        "credit_policy_set", product=command.product, version=command.version, bands=command.bands
    )
    return None


def band_of(scope: Scope, product: str, version: int, party: str) -> Band | Rejected | None:
    """What a product offers a party; None where it has no policy."""
    policy = stored.POLICY.get(scope.state, credit_keys.credit_policy(product, version))
    if policy is None:
        return None
    grade = grade_of(scope, party)
    for row in policy.bands:
        if row[0] == grade:
            return Band(*row)
    served = tuple(row[0] for row in policy.bands)
    return reject(Rejection.GRADE_NOT_SERVED, party=party, grade=grade, served=served)


def check_policy(
    scope: Scope, product: str, version: int, party: str, asset: str, principal: int, rate: int,
    *, is_drawn: bool,
) -> Rejected | None:  # fmt: skip
    """Refuse terms outside what the product offers the borrower's grade."""
    band = band_of(scope, product, version, party)
    if band is None or isinstance(band, Rejected):
        return band
    owed = owed_by(scope, party, asset) + (0 if is_drawn else principal)
    for what, held, most in (
        (f"principal for grade {band.grade}", principal, band.principal_max),
        (f"exposure for grade {band.grade}", owed, band.exposure_max),
    ):
        if held > most:
            return reject(Rejection.CAP_EXCEEDED, what=what, held=held, most=most, subject=party)
    # What was agreed while the grade was another is drawn at the rate that was agreed.
    if not is_drawn and not band.rate_min <= rate <= band.rate_max:
        return reject(
            Rejection.BAD_TERMS, field="rate", value=rate, minimum=band.rate_min,
            maximum=band.rate_max,
        )  # fmt: skip
    return None


def owed_by(scope: Scope, party: str, asset: str) -> int:
    """The principal that a party owes, to lenders and to pools."""
    accounts = (Account.BORROWINGS, Account.POOL_BORROWINGS)
    return -sum(balance_of(scope.state, party, each, asset) for each in accounts)
