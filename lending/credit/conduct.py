"""The record of conduct: followers that keep each borrower's history current, event by event.

What was last seen of a running credit is compared with what it is now; the difference is what is
counted. So the work of an event is that of one credit, a credit that ran before the record was kept
is taken in with the first thing that happens to it, and nothing is counted twice. Nothing is kept
before members approved a model or set a limit on exposures: a house without credit rules pays
nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ledger import codec
from lending import credit_keys, keys, records
from lending.records import Loan, LoanStatus
from lending.records import credit as stored
from lending.records import facilities as facility_records
from lending.records import pools as pool_records
from lending.records.credit import Credit, History, Lent
from lending.records.facilities import Facility, FacilityStatus
from lending.scope import DAY_MS, Scope

NEW: Final = History(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (), ())
"""Nothing is known yet."""
_LATE: Final = {30: "late_30", 60: "late_60", 90: "late_90", 120: "late_120"}
_CHANGES: Final = ("MATURITY", "FORGIVENESS", "HOLIDAY")
_ON_BOOKS: Final = (LoanStatus.PERFORMING, LoanStatus.DELINQUENT, LoanStatus.DEFAULTED)

Fields = dict[str, codec.Value]
Rows = tuple[tuple[str, int, int], ...]


def is_kept(scope: Scope) -> bool:
    """Whether the record of conduct is kept."""
    return scope.state.get(credit_keys.CREDIT_KEPT) is not None


def keep(scope: Scope) -> None:
    """Begin to keep it."""
    if not is_kept(scope):
        scope.state.put(credit_keys.CREDIT_KEPT, codec.encode(scope.height))


def history_of(scope: Scope, party: str) -> History:
    """The conduct of a party; of one that never borrowed, nothing."""
    return stored.HISTORY.get(scope.state, credit_keys.history(party)) or NEW


def lent_to(scope: Scope, borrower: str, lender: str, asset: str) -> int:
    """The principal that one lender has lent one borrower."""
    found = stored.LENT.get(scope.state, credit_keys.lent(borrower, lender, asset))
    return 0 if found is None else found.principal


def loan_seen(scope: Scope, fields: Fields) -> None:
    """Something happened to a term loan, or only to its agreement."""
    if is_kept(scope) and (loan := _loan(scope, fields)) is not None:
        _see_loan(scope, loan)


def installment_billed(scope: Scope, fields: Fields) -> None:
    """An installment fell due; one that was paid in the same breath is counted here."""
    if not is_kept(scope) or (loan := _loan(scope, fields)) is None:
        return
    due_ms = int(fields["due_ms"])
    seen = _see_loan(scope, loan)
    if (fields["interest"] or fields["principal"]) and due_ms not in dict(seen.dues):
        is_late = scope.now_ms >= due_ms + _grace_ms(scope, loan)
        _change(scope, loan.borrower, late=int(is_late), on_time=int(not is_late))


def past_due(scope: Scope, fields: Fields) -> None:
    """A loan came to be so many days past due."""
    if is_kept(scope) and (loan := _loan(scope, fields)) is not None:
        _see_loan(scope, loan)
        _change(scope, loan.borrower, **{_LATE[int(fields["days"])]: 1})


def written_off(scope: Scope, fields: Fields) -> None:
    """The lender took a loan off its books."""
    if is_kept(scope) and (loan := _loan(scope, fields)) is not None:
        _see_loan(scope, loan)
        _change(scope, loan.borrower, write_offs=1)
        _lose(scope, loan.borrower, loan.asset, int(fields["total"]), 0)


def recovered(scope: Scope, fields: Fields) -> None:
    """Something came back of a written-off loan."""
    if is_kept(scope) and (loan := _loan(scope, fields)) is not None:
        _see_loan(scope, loan)
        _lose(scope, loan.borrower, loan.asset, 0, int(fields["taken"]))


def loan_closed(scope: Scope, fields: Fields) -> None:
    """Nothing is owed any more: the last that is seen of a loan."""
    loan_seen(scope, fields)
    if is_kept(scope) and (loan := _loan(scope, fields)) is not None:
        scope.state.delete(credit_keys.credit(keys.loan(loan.name)))


def loan_changed_by_consent(scope: Scope, fields: Fields) -> None:
    """A running loan was given other terms than were agreed first."""
    if is_kept(scope) and (loan := _loan(scope, fields)) is not None:
        _see_loan(scope, loan)
        _change(scope, loan.borrower, changes=1)


def facility_seen(scope: Scope, fields: Fields) -> None:
    """Something happened to a facility."""
    if is_kept(scope) and (facility := _facility(scope, fields)) is not None:
        _see_facility(scope, facility)


def facility_accelerated(scope: Scope, fields: Fields) -> None:
    """The lenders called all principal."""
    if is_kept(scope) and (facility := _facility(scope, fields)) is not None:
        _see_facility(scope, facility)
        _change(scope, facility.terms.borrower, defaults=1)


def amendment_ended(scope: Scope, fields: Fields) -> None:
    """A vote is over; executed in the borrower's favour it is a change."""
    if not is_kept(scope) or (facility := _facility(scope, fields)) is None:
        return
    key = keys.amendment(facility.name, str(fields["amendment"]))
    vote = facility_records.AMENDMENT.get(scope.state, key)
    _see_facility(scope, facility)
    if vote is not None and vote.matter in _CHANGES and fields["status"] == "EXECUTED":
        _change(scope, facility.terms.borrower, changes=1)


