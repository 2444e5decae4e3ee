"""A pool is proposed by the member that will manage it, and opens when a quorum of members approved.

With it a party is registered that owns its books and has no keys: nobody can sign for a pool.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.arithmetic.models.growth import RAY
from lending.commands.pools import ApprovePool, CreatePool
from lending.parties.assets import asset_of
from lending.parties.authority import party_of, wrong_role
from lending.parties.consortium import parameters, signing_members
from lending.parties.registry import write_party
from lending.pools.books import put_pool, terms_of
from lending.pools.interest import first_rate_at_target
from lending.records import Party, PartyKind
from lending.records import pools as pool_records
from lending.records.pools import Pool, PoolTerms, Tranche
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.pools import PoolTemplate, pool_template_problem

_EMPTY = Tranche(claim=0, shares=0, queued=0, lost=0)


def create_pool(scope: Scope, command: CreatePool) -> Rejected | None:
    """A member proposes a pool."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    if party_of(scope, command.pool) is not None:
        return reject(Rejection.ALREADY_EXISTS, party=command.pool)
    if refused := _check_assets(scope, command.template):
        return refused
    if problem := pool_template_problem(command.template):
        return reject(Rejection.BAD_TEMPLATE, problem=problem)
    write_party(scope.state, Party(command.pool, PartyKind.POOL, scope.sender, (), 1))
    scope.emit("pool_proposed", pool=command.pool, manager=scope.sender)
    terms = PoolTerms(scope.sender, (), is_active=False, template=command.template)
    _approve(scope, command.pool, terms, signing_members(scope))
    return None


def approve_pool(scope: Scope, command: ApprovePool) -> Rejected | None:
    """All members that signed approve."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    terms = terms_of(scope, command.pool)
    if terms is None:
        return reject(Rejection.UNKNOWN_POOL, pool=command.pool)
    new = tuple(each for each in signing_members(scope) if each not in terms.approvals)
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=len(terms.approvals))
    _approve(scope, command.pool, terms, new)
    return None


def _check_assets(scope: Scope, template: PoolTemplate) -> Rejected | None:
    currency = asset_of(scope, template.asset)
    if currency is None or currency.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=template.asset)
    if template.reward_asset and asset_of(scope, template.reward_asset) is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=template.reward_asset)
    return None


def _approve(scope: Scope, name: str, terms: PoolTerms, new: tuple[str, ...]) -> None:
    approvals = tuple(sorted((*terms.approvals, *new)))
    is_active = len(approvals) >= parameters(scope).approval_quorum
    approved = replace(terms, approvals=approvals, is_active=is_active)
    pool_records.POOL_TERMS.put(scope.state, keys.pool_terms(name), approved)
    for member in new:
        scope.emit("pool_approved", pool=name, member=member)
    if is_active and not terms.is_active:
        put_pool(scope, _new_pool(scope, name, terms.template))
        scope.emit("pool_opened", pool=name)


def _new_pool(scope: Scope, name: str, template: PoolTemplate) -> Pool:
    return Pool(
        name=name, cash=0, debt=0, scaled_debt=0, index=RAY, rate=template.base_rate,
        accrued_s=scope.now_ms // 1000, senior=_EMPTY, junior=_EMPTY, senior_due=0, reserve=0,
        reserve_part=0, spread=0, spread_part=0, requests=0, alarm_ms=0,
        rate_at_target=first_rate_at_target(template),
    )  # fmt: skip
