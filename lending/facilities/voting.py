"""Lender votes: who decides what, how votes are counted, and what the machine does when they carry.

A majority is counted on what each lender held when the vote was called, or holds when it is counted
if that is less: commitments bought for a vote, or sold before it is executed, decide nothing. Matters
of a lender's own claim (rate, principal, maturity) need every lender of the tranche at the count. A
vote that carries is executed by the clock in a later block, never in the block of the vote.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.commands.facilities import ProposeAmendment, VoteAmendment
from lending.facilities.book import (
    all_due,
    check_status,
    commitments_by_lender,
    facility_of,
    outstanding,
    place_of,
    put_facility,
)
from lending.facilities.changes import carry_out
from lending.facilities.drawing import is_in_arrears
from lending.fields import RATE_MAX
from lending.parties.authority import has_signed, party_of, wrong_role
from lending.records import facilities as records
from lending.records.facilities import Amendment, AmendmentStatus, Facility, FacilityStatus
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope

UNANIMOUS = ("MARGIN", "MATURITY", "FORGIVENESS")
"""The matters that need every lender of the tranche."""
HOLIDAY_MAX = 12
"""The most period ends that one vote puts off."""
LAST_MATURITY_MS = 7_258_118_400_000
"""The end of the calendar of a facility: the year 2200."""


def propose_amendment(scope: Scope, command: ProposeAmendment) -> Rejected | None:
    """A party of the facility calls a vote; those that signed have voted for it."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    electorate = tuple(
        (lender, amount)
        for lender, amount in commitments_by_lender(facility)
        if lender not in facility.defaulting
    )
    terms = facility.terms
    if scope.sender not in (terms.borrower, terms.agent, *(name for name, _ in electorate)):
        return wrong_role(scope, "a party of the facility")
    if refused := check_status(facility, FacilityStatus.EFFECTIVE):
        return refused
    if amendment_of(scope, facility.name, command.amendment) is not None:
        return reject(Rejection.ALREADY_EXISTS, amendment=command.amendment)
    open_until_ms = scope.today_ms + (terms.voting_days + 1) * DAY_MS
    amendment = Amendment(
        command.amendment, command.matter, command.tranche, command.value, AmendmentStatus.OPEN,
        open_until_ms, electorate, (), (), is_consented=False,
    )  # fmt: skip
    if refused := _check_matter(scope, facility, amendment):
        return refused
    set_alarm(scope.state, open_until_ms, keys.amendment(facility.name, amendment.name))
    scope.emit(
        "amendment_proposed", facility=facility.name, amendment=amendment.name,
        matter=amendment.matter, tranche=amendment.tranche, value=amendment.value,
        proposer=scope.sender, electorate=electorate, open_until_ms=open_until_ms,
    )  # fmt: skip
    voted = _voted(scope, facility, amendment, "FOR") or amendment
    _put(scope, facility, _counted(scope, facility, voted))
    return None


