"""The waterfall: how a payment is taken for what has fallen due, in the agreed order. Pure.

No more than what is owed is ever taken, no part below zero, and what is left over is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from lending.records import Bill

ORDER = ("FEES", "INTEREST", "PRINCIPAL")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a payment was taken for."""

    fees: int
    """Taken for fees."""
    interest: int
    """Taken for interest."""
    principal: int
    """Taken for principal."""
    bills: tuple[Bill, ...]
    """What of the bills is still unpaid; paid ones are gone."""
    left: int
    """What was not needed."""

    @property
    def total(self) -> int:
        """All that was taken."""
        return self.fees + self.interest + self.principal


def owed(bills: tuple[Bill, ...]) -> int:
    """All that has fallen due and is unpaid."""
    return sum(bill.fees + bill.interest + bill.principal for bill in bills)


def take(amount: int, bills: tuple[Bill, ...], order: tuple[str, ...], allocation: str) -> Taken:
    """Spend `amount` on the bills, the oldest first.

    BY_INSTALLMENT pays all parts of a bill before the next one; BY_PART pays the first part of all
    bills before the second part of any.
    """
    remaining = [[bill.fees, bill.interest, bill.principal] for bill in bills]
    parts = [ORDER.index(name) for name in order]
    if allocation == "BY_INSTALLMENT":
        path = [(row, part) for row in remaining for part in parts]
    else:
        path = [(row, part) for part in parts for row in remaining]
    taken = [0, 0, 0]
    left = amount
    for row, part in path:
        if not left:
            break
        paid = min(left, row[part])
        row[part] -= paid
        taken[part] += paid
        left -= paid
    unpaid = tuple(
        Bill(bill.number, bill.due_ms, row[0], row[1], row[2], bill.is_late, bill.charged_to_ms)
        for bill, row in zip(bills, remaining, strict=True)
        if any(row)
    )
    fees, interest, principal = taken
    return Taken(fees, interest, principal, unpaid, left)
