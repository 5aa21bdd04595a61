"""What load balancers measure of the requests that they answer.

ELB guide, "CloudWatch metrics for your Application Load Balancer".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from localaws.metrics.series import Metric

if TYPE_CHECKING:
    from datetime import datetime

    from localaws.metrics.recorder import Recorder
    from localaws.traffic.messages import Answer

NAMESPACE = "AWS/ApplicationELB"
LOWEST_SERVER_ERROR = 500
ONE = 1.0
LEAST_SECONDS = 0.001  # no app answers in no time


class Balancing:
    """Records each answer once, when it is about to be sent."""

    def __init__(self, region: str, recorder: Recorder) -> None:
        self._region = region
        self._recorder = recorder

    def record(self, balancer: str, answer: Answer, at: datetime) -> None:
        """RequestCount counts requests for which a target was chosen; 5xx of the balancer's own are told apart."""
        if answer.target_group:
            self._count("RequestCount", balancer, answer.target_group, at)
        if answer.from_target:
            self._count(f"HTTPCode_Target_{answer.status // 100}XX_Count", balancer, answer.target_group, at)
            for metric in _metrics("TargetResponseTime", balancer, answer.target_group):
                self._recorder.record(self._region, metric, max(answer.after_seconds, LEAST_SECONDS), at)
            return
        if answer.target_group:
            self._count("TargetConnectionErrorCount", balancer, answer.target_group, at)
        if answer.status >= LOWEST_SERVER_ERROR:
            self._count("HTTPCode_ELB_5XX_Count", balancer, "", at)

    def _count(self, name: str, balancer: str, target_group: str, at: datetime) -> None:
        for metric in _metrics(name, balancer, target_group):
            self._recorder.record(self._region, metric, ONE, at)


def dimension(arn: str) -> str:
    """The end of an ARN by which ELB's metrics name a load balancer (app/…) or a target group (targetgroup/…)."""
    return arn.rpartition(":")[2].removeprefix("loadbalancer/")


@lru_cache(maxsize=1024)
def _metrics(name: str, balancer: str, target_group: str) -> tuple[Metric, ...]:
    """Of the load balancer, and of the target group behind it if there is one."""
    whole = ("LoadBalancer", dimension(balancer))
    metrics = [Metric(NAMESPACE, name, frozenset({whole}))]
    if target_group:
        metrics.append(Metric(NAMESPACE, name, frozenset({whole, ("TargetGroup", dimension(target_group))})))
    return tuple(metrics)
