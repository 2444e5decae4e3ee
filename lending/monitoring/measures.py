"""What one subject adds to the figures of risk: a loan, a facility, a pool, a credit line, an account.

Pure readings of its record. A figure counts what is written in records, so interest that has
accrued and is not billed, or that a pool has not booked, is in none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ledger.receipt import Rejected
from lending import keys, records
from lending.collateral.book import account_of, securing
from lending.collateral.health import SCALE, total_debt, worth
from lending.impairment.assessing import exposure_of
from lending.products.names import agreement_of
from lending.records import Loan, LoanStatus, places
from lending.records import facilities as facility_records
from lending.records import impairment as impairment_records
from lending.records import pools as pool_records
from lending.records.monitoring import Part
from lending.scope import Scope
from lending.support.collateral import pledged
from lending.support.prices import collateral_value

Parts = tuple[Part, ...]
BUCKETS: Final = ("current", "30", "60", "90", "120", "default")
"""The members of the dimension bucket, by days past due."""
COVERAGE_LIMITS: Final = (100, 110, 125, 150, 200)
COVERAGE: Final = ("below-100", "100", "110", "125", "150", "200", "none", "unknown")
"""The members of the dimension coverage: collateral in percent of the debt, from here on."""


def loan_parts(scope: Scope, name: str) -> Parts:
    """What a loan adds."""
    loan = records.LOAN.get(scope.state, keys.loan(name))
    exposure = 0 if loan is None else exposure_of(loan)
    if loan is None or not exposure:
        return ()
    bucket = BUCKETS[-1] if loan.status is LoanStatus.DEFAULTED else BUCKETS[loan.bucket]
    members = [
        ("all", "all"), ("lender", loan.lender), ("borrower", loan.borrower),
        ("product", loan.product), ("bucket", bucket),
    ]  # fmt: skip
    if (member := _pledge_coverage(scope, loan, exposure)) is not None:
        members.append(("coverage", member))
    allowance = impairment_records.ALLOWANCE.get(scope.state, places.allowance(name))
    if allowance is None:
        return tuple(Part(loan.asset, *member, exposure, 0, 0) for member in members)
    members.append(("stage", str(allowance.stage)))
    return tuple(Part(loan.asset, *member, exposure, 0, allowance.amount) for member in members)


def facility_parts(scope: Scope, name: str) -> Parts:
    """What a facility adds: principal outstanding, and what is committed as its limit."""
    found = facility_records.FACILITY.get(scope.state, keys.facility(name))
    if found is None:
        return ()
    lenders: dict[str, tuple[int, int]] = {}
    for tranche in found.tranches:
        for share in tranche.shares:
            lent, limit = lenders.get(share.lender, (0, 0))
            lenders[share.lender] = lent + share.outstanding, limit + share.commitment
    lent = sum(pair[0] for pair in lenders.values())
    limit = sum(pair[1] for pair in lenders.values())
    if not limit and not lent:
        return ()
    asset, borrower = found.terms.asset, found.terms.borrower
    whole = (("all", "all"), ("borrower", borrower), ("product", "facility"), ("facility", name))
    parts = [Part(asset, *member, lent, limit, 0) for member in whole]
    parts += [Part(asset, "lender", lender, *pair, 0) for lender, pair in sorted(lenders.items())]
    return tuple(parts)


def pool_parts(scope: Scope, name: str) -> Parts:
    """What a pool adds: its debt as it last booked it, and its debt and cash as the limit."""
    pool = pool_records.POOL.get(scope.state, keys.pool(name))
    terms = pool_records.POOL_TERMS.get(scope.state, keys.pool_terms(name))
    if pool is None or terms is None or not pool.debt + pool.cash:
        return ()
    asset, limit = terms.template.asset, pool.debt + pool.cash
    members = (("all", "all"), ("lender", name), ("product", "pool"), ("pool", name))
    return tuple(Part(asset, *member, pool.debt, limit, 0) for member in members)


def line_parts(scope: Scope, name: str) -> Parts:
    """What a credit line adds: the borrower's debt as it last was booked, and the line's limit."""
    pool, _, borrower = name.partition("/")
    line = pool_records.CREDIT_LINE.get(scope.state, keys.credit_line(pool, borrower))
    terms = pool_records.POOL_TERMS.get(scope.state, keys.pool_terms(pool))
    if line is None or terms is None or not line.booked:
        return ()
    return (Part(terms.template.asset, "borrower", borrower, line.booked, line.limit, 0),)


def account_parts(scope: Scope, name: str) -> Parts:
    """What a collateral account adds: its debts, by how far they are covered."""
    account = account_of(scope, name)
    debt = 0 if account is None else total_debt(scope, account)
    if account is None or not debt:
        return ()
    value = worth(scope, account.currency, account.holdings)
    member = "unknown" if isinstance(value, Rejected) else coverage(value.value // SCALE, debt)
    return (Part(account.currency, "coverage", member, debt, 0, 0),)


def coverage(value: int, debt: int) -> str:
    """The member of the dimension coverage; at a limit exactly it is the better one."""
    return COVERAGE[sum(value * 100 >= debt * limit for limit in COVERAGE_LIMITS)]


def _pledge_coverage(scope: Scope, loan: Loan, exposure: int) -> str | None:
    """Of a loan that has collateral of its own, or none; a collateral account counts by itself."""
    if securing(scope, loan.name) is not None:
        return None
    agreement = agreement_of(scope, loan.name)
    assert agreement is not None, "a loan has an agreement"
    amount = pledged(scope, agreement)
    if not amount:
        return "none"
    value = collateral_value(scope, agreement.terms.collateral_asset, amount, loan.asset)
    return "unknown" if isinstance(value, Rejected) else coverage(value, exposure)


Reading = Callable[[Scope, str], Parts]
READINGS: Final[dict[bytes, Reading]] = {
    keys.LOAN: loan_parts,
    keys.FACILITY: facility_parts,
    keys.POOL: pool_parts,
    keys.CREDIT_LINE: line_parts,
    keys.ACCOUNT: account_parts,
}
"""What a record under a state key with this prefix adds to the figures; also the clock's walk."""


def parts_of(scope: Scope, subject: bytes) -> Parts:
    """What the record under a state key adds."""
    prefix, _, name = subject.partition(b"/")
    return READINGS[prefix + b"/"](scope, name.decode())


def subjects_of(scope: Scope, fields: dict[str, object]) -> Iterable[bytes]:
    """The state keys of what an event is about."""
    loan = fields.get("loan") or fields.get("agreement")
    if isinstance(loan, str):
        yield keys.loan(loan)
        account = securing(scope, loan)
        if account is not None:
            yield keys.account(account.name)
    if isinstance(name := fields.get("account"), str):
        yield keys.account(name)
    if isinstance(name := fields.get("facility"), str):
        yield keys.facility(name)
    if isinstance(pool := fields.get("pool"), str):
        yield keys.pool(pool)
        if isinstance(borrower := fields.get("borrower"), str):
            yield keys.credit_line(pool, borrower)
