"""Deals: what an event says of who lends whom how much, so that rules can be asked of it.

Rules are asked of what happened and not of commands: whatever command offers, concludes or draws a
credit, it ends in one of these events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from lending import keys, records
from lending.compliance.movements import Fields
from lending.records import facilities as facility_records
from lending.records import pools as pool_records
from lending.scope import Scope


@dataclass(frozen=True, slots=True)
class Deal:
    """A credit that is offered, concluded or drawn, or a deposit."""

    kind: str
    """PRODUCT, FACILITY or POOL."""
    name: str
    """Which product, facility or pool."""
    version: int
    """The version of the product; else 0."""
    lenders: tuple[str, ...]
    """Who lends; nobody where a pool does."""
    borrower: str
    """Who borrows; empty for a deposit."""
    asset: str
    """In what."""
    principal: int
    """How much; 0 where nothing is fixed."""
    rate: int
    """The yearly rate in billionths; 0 where there are several."""
    is_drawn: bool
    """Whether somebody has lent more than before."""
    is_new: bool = True
    """Whether the borrower owes more, or will; not where a lender took another's place."""


Reader = Callable[[Scope, Fields], Deal | None]


def _agreement(scope: Scope, name: str, *, is_drawn: bool) -> Deal | None:
    found = records.AGREEMENT.get(scope.state, keys.agreement(name))
    if found is None:
        return None
    terms = found.terms
    return Deal(
        "PRODUCT", terms.product, terms.version, (terms.lender,), terms.borrower, terms.asset,
        terms.principal, terms.rate, is_drawn=is_drawn,
    )  # fmt: skip


def _offered(_: Scope, fields: Fields) -> Deal | None:
    terms = fields["terms"]
    return Deal(
        "PRODUCT", terms["product"], terms["version"], (terms["lender"],), terms["borrower"],
        terms["asset"], terms["principal"], terms["rate"], is_drawn=False,
    )  # fmt: skip


def _concluded(scope: Scope, fields: Fields) -> Deal | None:
    return _agreement(scope, str(fields["agreement"]), is_drawn=False)


def _drawn(scope: Scope, fields: Fields) -> Deal | None:
    return _agreement(scope, str(fields["loan"]), is_drawn=True)


def _facility(scope: Scope, fields: Fields, *, is_drawn: bool = False) -> Deal:
    found = facility_records.FACILITY.get(scope.state, keys.facility(str(fields["facility"])))
    assert found is not None, "the event is about a facility"
    lenders = dict.fromkeys(share.lender for each in found.tranches for share in each.shares)
    terms = found.terms
    return Deal(
        "FACILITY", found.name, 0, tuple(lenders), terms.borrower, terms.asset, 0, 0,
        is_drawn=is_drawn,
    )  # fmt: skip


def _facility_drawn(scope: Scope, fields: Fields) -> Deal | None:
    return _facility(scope, fields, is_drawn=True) if fields["amount"] else None


def _transferred(scope: Scope, fields: Fields) -> Deal | None:
    deal = _facility(scope, fields, is_drawn=True)
    return replace(deal, lenders=(str(fields["buyer"]),), is_new=False)


def _line(scope: Scope, fields: Fields) -> Deal | None:
    is_drawn = "amount" in fields
    if not is_drawn and not fields["limit"]:
        return None
    return _pool(scope, fields, (), str(fields["borrower"]), is_drawn=is_drawn)


def _deposit(scope: Scope, fields: Fields) -> Deal | None:
    return _pool(scope, fields, (str(fields["depositor"]),), "", is_drawn=False)


def _pool(
    scope: Scope, fields: Fields, lenders: tuple[str, ...], borrower: str, *, is_drawn: bool
) -> Deal:
    name = str(fields["pool"])
    found = pool_records.POOL_TERMS.get(scope.state, keys.pool_terms(name))
    assert found is not None, "the event is about a pool"
    return Deal("POOL", name, 0, lenders, borrower, found.template.asset, 0, 0, is_drawn=is_drawn)


DEALS: Final[dict[str, Reader]] = {
    "agreement_offered": _offered,
    "agreement_concluded": _concluded,
    "loan_drawn": _drawn,
    "facility_offered": _facility,
    "facility_effective": _facility,
    "facility_draw_requested": _facility,
    "facility_drawn": _facility_drawn,
    "facility_participation_transferred": _transferred,
    "credit_line_granted": _line,
    "pool_borrowed": _line,
    "deposited": _deposit,
}
"""What each event says."""
