"""Figures of risk and alert rules: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.monitoring import DropAlertRule, SetAlertRule, SetMonitoring
from lending.handlers.table import on
from lending.monitoring.rules import drop_alert_rule, set_alert_rule, set_monitoring

MONITORING_HANDLERS: Final = (
    on(SetMonitoring, set_monitoring),
    on(SetAlertRule, set_alert_rule),
    on(DropAlertRule, drop_alert_rule),
)
