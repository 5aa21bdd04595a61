"""An alarm's state: where it begins, what an update keeps, and what a change of it sets off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend

from localaws.metrics.alarms import queries_of, watched_of
from localaws.metrics.announcing import Standing, announce
from localaws.metrics.grammar import ExpressionError
from localaws.metrics.queries import require_calculable
from localaws.metrics.series import aware
from localaws.metrics.statistics import StatisticError, require_known
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from localaws.clock import Clock

KEPT = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")
TRANSITIONED = "state_transitioned_timestamp"


def apply(clock: Clock) -> None:
    """CloudWatch API, PutMetricAlarm and SetAlarmState.

    A new alarm's "state is immediately set to INSUFFICIENT_DATA"; of an updated one "its state is left unchanged". A
    change, an evaluation's or SetAlarmState's, takes its actions and is an event. moto begins with OK, begins anew with
    every update, and tells nobody.
    """
    _patch_put(clock)
    _patch_update(clock)


def _patch_put(clock: Clock) -> None:
    put = original(CloudWatchBackend, "put_metric_alarm", needs=("name",))

    def alarm_put(self: CloudWatchBackend, *args: Any, **settings: Any) -> Alarm:
        name = str(settings["name"])
        before = self.alarms.get(name)
        alarm: Alarm = put(self, *args, **settings)
        try:
            _require_evaluable(alarm)
        except (ExpressionError, StatisticError) as error:
            del self.alarms[name]
            if before:
                self.alarms[name] = before
            raise ValidationError(str(error)) from error
        now = clock.now().replace(tzinfo=None)
        alarm.configuration_updated_timestamp = now
        alarm.state_value, alarm.state_updated_timestamp = "INSUFFICIENT_DATA", now
        if before:
            vars(alarm).update({name: vars(before)[name] for name in (*KEPT, TRANSITIONED) if name in vars(before)})
        return alarm

    replace(CloudWatchBackend, "put_metric_alarm", alarm_put)


def _require_evaluable(alarm: Alarm) -> None:
    if alarm.rule is not None:
        return
    if not alarm.metric_data_queries and not (alarm.metric_name and alarm.period):
        raise ExpressionError("an alarm needs a metric with a period, or Metrics")
    queries = queries_of(alarm)
    watched_of(queries)
    require_calculable(queries)
    for query in queries:
        if query.measured:
            require_known(query.measured.statistic)


def _patch_update(clock: Clock) -> None:
    update = original(Alarm, "update_state", needs=("reason", "reason_data", "state_value"))

    def updated(self: Alarm, reason: str, reason_data: str, state_value: str) -> None:
        previous = _standing(self)
        update(self, reason, reason_data, state_value)
        self.state_updated_timestamp = clock.now().replace(tzinfo=None)
        if previous.value != state_value:
            vars(self)[TRANSITIONED] = self.state_updated_timestamp
            announce(self, previous, _standing(self))

    replace(Alarm, "update_state", updated)


def _standing(alarm: Alarm) -> Standing:
    return Standing(
        alarm.state_value, alarm.state_reason, alarm.state_reason_data or "", aware(alarm.state_updated_timestamp)
    )