def pool_line_seen(scope: Scope, fields: Fields) -> None:
    """A pool line was granted, drawn, repaid or written off."""
    if not is_kept(scope):
        return
    pool, borrower = str(fields["pool"]), str(fields["borrower"])
    line = pool_records.CREDIT_LINE.get(scope.state, keys.credit_line(pool, borrower))
    terms = pool_records.POOL_TERMS.get(scope.state, keys.pool_terms(pool))
    assert line is not None, "the event is about a line"
    assert terms is not None, "a line is of a pool"
    key, asset = keys.credit_line(pool, borrower), terms.template.asset
    old = _credit(scope, key, borrower, asset)
    loss, came_back = int(fields.get("loss", 0)), int(fields.get("recovered", 0))
    is_drawn = bool(line.booked)
    new = replace(
        old, committed=line.limit, shares=((pool, line.booked),) if is_drawn else (),
        is_drawn=is_drawn, dues=((line.due_ms, False),) if is_drawn else (),
    )  # fmt: skip
    # The day that counts is the one agreed now; what was written off was not paid at all.
    is_paying = old.is_drawn and not loss
    old = replace(old, dues=((line.due_ms, False),) if is_paying else ())
    if loss:
        _change(scope, borrower, defaults=1, write_offs=1)
    if loss or came_back:
        _lose(scope, borrower, asset, loss, came_back)
    has_ended = old.is_drawn and not is_drawn
    _note(scope, key, old, new, DAY_MS, has_ended=has_ended, is_repaid=has_ended and not loss)


def protection_claimed(scope: Scope, fields: Fields) -> None:
    """A guarantor, or a cover fund, had to pay: it is noted of a guarantor."""
    if is_kept(scope) and fields["kind"] != "COVER":
        _change(scope, str(fields["payer"]), called=1)


