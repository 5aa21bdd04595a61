"""What makes a group look bad: each signal is defined once, for its alarm and its dashboard widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modules.settings import Alarms

# ELB publishes its metrics once a minute (ELB guide, "CloudWatch metrics for your Application Load Balancer").
PERIOD_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric of a target group."""

    id: str
    name: str
    statistic: str


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A series per group and the level at which it is bad, for `bad_minutes` of the last `window_minutes`."""

    name: str
    says: str
    metrics: tuple[Metric, ...]
    expression: str
    threshold: float
    bad_minutes: int
    window_minutes: int


def signals(alarms: Alarms) -> tuple[Signal, ...]:
    """The signals of one group.

    Error counts exist only in minutes with errors. A sparse series makes its alarm minutes late, because CloudWatch
    then looks further back for data points (CloudWatch guide, "Configuring how CloudWatch alarms treat missing
    data"). FILL makes each one dense.
    """
    return (
        Signal(
            name="errors",
            says="percent of requests answered with 5xx by the group's instances",
            metrics=(
                Metric(id="errors", name="HTTPCode_Target_5XX_Count", statistic="Sum"),
                Metric(id="requests", name="RequestCount", statistic="Sum"),
            ),
            expression="IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / FILL(requests, 0), 0)",
            threshold=alarms.error_percent,
            bad_minutes=2,
            window_minutes=3,
        ),
        Signal(
            name="latency",
            says="seconds that 99 of 100 requests stay below",
            metrics=(Metric(id="p99", name="TargetResponseTime", statistic="p99"),),
            expression="FILL(p99, 0)",
            threshold=alarms.latency_p99_seconds,
            bad_minutes=2,
            window_minutes=3,
        ),
        Signal(
            name="unhealthy",
            says="instances that fail the load balancer's check",
            metrics=(Metric(id="hosts", name="UnHealthyHostCount", statistic="Maximum"),),
            expression="FILL(hosts, 0)",
            threshold=0,
            bad_minutes=2,
            window_minutes=2,
        ),
    )
