"""Properties of indices, syndicated facilities, participations and votes."""

from __future__ import annotations

from collections.abc import Iterator

from lending import keys
from lending.facilities.book import all_due
from lending.facilities.opening import signatories
from lending.facilities.work import next_step
from lending.records.facilities import (
    AmendmentStatus,
    Facility,
    FacilityStatus,
    Share,
    Tranche,
)
from lending.terms.facilities import LENDERS_MAX, facility_digest
from tests.properties.named.base import state
from tests.properties.named.view import View

FIGURES = ("commitment", "outstanding", "principal_due", "interest_due", "fees_due", "deferred",
           "interest_base", "undrawn_base")  # fmt: skip


def tranches(view: View) -> Iterator[tuple[Facility, Tranche]]:
    """Every tranche of every facility."""
    for facility in view.facilities.values():
        for tranche in facility.tranches:
            yield facility, tranche


def shares(view: View) -> Iterator[tuple[Facility, Share]]:
    """Every lender's share of every tranche."""
    for facility, tranche in tranches(view):
        for share in tranche.shares:
            yield facility, share


@state("M14")
def bills_of_a_facility_are_its_dues(view: View) -> None:
    """What fell due day by day and is unpaid is what the lenders and the agent are due."""
    for facility in view.facilities.values():
        assert sum(unpaid for _, unpaid in facility.bills) == all_due(facility), facility


@state("M13")
def a_bill_of_a_facility_is_unpaid(view: View) -> None:
    """Bills of a facility are above zero, and the oldest comes first."""
    for facility in view.facilities.values():
        days = [due_ms for due_ms, _ in facility.bills]
        assert days == sorted(days), facility
        assert all(unpaid > 0 for _, unpaid in facility.bills), facility


@state("M14")
def a_lender_has_one_share_of_a_tranche(view: View) -> None:
    """No lender is listed twice in a tranche, and there are not too many."""
    for facility, tranche in tranches(view):
        lenders = [share.lender for share in tranche.shares]
        assert len(set(lenders)) == len(lenders) <= LENDERS_MAX, facility


@state("M23")
def a_borrower_is_not_its_own_lender(view: View) -> None:
    """The borrower of a facility has no share in it."""
    for facility, share in shares(view):
        assert share.lender != facility.terms.borrower, facility


@state("M2")
def no_figure_of_a_share_is_negative(view: View) -> None:
    """Commitment, principal, interest and fees of every share are zero or more."""
    for facility, share in shares(view):
        assert min(int(getattr(share, figure)) for figure in FIGURES) >= 0, facility


@state("M14")
def a_lender_lends_within_its_commitment(view: View) -> None:
    """What is due is at most what is outstanding, and that at most what was committed."""
    for facility, share in shares(view):
        assert share.principal_due <= share.outstanding <= share.commitment, facility


@state("M14")
def what_cannot_be_drawn_is_not_committed(view: View) -> None:
    """When a tranche can no longer be drawn, what is committed is what is outstanding."""
    for facility, tranche in tranches(view):
        if facility.status is FacilityStatus.EFFECTIVE and not tranche.is_available:
            assert all(s.commitment == s.outstanding for s in tranche.shares), facility


@state("M14")
def commitments_never_grow(view: View) -> None:
    """All commitments of a tranche together are at most those that were agreed."""
    for facility in view.facilities.values():
        for tranche, terms in zip(facility.tranches, facility.terms.tranches, strict=True):
            agreed = sum(amount for _, amount in terms.commitments)
            assert sum(share.commitment for share in tranche.shares) <= agreed, facility


@state("L3")
def a_facility_wakes_the_clock_in_time(view: View) -> None:
    """A facility has an alarm not later than what concerns it next."""
    for name, facility in view.facilities.items():
        due = next_step(facility)
        times = view.alarms.get(keys.facility(name), [])
        assert due is None or min(times, default=due[0] + 1) <= due[0], facility


@state("A3")
def all_sign_the_same_facility(view: View) -> None:
    """The digest that all parties signed is that of the terms that the machine executes."""
    for facility in view.facilities.values():
        assert facility.terms_digest == facility_digest(facility.terms), facility


