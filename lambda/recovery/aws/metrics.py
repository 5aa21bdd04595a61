"""Signals and alarms from CloudWatch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recovery.aws.clients import BRIEF, ask, client
from recovery.core.bad_minutes import bad_until
from recovery.core.check import READY
from recovery.core.incident import ALARM, Alarm
from recovery.core.observation import COLOURS, Series
from recovery.core.signals import PERIOD_SECONDS
from recovery.permissions import FORCE_ALARMS, PUT_METRICS, READ_ALARMS, READ_METRICS, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.check import Readiness
    from recovery.core.measuring import Quantity
    from recovery.core.signals import Signal
    from recovery.settings import Settings

NAMESPACE = "AWS/ApplicationELB"
REQUESTS = "requests"
RAW = "raw"


class Metrics:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        # No client yet: what only moves traffic needs none, and each costs a cold start.
        self._settings = settings

    @needs(READ_METRICS)
    def series(self, since: float, now: float) -> dict[str, dict[str, Series]]:
        """Colour → signal's name (and `requests`) → one value for each whole minute that was published."""
        begin, end = (moment - moment % PERIOD_SECONDS for moment in (since, now))
        if begin >= end:
            return {colour: {} for colour in COLOURS}
        queries = [query for colour in COLOURS for query in self._queries(colour)]
        found: dict[str, Series] = {}
        arguments: dict[str, Any] = {
            "MetricDataQueries": queries,
            "StartTime": begin,
            "EndTime": end,
            "ScanBy": "TimestampAscending",
        }
        while True:
            answer = ask(client("cloudwatch").get_metric_data, **arguments)
            for result in answer["MetricDataResults"]:
                at = tuple(moment.timestamp() for moment in result["Timestamps"])
                so_far = found.get(result["Id"], Series())
                found[result["Id"]] = Series(so_far.at + at, so_far.values + tuple(result["Values"]))
            if not answer.get("NextToken"):
                break
            arguments["NextToken"] = answer["NextToken"]
        names = [REQUESTS, *(signal.name for signal in self._settings.rules.signals)]
        return {colour: {name: _measured(found, colour, name) for name in names} for colour in COLOURS}

    @needs(READ_ALARMS)
    def alarms(self) -> list[Alarm]:
        """Both groups' alarms as they stand."""
        colours = self._settings.alarms()
        found = ask(client("cloudwatch").describe_alarms, AlarmNames=list(colours), AlarmTypes=["MetricAlarm"])
        return [
            Alarm(
                name=one["AlarmName"],
                colour=colours[one["AlarmName"]],
                state=one["StateValue"],
                at=one["StateUpdatedTimestamp"].timestamp(),
                reason=one.get("StateReason", ""),
                bad_until=bad_until(one.get("StateReasonData", "")),
            )
            for one in found["MetricAlarms"]
        ]

    @needs(FORCE_ALARMS)
    def force(self, alarm: str, reason: str) -> None:
        """Put an alarm into ALARM, until it is evaluated next: within a minute (CloudWatch API, SetAlarmState)."""
        ask(client("cloudwatch").set_alarm_state, AlarmName=alarm, StateValue=ALARM, StateReason=reason)

    @needs(PUT_METRICS)
    def put_readiness(self, found: Readiness) -> None:
        """`Ready`, and `Good` of each check by its name: 1 or 0.

        Asked for, not written as a log line in the embedded metric format: what goes wrong with it is an error here.
        """
        data: list[dict[str, Any]] = [_datum(READY, found.at, good=found.ready)]
        for check in found.checks:
            dimensions = [{"Name": "Check", "Value": check.name}]
            data.append({**_datum("Good", found.at, good=check.ok), "Dimensions": dimensions})
        ask(client("cloudwatch").put_metric_data, Namespace=self._settings.namespace, MetricData=data)

    @needs(PUT_METRICS)
    def put_measured(self, measured: Mapping[Quantity, float], at: float) -> None:
        """What a run or a drill showed. Tried once."""
        data = [
            {"MetricName": quantity.metric, "Timestamp": at, "Value": value, "Unit": "Seconds"}
            for quantity, value in measured.items()
        ]
        if data:
            put = client("cloudwatch", BRIEF).put_metric_data
            ask(put, Namespace=self._settings.namespace, MetricData=data)

    def _queries(self, colour: str) -> list[dict[str, Any]]:
        dimensions = [
            {"Name": "LoadBalancer", "Value": self._settings.balancer},
            {"Name": "TargetGroup", "Value": self._settings.target_groups[colour].rpartition(":")[2]},
        ]
        requests = _metric(f"{colour}_{REQUESTS}", "RequestCount", "Sum", dimensions)
        filled = {"Id": f"{colour}_{REQUESTS}", "Expression": f"FILL({colour}_{RAW}_count, 0)", "ReturnData": True}
        count = {**requests, "Id": f"{colour}_{RAW}_count"}
        queries = [filled, count]
        for signal in self._settings.rules.signals:
            queries += _signal(colour, signal, dimensions)
        return queries


def _datum(name: str, at: float, *, good: bool) -> dict[str, Any]:
    return {"MetricName": name, "Timestamp": at, "Value": float(good), "Unit": "None"}


def _measured(found: Mapping[str, Series], colour: str, name: str) -> Series:
    raw = [series for id_, series in found.items() if id_.startswith(f"{colour}_{RAW}_")]
    return found.get(f"{colour}_{name}", Series()).published(*raw)


def _signal(colour: str, signal: Signal, dimensions: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The signal's own expression, with ids that are unique in the request."""
    expression, queries = signal.expression, list[dict[str, Any]]()
    for metric in signal.metrics:
        unique = f"{colour}_{RAW}_{signal.name}_{metric.id}"
        expression = _renamed(expression, metric.id, unique)
        queries.append(_metric(unique, metric.name, metric.statistic, dimensions))
    return [{"Id": f"{colour}_{signal.name}", "Expression": expression, "ReturnData": True}, *queries]


def _renamed(expression: str, name: str, new: str) -> str:
    return re.sub(rf"\b{re.escape(name)}\b", new, expression)


def _metric(id_: str, name: str, statistic: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    metric: Mapping[str, Any] = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": statistic}}