def vote_amendment(scope: Scope, command: VoteAmendment) -> Rejected | None:
    """Every lender that signed votes, once; the borrower's signature is its consent."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    amendment = amendment_of(scope, facility.name, command.amendment)
    if amendment is None:
        return reject(Rejection.UNKNOWN_AMENDMENT, amendment=command.amendment)
    if scope.sender not in (facility.terms.borrower, *_voters(facility, amendment)):
        return wrong_role(scope, "a lender with a vote, or the borrower")
    if amendment.status is not AmendmentStatus.OPEN or scope.now_ms >= amendment.open_until_ms:
        return reject(
            Rejection.WRONG_STATUS, status=str(amendment.status),
            open_until_ms=amendment.open_until_ms,
        )  # fmt: skip
    voted = _voted(scope, facility, amendment, command.choice)
    if voted is None:
        return reject(
            Rejection.ALREADY_APPROVED,
            approvals=(*amendment.votes_for, *amendment.votes_against),
        )
    _put(scope, facility, _counted(scope, facility, voted))
    return None


def attend_amendment(scope: Scope, facility: Facility, amendment: Amendment) -> None:
    """The clock executes what has carried, and ends what was not decided in time."""
    if amendment.status is AmendmentStatus.CARRIED:
        is_good = (
            facility.status is FacilityStatus.EFFECTIVE
            and has_carried(facility, amendment)
            and _check_matter(scope, facility, amendment) is None
        )
        if is_good:
            put_facility(scope, carry_out(scope, facility, amendment))
        _end(
            scope,
            facility,
            amendment,
            AmendmentStatus.EXECUTED if is_good else AmendmentStatus.FAILED,
        )
    elif amendment.status is AmendmentStatus.OPEN and scope.now_ms >= amendment.open_until_ms:
        _end(scope, facility, amendment, AmendmentStatus.FAILED)


def has_carried(facility: Facility, amendment: Amendment) -> bool:
    """Whether enough have voted for it, as things stand."""
    needs_borrower = amendment.matter != "ACCELERATION"
    if needs_borrower and not amendment.is_consented:
        return False
    if amendment.matter in UNANIMOUS:
        voters = _voters(facility, amendment)
        return bool(voters) and all(name in amendment.votes_for for name in voters)
    agreed, whole = tally(facility, amendment)
    terms = facility.terms
    return agreed > 0 and agreed * terms.majority_whole >= whole * terms.majority_parts


def tally(facility: Facility, amendment: Amendment) -> tuple[int, int]:
    """The commitments that voted for it, and all that count."""
    held = dict(commitments_by_lender(facility))
    counted = [each for each in amendment.electorate if each[0] not in facility.defaulting]
    agreed = sum(
        min(amount, held.get(name, 0)) for name, amount in counted if name in amendment.votes_for
    )
    return agreed, sum(amount for _, amount in counted)


def amendment_of(scope: Scope, facility: str, name: str) -> Amendment | None:
    """The vote of a name."""
    return records.AMENDMENT.get(scope.state, keys.amendment(facility, name))


def _voters(facility: Facility, amendment: Amendment) -> tuple[str, ...]:
    """Who has a vote: for a matter of all, those that hold the tranche now."""
    if amendment.matter in UNANIMOUS:
        place = place_of(facility, amendment.tranche)
        assert type(place) is int, "a vote is about a tranche of its facility"
        held = [
            share.lender
            for share in facility.tranches[place].shares
            if share.commitment or share.outstanding
        ]
    else:
        held = [name for name, _ in amendment.electorate]
    return tuple(name for name in held if name not in facility.defaulting)


def _voted(scope: Scope, facility: Facility, amendment: Amendment, choice: str) -> Amendment | None:
    """The vote with those of the signers that had not voted yet; None if nobody's is new."""
    voted = (*amendment.votes_for, *amendment.votes_against)
    fresh = tuple(
        name for name in _voters(facility, amendment) if name not in voted and _signs(scope, name)
    )
    consents = choice == "FOR" and not amendment.is_consented
    consented = consents and _signs(scope, facility.terms.borrower)
    refuses = choice == "AGAINST" and scope.sender == facility.terms.borrower
    if not fresh and not consented and not refuses:
        return None
    scope.emit(
        "amendment_voted", facility=facility.name, amendment=amendment.name, choice=choice,
        lenders=fresh, is_consented=amendment.is_consented or consented,
    )  # fmt: skip
    amendment = replace(amendment, is_consented=amendment.is_consented or consented)
    if refuses:
        amendment = replace(amendment, is_consented=False)
    if choice == "FOR":
        return replace(amendment, votes_for=(*amendment.votes_for, *fresh))
    return replace(amendment, votes_against=(*amendment.votes_against, *fresh))


def _counted(scope: Scope, facility: Facility, amendment: Amendment) -> Amendment:
    if not has_carried(facility, amendment):
        return amendment
    agreed, whole = tally(facility, amendment)
    scope.emit(
        "amendment_carried", facility=facility.name, amendment=amendment.name, agreed=agreed,
        whole=whole,
    )  # fmt: skip
    set_alarm(scope.state, scope.now_ms, keys.amendment(facility.name, amendment.name))
    return replace(amendment, status=AmendmentStatus.CARRIED)


def _check_matter(scope: Scope, facility: Facility, amendment: Amendment) -> Rejected | None:
    """Refuse what could not be executed as things stand."""
    value = amendment.value
    if amendment.matter == "ACCELERATION":
        if is_in_arrears(scope, facility):
            return None
        return reject(
            Rejection.DUES_PAID, due=all_due(facility), grace_days=facility.terms.grace_days
        )
    place = place_of(facility, amendment.tranche)
    if isinstance(place, Rejected):
        return place
    tranche = facility.tranches[place]
    bounds = {
        "MARGIN": (0, RATE_MAX),
        "MATURITY": (tranche.maturity_ms + DAY_MS, LAST_MATURITY_MS),
        "FORGIVENESS": (1, outstanding(tranche)),
        "HOLIDAY": (1, HOLIDAY_MAX),
    }
    minimum, maximum = bounds[amendment.matter]
    if not minimum <= value <= maximum or (amendment.matter == "MATURITY" and value % DAY_MS):
        return reject(
            Rejection.BAD_TERMS, field=amendment.matter, value=value, minimum=minimum,
            maximum=maximum,
        )  # fmt: skip
    if scope.today_ms >= tranche.maturity_ms and amendment.matter != "FORGIVENESS":
        return reject(Rejection.OUT_OF_TIME, until_ms=tranche.maturity_ms)
    return None


def _end(scope: Scope, facility: Facility, amendment: Amendment, status: AmendmentStatus) -> None:
    scope.emit(
        "amendment_ended", facility=facility.name, amendment=amendment.name, status=str(status)
    )
    _put(scope, facility, replace(amendment, status=status))


def _put(scope: Scope, facility: Facility, amendment: Amendment) -> None:
    key = keys.amendment(facility.name, amendment.name)
    records.AMENDMENT.put(scope.state, key, amendment)


def _signs(scope: Scope, name: str) -> bool:
    party = party_of(scope, name)
    return party is not None and has_signed(scope, party)
