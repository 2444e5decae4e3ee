"""Alert rules: set by members, tested by the clock at the begin of the block after a figure changed.

An alert is raised when the figure is beyond the limit and cleared when it is back at the clear
level, so a figure that trembles at its limit raises one alert and not a hundred.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys
from lending.alarms import drop_alarm, set_alarm
from lending.commands.monitoring import DropAlertRule, SetAlertRule, SetMonitoring
from lending.fields import AMOUNT_MAX
from lending.monitoring.figures import measure, monitoring_of, note_change
from lending.monitoring.measures import READINGS
from lending.monitoring.values import VALUES, describes_nothing
from lending.parties.assets import asset_of
from lending.records import monitoring as stored
from lending.records import places
from lending.records.monitoring import AlertRule, Monitoring
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.feeds import check_approved

RULES_MAX: Final = 64
"""How many rules an asset may have: they are all tested in one block."""
WALK_STEPS_MAX: Final = 64
"""How many subjects the walk measures in one block."""


def set_monitoring(scope: Scope, command: SetMonitoring) -> Rejected | None:
    """Members have figures kept; the clock begins to measure the book in the next block."""
    if refused := check_approved(scope):
        return refused
    before = monitoring_of(scope)
    height = 0 if before is None else before.complete_height
    if before is not None and before.alarm_ms:
        drop_alarm(scope.state, keys.alarm(before.alarm_ms, places.MONITORING_WALK))
    set_alarm(scope.state, scope.now_ms, places.MONITORING_WALK)
    put_monitoring(scope, Monitoring(command.refresh_days, b"", 0, height, scope.now_ms))
    scope.emit("monitoring_set", refresh_days=command.refresh_days)
    return None


def set_alert_rule(scope: Scope, command: SetAlertRule) -> Rejected | None:
    """Members want to be told; the rule is tested for the first time in the next block."""
    if refused := check_approved(scope):
        return refused
    asset = asset_of(scope, command.asset)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    if field := describes_nothing(command.figure, command.dimension, command.member):
        return reject(Rejection.BAD_RULE, field=field, value=getattr(command, field))
    is_above = command.operator == "ABOVE"
    if command.clear > command.limit if is_above else command.clear < command.limit:
        return reject(Rejection.BAD_RULE, field="clear", value=command.clear)
    if monitoring_of(scope) is None:
        return reject(Rejection.WRONG_STATUS, status="UNMONITORED", allowed=("MONITORED",))
    key = places.alert_rule(command.asset, command.rule)
    before = stored.ALERT_RULE.get(scope.state, key)
    if before is None and len(rules_of(scope, command.asset)) >= RULES_MAX:
        return reject(Rejection.CAP_EXCEEDED, cap="rules", limit=RULES_MAX)
    rule = AlertRule(
        command.asset, command.rule, command.figure, command.dimension, command.member,
        command.operator, command.limit, command.clear, command.severity, value=0,
        raised_ms=0 if before is None else before.raised_ms,
    )  # fmt: skip
    stored.ALERT_RULE.put(scope.state, key, rule)
    note_change(scope, command.asset)
    scope.emit(
        "alert_rule_set", asset=rule.asset, rule=rule.name, figure=rule.figure,
        dimension=rule.dimension, member=rule.member, operator=rule.operator,
        alert_limit=rule.limit, clear=rule.clear, severity=rule.severity,
    )  # fmt: skip
    return None


def drop_alert_rule(scope: Scope, command: DropAlertRule) -> Rejected | None:
    """Members do not want a rule any more; an alert that it raised ends with it."""
    if refused := check_approved(scope):
        return refused
    key = places.alert_rule(command.asset, command.rule)
    if stored.ALERT_RULE.get(scope.state, key) is None:
        return reject(Rejection.UNKNOWN_RULE, asset=command.asset, rule=command.rule)
    scope.state.delete(key)
    scope.emit("alert_rule_dropped", asset=command.asset, rule=command.rule)
    return None


def rules_of(scope: Scope, asset: str) -> list[AlertRule]:
    """The rules of an asset by name."""
    prefix = places.alert_rule(asset)
    found = scope.state.iterate(prefix, prefix_end(prefix))
    return [stored.ALERT_RULE.decode(raw) for _, raw in found]


def put_monitoring(scope: Scope, monitoring: Monitoring) -> None:
    """Set what members want kept and how far the walk is."""
    stored.MONITORING.put(scope.state, places.MONITORING_POLICY, monitoring)


def attend_monitoring(scope: Scope, subject: bytes, budget: int) -> int:
    """What the clock does: test rules, or measure a piece of the book; returns what it cost."""
    if subject == places.MONITORING_RULES:
        return test_rules(scope)
    return walk(scope, min(budget, WALK_STEPS_MAX))


def test_rules(scope: Scope) -> int:
    """Test the rules of the assets that changed."""
    changed = stored.CHANGED.get(scope.state, places.MONITORING_CHANGED)
    scope.state.delete(places.MONITORING_CHANGED)
    tested = 0
    for asset in () if changed is None else changed.assets:
        for rule in rules_of(scope, asset):
            _test(scope, rule)
            tested += 1
    return max(tested, 1)


def _test(scope: Scope, rule: AlertRule) -> None:
    exact = VALUES[rule.figure](scope.state, rule.asset, rule.dimension, rule.member)
    value = min(exact, AMOUNT_MAX)
    is_above = rule.operator == "ABOVE"
    is_beyond = value > rule.limit if is_above else value < rule.limit
    is_clear = value <= rule.clear if is_above else value >= rule.clear
    raised_ms = rule.raised_ms
    name = ""
    if is_beyond and not raised_ms:
        name, raised_ms = "alert_raised", scope.now_ms
    elif is_clear and raised_ms:
        name, raised_ms = "alert_cleared", 0
    if name:
        scope.emit(
            name, asset=rule.asset, rule=rule.name, figure=rule.figure, dimension=rule.dimension,
            member=rule.member, reading=value, alert_limit=rule.limit, severity=rule.severity,
        )  # fmt: skip
    if (value, raised_ms) != (rule.value, rule.raised_ms):
        key = places.alert_rule(rule.asset, rule.name)
        stored.ALERT_RULE.put(scope.state, key, replace(rule, value=value, raised_ms=raised_ms))


def walk(scope: Scope, steps_max: int) -> int:
    """Measure the next subjects of the book; at its end wait for the day of the next walk."""
    monitoring = monitoring_of(scope)
    assert monitoring is not None, "a walk begins when members want figures"
    cursor = monitoring.cursor or next(iter(READINGS))
    measured = monitoring.measured if monitoring.cursor else 0
    subjects = _following(scope, cursor, steps_max)
    for subject in subjects:
        measure(scope, subject)
    measured += len(subjects)
    is_complete = len(subjects) < steps_max
    if is_complete:
        scope.emit("book_measured", measured=measured)
    wait_ms = monitoring.refresh_days * DAY_MS
    next_ms = scope.now_ms + wait_ms if wait_ms else 0
    monitoring = replace(
        monitoring, cursor=b"" if is_complete else subjects[-1], measured=measured,
        complete_height=scope.height if is_complete else monitoring.complete_height,
        alarm_ms=next_ms if is_complete else scope.now_ms,
    )  # fmt: skip
    put_monitoring(scope, monitoring)
    if monitoring.alarm_ms:
        set_alarm(scope.state, monitoring.alarm_ms, places.MONITORING_WALK)
    return max(len(subjects), 1)


def _following(scope: Scope, cursor: bytes, maximum: int) -> list[bytes]:
    """The keys of the next subjects after the cursor, kind after kind."""
    prefixes = list(READINGS)
    first = next(place for place, prefix in enumerate(prefixes) if cursor.startswith(prefix))
    found: list[bytes] = []
    for prefix in prefixes[first:]:
        start = cursor + b"\0" if cursor.startswith(prefix) else prefix
        pairs = scope.state.iterate(start, prefix_end(prefix))
        found += [key for key, _ in islice(pairs, maximum - len(found))]
    return found
