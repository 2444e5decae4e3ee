"""Fee schedules: proposed and approved by members version by version, and linked by their vote.

A link to a product counts for agreements that are offered after it. A link to a facility needs the
borrower and the agent to sign with the vote that decides. A pool's is fixed before its first deposit.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys, records
from lending.commands.fees import ApproveFeeSchedule, LinkFeeSchedule, ProposeFeeSchedule
from lending.fees.rules import link_problem, terms_problem
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.parties.consortium import parameters, signing_members
from lending.records import facilities as facility_records
from lending.records import fees as stored
from lending.records import pools as pool_records
from lending.records.facilities import FacilityStatus
from lending.records.fees import FeeLink, FeeLinkVote, FeeScheduleVersion
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.fees import FeeTerms


def propose_fee_schedule(scope: Scope, command: ProposeFeeSchedule) -> Rejected | None:
    """A member proposes the next version of a schedule."""
    name, version, terms = command.schedule, command.version, command.fees
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    if version > 1 and schedule_of(scope, name, version - 1) is None:
        return reject(Rejection.WRONG_VERSION, version=version)
    if schedule_of(scope, name, version) is not None:
        return reject(Rejection.ALREADY_EXISTS, schedule=name, version=version)
    named = (terms.platform, terms.agent, terms.arranger, *(party for party, _ in terms.sharers))
    for party in named:
        if party and party_of(scope, party) is None:
            return reject(Rejection.UNKNOWN_PARTY, party=party)
    if problem := terms_problem(terms):
        return reject(Rejection.BAD_TERMS, field=problem[0], reason=problem[1])
    scope.emit("fee_schedule_proposed", schedule=name, version=version, member=scope.sender)
    proposed = FeeScheduleVersion(name, version, scope.sender, (), is_active=False, terms=terms)
    _approve(scope, proposed, signing_members(scope))
    return None


def approve_fee_schedule(scope: Scope, command: ApproveFeeSchedule) -> Rejected | None:
    """All members that signed approve a version."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    found = schedule_of(scope, command.schedule, command.version)
    if found is None:
        return _unknown(command.schedule, command.version)
    new = tuple(each for each in signing_members(scope) if each not in found.approvals)
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=len(found.approvals))
    _approve(scope, found, new)
    return None


def link_fee_schedule(scope: Scope, command: LinkFeeSchedule) -> Rejected | None:
    """Members vote for a link; at a quorum it counts."""
    if scope.sender not in parameters(scope).members:
        return wrong_role(scope, "a member of the genesis")
    if refused := _check_subject(scope, command) or _check_schedule(scope, command):
        return refused
    place = (command.kind, command.subject, command.subject_version)
    wanted = FeeLink(command.schedule, command.version)
    if (link_of(scope, *place) or FeeLink("", 0)) == wanted:
        return reject(Rejection.ALREADY_EXISTS, subject=command.subject, schedule=command.schedule)
    key = keys.fee_link_vote(*place, command.schedule, command.version)
    vote = stored.FEE_LINK_VOTE.get(scope.state, key) or FeeLinkVote(())
    new = tuple(each for each in signing_members(scope) if each not in vote.approvals)
    if not new:
        return reject(Rejection.ALREADY_APPROVED, approvals=len(vote.approvals))
    approvals = tuple(sorted((*vote.approvals, *new)))
    is_carried = len(approvals) >= parameters(scope).approval_quorum
    if is_carried and (refused := _check_consent(scope, command)):
        return refused
    facts = {"kind": command.kind, "subject": command.subject,
             "subject_version": command.subject_version, "schedule": command.schedule,
             "version": command.version}  # fmt: skip
    for member in new:
        scope.emit("fee_link_approved", **facts, member=member)
    if is_carried:
        scope.state.delete(key)
        stored.FEE_LINK.put(scope.state, keys.fee_link(*place), wanted)
        scope.emit("fee_schedule_linked", **facts)
    else:
        stored.FEE_LINK_VOTE.put(scope.state, key, FeeLinkVote(approvals))
    return None


def schedule_of(scope: Scope, name: str, version: int) -> FeeScheduleVersion | None:
    """One version of a schedule."""
    return stored.FEE_SCHEDULE.get(scope.state, keys.fee_schedule(name, version))


