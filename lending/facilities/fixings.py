"""Indices and their fixings: reported by registered sources, published by a quorum as the median.

A published fixing can be corrected by a quorum within its time. A correction reaches every period
that still runs on the fixing, from the period's first day; what was billed stays as it was billed.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending import keys
from lending.arithmetic import Rounding, divide
from lending.commands.facilities import CorrectFixing, RegisterIndex, ReportFixing
from lending.parties.authority import party_of, wrong_role
from lending.parties.consortium import parameters, signing_members
from lending.records import facilities as records
from lending.records.facilities import Fixing, Index, Reports
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope


def register_index(scope: Scope, command: RegisterIndex) -> Rejected | None:
    """A quorum of members makes an index known."""
    members, quorum = signing_members(scope), parameters(scope).approval_quorum
    if len(members) < quorum:
        return reject(Rejection.NOT_APPROVED, signed=len(members), quorum=quorum)
    for source in command.sources:
        if party_of(scope, source) is None:
            return reject(Rejection.UNKNOWN_PARTY, party=source)
    if index_of(scope, command.index) is not None:
        return reject(Rejection.ALREADY_EXISTS, index=command.index)
    if command.quorum > len(command.sources):
        return reject(
            Rejection.BAD_THRESHOLD, threshold=command.quorum, sources=len(command.sources)
        )
    index = Index(command.index, command.sources, command.quorum, command.correction_days)
    records.INDEX.put(scope.state, keys.rate_index(index.name), index)
    scope.emit(
        "index_registered", index=index.name, sources=index.sources, quorum=index.quorum,
        correction_days=index.correction_days,
    )  # fmt: skip
    return None


def report_fixing(scope: Scope, command: ReportFixing) -> Rejected | None:
    """A source reports; the report that makes the quorum publishes the median."""
    index = index_of(scope, command.index)
    if index is None:
        return reject(Rejection.UNKNOWN_INDEX, index=command.index)
    if refused := _check_report(scope, index, command.day_ms):
        return refused
    if fixing_of(scope, index.name, command.day_ms) is not None:
        return reject(Rejection.WRONG_STATUS, status="PUBLISHED", index=index.name)
    values = _counted(scope, index, command.day_ms, command.value)
    if isinstance(values, Rejected):
        return values
    if len(values) == index.quorum:
        value = median(tuple(each for _, each in values))
        _publish(scope, index, command.day_ms, Fixing(((scope.now_ms, value),)))
    return None


def correct_fixing(scope: Scope, command: CorrectFixing) -> Rejected | None:
    """A source reports anew; the report that makes the quorum replaces what was published."""
    index = index_of(scope, command.index)
    if index is None:
        return reject(Rejection.UNKNOWN_INDEX, index=command.index)
    if refused := _check_report(scope, index, command.day_ms):
        return refused
    fixing = fixing_of(scope, index.name, command.day_ms)
    if fixing is None:
        return reject(Rejection.NO_FIXING, index=index.name, day_ms=command.day_ms)
    until_ms = command.day_ms + index.correction_days * DAY_MS
    if scope.today_ms > until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=until_ms)
    values = _counted(scope, index, command.day_ms, command.value)
    if isinstance(values, Rejected):
        return values
    if len(values) == index.quorum:
        value = median(tuple(each for _, each in values))
        corrected = Fixing((*fixing.history, (scope.now_ms, value)))
        _publish(scope, index, command.day_ms, corrected)
    return None


def median(values: tuple[int, ...]) -> int:
    """The middle value, or of two the mean, half to even."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return divide(ordered[middle - 1] + ordered[middle], 2, Rounding.HALF_EVEN)


def index_of(scope: Scope, name: str) -> Index | None:
    """The index of a name."""
    return records.INDEX.get(scope.state, keys.rate_index(name))


def fixing_of(scope: Scope, index: str, day_ms: int) -> Fixing | None:
    """The published fixing of a day."""
    return records.FIXING.get(scope.state, keys.fixing(index, day_ms))


def latest_fixing_ms(scope: Scope, index: str, until_ms: int, before_ms: int) -> int | None:
    """The newest day up to `until_ms`, included, whose fixing was published before `before_ms`."""
    start = keys.fixing(index, 0)
    for key, _ in scope.state.iterate(start, keys.fixing(index, until_ms + 1), reverse=True):
        day_ms = int.from_bytes(key[-8:], "big")
        fixing = fixing_of(scope, index, day_ms)
        if fixing is not None and fixing.first_ms < before_ms:
            return day_ms
    return None


def _check_report(scope: Scope, index: Index, day_ms: int) -> Rejected | None:
    if scope.sender not in index.sources:
        return wrong_role(scope, "a source of the index")
    if day_ms % DAY_MS or day_ms > scope.today_ms:
        return reject(Rejection.OUT_OF_TIME, day_ms=day_ms, until_ms=scope.today_ms)
    return None


def _counted(
    scope: Scope, index: Index, day_ms: int, value: int
) -> tuple[tuple[str, int], ...] | Rejected:
    """The reports of a round with the sender's; the round is over with the quorum."""
    key = keys.reports(index.name, day_ms)
    found = records.REPORTS.get(scope.state, key)
    values = () if found is None else found.values
    if any(source == scope.sender for source, _ in values):
        return reject(Rejection.ALREADY_APPROVED, approvals=tuple(name for name, _ in values))
    values = (*values, (scope.sender, value))
    scope.emit("fixing_reported", index=index.name, day_ms=day_ms, source=scope.sender, value=value)
    if len(values) < index.quorum:
        records.REPORTS.put(scope.state, key, Reports(values))
    else:
        scope.state.delete(key)
    return values


def _publish(scope: Scope, index: Index, day_ms: int, fixing: Fixing) -> None:
    records.FIXING.put(scope.state, keys.fixing(index.name, day_ms), fixing)
    scope.emit(
        "fixing_published", index=index.name, day_ms=day_ms, value=fixing.value,
        first=fixing.history[0][1], corrections=len(fixing.history) - 1,
    )  # fmt: skip
