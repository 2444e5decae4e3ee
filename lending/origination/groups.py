"""Joint-liability groups: who forms one, which loans they answer for, how members square up.

A group is formed by all its members. Each loan is bound to it by all of them again, before it is
drawn: each is then liable for the whole of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.commands.origination import BindToGroup, FormGroup, SettleRecourse
from lending.journal import post
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.products.liability import (
    group_behind,
    group_of,
    put_group,
    recourse_of,
    with_recourse,
)
from lending.products.lifecycle import AGREEMENT_STEPS, check_agreement_status
from lending.products.names import agreement_of
from lending.products.term_checks import BORROWERS, check_party
from lending.records import AgreementStatus
from lending.records.groups import Group
from lending.rejections import Rejection, reject
from lending.scope import Scope

LOANS_MAX: Final = 64
"""How many agreements that are not over a group may answer for; so a drawdown looks at few."""


def form_group(scope: Scope, command: FormGroup) -> Rejected | None:
    """All members sign."""
    if scope.sender not in command.borrowers:
        return wrong_role(scope, "a member of the group")
    if len(command.borrowers) < 2:
        return reject(Rejection.BAD_TERMS, field="borrowers", value=command.borrowers, minimum=2)
    if group_of(scope, command.group) is not None:
        return reject(Rejection.ALREADY_EXISTS, group=command.group)
    for name in command.borrowers:
        if refused := check_party(scope, name, BORROWERS):
            return refused
    if refused := _check_all_signed(scope, command.borrowers):
        return refused
    put_group(scope, Group(command.group, command.borrowers, (), ()))
    scope.emit("group_formed", group=command.group, members=command.borrowers)
    return None


def bind_to_group(scope: Scope, command: BindToGroup) -> Rejected | None:
    """All members take on the whole of an agreement that one of them will draw."""
    group = group_of(scope, command.group)
    if group is None:
        return reject(Rejection.UNKNOWN_GROUP, group=command.group)
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if scope.sender != terms.borrower:
        return wrong_role(scope, "the borrower")
    if terms.borrower not in group.members:
        return wrong_role(scope, "a member of the group")
    if terms.lender in group.members:
        return reject(Rejection.SAME_PARTY, party=terms.lender)
    if refused := check_agreement_status(agreement.status, AgreementStatus.CONCLUDED):
        return refused
    if group_behind(scope, agreement.name) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=agreement.name)
    if refused := _check_all_signed(scope, group.members):
        return refused
    open_loans = tuple(name for name in group.loans if _is_open(scope, name))
    if len(open_loans) >= LOANS_MAX:
        held = len(open_loans)
        return reject(Rejection.CAP_EXCEEDED, what="loans", held=held, most=LOANS_MAX)
    put_group(scope, replace(group, loans=(*open_loans, agreement.name)))
    scope.state.put(keys.bound(agreement.name), codec.encode(group.name))
    scope.emit("loan_bound", group=group.name, agreement=agreement.name, members=group.members)
    return None


def settle_recourse(scope: Scope, command: SettleRecourse) -> Rejected | None:
    """A member gives back what another paid for it, at most what it owes."""
    group = group_of(scope, command.group)
    if group is None:
        return reject(Rejection.UNKNOWN_GROUP, group=command.group)
    row = recourse_of(group, command.payer, scope.sender, command.asset)
    amount = min(command.amount, row.paid - row.returned)
    if not amount:
        return reject(Rejection.NOTHING_OWED, group=group.name, payer=command.payer)
    if refused := check_funds(scope, scope.sender, command.asset, amount):
        return refused
    legs = [
        (scope.sender, Account.CASH, -amount),
        (scope.sender, Account.RECOURSE_PAYABLE, amount),
        (command.payer, Account.CASH, amount),
        (command.payer, Account.RECOURSE_RECEIVABLE, -amount),
    ]
    post(scope, command.asset, "recourse_settled", group.name, legs)
    put_group(scope, with_recourse(group, replace(row, returned=row.returned + amount)))
    scope.emit(
        "recourse_settled", group=group.name, borrower=scope.sender, payer=command.payer,
        asset=command.asset, amount=amount, claim=row.paid - row.returned - amount,
    )  # fmt: skip
    return None


def _check_all_signed(scope: Scope, members: tuple[str, ...]) -> Rejected | None:
    for name in members:
        party = party_of(scope, name)
        assert party is not None, "members are registered, and parties are never removed"
        if refused := check_signed(scope, party):
            return refused
    return None


def _is_open(scope: Scope, name: str) -> bool:
    agreement = agreement_of(scope, name)
    return agreement is not None and bool(AGREEMENT_STEPS[agreement.status])
