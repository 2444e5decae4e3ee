"""Products: a template that members approve, version by version; a version never changes.

At a quorum of the member institutions a version becomes active, and only then is it agreed on.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys, records
from lending.commands import ApproveProduct, ProposeProduct
from lending.commands.origination import RetireProduct
from lending.parties.authority import wrong_role
from lending.parties.consortium import parameters, signing_members
from lending.records import Product
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms import Template


def propose_product(scope: Scope, command: ProposeProduct) -> Rejected | None:
    """A member proposes the next version of a product."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    if command.version > 1 and product_of(scope, command.product, command.version - 1) is None:
        return reject(Rejection.WRONG_VERSION, version=command.version)
    if product_of(scope, command.product, command.version) is not None:
        return reject(Rejection.ALREADY_EXISTS, product=command.product, version=command.version)
    if problem := template_problem(command.template):
        return reject(Rejection.BAD_TEMPLATE, problem=problem)
    product = Product(
        command.product,
        command.version,
        scope.sender,
        (),
        is_active=False,
        template=command.template,
    )
    scope.emit(
        "product_proposed", product=command.product, version=command.version, member=scope.sender
    )
    _approve(scope, product, signing_members(scope))
    return None


def approve_product(scope: Scope, command: ApproveProduct) -> Rejected | None:
    """All members that signed approve a version."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    product = product_of(scope, command.product, command.version)
    if product is None:
        return reject(Rejection.UNKNOWN_PRODUCT, product=command.product, version=command.version)
    new = tuple(each for each in signing_members(scope) if each not in product.approvals)
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=len(product.approvals))
    _approve(scope, product, new)
    return None


def retire_product(scope: Scope, command: RetireProduct) -> Rejected | None:
    """All members that signed want a version offered no longer; what runs on it is not touched."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    product = product_of(scope, command.product, command.version)
    if product is None:
        return reject(Rejection.UNKNOWN_PRODUCT, product=command.product, version=command.version)
    if refused := check_offered(product):
        return refused
    new = tuple(each for each in signing_members(scope) if each not in product.retirements)
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=len(product.retirements))
    retirements = tuple(sorted((*product.retirements, *new)))
    is_retired = len(retirements) >= parameters(scope).approval_quorum
    retired = replace(product, retirements=retirements, is_retired=is_retired)
    records.PRODUCT.put(scope.state, keys.product(product.name, product.version), retired)
    scope.emit(
        "product_retirement_voted", product=product.name, version=product.version, members=new
    )
    if is_retired:
        scope.emit("product_retired", product=product.name, version=product.version)
    return None


def check_offered(product: Product) -> Rejected | None:
    """Refuse a version that members have not approved, or have retired."""
    if not product.is_active:
        return reject(Rejection.WRONG_STATUS, product=product.name, approvals=product.approvals)
    if product.is_retired:
        return reject(Rejection.WRONG_STATUS, product=product.name, retirements=product.retirements)
    return None


def template_problem(template: Template) -> str:
    """Why the parts of a template contradict each other; empty if they do not."""
    if template.principal_min > template.principal_max:
        return "principal_min is above principal_max"
    if template.rate_min > template.rate_max:
        return "rate_min is above rate_max"
    if template.default_after_days <= template.grace_days:
        return "default_after_days must be above grace_days"
    if template.collection_fee_limit > 1_000_000_000:
        return "collection_fee_limit is above the whole recovery"
    months = [month for month, _ in template.prepayment_fee]
    if months != sorted(months):
        return "the months of prepayment_fee do not ascend"
    if template.prepayment_fee and template.prepayment == "REFUSED":
        return "prepayment_fee without prepayment"
    if template.capitalised_max >= template.installments_max:
        return "capitalised_max leaves no installment to pay"
    return ""


def product_of(scope: Scope, name: str, version: int) -> Product | None:
    """One version of a product."""
    return records.PRODUCT.get(scope.state, keys.product(name, version))


def template_of(scope: Scope, name: str, version: int) -> Template:
    """The template of a version that an agreement or a loan already uses."""
    product = product_of(scope, name, version)
    assert product is not None, "products are never removed"
    return product.template


def _approve(scope: Scope, product: Product, new: tuple[str, ...]) -> None:
    approvals = tuple(sorted((*product.approvals, *new)))
    is_active = len(approvals) >= parameters(scope).approval_quorum
    approved = replace(product, approvals=approvals, is_active=is_active)
    records.PRODUCT.put(scope.state, keys.product(product.name, product.version), approved)
    for member in new:
        scope.emit("product_approved", product=product.name, version=product.version, member=member)
    if is_active and not product.is_active:
        scope.emit("product_activated", product=product.name, version=product.version)
