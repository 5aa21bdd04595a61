"""A group replaces what was terminated behind its back, what a user terminates or calls unhealthy, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from localaws.groups.scaling import ON_REQUEST
from localaws.instances import age_seconds
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from moto.autoscaling.models import InstanceState

    from localaws.fleet import Fleet


def apply(fleet: Fleet) -> None:
    """Auto Scaling user guide, "Health checks for instances"; moto has none, and registers no replacement."""
    _patch_termination_outside(fleet)
    _patch_termination(fleet)
    _patch_set_health(fleet)
    _patch_attachment(fleet)
    _patch_grace_period()


def _patch_termination_outside(fleet: Fleet) -> None:
    """EC2's TerminateInstances: noticed at once here, by the next health check in AWS."""

    def noticed(self: AutoScalingBackend, instance_ids: list[str]) -> None:
        with fleet.scaling.lock:
            for group in list(self.autoscaling_groups.values()):
                if any(state.instance_id in instance_ids for state in group.instance_states):
                    fleet.upkeep.keep(group, fleet.clock.now())

    replace(AutoScalingBackend, "notify_terminate_instances", noticed, needs=("instance_ids",))


def _patch_termination(fleet: Fleet) -> None:
    """Auto Scaling API, TerminateInstanceInAutoScalingGroup: with or without a replacement."""

    def terminated(self: AutoScalingResponse) -> ActionResult:
        parameters: dict[str, Any] = self.params
        with fleet.scaling.lock:
            group, state = _found(self.autoscaling_backend, str(parameters["InstanceId"]))
            why = ON_REQUEST
            if parameters.get("ShouldDecrementDesiredCapacity"):
                desired = group.desired_capacity or 0
                _require_above_minimum(desired, group.min_size or 0)
                group.desired_capacity = desired - 1
                why = f"{ON_REQUEST}, shrinking the capacity from {desired} to {desired - 1}"
            activity = fleet.scaling.terminate(group, state, why)
            fleet.scaling.reach(group)
        return ActionResult({"Activity": activity.shown()})

    replace(AutoScalingResponse, "terminate_instance_in_auto_scaling_group", terminated)


def _require_above_minimum(desired: int, minimum: int) -> None:
    if desired <= minimum:
        raise ValidationError(
            f"Currently, desiredSize equals minSize ({minimum}). Terminating instance without replacement will violate "
            "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min "
            "size."
        )


def _patch_set_health(fleet: Fleet) -> None:
    """Auto Scaling API, SetInstanceHealth: by default it "respects the grace period"."""

    def health_set(self: AutoScalingResponse) -> EmptyResult:
        parameters: dict[str, Any] = self.params
        status = str(parameters["HealthStatus"])
        if status not in ("Healthy", "Unhealthy"):
            raise ValidationError("Valid instance health states are: [Healthy, Unhealthy]")
        group, state = _found(self.autoscaling_backend, str(parameters["InstanceId"]))
        grace = group.health_check_grace_period or 0
        respects = parameters.get("ShouldRespectGracePeriod", True)
        if status == "Healthy" or not respects or age_seconds(state.instance, fleet.clock.now()) >= grace:
            state.health_status = status
        return EmptyResult()

    replace(AutoScalingResponse, "set_instance_health", health_set)


def _found(backend: AutoScalingBackend, instance_id: str) -> tuple[FakeAutoScalingGroup, InstanceState]:
    for group in list(backend.autoscaling_groups.values()):
        for state in list(group.instance_states):
            if state.instance_id == instance_id:
                return group, state
    raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def _patch_attachment(fleet: Fleet) -> None:
    """Auto Scaling API, AttachLoadBalancerTargetGroups and DescribeLoadBalancerTargetGroups."""
    append = original(FakeAutoScalingGroup, "append_target_groups", needs=("target_group_arns",))

    def appended(self: FakeAutoScalingGroup, target_group_arns: list[str]) -> None:
        for arn in set(target_group_arns) - set(self.target_group_arns):
            fleet.attachments.attached_later(self, arn)
        append(self, target_group_arns)

    def described(self: AutoScalingResponse) -> ActionResult:
        name = str(self.params["AutoScalingGroupName"])
        group = self.autoscaling_backend.autoscaling_groups[name]
        states = {arn: fleet.attachments.state(group, arn) for arn in group.target_group_arns}
        rows = [{"LoadBalancerTargetGroupARN": arn, "State": state} for arn, state in states.items()]
        return ActionResult({"LoadBalancerTargetGroups": rows})

    replace(FakeAutoScalingGroup, "append_target_groups", appended)
    replace(AutoScalingResponse, "describe_load_balancer_target_groups", described)


def _patch_grace_period() -> None:
    """Auto Scaling API, CreateAutoScalingGroup.HealthCheckGracePeriod: "Default: 0 seconds"; moto's is 300."""
    create = original(AutoScalingBackend, "create_auto_scaling_group", needs=("health_check_period",))

    def created(self: AutoScalingBackend, **settings: Any) -> FakeAutoScalingGroup:
        group: FakeAutoScalingGroup = create(self, **settings)
        group.health_check_grace_period = int(settings.get("health_check_period") or 0)
        return group

    replace(AutoScalingBackend, "create_auto_scaling_group", created)
