"""How a facility comes about: proposed by a party, signed by all, in one transaction or in several.

With the last signature it is effective: periods count from that day, the arrangement fee and the
first agency fee are due. What is not signed in time lapses by the clock.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.arithmetic import parse_cycle
from lending.arithmetic.dates import from_epoch_ms, to_epoch_ms
from lending.commands.facilities import ProposeFacility, SignFacility, WithdrawFacility
from lending.facilities.book import (
    check_status,
    claim_fees,
    commitments_by_lender,
    facility_of,
    put_facility,
)
from lending.facilities.fees import claim_linked
from lending.facilities.fixings import index_of
from lending.facilities.periods import fix_rate, period_end_ms
from lending.fields import AMOUNT_MAX
from lending.parties.assets import asset_of
from lending.parties.authority import has_signed, party_of, wrong_role
from lending.records import PartyKind
from lending.records import facilities as records
from lending.records.facilities import Facility, FacilityStatus, Share, Tranche
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.fee_tiers import fee_of, schedule_problem, split_fee
from lending.terms.facilities import FacilityTerms, TrancheTerms, facility_digest


def propose_facility(scope: Scope, command: ProposeFacility) -> Rejected | None:
    """A party of the facility offers it; all that signed the transaction have signed."""
    terms = command.terms
    if records.FACILITY.get(scope.state, keys.facility(command.facility)) is not None:
        return reject(Rejection.ALREADY_EXISTS, facility=command.facility)
    if scope.sender not in signatories(terms):
        return wrong_role(scope, "a party of the facility")
    if refused := _check_parties(scope, terms):
        return refused
    if problem := _terms_problem(scope, terms):
        return reject(Rejection.BAD_TERMS, field=problem[0], reason=problem[1])
    facility = Facility(
        command.facility, FacilityStatus.OFFERED, (), terms, facility_digest(terms), 0,
        tuple(_tranche(each) for each in terms.tranches), (), (), (), 0,
    )  # fmt: skip
    scope.emit(
        "facility_offered", facility=facility.name, proposer=scope.sender, borrower=terms.borrower,
        agent=terms.agent, asset=terms.asset, parties=signatories(terms),
        terms_digest=facility.terms_digest,
    )  # fmt: skip
    set_alarm(scope.state, terms.sign_until_ms, keys.facility(facility.name))
    put_facility(scope, _signed(scope, facility))
    return None


def sign_facility(scope: Scope, command: SignFacility) -> Rejected | None:
    """Everybody that signed the transaction signs the facility."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    if scope.sender not in signatories(facility.terms):
        return wrong_role(scope, "a party of the facility")
    if refused := check_status(facility, FacilityStatus.OFFERED):
        return refused
    if scope.now_ms >= facility.terms.sign_until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=facility.terms.sign_until_ms)
    if command.terms_digest != facility.terms_digest:
        return reject(Rejection.DIGEST_DIFFERS, terms_digest=facility.terms_digest)
    signed = _signed(scope, facility)
    if signed.signed == facility.signed:
        return reject(Rejection.ALREADY_APPROVED, approvals=facility.signed)
    put_facility(scope, signed)
    return None


