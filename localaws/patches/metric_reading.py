"""GetMetricData, GetMetricStatistics and ListMetrics see what was measured here beside what PutMetricData stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from localaws.metrics.grammar import ExpressionError
from localaws.metrics.queries import Calculation, Query, query_of, require_calculable
from localaws.metrics.readings import Readings
from localaws.metrics.series import Metric, aware
from localaws.metrics.statistics import StatisticError, Values, statistic
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localaws.clock import Clock
    from localaws.metrics.recorder import Recorder
    from localaws.metrics.series import Series


def apply(clock: Clock, recorder: Recorder) -> None:
    """CloudWatch API. moto has no metrics of a load balancer's, and of metric math the name of a metric alone."""
    _patch_times(clock)
    _patch_data(clock, recorder)
    _patch_statistics(clock, recorder)
    _patch_list(clock, recorder)


def _patch_times(clock: Clock) -> None:
    """CloudWatch API, MetricDatum.Timestamp: without one, the time at which it is received."""
    create = original(MetricDatumBase, "__init__", needs=("timestamp",))

    def created(self: MetricDatumBase, *args: Any, **settings: Any) -> None:
        create(self, *args, **settings)
        given = settings.get("timestamp", args[3] if len(args) > 3 else None)  # noqa: PLR2004 namespace, name, dimensions
        if given is None:
            self.timestamp = clock.now().replace(tzinfo=None)

    replace(MetricDatumBase, "__init__", created)


def _patch_data(clock: Clock, recorder: Recorder) -> None:
    def data(
        self: CloudWatchBackend,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        asked = [query_of(query) for query in queries]
        start, end = aware(start_time), aware(end_time)
        if start >= end:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        try:
            require_calculable(asked)
            calculation = Calculation(asked, Readings(self, recorder, clock.now()), start, end)
            return [
                _result(query, series, newest_first=scan_by == "TimestampDescending")
                for query in asked
                if query.returns
                for series in calculation.series(query)
            ]
        except (ExpressionError, StatisticError) as error:
            raise ValidationError(str(error)) from error

    replace(CloudWatchBackend, "get_metric_data", data, needs=("queries", "start_time", "end_time", "scan_by"))


def _result(query: Query, series: Series, *, newest_first: bool) -> dict[str, Any]:
    times = sorted(series, reverse=newest_first)
    measured = query.measured
    return {
        "id": query.id,
        "label": query.label or (f"{measured.metric.name} {measured.statistic}" if measured else query.id),
        "timestamps": times,
        "values": [series[at] for at in times],
        "status_code": "Complete",
    }


def _patch_statistics(clock: Clock, recorder: Recorder) -> None:
    def statistics(self: CloudWatchResponse) -> ActionResult:
        parameters: Mapping[str, Any] = self.params
        plain: Sequence[str] = parameters.get("Statistics") or ()
        extended: Sequence[str] = parameters.get("ExtendedStatistics") or ()
        if not plain and not extended:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        start, end = aware(parameters["StartTime"]), aware(parameters["EndTime"])
        if start >= end:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        readings = Readings(self.cloudwatch_backend, recorder, clock.now())
        period = timedelta(seconds=int(parameters["Period"]))
        unit = parameters.get("Unit")
        found = readings.values(_metric(parameters), period, start, end, unit=unit)
        try:
            points = [_datapoint(at, found[at], plain, extended) for at in sorted(found)]
        except StatisticError as error:
            raise InvalidParameterValue(str(error)) from error
        return ActionResult({"Label": parameters["MetricName"], "Datapoints": points})

    replace(CloudWatchResponse, "get_metric_statistics", statistics)


def _metric(parameters: Mapping[str, Any]) -> Metric:
    dimensions: Sequence[Mapping[str, str]] = parameters.get("Dimensions") or ()
    pairs = frozenset((one["Name"], one["Value"]) for one in dimensions)
    return Metric(str(parameters["Namespace"]), str(parameters["MetricName"]), pairs)


def _datapoint(at: datetime, values: Values, plain: Sequence[str], extended: Sequence[str]) -> dict[str, Any]:
    point: dict[str, Any] = {"Timestamp": at, **{name: statistic(name, values) for name in plain}}
    if extended:
        point["ExtendedStatistics"] = {name: statistic(name, values) for name in extended}
    return point


def _patch_list(clock: Clock, recorder: Recorder) -> None:
    def listed(
        self: CloudWatchBackend, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
    ) -> list[MetricDatumBase]:
        wanted = [(one["Name"], one.get("Value")) for one in dimensions or ()]
        return [
            _datum(metric, clock.now())
            for metric in Readings(self, recorder, clock.now()).metrics()
            if (not namespace or metric.namespace == namespace)
            and (not metric_name or metric.name == metric_name)
            and all(_has(metric, name, value) for name, value in wanted)
        ]

    replace(CloudWatchBackend, "get_filtered_metrics", listed, needs=("metric_name", "namespace", "dimensions"))


def _has(metric: Metric, name: str, value: str | None) -> bool:
    return any(name == one and value in (None, other) for one, other in metric.dimensions)


def _datum(metric: Metric, at: datetime) -> MetricDatumBase:
    dimensions = [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)]
    # BaseModel's __new__ hides the class.
    datum: Any = MetricDatumBase(metric.namespace, metric.name, dimensions, at.replace(tzinfo=None))
    return datum
