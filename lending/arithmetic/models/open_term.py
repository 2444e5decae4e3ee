"""Open-term loans of a pool: callable, interest by the second, late charges, and the pool's books.

Source: Maple v2 open-term-loan and its scenarios. A loan is due after its payment interval, or when the
notice of a call or of an impairment has run out, whichever is first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.growth import YEAR_SECONDS
from lending.arithmetic.models.sites import SERVICE
from lending.arithmetic.money import divide, mul_div


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTermTerms:
    """What the parties agreed. Rates are a year's, in parts of `unit`; times in seconds."""

    unit: int
    """The number that means 1, for every rate."""
    interest_rate: int
    """The yearly rate."""
    late_premium: int
    """The yearly rate on top of it while a payment is late."""
    late_fee: int
    """The part of the principal that is charged once for being late."""
    delegate_service_fee: int
    """The yearly fee of the pool's delegate, on the principal."""
    platform_service_fee: int
    """The yearly fee of the platform, on the principal."""
    interval: int
    """The time between payments."""
    notice: int
    """The time between a call and the day it is due."""


@dataclass(frozen=True, slots=True)
class OpenTermLoan:
    """What is known of a running loan."""

    principal: int
    """The amount owed."""
    paid_until: int
    """When interest was last paid, or the loan was funded."""
    called_at: int | None = None
    """When it was called; None if it is not."""

    def due(self, terms: OpenTermTerms) -> int:
        """Return when the next payment is due."""
        regular = self.paid_until + terms.interval
        return regular if self.called_at is None else min(regular, self.called_at + terms.notice)


@dataclass(frozen=True, slots=True)
class OpenTermPayment:
    """What a payment consists of."""

    interest: int
    """Interest, with the late premium and the late fee."""
    delegate_service_fee: int
    """What the delegate is paid for the time."""
    platform_service_fee: int
    """What the platform is paid for the time."""


def payment_at(terms: OpenTermTerms, loan: OpenTermLoan, now: int) -> OpenTermPayment:
    """Return what has to be paid at a time; one second after it is due a payment is late."""
    elapsed, late = now - loan.paid_until, max(now - loan.due(terms), 0)
    if elapsed < 0:
        raise InvalidTerms("now", "is before the loan was last paid")
    interest = _of_year(terms, loan.principal, terms.interest_rate, elapsed)
    if late:
        interest += _of_year(terms, loan.principal, terms.late_premium, late)
        interest += mul_div(loan.principal, terms.late_fee, terms.unit, SERVICE.rounding)
    return OpenTermPayment(
        interest,
        _of_year(terms, loan.principal, terms.delegate_service_fee, elapsed),
        _of_year(terms, loan.principal, terms.platform_service_fee, elapsed),
    )


def _of_year(terms: OpenTermTerms, principal: int, rate: int, seconds: int) -> int:
    return divide(principal * rate * seconds, terms.unit * YEAR_SECONDS, SERVICE.rounding)


@dataclass(frozen=True, slots=True)
class PoolBook:
    """The books of a pool that lends without a term; cash and what is owed to it."""

    unit: int
    """The number that means 1, for both management fees."""
    delegate_fee: int
    """The part of all interest that the delegate keeps."""
    platform_fee: int
    """The part of all interest that the platform keeps."""
    cash: int = 0
    """What the pool holds."""
    shares: int = 0
    """What its lenders hold."""

    def kept(self, interest: int) -> tuple[int, int]:
        """Return what (delegate, platform) keep of interest."""
        delegate = mul_div(interest, self.delegate_fee, self.unit, SERVICE.rounding)
        return delegate, mul_div(interest, self.platform_fee, self.unit, SERVICE.rounding)

    def net(self, interest: int) -> int:
        """Return what the lenders keep of interest."""
        return interest - sum(self.kept(interest))

    def accrued(self, terms: OpenTermTerms, loan: OpenTermLoan, now: int) -> int:
        """Return the net interest that the pool counts as its own; late charges when they are paid."""
        earned = _of_year(terms, loan.principal, terms.interest_rate, now - loan.paid_until)
        return self.net(earned)

    def deposited(self, assets: int, total: int) -> PoolBook:
        """Return the books after a deposit into a pool worth `total`; shares are rounded down."""
        bought = (
            assets if self.shares == 0 else mul_div(assets, self.shares, total, SERVICE.rounding)
        )
        return replace(self, cash=self.cash + assets, shares=self.shares + bought)

    def funded(self, principal: int) -> PoolBook:
        """Return the books after a loan was paid out."""
        if principal > self.cash:
            raise InvalidTerms("principal", "is more than the pool's cash")
        return replace(self, cash=self.cash - principal)

    def paid(self, principal: int, interest: int) -> PoolBook:
        """Return the books after a payment."""
        return replace(self, cash=self.cash + principal + self.net(interest))


def loss(book: PoolBook, terms: OpenTermTerms, loan: OpenTermLoan, now: int) -> int:
    """Return what lenders lose if a loan is given up: its principal and all net interest owed."""
    return loan.principal + book.net(payment_at(terms, loan, now).interest)
