"""The score model in force: proposed and approved like a product, version by version."""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import credit_keys
from lending.commands.credit import ApproveCreditModel, ProposeCreditModel
from lending.credit.conduct import keep
from lending.credit.score import model_problem
from lending.parties.authority import wrong_role
from lending.parties.consortium import parameters, signing_members
from lending.records import credit as stored
from lending.records.credit import CreditModel, ModelInForce
from lending.rejections import Rejection, reject
from lending.scope import Scope


def propose_credit_model(scope: Scope, command: ProposeCreditModel) -> Rejected | None:
    """A member proposes the next version."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    versions = in_force(scope)
    if command.version != versions.newest + 1:
        return reject(Rejection.WRONG_VERSION, version=command.version)
    if problem := model_problem(command.weights, command.grades):
        return reject(Rejection.BAD_TERMS, field=problem[0], reason=problem[1])
    model = CreditModel(
        command.version, scope.sender, (), is_active=False, base=command.base,
        weights=command.weights, grades=command.grades,
    )  # fmt: skip
    _put_versions(scope, replace(versions, newest=command.version))
    scope.emit("credit_model_proposed", version=command.version, member=scope.sender)
    _approve(scope, model, signing_members(scope))
    return None


def approve_credit_model(scope: Scope, command: ApproveCreditModel) -> Rejected | None:
    """All members that signed approve a version."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    model = model_of(scope, command.version)
    if model is None:
        return reject(Rejection.UNKNOWN_MODEL, version=command.version)
    new = tuple(each for each in signing_members(scope) if each not in model.approvals)
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=len(model.approvals))
    _approve(scope, model, new)
    return None


def in_force(scope: Scope) -> ModelInForce:
    """Which version counts."""
    found = stored.IN_FORCE.get(scope.state, credit_keys.CREDIT_IN_FORCE)
    return ModelInForce(0, 0) if found is None else found


def model_of(scope: Scope, version: int) -> CreditModel | None:
    """One version of the model."""
    return stored.MODEL.get(scope.state, credit_keys.credit_model(version))


def active_model(scope: Scope) -> CreditModel | None:
    """The version that counts."""
    version = in_force(scope).version
    return model_of(scope, version) if version else None


def _approve(scope: Scope, model: CreditModel, new: tuple[str, ...]) -> None:
    approvals = tuple(sorted((*model.approvals, *new)))
    is_active = len(approvals) >= parameters(scope).approval_quorum
    approved = replace(model, approvals=approvals, is_active=is_active)
    stored.MODEL.put(scope.state, credit_keys.credit_model(model.version), approved)
    for member in new:
        scope.emit("credit_model_approved", version=model.version, member=member)
    versions = in_force(scope)
    if is_active and not model.is_active:
        # A version that is approved after a newer one came into force does not bring the old back.
        if model.version > versions.version:
            _put_versions(scope, replace(versions, version=model.version))
        keep(scope)
        scope.emit("credit_model_activated", version=model.version)


def _put_versions(scope: Scope, versions: ModelInForce) -> None:
    stored.IN_FORCE.put(scope.state, credit_keys.CREDIT_IN_FORCE, versions)
