"""The targets of one target group: which there are, and how each one fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws import forwards
from localaws.health import HEALTHY, NOT_IN_USE, STOPPED, Check, Health, judge, judge_changed
from localaws.instances import RUNNING, age_seconds

if TYPE_CHECKING:
    from datetime import datetime

    from moto.ec2.models.instances import Instance
    from moto.elbv2.models import ELBv2Backend, FakeTargetGroup

    from localaws.live_behaviours import LiveBehaviours

STOPPED_STATES = ("stopping", "stopped")


class Targets:
    """The registered instances of a target group."""

    def __init__(self, backend: ELBv2Backend, group: FakeTargetGroup, behaviours: LiveBehaviours) -> None:
        self._backend = backend
        self._group = group
        self._behaviours = behaviours

    def registered(self) -> list[Instance]:
        """Running instances that are registered. A copy: another request may register one meanwhile."""
        found = (self._instance(target_id) for target_id in list(self._group.targets))
        return [instance for instance in found if instance and instance.state == RUNNING]

    def health(self, target_id: str, at: datetime) -> Health | None:
        """The health of a registered instance; None for what is not registered or no instance."""
        instance = self._instance(target_id)
        if target_id not in self._group.targets or instance is None:
            return None
        if instance.state in STOPPED_STATES:
            return STOPPED
        if self._group.arn not in forwards.balancers_of(self._backend):
            return NOT_IN_USE
        return self.checked(instance, at)

    def checked(self, instance: Instance, at: datetime) -> Health:
        """The health of a registered, running instance of a group that a rule uses."""
        acting, check, age = self._behaviours.acting(instance, at), self._check(), age_seconds(instance, at)
        health = judge(acting.now, check, age_seconds=age)
        if acting.now == acting.before:
            return health
        before = judge(acting.before, check, age_seconds=age)
        return judge_changed(before, health, check, seconds_since=acting.seconds_since)

    def in_turn(self, at: datetime) -> list[Instance]:
        """Those that requests go to: the healthy targets, or all when none is.

        ELB guide, "Health checks for Application Load Balancer target groups": "If a target group contains only
        unhealthy registered targets, the load balancer routes requests to all those targets".
        """
        registered = self.registered()
        return [one for one in registered if self.checked(one, at) == HEALTHY] or registered

    def _instance(self, target_id: str) -> Instance | None:
        found: Instance | None = self._backend.ec2_backend.get_instance_by_id(target_id)
        return found

    def _check(self) -> Check:
        return Check(
            interval_seconds=int(self._group.health_check_interval_seconds),
            unhealthy_threshold=int(self._group.unhealthy_threshold_count),
            healthy_threshold=int(self._group.healthy_threshold_count),
            matcher=str(self._group.matcher.get("HttpCode") or "200"),
        )
