"""Properties between two states of one world: what only goes one way, and what never changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from lending.products.lifecycle import AGREEMENT_STEPS, LOAN_STEPS
from lending.records import AgreementStatus, LoanStatus
from lending.records.collateral import ProtectionStatus
from lending.records.facilities import AmendmentStatus, FacilityStatus
from tests.properties.named.base import Course, course

K = TypeVar("K")
T = TypeVar("T")
S = TypeVar("S", bound=Hashable)

DRAWN = (AgreementStatus.CONCLUDED, AgreementStatus.DRAWN, AgreementStatus.CLOSED)
"""Agreements whose name is theirs for ever."""
FACILITY_STEPS = {
    FacilityStatus.OFFERED: (FacilityStatus.EFFECTIVE, FacilityStatus.WITHDRAWN,
                             FacilityStatus.LAPSED),
    FacilityStatus.EFFECTIVE: (FacilityStatus.CLOSED,),
    FacilityStatus.CLOSED: (), FacilityStatus.WITHDRAWN: (), FacilityStatus.LAPSED: (),
}  # fmt: skip
AMENDMENT_STEPS = {
    AmendmentStatus.OPEN: (AmendmentStatus.CARRIED, AmendmentStatus.FAILED),
    AmendmentStatus.CARRIED: (AmendmentStatus.EXECUTED, AmendmentStatus.FAILED),
    AmendmentStatus.EXECUTED: (), AmendmentStatus.FAILED: (),
}  # fmt: skip
PROTECTION_STEPS = {
    ProtectionStatus.ACTIVE: (ProtectionStatus.CLAIMED, ProtectionStatus.RELEASED,
                              ProtectionStatus.EXPIRED),
    ProtectionStatus.CLAIMED: (), ProtectionStatus.RELEASED: (), ProtectionStatus.EXPIRED: (),
}  # fmt: skip


def reachable(steps: Mapping[S, tuple[S, ...]], start: S) -> set[S]:
    """All statuses that some steps lead to, the start included."""
    found = {start}
    while more := {target for each in found for target in steps[each]} - found:
        found |= more
    return found


def each_kept(old: Mapping[K, T], new: Mapping[K, T], same: Callable[[T], object]) -> None:
    """No record has gone, and a part of each has not changed."""
    for name, before in old.items():
        assert name in new, name
        assert same(new[name]) == same(before), (name, before, new[name])


@course("M26")
def loans_take_listed_steps(between: Course) -> None:
    """A loan changes its status only by the steps of the table."""
    for name, loan in between.new.loans.items():
        old = between.old.loans.get(name)
        before = LoanStatus.PERFORMING if old is None else old.status
        assert loan.status in reachable(LOAN_STEPS, before), name


@course("M26")
def agreements_take_listed_steps(between: Course) -> None:
    """An agreement changes its status only by the steps of the table."""
    for name, agreement in between.new.agreements.items():
        old = between.old.agreements.get(name)
        if old is not None and old.terms_digest != agreement.terms_digest:
            assert old.status not in DRAWN, (
                "only what not all have signed gives its name to another"
            )
            old = None
        before = AgreementStatus.OFFERED if old is None else old.status
        assert agreement.status in reachable(AGREEMENT_STEPS, before), name


@course("M26")
def facilities_take_listed_steps(between: Course) -> None:
    """A facility changes its status only forward."""
    for name, old in between.old.facilities.items():
        status = between.new.facilities[name].status
        assert status in reachable(FACILITY_STEPS, old.status), name


@course("M26")
def votes_take_listed_steps(between: Course) -> None:
    """A vote changes its status only forward."""
    for name, old in between.old.amendments.items():
        status = between.new.amendments[name].status
        assert status in reachable(AMENDMENT_STEPS, old.status), name


@course("M21")
def protections_take_listed_steps(between: Course) -> None:
    """A guarantee or cover ends once."""
    for name, old in between.old.protections.items():
        status = between.new.protections[name].status
        assert status in reachable(PROTECTION_STEPS, old.status), name


@course("M26")
def a_loan_that_is_over_never_changes(between: Course) -> None:
    """The record of a repaid or recovered loan stays as it is."""
    for name, old in between.old.loans.items():
        if old.status in (LoanStatus.REPAID, LoanStatus.RECOVERED):
            assert between.new.loans[name] == old, name


@course("M26")
def an_agreement_that_is_over_never_changes(between: Course) -> None:
    """The record of a closed agreement stays as it is."""
    for name, old in between.old.agreements.items():
        if old.status is AgreementStatus.CLOSED:
            assert between.new.agreements[name] == old, name


@course("A3")
def agreed_terms_never_change(between: Course) -> None:
    """What all have signed in an agreement or a facility stays what it was."""
    drawn = {name: each for name, each in between.old.agreements.items() if each.status in DRAWN}
    each_kept(drawn, between.new.agreements, lambda each: each.terms_digest)
    each_kept(between.old.facilities, between.new.facilities, lambda each: each.terms)


@course("M24")
def a_version_of_a_product_never_changes(between: Course) -> None:
    """The template of a product's version is fixed, and an active version stays active."""
    each_kept(between.old.products, between.new.products, lambda each: each.template)
    for name, old in between.old.products.items():
        assert between.new.products[name].is_active >= old.is_active, name