def terms_of(scope: Scope, name: str, version: int) -> FeeTerms:
    """What a version says that something already uses."""
    found = schedule_of(scope, name, version)
    assert found is not None, "fee schedules are never removed"
    return found.terms


def link_of(scope: Scope, kind: str, subject: str, subject_version: int) -> FeeLink | None:
    """Which schedule counts for something, if one was ever linked."""
    return stored.FEE_LINK.get(scope.state, keys.fee_link(kind, subject, subject_version))


def linked_terms(scope: Scope, kind: str, subject: str, subject_version: int) -> FeeTerms | None:
    """What the schedule says that counts for something; None if none does."""
    link = link_of(scope, kind, subject, subject_version)
    return terms_of(scope, link.schedule, link.version) if link and link.schedule else None


def check_schedule(scope: Scope, name: str, version: int, kind: str) -> Rejected | None:
    """Refuse a schedule that there is not, that is not approved, or that says nothing of a kind."""
    found = schedule_of(scope, name, version)
    if found is None:
        return _unknown(name, version)
    if not found.is_active:
        return reject(Rejection.WRONG_STATUS, schedule=name, approvals=found.approvals)
    if problem := link_problem(found.terms, kind):
        return reject(Rejection.BAD_TERMS, field="schedule", reason=problem)
    return None


def _check_schedule(scope: Scope, command: LinkFeeSchedule) -> Rejected | None:
    if not command.schedule and not command.version:
        return None
    return check_schedule(scope, command.schedule, command.version, command.kind)


def _check_subject(scope: Scope, command: LinkFeeSchedule) -> Rejected | None:
    name, version = command.subject, command.subject_version
    if command.kind == "PRODUCT":
        known = records.PRODUCT.get(scope.state, keys.product(name, version)) is not None
        return None if known else reject(Rejection.UNKNOWN_PRODUCT, product=name, version=version)
    if version:
        return reject(Rejection.BAD_TERMS, field="subject_version", value=version, maximum=0)
    if command.kind == "FACILITY":
        facility = facility_records.FACILITY.get(scope.state, keys.facility(name))
        if facility is None:
            return reject(Rejection.UNKNOWN_FACILITY, facility=name)
        allowed = (FacilityStatus.OFFERED, FacilityStatus.EFFECTIVE)
        if facility.status in allowed:
            return None
        return reject(
            Rejection.WRONG_STATUS, status=str(facility.status), allowed=tuple(map(str, allowed))
        )
    if pool_records.POOL_TERMS.get(scope.state, keys.pool_terms(name)) is None:
        return reject(Rejection.UNKNOWN_POOL, pool=name)
    pool = pool_records.POOL.get(scope.state, keys.pool(name))
    shares = 0 if pool is None else pool.senior.shares + pool.junior.shares
    return reject(Rejection.WRONG_STATUS, pool=name, shares=shares) if shares else None


def _check_consent(scope: Scope, command: LinkFeeSchedule) -> Rejected | None:
    """A facility's borrower pays the fees and its agent speaks for the lenders: both sign."""
    if command.kind != "FACILITY":
        return None
    facility = facility_records.FACILITY.get(scope.state, keys.facility(command.subject))
    assert facility is not None, "the subject was checked"
    for name in (facility.terms.borrower, facility.terms.agent):
        party = party_of(scope, name)
        assert party is not None, "the parties of a facility are registered"
        if refused := check_signed(scope, party):
            return refused
    return None


def _approve(scope: Scope, found: FeeScheduleVersion, new: tuple[str, ...]) -> None:
    approvals = tuple(sorted((*found.approvals, *new)))
    is_active = len(approvals) >= parameters(scope).approval_quorum
    key = keys.fee_schedule(found.name, found.version)
    stored.FEE_SCHEDULE.put(
        scope.state, key, replace(found, approvals=approvals, is_active=is_active)
    )
    for member in new:
        scope.emit(
            "fee_schedule_approved", schedule=found.name, version=found.version, member=member
        )
    if is_active and not found.is_active:
        scope.emit("fee_schedule_activated", schedule=found.name, version=found.version)


def _unknown(name: str, version: int) -> Rejected:
    return reject(Rejection.UNKNOWN_SCHEDULE, schedule=name, version=version)
