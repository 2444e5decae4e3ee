"""A covenant's record: how it is found and kept, its days, and whether a figure keeps it."""

from __future__ import annotations

from typing import Final

from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import set_alarm
from lending.arithmetic import parse_cycle
from lending.arithmetic.dates import from_epoch_ms, to_epoch_ms
from lending.records import AgreementStatus, LoanStatus, covenant_keys
from lending.records import covenants as stored
from lending.records import facilities as facility_records
from lending.records.covenants import Covenant, CovenantStatus
from lending.records.facilities import FacilityStatus
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.terms.covenants import CROSS_DEFAULT, CovenantTerms

OVER: Final = (LoanStatus.REPAID, LoanStatus.RECOVERED, LoanStatus.WRITTEN_OFF)
"""A loan of which nothing is tested any more."""
UNDRAWN: Final = (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED)
"""An agreement whose loan may still begin."""


def covenant_of(scope: Scope, name: str) -> Covenant | Rejected:
    """The covenant of a name, or the refusal that there is none."""
    found = stored.COVENANT.get(scope.state, covenant_keys.covenant(name))
    return reject(Rejection.UNKNOWN_COVENANT, covenant=name) if found is None else found


def put_covenant(scope: Scope, covenant: Covenant) -> None:
    """Set a covenant's record."""
    stored.COVENANT.put(scope.state, covenant_keys.covenant(covenant.name), covenant)


def wake(scope: Scope, covenant: Covenant) -> None:
    """Have the clock look at a covenant when something may be due."""
    if due_ms := due_of(covenant):
        set_alarm(scope.state, due_ms, covenant_keys.covenant(covenant.name))


def due_of(covenant: Covenant) -> int:
    """When the clock has something to do for a covenant: the end of reporting or of the cure."""
    if covenant.status is CovenantStatus.BREACHED:
        return covenant.until_ms
    if covenant.status is CovenantStatus.WATCHED and covenant.terms.kind != CROSS_DEFAULT:
        return covenant.test_ms + (covenant.terms.reporting_days + 1) * DAY_MS
    return 0


def next_test_ms(terms: CovenantTerms, after_ms: int) -> int:
    """The first test day after a moment; 0 if there is none."""
    cycle = parse_cycle(terms.cycle, "cycle")
    anchor = from_epoch_ms(terms.first_test_ms)
    number = cycle.count_before(anchor, from_epoch_ms(after_ms + 1), end_of_month=False)
    test_ms = to_epoch_ms(cycle.time(anchor, number, end_of_month=False))
    return test_ms if test_ms <= terms.last_test_ms else 0


def is_kept(terms: CovenantTerms, report: tuple[int, ...]) -> bool:
    """Whether a reported figure keeps the covenant: compared exactly, by cross products."""
    numerator, denominator = report
    left = numerator * terms.limit_denominator
    right = terms.limit_numerator * denominator
    return {
        "AT_MOST": left <= right,
        "AT_LEAST": left >= right,
        "BELOW": left < right,
        "ABOVE": left > right,
    }[terms.operator]


def is_over(scope: Scope, terms: CovenantTerms) -> bool:
    """Whether what the covenant was agreed with has ended."""
    if terms.subject_kind == "FACILITY":
        facility = facility_records.FACILITY.get(scope.state, keys.facility(terms.subject))
        assert facility is not None, "facilities are never removed"
        return facility.status not in (FacilityStatus.OFFERED, FacilityStatus.EFFECTIVE)
    loan = records.LOAN.get(scope.state, keys.loan(terms.subject))
    if loan is not None:
        return loan.status in OVER
    agreement = records.AGREEMENT.get(scope.state, keys.agreement(terms.subject))
    assert agreement is not None, "agreements are never removed"
    return agreement.status not in UNDRAWN


def subject_asset(scope: Scope, covenant: Covenant) -> str:
    """The currency of what a covenant was agreed with."""
    name = covenant.terms.subject
    if covenant.terms.subject_kind == "FACILITY":
        facility = facility_records.FACILITY.get(scope.state, keys.facility(name))
        assert facility is not None, "facilities are never removed"
        return facility.terms.asset
    agreement = records.AGREEMENT.get(scope.state, keys.agreement(name))
    assert agreement is not None, "agreements are never removed"
    return agreement.terms.asset


def check_in_time(scope: Scope, covenant: Covenant) -> Rejected | None:
    """Refuse what comes after the time to cure, though the clock has not come to it yet."""
    if covenant.status is not CovenantStatus.BREACHED or scope.now_ms < covenant.until_ms:
        return None
    return reject(Rejection.OUT_OF_TIME, until_ms=covenant.until_ms)


def named(covenant: Covenant) -> dict[str, str]:
    """What every event of a covenant names: itself and the loan or facility it is about."""
    is_loan = covenant.terms.subject_kind == "LOAN"
    subject = covenant.terms.subject
    return {
        "covenant": covenant.name,
        "loan": subject if is_loan else "",
        "facility": "" if is_loan else subject,
    }