CONDUCT: Final[dict[str, Callable[[Scope, Fields], None]]] = {
    "loan_drawn": loan_seen,
    "installment_billed": installment_billed,
    "repaid": loan_seen,
    "grace_ended": loan_seen,
    "past_due": past_due,
    "defaulted": loan_seen,
    "written_off": written_off,
    "recovered": recovered,
    "loan_closed": loan_closed,
    "bad_debt": loan_seen,
    "loan_changed": loan_changed_by_consent,
    "protection_claimed": protection_claimed,
    "facility_effective": facility_seen,
    "facility_fee_due": facility_seen,
    "facility_drawn": facility_seen,
    "facility_period_ended": facility_seen,
    "facility_repaid": facility_seen,
    "facility_commitment_ended": facility_seen,
    "facility_participation_transferred": facility_seen,
    "facility_accelerated": facility_accelerated,
    "facility_ended": facility_seen,
    "amendment_ended": amendment_ended,
    "credit_line_granted": pool_line_seen,
    "pool_borrowed": pool_line_seen,
    "pool_repaid": pool_line_seen,
    "pool_debt_written_off": pool_line_seen,
}
"""Which event is followed by what."""


def _see_loan(scope: Scope, loan: Loan) -> Credit:
    key = keys.loan(loan.name)
    old = _credit(scope, key, loan.borrower, loan.asset, loan.start_ms)
    principal = loan.balance + sum(bill.principal for bill in loan.bills)
    on_books = loan.status in _ON_BOOKS and principal
    is_bad = loan.status not in (LoanStatus.PERFORMING, LoanStatus.DELINQUENT, LoanStatus.REPAID)
    new = replace(
        old, shares=((loan.lender, principal),) if on_books else (), is_drawn=True,
        is_bad=old.is_bad or is_bad,
        is_over=loan.status in (LoanStatus.REPAID, LoanStatus.RECOVERED),
        # What a default made due is no installment: its number is that of the next one.
        dues=tuple((bill.due_ms, bill.is_late) for bill in loan.bills if bill.number < loan.number),
    )  # fmt: skip
    if new.is_bad and not old.is_bad:
        _change(scope, loan.borrower, defaults=1)
    _note(
        scope, key, old, new, _grace_ms(scope, loan), has_ended=new.is_over and not old.is_over,
        # Repaid before its first installment it proves nothing: so nobody farms a good name.
        is_repaid=loan.status is LoanStatus.REPAID and not old.is_over and loan.number > 1,
    )  # fmt: skip
    return new


def _see_facility(scope: Scope, facility: Facility) -> None:
    if facility.status not in (FacilityStatus.EFFECTIVE, FacilityStatus.CLOSED):
        return
    key, terms = keys.facility(facility.name), facility.terms
    old = _credit(scope, key, terms.borrower, terms.asset, facility.start_ms)
    held: dict[str, int] = {}
    for tranche in facility.tranches:
        for share in tranche.shares:
            held[share.lender] = held.get(share.lender, 0) + share.outstanding
    drawn = sum(held.values())
    grace_ms = (terms.grace_days + 1) * DAY_MS
    known = dict(old.dues)
    dues = {
        due_ms: known.get(due_ms, False) or scope.now_ms >= due_ms + grace_ms
        for due_ms, _ in facility.bills
    }
    new = replace(
        old, shares=tuple((lender, amount) for lender, amount in held.items() if amount),
        committed=sum(share.commitment for each in facility.tranches for share in each.shares),
        dues=tuple(dues.items()), is_drawn=old.is_drawn or drawn > 0,
        is_over=facility.status is FacilityStatus.CLOSED,
    )  # fmt: skip
    has_ended = new.is_over and new.is_drawn and not old.is_over
    _note(scope, key, old, new, grace_ms, has_ended=has_ended, is_repaid=has_ended)


def _note(
    scope: Scope, key: bytes, old: Credit, new: Credit, grace_ms: int, *,
    has_ended: bool, is_repaid: bool,
) -> None:  # fmt: skip
    """Count what changed of a credit, and remember how it is now."""
    before, now = dict(old.dues), dict(new.dues)
    settled = [due_ms for due_ms, was_late in before.items() if due_ms not in now and not was_late]
    # What was settled was seen unpaid before; whether its grace was over is told by its day.
    overdue = sum(scope.now_ms >= due_ms + grace_ms for due_ms in settled)
    fresh_late = sum(is_late and not before.get(due_ms, False) for due_ms, is_late in now.items())
    _share_out(scope, old, new)
    started = int(new.is_drawn and not old.is_drawn)
    _change(
        scope, new.borrower, loans=started, running=started - int(has_ended),
        repaid=int(is_repaid), on_time=len(settled) - overdue, late=overdue + fresh_late,
    )  # fmt: skip
    if old.committed or new.committed:
        _line(scope, new, new.committed - old.committed, _drawn(new) - _drawn(old))
    if new != old:
        stored.CREDIT.put(scope.state, credit_keys.credit(key), new)