def withdraw_facility(scope: Scope, command: WithdrawFacility) -> Rejected | None:
    """Any party ends an offer."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    if scope.sender not in signatories(facility.terms):
        return wrong_role(scope, "a party of the facility")
    if refused := check_status(facility, FacilityStatus.OFFERED):
        return refused
    put_facility(scope, end_offer(scope, facility, FacilityStatus.WITHDRAWN))
    return None


def end_offer(scope: Scope, facility: Facility, status: FacilityStatus) -> Facility:
    """The facility after its offer was withdrawn or lapsed."""
    scope.emit("facility_ended", facility=facility.name, status=str(status))
    return replace(facility, status=status)


def signatories(terms: FacilityTerms) -> tuple[str, ...]:
    """All that must sign: borrower, agent and every lender, each once."""
    lenders = [lender for tranche in terms.tranches for lender, _ in tranche.commitments]
    return tuple(dict.fromkeys([terms.borrower, terms.agent, *lenders]))


def charge_agency(scope: Scope, facility: Facility) -> Facility:
    """The facility after the agency fee of the period that begins fell due."""
    begin_ms = facility.agency_due_ms
    cycle, anchor = parse_cycle(facility.terms.agency_fee_cycle, "cycle"), facility.start_ms
    number = cycle.count_before(
        from_epoch_ms(anchor), from_epoch_ms(begin_ms + DAY_MS), end_of_month=False
    )
    next_ms = to_epoch_ms(cycle.time(from_epoch_ms(anchor), number, end_of_month=False))
    split = ((facility.terms.agent, facility.terms.agency_fee),)
    facility = replace(facility, agency_due_ms=next_ms)
    return claim_fees(scope, facility, "agency_fee", split, begin_ms)


def _signed(scope: Scope, facility: Facility) -> Facility:
    wanted = signatories(facility.terms)
    fresh = tuple(
        name
        for name in wanted
        if name not in facility.signed
        and (party := party_of(scope, name)) is not None
        and has_signed(scope, party)
    )
    if not fresh:
        return facility
    facility = replace(facility, signed=(*facility.signed, *fresh))
    missing = tuple(name for name in wanted if name not in facility.signed)
    scope.emit("facility_signed", facility=facility.name, signed=fresh, missing=missing)
    return facility if missing else _effective(scope, facility)


def _effective(scope: Scope, facility: Facility) -> Facility:
    terms, start_ms = facility.terms, scope.today_ms
    tranches = tuple(
        replace(
            tranche, period_start_ms=start_ms, accrued_to_ms=start_ms, is_available=True,
            period_end_ms=period_end_ms(agreed, start_ms, start_ms, agreed.maturity_ms),
        )
        for tranche, agreed in zip(facility.tranches, terms.tranches, strict=True)
    )  # fmt: skip
    facility = replace(
        facility, status=FacilityStatus.EFFECTIVE, start_ms=start_ms, tranches=tranches,
        agency_due_ms=start_ms if terms.agency_fee else 0,
    )  # fmt: skip
    lenders = commitments_by_lender(facility)
    total = sum(amount for _, amount in lenders)
    scope.emit(
        "facility_effective", facility=facility.name, start_ms=start_ms, committed=total,
        lenders=lenders,
    )  # fmt: skip
    fee = fee_of(terms.arrangement_fee, total)
    split = split_fee(terms.arrangement_fee, fee, terms.agent, terms.platform, lenders)
    facility = claim_fees(scope, facility, "arrangement_fee", split, start_ms)
    facility = claim_linked(scope, facility, "ORIGINATION", total, start_ms)
    for place in range(len(tranches)):
        facility = fix_rate(scope, facility, place)
    if facility.agency_due_ms:
        facility = charge_agency(scope, facility)
    # The clock finds what is next by itself: it looks at the facility in the next block.
    set_alarm(scope.state, scope.now_ms, keys.facility(facility.name))
    return facility


def _tranche(terms: TrancheTerms) -> Tranche:
    shares = tuple(Share(name, amount, 0, 0, 0, 0, 0, 0, 0) for name, amount in terms.commitments)
    return Tranche(
        name=terms.tranche, rate=terms.rate, next_rate=terms.rate, maturity_ms=terms.maturity_ms,
        shares=shares, period_start_ms=0, period_end_ms=0, accrued_to_ms=0, fixing_ms=0,
        is_available=False, holiday=0, requested=0, requested_ms=0,
    )  # fmt: skip


def _check_parties(scope: Scope, terms: FacilityTerms) -> Rejected | None:
    lending = (PartyKind.MEMBER, PartyKind.DESK)
    lenders = [name for name in signatories(terms) if name != terms.borrower]
    allowed = {terms.borrower: (PartyKind.BORROWER, PartyKind.MEMBER)}
    allowed |= dict.fromkeys(lenders, lending)
    if terms.platform:
        allowed.setdefault(terms.platform, lending)
    for name, kinds in allowed.items():
        party = party_of(scope, name)
        if party is None:
            return reject(Rejection.UNKNOWN_PARTY, party=name)
        if party.kind not in kinds:
            return reject(Rejection.WRONG_ROLE, party=name, expected=" or ".join(kinds))
    named = [name for tranche in terms.tranches for name, _ in tranche.commitments]
    if terms.borrower in (*named, terms.agent, terms.platform):
        return reject(Rejection.SAME_PARTY, party=terms.borrower)
    asset = asset_of(scope, terms.asset)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=terms.asset)
    for tranche in terms.tranches:
        if tranche.index and index_of(scope, tranche.index) is None:
            return reject(Rejection.UNKNOWN_INDEX, index=tranche.index)
    return None


def _terms_problem(scope: Scope, terms: FacilityTerms) -> tuple[str, str] | None:
    """The field that makes no sense and why."""
    if len({tranche.tranche for tranche in terms.tranches}) != len(terms.tranches):
        return "tranches", "have different names"
    total = sum(amount for tranche in terms.tranches for _, amount in tranche.commitments)
    if total > AMOUNT_MAX:
        return "commitments", "are together more than an amount can express"
    if terms.majority_parts > terms.majority_whole:
        return "majority_parts", "are more than the whole"
    if terms.sign_until_ms <= scope.now_ms:
        return "sign_until_ms", "is over"
    for name in ("arrangement_fee", "drawdown_fee"):
        schedule = getattr(terms, name)
        if problem := schedule_problem(schedule):
            return name, problem
        if schedule.platform_parts and not terms.platform:
            return name, "has parts of a platform that there is not"
    for tranche in terms.tranches:
        if dates := _dates_problem(terms, tranche):
            return dates
    return None


def _dates_problem(terms: FacilityTerms, tranche: TrancheTerms) -> tuple[str, str] | None:
    if tranche.available_until_ms % DAY_MS or tranche.maturity_ms % DAY_MS:
        return "maturity_ms", "is a whole day, as is available_until_ms"
    if tranche.available_until_ms <= terms.sign_until_ms:
        return "available_until_ms", "is not after the last moment to sign"
    if tranche.maturity_ms < tranche.available_until_ms:
        return "maturity_ms", "is before available_until_ms"
    if tranche.kind == "REVOLVER" and tranche.redemptions != 1:
        return "redemptions", "of a revolver is 1: it falls due at maturity"
    return None
