"""Credit lines as records: finding and setting them, and what a line owes."""

from __future__ import annotations

from lending import keys
from lending.arithmetic.models.growth import debt_at
from lending.pools.interest import DEBT_UNIT
from lending.records import pools as pool_records
from lending.records.pools import CreditLine, Pool
from lending.scope import Scope


def line_of(scope: Scope, pool: Pool, borrower: str) -> CreditLine | None:
    """The credit line of a borrower."""
    return pool_records.CREDIT_LINE.get(scope.state, keys.credit_line(pool.name, borrower))


def put_line(scope: Scope, pool: Pool, borrower: str, line: CreditLine) -> None:
    """Set the credit line of a borrower."""
    pool_records.CREDIT_LINE.put(scope.state, keys.credit_line(pool.name, borrower), line)


def debt_of(pool: Pool, line: CreditLine) -> int:
    """What a line owes at the pool's index, rounded up, without what was written off."""
    return debt_at(line.scaled_debt, pool.index, DEBT_UNIT)
