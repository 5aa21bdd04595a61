"""What makes a group look bad: each signal is defined once, for its alarm, its widget and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.signals import Metric, Signal

if TYPE_CHECKING:
    from modules.settings import Alarms


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