@course("M24")
def the_policy_of_a_pool_never_changes(between: Course) -> None:
    """The template and the manager of a pool are fixed."""
    each_kept(
        between.old.pool_terms,
        between.new.pool_terms,
        lambda each: (each.manager, each.template),
    )


@course("A1")
def parties_and_assets_stay(between: Course) -> None:
    """No party or asset is removed, nor changes its kind, sponsor, decimals or custodian."""
    each_kept(between.old.parties, between.new.parties, lambda each: (each.kind, each.sponsor))
    each_kept(between.old.assets, between.new.assets, lambda each: (each.decimals, each.custodian))


@course("T5")
def a_reference_is_used_once(between: Course) -> None:
    """What a custodian used as a reference to the outside world is remembered for ever."""
    assert between.old.references <= between.new.references


@course("M13")
def what_was_paid_stays_paid(between: Course) -> None:
    """Fees, interest and principal paid on a loan, and what was recovered, never fall by themselves.

    A correction of a payment, which lender and borrower or custodian sign, may take back a payment.
    """
    for name, old in between.old.loans.items():
        if between.new.corrections.get(name, 0) > between.old.corrections.get(name, 0):
            continue
        new = between.new.loans[name]
        for part in ("paid_fees", "paid_interest", "paid_principal", "recovered", "written_off"):
            assert getattr(new, part) >= getattr(old, part), (name, part)


@course("M26")
def a_loan_keeps_its_parties_and_principal(between: Course) -> None:
    """Lender, borrower, asset, product and principal of a loan never change."""
    each_kept(
        between.old.loans,
        between.new.loans,
        lambda each: (each.lender, each.borrower, each.asset, each.principal, each.start_ms),
    )


@course("M12")
def an_index_of_debt_never_falls(between: Course) -> None:
    """What one unit borrowed from a pool has grown to only grows, and time only passes."""
    for name, old in between.old.pools.items():
        assert between.new.pools[name].index >= old.index, name
        assert between.new.pools[name].accrued_s >= old.accrued_s, name


@course("M18")
def rewards_earned_are_never_unearned(between: Course) -> None:
    """What one share has earned in rewards only grows."""
    for name, old in between.old.rewards.items():
        assert between.new.rewards[name].index >= old.index, name


@course("M26")
def requests_are_numbered_once(between: Course) -> None:
    """The number of withdrawals ever requested of a pool only grows."""
    for name, old in between.old.pools.items():
        assert between.new.pools[name].requests >= old.requests, name


@course("M15")
def a_published_fixing_is_never_forgotten(between: Course) -> None:
    """A correction adds to the history of a fixing and leaves what was published first."""
    for name, old in between.old.fixings.items():
        assert between.new.fixings[name].history[: len(old.history)] == old.history, name


@course("M14")
def an_electorate_is_that_of_the_call(between: Course) -> None:
    """Who may vote on what is fixed when the vote is called; no cast vote is taken back."""
    each_kept(
        between.old.amendments,
        between.new.amendments,
        lambda each: (each.electorate, each.matter, each.tranche, each.value),
    )
    for name, old in between.old.amendments.items():
        new = between.new.amendments[name]
        assert set(old.votes_for) <= set(new.votes_for), name
        assert set(old.votes_against) <= set(new.votes_against), name


@course("M21")
def what_a_protection_paid_stays_paid(between: Course) -> None:
    """What a guarantee or cover paid and got back never falls; its amount and payer never change."""
    each_kept(
        between.old.protections,
        between.new.protections,
        lambda each: (each.payer, each.loan, each.amount, each.until_ms),
    )
    for name, old in between.old.protections.items():
        assert between.new.protections[name].paid >= old.paid, name
        assert between.new.protections[name].returned >= old.returned, name


@course("M10")
def the_terms_of_an_account_never_change(between: Course) -> None:
    """Owner, agent, currency and limits of a collateral account are fixed."""
    each_kept(
        between.old.accounts,
        between.new.accounts,
        lambda each: (each.owner, each.agent, each.currency, each.terms),
    )


@course("C3")
def time_only_passes(between: Course) -> None:
    """The time of blocks never goes back."""
    assert between.new.now_ms >= between.old.now_ms
