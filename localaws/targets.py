"""The targets of one target group: which there are, and how each one fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws import forwards
from localaws.health import NOT_IN_USE, STOPPED, Check, Health, judge
from localaws.instances import RUNNING, age_seconds, behaviour

if TYPE_CHECKING:
    from moto.ec2.models.instances import Instance
    from moto.elbv2.models import ELBv2Backend, FakeTargetGroup

    from localaws.clock import Clock

STOPPED_STATES = ("stopping", "stopped")


class Targets:
    """The registered instances of a target group."""

    def __init__(self, backend: ELBv2Backend, group: FakeTargetGroup, clock: Clock) -> None:
        self._backend = backend
        self._group = group
        self._clock = clock

    def registered(self) -> list[Instance]:
        """Running instances that are registered. A copy: another request may register one meanwhile."""
        found = (self._instance(target_id) for target_id in list(self._group.targets))
        return [instance for instance in found if instance and instance.state == RUNNING]

    def health(self, target_id: str) -> Health | None:
        """The health of a registered instance; None for what is not registered or no instance."""
        instance = self._instance(target_id)
        if target_id not in self._group.targets or instance is None:
            return None
        if instance.state in STOPPED_STATES:
            return STOPPED
        if self._group.arn not in forwards.in_use(self._backend):
            return NOT_IN_USE
        return judge(behaviour(instance.user_data), self._check(), age_seconds=age_seconds(instance, self._clock.now()))

    def _instance(self, target_id: str) -> Instance | None:
        found: Instance | None = self._backend.ec2_backend.get_instance_by_id(target_id)
        return found

    def _check(self) -> Check:
        return Check(
            interval_seconds=int(self._group.health_check_interval_seconds),
            unhealthy_threshold=int(self._group.unhealthy_threshold_count),
            matcher=str(self._group.matcher.get("HttpCode") or "200"),
        )
