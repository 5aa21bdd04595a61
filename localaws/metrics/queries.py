"""The queries of GetMetricData and of an alarm: metrics, and expressions that name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from localaws.metrics.expressions import Scope, Value, calculate, require_known
from localaws.metrics.grammar import ExpressionError, parse
from localaws.metrics.series import Measured, Metric, Series, floor, periods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from localaws.metrics.readings import Readings


@dataclass(frozen=True, slots=True)
class Query:
    """CloudWatch API, MetricDataQuery: an id for either a measured metric or an expression."""

    id: str
    measured: Measured | None = None
    expression: str = ""
    period: timedelta | None = None
    label: str = ""
    returns: bool = True


def query_of(given: Mapping[str, Any]) -> Query:
    """A query as the API words it."""
    stat: Mapping[str, Any] = given.get("MetricStat") or {}
    period = given.get("Period")
    return Query(
        id=str(given["Id"]),
        measured=_measured(stat) if stat else None,
        expression=str(given.get("Expression") or ""),
        period=timedelta(seconds=int(period)) if period else None,
        label=str(given.get("Label") or ""),
        returns=given.get("ReturnData") is not False,
    )


def _measured(stat: Mapping[str, Any]) -> Measured:
    named: Mapping[str, Any] = stat["Metric"]
    dimensions: Sequence[Mapping[str, str]] = named.get("Dimensions") or ()
    metric = Metric(
        str(named["Namespace"]), str(named["MetricName"]), frozenset((one["Name"], one["Value"]) for one in dimensions)
    )
    return Measured(metric, str(stat["Stat"]), timedelta(seconds=int(stat["Period"])), stat.get("Unit"))


def require_calculable(queries: Sequence[Query]) -> None:
    """Raises ExpressionError for an expression that is none, or that names what is not there."""
    for query in queries:
        if query.expression:
            require_known(parse(query.expression))


class Calculation:
    """The queries' series over one range of time."""

    def __init__(self, queries: Sequence[Query], readings: Readings, start: datetime, end: datetime) -> None:
        self._queries = {query.id: query for query in queries}
        self._readings = readings
        self._start = start
        self._end = end
        self._values: dict[str, Value] = {}
        self._open: list[str] = []

    def series(self, query: Query) -> tuple[Series, ...]:
        """One series, or as many as an expression makes. Raises ExpressionError for one that makes a number."""
        value = self._value(query.id)
        if isinstance(value, tuple):
            return value
        if isinstance(value, int | float):
            raise ExpressionError(f"{query.id} is a number; the result of an expression must be a time series")
        return (value,)

    def _value(self, name: str) -> Value:
        if name not in self._queries:
            raise ExpressionError(f"nothing has the id {name}")
        if name in self._open:
            raise ExpressionError(f"{name} is made of itself")
        if name not in self._values:
            self._open.append(name)
            self._values[name] = self._calculated(self._queries[name])
            self._open.remove(name)
        return self._values[name]

    def _calculated(self, query: Query) -> Value:
        measured = query.measured
        if measured:
            return self._readings.series(measured, self._start, self._end)
        metrics = [one for one in self._queries.values() if one.measured]
        period = query.period or max((one.measured.period for one in metrics if one.measured), default=None)
        times = periods(floor(self._start, period), self._end, period) if period else []
        node = parse(query.expression)
        require_known(node)
        return calculate(node, Scope(self._value, [one.id for one in metrics], times))
