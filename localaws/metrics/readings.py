"""One metric's series: what was recorded here, and what PutMetricData stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum

from localaws.metrics.series import Measured, Metric, Series, aware, floor
from localaws.metrics.statistics import Summary, Values, statistic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase

    from localaws.metrics.recorder import Recorder


class Readings:
    """The metrics of one region, as they can be read at a given time."""

    def __init__(self, backend: CloudWatchBackend, recorder: Recorder, now: datetime) -> None:
        self._backend = backend
        self._recorder = recorder
        self.now = now

    def values(
        self, metric: Metric, period: timedelta, start: datetime, end: datetime, *, unit: str | None = None
    ) -> Mapping[datetime, Values]:
        """Beginning of a period → what was measured in it.

        CloudWatch API, GetMetricData: from StartTime, inclusive, to EndTime, exclusive.
        """
        found: dict[datetime, Values] = {}
        begin = floor(start, period)
        for minute, counts in self._recorder.readable(self._backend.region_name, metric, self.now).items():
            if begin <= minute < end and unit is None:
                found.setdefault(floor(minute, period), Values()).counts.update(counts)
        for datum in list(self._backend.metric_data):
            if datum.name != metric.name or metric_of(datum) != metric:
                continue
            at = aware(datum.timestamp)
            if begin <= at < end and unit in (None, datum.unit):
                _add(found.setdefault(floor(at, period), Values()), datum)
        return found

    def series(self, measured: Measured, start: datetime, end: datetime) -> Series:
        """A statistic's data points in the order of time."""
        found = self.values(measured.metric, measured.period, start, end, unit=measured.unit)
        points = ((at, statistic(measured.statistic, found[at])) for at in sorted(found))
        return {at: value for at, value in points if value is not None}

    def metrics(self) -> list[Metric]:
        """All that have data, each once."""
        stored = [metric_of(datum) for datum in list(self._backend.metric_data)]
        return list(dict.fromkeys([*stored, *self._recorder.metrics(self._backend.region_name, self.now)]))


def metric_of(datum: MetricDatumBase) -> Metric:
    return Metric(datum.namespace, datum.name, frozenset((str(one.name), str(one.value)) for one in datum.dimensions))


def _add(values: Values, datum: MetricDatumBase) -> None:
    if isinstance(datum, MetricDatum):
        values.counts[datum.value] += 1
    elif isinstance(datum, MetricAggregatedDatum):
        values.summaries.append(Summary(datum.sample_count, datum.sum, datum.min, datum.max))
