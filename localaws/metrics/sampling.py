"""Metrics that are sampled, not counted: how many targets are healthy, how large the groups are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.autoscaling.models import autoscaling_backends
from moto.elbv2.models import elbv2_backends

from localaws import forwards
from localaws.health import HEALTHY
from localaws.metrics import usage
from localaws.metrics.balancing import NAMESPACE, dimension
from localaws.metrics.series import Metric
from localaws.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from moto.autoscaling.models import FakeAutoScalingGroup
    from moto.elbv2.models import ELBv2Backend

    from localaws.live_behaviours import LiveBehaviours
    from localaws.metrics.recorder import Recorder


class Sampling:
    """Several samples a minute, so that a minute has a minimum and a maximum."""

    def __init__(self, account: str, recorder: Recorder, behaviours: LiveBehaviours) -> None:
        self._account = account
        self._recorder = recorder
        self._behaviours = behaviours

    def sample(self, at: datetime) -> None:
        usage.sample(self._account, self._recorder, at)
        for region, balancing in list(elbv2_backends[self._account].items()):
            self._sample_targets(region, balancing, at)
        for region, scaling in list(autoscaling_backends[self._account].items()):
            for group in list(scaling.autoscaling_groups.values()):
                for metric, value in _sizes(group):
                    self._recorder.record(region, metric, value, at)

    def _sample_targets(self, region: str, backend: ELBv2Backend, at: datetime) -> None:
        """ELB guide, "CloudWatch metrics ...", HealthyHostCount, UnHealthyHostCount: where health checks are on.

        Checked are the targets of a group that a rule names. A target that is still `initial` is in neither count.
        """
        for arn, balancers in forwards.balancers_of(backend).items():
            group = backend.target_groups.get(arn)
            if group is None:
                continue
            targets = Targets(backend, group, self._behaviours)
            health = [targets.checked(instance, at) for instance in targets.registered()]
            healthy = sum(one == HEALTHY for one in health)
            unhealthy = sum(one.state == "unhealthy" for one in health)
            for balancer in balancers:
                dimensions = frozenset({("LoadBalancer", dimension(balancer)), ("TargetGroup", dimension(arn))})
                self._recorder.record(region, Metric(NAMESPACE, "HealthyHostCount", dimensions), healthy, at)
                self._recorder.record(region, Metric(NAMESPACE, "UnHealthyHostCount", dimensions), unhealthy, at)


def _sizes(group: FakeAutoScalingGroup) -> Iterator[tuple[Metric, float]]:
    """Auto Scaling user guide, "Amazon CloudWatch metrics for Amazon EC2 Auto Scaling": those that are enabled."""
    sizes = {
        "GroupDesiredCapacity": group.desired_capacity or 0,
        "GroupInServiceInstances": len(group.active_instances()),
        "GroupMinSize": group.min_size or 0,
        "GroupMaxSize": group.max_size or 0,
        "GroupPendingInstances": 0,  # a launch is over at once
        "GroupTotalInstances": len(group.instance_states),
    }
    dimensions = frozenset({("AutoScalingGroupName", group.name)})
    for name in group.metrics:
        if name in sizes:
            yield Metric("AWS/AutoScaling", name, dimensions), sizes[name]