def _share_out(scope: Scope, old: Credit, new: Credit) -> None:
    """Keep what each lender has lent the borrower."""
    before, now = dict(old.shares), dict(new.shares)
    for lender in dict.fromkeys((*before, *now)):
        principal = now.get(lender, 0) - before.get(lender, 0)
        count = int(lender in now) - int(lender in before)
        if not principal and not count:
            continue
        key = credit_keys.lent(new.borrower, lender, new.asset)
        found = stored.LENT.get(scope.state, key) or Lent(0, 0)
        lent = Lent(found.principal + principal, found.credits + count)
        if lent.credits:
            stored.LENT.put(scope.state, key, lent)
        else:
            scope.state.delete(key)


def _change(scope: Scope, party: str, **more: int) -> None:
    if not any(more.values()):
        return
    found = history_of(scope, party)
    figures = {name: getattr(found, name) + each for name, each in more.items()}
    changed = replace(found, **figures)
    if not changed.first_ms:
        changed = replace(changed, first_ms=scope.now_ms)
    stored.HISTORY.put(scope.state, credit_keys.history(party), changed)


def _lose(scope: Scope, party: str, asset: str, lost: int, came_back: int) -> None:
    found = history_of(scope, party)
    rows = _added(found.lost, asset, lost, came_back)
    stored.HISTORY.put(scope.state, credit_keys.history(party), replace(found, lost=rows))


def _line(scope: Scope, credit: Credit, committed: int, drawn: int) -> None:
    if committed or drawn:
        found = history_of(scope, credit.borrower)
        rows = _added(found.lines, credit.asset, committed, drawn)
        changed = replace(found, lines=rows, first_ms=found.first_ms or scope.now_ms)
        stored.HISTORY.put(scope.state, credit_keys.history(credit.borrower), changed)


def _added(rows: Rows, asset: str, first: int, second: int) -> Rows:
    held = {code: (one, two) for code, one, two in rows}
    one, two = held.get(asset, (0, 0))
    held[asset] = (one + first, two + second)
    return tuple((code, *pair) for code, pair in held.items() if any(pair))


def _drawn(credit: Credit) -> int:
    return sum(amount for _, amount in credit.shares)


def _credit(scope: Scope, key: bytes, borrower: str, asset: str, start_ms: int = 0) -> Credit:
    found = stored.CREDIT.get(scope.state, credit_keys.credit(key))
    if found is not None:
        return found
    # One that ran before the record was kept begins with its own first day.
    history = history_of(scope, borrower)
    if start_ms and not 0 < history.first_ms <= start_ms:
        stored.HISTORY.put(
            scope.state, credit_keys.history(borrower), replace(history, first_ms=start_ms)
        )
    return Credit(borrower, asset, (), 0, (), is_drawn=False, is_bad=False, is_over=False)


def _loan(scope: Scope, fields: Fields) -> Loan | None:
    return records.LOAN.get(scope.state, keys.loan(str(fields["loan"])))


def _facility(scope: Scope, fields: Fields) -> Facility | None:
    return facility_records.FACILITY.get(scope.state, keys.facility(str(fields["facility"])))


def _grace_ms(scope: Scope, loan: Loan) -> int:
    product = records.PRODUCT.get(scope.state, keys.product(loan.product, loan.version))
    assert product is not None, "products are never removed"
    return (product.template.grace_days + 1) * DAY_MS
