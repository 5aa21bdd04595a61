"""The words of CloudWatch in values: what a metric is, and a series of its data points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A data point's time is the beginning of its period (CloudWatch API, Datapoint.Timestamp). Missing ones are not in it.
Series = Mapping[datetime, float]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Metric:
    """CloudWatch guide, "Metrics": a name, a namespace and dimensions identify one."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric, the statistic of it, and over which period (CloudWatch API, MetricStat)."""

    metric: Metric
    statistic: str
    period: timedelta
    unit: str | None = None


def floor(at: datetime, period: timedelta) -> datetime:
    """The beginning of the period that the time lies in; periods are counted from the epoch."""
    seconds = period.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


def aware(at: datetime) -> datetime:
    """The time with its zone: moto's are naive UTC, or carry a zone when a request gave one."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def periods(start: datetime, end: datetime, period: timedelta) -> list[datetime]:
    """The beginnings of the periods from the one that `start` lies in up to, and without, `end`."""
    found: list[datetime] = []
    at = floor(start, period)
    while at < end:
        found.append(at)
        at += period
    return found