@state("A2")
def a_facility_runs_when_all_have_signed(view: View) -> None:
    """Only parties of a facility sign it, each once; it is effective once all have."""
    for facility in view.facilities.values():
        needed, signed = set(signatories(facility.terms)), facility.signed
        assert len(set(signed)) == len(signed), facility
        assert set(signed) <= needed, facility
        is_running = facility.status in (FacilityStatus.EFFECTIVE, FacilityStatus.CLOSED)
        assert is_running == (set(signed) == needed), facility


@state("M26")
def a_facility_that_is_over_owes_nothing(view: View) -> None:
    """A facility that does not run has no principal, no dues and no commitment drawn."""
    for facility, share in shares(view):
        if facility.status is not FacilityStatus.EFFECTIVE:
            assert share.outstanding + share.interest_due + share.fees_due == 0, facility


@state("M14")
def a_defaulting_lender_is_a_lender(view: View) -> None:
    """Who is marked as defaulting was a party of the facility, once."""
    for facility in view.facilities.values():
        found = facility.defaulting
        assert len(set(found)) == len(found), facility
        assert set(found) <= view.parties.keys(), facility
        assert facility.terms.borrower not in found, facility


@state("M14")
def periods_follow_the_calendar(view: View) -> None:
    """Interest is counted up to a day of the running period, which ends at maturity or before."""
    for facility, tranche in tranches(view):
        if facility.status is FacilityStatus.EFFECTIVE and tranche.period_end_ms:
            assert tranche.period_start_ms <= tranche.accrued_to_ms, facility
            assert tranche.period_start_ms < tranche.period_end_ms, facility


@state("M12")
def rates_of_a_tranche_are_within_bounds(view: View) -> None:
    """A tranche's rate or margin is zero or more, now and in the next period."""
    for facility, tranche in tranches(view):
        assert min(tranche.rate, tranche.next_rate) >= 0, facility


@state("M14")
def only_the_electorate_votes(view: View) -> None:
    """Only lenders of the day of the call vote, each once and one way."""
    for name, vote in view.amendments.items():
        cast = (*vote.votes_for, *vote.votes_against)
        assert len(set(cast)) == len(cast), name
        assert set(cast) <= {lender for lender, _ in vote.electorate}, name


@state("M14: Beanstalk")
def a_vote_is_carried_by_its_majority(view: View) -> None:
    """What was carried has the required part of what was cast for it."""
    for name, vote in view.amendments.items():
        if vote.status in (AmendmentStatus.CARRIED, AmendmentStatus.EXECUTED):
            terms = view.facilities[name.partition("/")[0]].terms
            amounts = dict(vote.electorate)
            agreed = sum(amounts[lender] for lender in vote.votes_for)
            against = sum(amounts[lender] for lender in vote.votes_against)
            assert agreed > 0, name
            parts, whole = terms.majority_parts, terms.majority_whole
            assert agreed * whole >= (agreed + against) * parts, name


@state("L3")
def an_open_vote_ends(view: View) -> None:
    """A vote that is open or carried has an alarm."""
    for name, vote in view.amendments.items():
        if vote.status in (AmendmentStatus.OPEN, AmendmentStatus.CARRIED):
            assert view.alarms.get(keys.AMENDMENT + name.encode()), name


@state("M15")
def a_fixing_needs_its_quorum(view: View) -> None:
    """An index has at least as many sources as must agree."""
    for name, index in view.indices.items():
        assert 1 <= index.quorum <= len(set(index.sources)), name
        assert set(index.sources) <= view.parties.keys(), name


@state("M15")
def a_fixing_keeps_its_history(view: View) -> None:
    """A published fixing lists what it was first and each correction, in the order of time."""
    for (name, _), fixing in view.fixings.items():
        times = [published_ms for published_ms, _ in fixing.history]
        assert times, name
        assert times == sorted(times), name
        assert times[-1] <= view.now_ms, name
        assert name in view.indices, name


@state("M15")
def a_running_rate_rests_on_a_fixing(view: View) -> None:
    """The fixing that a floating period uses was published."""
    for facility in view.facilities.values():
        for tranche, terms in zip(facility.tranches, facility.terms.tranches, strict=True):
            if terms.index and tranche.fixing_ms:
                assert (terms.index, tranche.fixing_ms) in view.fixings, facility
