"""The lives of agreements and loans as tables: every change of status goes through here.

A step that is not in its table means that we are wrong, and halts the node; a party that asks for
one is refused before, with WRONG_STATUS.
"""

from __future__ import annotations

from typing import Final

from ledger.receipt import Rejected
from lending.records import AgreementStatus, LoanStatus
from lending.rejections import Rejection, reject

AGREEMENT_STEPS: Final[dict[AgreementStatus, tuple[AgreementStatus, ...]]] = {
    AgreementStatus.OFFERED: (
        AgreementStatus.CONCLUDED,
        AgreementStatus.WITHDRAWN,
        AgreementStatus.LAPSED,
    ),
    AgreementStatus.CONCLUDED: (AgreementStatus.DRAWN, AgreementStatus.LAPSED),
    AgreementStatus.DRAWN: (AgreementStatus.CLOSED,),
    AgreementStatus.CLOSED: (),
    AgreementStatus.WITHDRAWN: (),
    AgreementStatus.LAPSED: (),
}
"""From each status, where an agreement may go."""

LOAN_STEPS: Final[dict[LoanStatus, tuple[LoanStatus, ...]]] = {
    LoanStatus.PERFORMING: (LoanStatus.DELINQUENT, LoanStatus.DEFAULTED, LoanStatus.REPAID),
    LoanStatus.DELINQUENT: (LoanStatus.PERFORMING, LoanStatus.DEFAULTED, LoanStatus.REPAID),
    LoanStatus.DEFAULTED: (LoanStatus.WRITTEN_OFF, LoanStatus.REPAID),
    LoanStatus.WRITTEN_OFF: (LoanStatus.RECOVERED,),
    LoanStatus.REPAID: (),
    LoanStatus.RECOVERED: (),
}
"""From each status, where a loan may go."""

RUNNING: Final = (LoanStatus.PERFORMING, LoanStatus.DELINQUENT)
"""The statuses in which installments fall due."""
PAYABLE: Final = (LoanStatus.PERFORMING, LoanStatus.DELINQUENT, LoanStatus.DEFAULTED)
"""The statuses in which the borrower repays."""


def agreement_step(old: AgreementStatus, new: AgreementStatus) -> AgreementStatus:
    """The new status; AssertionError if the table does not have the step."""
    assert new in AGREEMENT_STEPS[old], f"an agreement does not go from {old} to {new}"
    return new


def loan_step(old: LoanStatus, new: LoanStatus) -> LoanStatus:
    """The new status, which may be the old one; AssertionError if the table lacks the step."""
    assert new is old or new in LOAN_STEPS[old], f"a loan does not go from {old} to {new}"
    return new


def check_agreement_status(status: AgreementStatus, *allowed: AgreementStatus) -> Rejected | None:
    """Refuse an agreement in another status."""
    if status in allowed:
        return None
    return reject(Rejection.WRONG_STATUS, status=str(status), allowed=tuple(map(str, allowed)))


def check_loan_status(status: LoanStatus, *allowed: LoanStatus) -> Rejected | None:
    """Refuse a loan in another status."""
    if status in allowed:
        return None
    return reject(Rejection.WRONG_STATUS, status=str(status), allowed=tuple(map(str, allowed)))
