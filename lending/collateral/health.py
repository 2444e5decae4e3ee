"""What the collateral of an account is worth against its debts, exactly: no rounding decides anything.

The value of each asset counts up to its largest share of the whole, less its haircut. That is
homogeneous and never falls when a price rises. So where the value has slack, an account can only
leave its limit after one of its assets has lost that part of its price: the trigger price of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.receipt import Rejected
from lending import keys
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.parties.assets import asset_of
from lending.products.lifecycle import PAYABLE
from lending.products.loan import loan_of
from lending.records import Asset, Loan
from lending.records import bridge as bridge_records
from lending.records import collateral as stored
from lending.records.collateral import AccountTerms, CollateralAccount, Holding, Mode
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.prices import agreed_price
from lending.waterfall import owed

DECIMALS_MAX: Final = 18
SCALE: Final = 10**DECIMALS_MAX * RATE_UNIT**2
"""The value of one minor unit of the currency, in units of `Worth.value`."""


class Limit(NamedTuple):
    """The largest debt as a part of the value, in billionths."""

    outside: int
    """Of collateral outside the account's mode, or where there is none."""
    inside: int
    """Of collateral of the account's mode."""


ALL_OF_IT: Final = Limit(RATE_UNIT, RATE_UNIT)


class Limits(NamedTuple):
    """The three limits that an account's debts are held to."""

    borrow: Limit
    """When one borrows or takes back."""
    margin: Limit
    """Above it the borrower is called."""
    liquidation: Limit
    """Above it the collateral is on sale."""


@dataclass(frozen=True, slots=True)
class Worth:
    """An account's collateral at the agreed prices."""

    value: int
    """What counts of it, in parts of SCALE."""
    prices: tuple[int, ...]
    """The price of a whole unit of each holding."""
    in_mode: int = 0
    """What of the value is of assets of the account's mode."""

    @property
    def shown(self) -> int:
        """The value in the currency's minor unit, rounded down, as facts and events give it."""
        return min(self.value // SCALE, AMOUNT_MAX)

    def counted(self, limit: Limit) -> int:
        """What the limit allows of the value, in parts of SCALE times RATE_UNIT."""
        return (self.value - self.in_mode) * limit.outside + self.in_mode * limit.inside

    def covers(self, debt: int, limit: Limit) -> bool:
        """Whether a debt is at most the part `limit` of the value."""
        return debt * SCALE * RATE_UNIT <= self.counted(limit)

    def trigger_prices(self, debt: int, limit: Limit) -> tuple[int, ...]:
        """For a debt that is covered: no price at or above its own of these can uncover it."""
        needed, counted = debt * SCALE * RATE_UNIT, self.counted(limit)
        return tuple(-(-price * needed // counted) for price in self.prices)


def worth(
    scope: Scope, currency: str, holdings: Iterable[Holding], mode_assets: tuple[str, ...] = ()
) -> Worth | Rejected:
    """The worth of holdings; refused when a price is missing, frozen or too old."""
    values: list[int] = []
    prices: list[int] = []
    holdings = tuple(holdings)
    haircuts: list[int] = []
    for holding in holdings:
        price = agreed_price(scope, holding.asset, currency)
        if isinstance(price, Rejected):
            return price
        asset = asset_of(scope, holding.asset)
        assert asset is not None, "assets are never removed"
        prices.append(price)
        haircuts.append(_haircut(scope, holding, asset))
        values.append(holding.amount * price * 10 ** (DECIMALS_MAX - asset.decimals))
    whole = sum(values)
    counted = [
        min(value * RATE_UNIT, whole * holding.share_max) * (RATE_UNIT - haircut)
        for value, holding, haircut in zip(values, holdings, haircuts, strict=True)
    ]
    in_mode = 0
    if mode_assets:
        in_mode = sum(
            part
            for part, holding in zip(counted, holdings, strict=True)
            if holding.asset in mode_assets
        )
    return Worth(sum(counted), tuple(prices), in_mode)


def worth_of(
    scope: Scope, account: CollateralAccount, holdings: Iterable[Holding]
) -> Worth | Rejected:
    """The worth that holdings would have in an account, with its mode."""
    mode = mode_of(scope, account.mode)
    return worth(scope, account.currency, holdings, () if mode is None else mode.assets)


def limits_of(scope: Scope, account: CollateralAccount) -> Limits:
    """The limits of an account; those of its mode are for the assets of the mode only."""
    own, mode = account.terms, mode_of(scope, account.mode)
    inside: AccountTerms | Mode = own if mode is None else mode
    return Limits(
        Limit(own.borrow_limit, inside.borrow_limit),
        Limit(own.margin_limit, inside.margin_limit),
        Limit(own.liquidation_limit, inside.liquidation_limit),
    )


def mode_of(scope: Scope, name: str) -> Mode | None:
    """The mode of a name; none for none."""
    return stored.MODE.get(scope.state, keys.mode(name)) if name else None


def _haircut(scope: Scope, holding: Holding, asset: Asset) -> int:
    """That of its first pledge; all of it for a claim on another chain whose use is over."""
    if asset.kind != "wrapped":
        return holding.haircut
    wrapped = bridge_records.WRAPPED.get(scope.state, bridge_records.wrapped_key(asset.code))
    assert wrapped is not None, "a wrapped asset is never removed"
    return holding.haircut if scope.now_ms < wrapped.use_until_ms else RATE_UNIT


def running_debts(scope: Scope, account: CollateralAccount) -> list[tuple[Loan, int]]:
    """The loans that an account secures and what is owed on each, in their order."""
    found = (loan_of(scope, name) for name in account.loans)
    return [(loan, debt_of(loan)) for loan in found if loan is not None and loan.status in PAYABLE]


def debt_of(loan: Loan) -> int:
    """All that is billed and all principal; interest of the running period is not counted."""
    return loan.balance + owed(loan.bills)


def total_debt(scope: Scope, account: CollateralAccount) -> int:
    """What is owed on all loans of an account."""
    return sum(debt for _, debt in running_debts(scope, account))


def check_covered(
    scope: Scope, account: CollateralAccount, holdings: Iterable[Holding], debt: int
) -> Rejected | None:
    """Refuse a debt above the borrow limit of what would be held."""
    if not debt:
        return None
    value = worth_of(scope, account, holdings)
    if isinstance(value, Rejected):
        return value
    limit = limits_of(scope, account).borrow
    if value.covers(debt, limit):
        return None
    shown = value.counted(limit) // value.value if value.value else limit.outside
    return reject(
        Rejection.COLLATERAL_TOO_LOW, debt=debt, value=value.shown, loan_to_value_limit=shown
    )
