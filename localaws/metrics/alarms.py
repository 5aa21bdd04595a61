"""Evaluates every metric alarm, once a minute."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.models import cloudwatch_backends

from localaws.metrics.evaluation import Datapoint, Rule, evaluate, evaluation_range
from localaws.metrics.grammar import ExpressionError
from localaws.metrics.queries import Calculation, Query
from localaws.metrics.readings import Readings
from localaws.metrics.series import Measured, Metric, floor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from moto.cloudwatch.models import Alarm, CloudWatchBackend, Dimension, MetricDataQuery

    from localaws.metrics.evaluation import Evaluated
    from localaws.metrics.recorder import Recorder

WATCHED = "m1"
log = logging.getLogger(__name__)


class Alarms:
    """The metric alarms of one account. A state that stays is left alone: only a change does anything."""

    def __init__(self, account: str, recorder: Recorder) -> None:
        self._account = account
        self._recorder = recorder

    def evaluate(self, at: datetime) -> None:
        for backend in list(cloudwatch_backends[self._account].values()):
            for alarm in list(backend.alarms.values()):
                if alarm.rule is not None:  # a composite one
                    continue
                try:
                    self._evaluate(backend, alarm, at)
                except Exception:
                    log.exception("alarm %s cannot be evaluated", alarm.name)

    def _evaluate(self, backend: CloudWatchBackend, alarm: Alarm, at: datetime) -> None:
        period, points = self._points(backend, alarm, at)
        rule: Any = alarm
        found = evaluate(points, _rule(rule), rule.state_value)
        if found.state != alarm.state_value:
            data = _reason_data(alarm, found, points, period, at)
            alarm.update_state(found.reason, json.dumps(data), found.state)

    def _points(self, backend: CloudWatchBackend, alarm: Alarm, at: datetime) -> tuple[timedelta, Sequence[Datapoint]]:
        """The data points of the evaluation range, the newest being the last period that can be read."""
        queries = queries_of(alarm)
        watched = watched_of(queries)
        period = max(query.measured.period for query in queries if query.measured)
        end = floor(at - self._recorder.delay, period)
        start = end - period * evaluation_range(int(alarm.evaluation_periods))
        series = Calculation(queries, Readings(backend, self._recorder, at), start, end).series(watched)
        if len(series) != 1:
            raise ExpressionError(f"{watched.id} makes {len(series)} series; an alarm watches one")
        times = [start + period * number for number in range(evaluation_range(int(alarm.evaluation_periods)))]
        return period, [Datapoint(time, series[0].get(time)) for time in times]


def queries_of(alarm: Alarm) -> list[Query]:
    """What an alarm watches: its expression and metrics, or its one metric."""
    if alarm.metric_data_queries:
        return [_query(one) for one in alarm.metric_data_queries]
    metric = Metric(alarm.namespace, alarm.metric_name, _dimensions(alarm.dimensions))
    statistic = str(alarm.statistic or alarm.extended_statistic)
    return [Query(WATCHED, Measured(metric, statistic, timedelta(seconds=int(alarm.period)), alarm.unit))]


def watched_of(queries: Sequence[Query]) -> Query:
    """CloudWatch API, PutMetricAlarm.Metrics: exactly one is to return its data, and is what the alarm watches."""
    returned = [query for query in queries if query.returns]
    if len(returned) != 1:
        raise ExpressionError(f"exactly one of an alarm's metrics must return data, not {len(returned)}")
    return returned[0]


def _query(given: MetricDataQuery) -> Query:
    stat = given.metric_stat
    measured = None
    if stat:
        metric = Metric(stat.metric.namespace, stat.metric.metric_name, _dimensions(stat.metric.dimensions))
        measured = Measured(metric, stat.stat, timedelta(seconds=int(stat.period)), stat.unit)
    return Query(
        id=given.id,
        measured=measured,
        expression=given.expression or "",
        period=timedelta(seconds=int(given.period)) if given.period else None,
        label=given.label or "",
        returns=str(given.return_data).lower() != "false",
    )


def _dimensions(dimensions: Sequence[Dimension]) -> frozenset[tuple[str, str]]:
    return frozenset((str(one.name), str(one.value)) for one in dimensions)


def _rule(alarm: Any) -> Rule:
    periods = int(alarm.evaluation_periods)
    return Rule(
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        evaluation_periods=periods,
        datapoints_to_alarm=int(alarm.datapoints_to_alarm or periods),
        missing=alarm.treat_missing_data or "missing",
    )


def _reason_data(
    alarm: Alarm, found: Evaluated, points: Sequence[Datapoint], period: timedelta, at: datetime
) -> dict[str, Any]:
    """CloudWatch guide, "Alarm events and EventBridge", reasonData."""
    statistic = {} if alarm.metric_data_queries else {"statistic": alarm.statistic or alarm.extended_statistic}
    return {
        "version": "1.0",
        "queryDate": stamp(at),
        "startDate": stamp(points[-int(alarm.evaluation_periods)].at),
        **statistic,
        "period": int(period.total_seconds()),
        "recentDatapoints": list(found.values),
        "threshold": float(alarm.threshold),
    }


def stamp(at: datetime) -> str:
    """A time as CloudWatch writes it into events and reasons."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"
