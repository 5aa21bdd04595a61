"""What a group does by itself, round after round: it replaces what is unhealthy and launches what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.autoscaling.models import autoscaling_backends

from localaws.groups.scaling import UNHEALTHY, suspended
from localaws.instances import RUNNING, age_seconds
from localaws.targets import Targets

if TYPE_CHECKING:
    from datetime import datetime

    from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

    from localaws.groups.attachments import Attachments
    from localaws.groups.scaling import Scaling
    from localaws.live_behaviours import LiveBehaviours

NOT_RUNNING = "in response to an EC2 health check indicating it has been terminated or stopped"
FAILED_CHECKS = "in response to an ELB system health check failure"
SET_UNHEALTHY = "in response to a user health-check"


class Upkeep:
    """Auto Scaling user guide, "Health checks for instances in an Auto Scaling group"."""

    def __init__(self, account: str, scaling: Scaling, attachments: Attachments, behaviours: LiveBehaviours) -> None:
        self._account = account
        self._scaling = scaling
        self._behaviours = behaviours
        self._attachments = attachments

    def round(self, at: datetime) -> None:
        for backend in list(autoscaling_backends[self._account].values()):
            for group in list(backend.autoscaling_groups.values()):
                with self._scaling.lock:
                    self.keep(group, at)

    def keep(self, group: FakeAutoScalingGroup, at: datetime) -> None:
        """HealthCheck marks, ReplaceUnhealthy terminates what is marked, Launch brings what is missing.

        User guide, "Suspend and resume a process": with Launch suspended, "ReplaceUnhealthy continues to terminate
        unhealthy instances, but does not launch replacements"; with Terminate suspended it is inactive.
        """
        if group.ec2_launch_template is None:
            return
        reasons = {} if "HealthCheck" in suspended(group) else self._unhealthy(group, at)
        for state in group.active_instances():
            if state.instance_id in reasons:
                state.health_status = UNHEALTHY
        if not suspended(group) & {"ReplaceUnhealthy", "Terminate"}:
            for state in [one for one in group.active_instances() if one.health_status == UNHEALTHY]:
                self._scaling.terminate(group, state, reasons.get(state.instance_id, SET_UNHEALTHY))
        self._scaling.reach(group)

    def _unhealthy(self, group: FakeAutoScalingGroup, at: datetime) -> dict[str, str]:
        """Instance → why it is. What does not run is at once, what fails its checks after the grace period.

        User guide, "Set the health check grace period".
        """
        found = {one.instance_id: NOT_RUNNING for one in group.active_instances() if one.instance.state != RUNNING}
        if group.health_check_type != "ELB":
            return found
        for arn in group.target_group_arns:
            for state in self._failing(group, arn, at):
                if age_seconds(state.instance, at) >= (group.health_check_grace_period or 0):
                    found.setdefault(state.instance_id, FAILED_CHECKS)
        return found

    def _failing(self, group: FakeAutoScalingGroup, arn: str, at: datetime) -> list[InstanceState]:
        """The instances that fail the target group's check, none while it is not in service."""
        backend = group.autoscaling_backend.elbv2_backend
        target_group = backend.target_groups.get(arn)
        if target_group is None:
            return []
        targets = Targets(backend, target_group, self._behaviours)
        health = {one.instance_id: targets.health(one.instance_id, at) for one in group.active_instances()}
        states = {id_: judged.state for id_, judged in health.items() if judged}
        if "healthy" in states.values():
            self._attachments.passed(group, arn)
        if self._attachments.state(group, arn) != "InService":
            return []
        return [one for one in group.active_instances() if states.get(one.instance_id) == "unhealthy"]
