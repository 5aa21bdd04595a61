"""A group brings itself to its desired capacity, by launching and by scaling in evenly."""

from __future__ import annotations

import math
import threading
from collections import Counter
from typing import TYPE_CHECKING

from moto.autoscaling.models import InstanceState

from localaws.groups.launching import launch, overrides
from localaws.instances import VERSION_TAG, tag

if TYPE_CHECKING:
    from moto.autoscaling.models import FakeAutoScalingGroup

    from localaws.clock import Clock
    from localaws.groups.activities import Activities, Activity
    from localaws.groups.capacity import Capacity

ON_REQUEST = "in response to a user request"
UNHEALTHY = "Unhealthy"


class Scaling:
    """All changes of all groups, one at a time: requests make them, and the groups' own rounds do."""

    def __init__(self, clock: Clock, capacity: Capacity, activities: Activities) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._capacity = capacity
        self._activities = activities

    def reach(self, group: FakeAutoScalingGroup) -> None:
        """Launch what is missing and terminate what is too much, unless the process that does so is suspended."""
        with self.lock:
            surplus = len(group.active_instances()) - _instances_for(group, group.desired_capacity or 0)
            if surplus < 0 and "Launch" not in suspended(group):
                self.launch(group, -surplus)
            elif surplus > 0 and "Terminate" not in suspended(group):
                self._scale_in(group, surplus)

    def launch(self, group: FakeAutoScalingGroup, count: int) -> None:
        """So many instances, or as many as there is capacity for: the group's next round tries again."""
        template = group.ec2_launch_template
        if template is None:
            raise NotImplementedError("a group with a launch configuration is moto's to launch")
        version = template.get_version(group.launch_template_version)
        for _ in range(count):
            before, at = len(group.active_instances()), self._clock.now()
            cause = (
                "an instance was started in response to a difference between desired and actual capacity, "
                f"increasing the capacity from {before} to {before + 1}."
            )
            launched = launch(group, version, self._capacity)
            for failure in launched.failures:
                self._activities.add(group, "Launching a new EC2 instance.", cause, at, failure=failure)
            if launched.instance is None:
                return
            protected = group.new_instances_protected_from_scale_in
            state = InstanceState(launched.instance, protected_from_scale_in=protected, autoscaling_group=group)
            # A new list, as a request may be going through the old one.
            group.instance_states = [*group.instance_states, state]
            register(group, state)
            self._activities.add(group, f"Launching a new EC2 instance: {state.instance_id}", cause, at)

    def terminate(self, group: FakeAutoScalingGroup, state: InstanceState, why: str) -> Activity:
        """Deregistered first, so that no request is sent to an instance that is going."""
        with self.lock:
            group.instance_states = [one for one in group.instance_states if one is not state]
            group.autoscaling_backend.elbv2_backend.notify_terminate_instances([state.instance_id])
            if state.instance.state != "terminated":
                group.ec2_backend.terminate_instances([state.instance_id])
            return self._activities.add(
                group,
                f"Terminating EC2 instance: {state.instance_id}",
                f"instance {state.instance_id} was taken out of service {why}.",
                self._clock.now(),
            )

    def _scale_in(self, group: FakeAutoScalingGroup, count: int) -> None:
        for _ in range(count):
            leaves = _next_to_leave(group)
            if leaves is None:
                return
            before = len(group.active_instances())
            why = (
                f"in response to a difference between desired and actual capacity, shrinking the capacity from {before}"
            )
            self.terminate(group, leaves, f"{why} to {before - 1}")


def register(group: FakeAutoScalingGroup, state: InstanceState) -> None:
    """Auto Scaling user guide, "Suspend and resume a process": what is launched while it is suspended never is."""
    if "AddToLoadBalancer" in suspended(group):
        return
    backend = group.autoscaling_backend.elbv2_backend
    for arn in group.target_group_arns:
        target_group = backend.target_groups.get(arn)
        if target_group:
            target_group.register([{"Id": state.instance_id, "Port": target_group.port}])


def suspended(group: FakeAutoScalingGroup) -> set[str]:
    """The names of its suspended processes."""
    return {process["ProcessName"] for process in group.suspended_processes}


def _instances_for(group: FakeAutoScalingGroup, capacity: int) -> int:
    """All capacity is launched; `prioritized` takes the first type, of which each instance counts for its weight."""
    weight = int(next((override.get("WeightedCapacity", 1) for override in overrides(group)), 1))
    return math.ceil(capacity / weight)


def _next_to_leave(group: FakeAutoScalingGroup) -> InstanceState | None:
    """From the fullest zone, the oldest template version first, then the oldest instance."""
    states = [state for state in group.active_instances() if not state.protected_from_scale_in]
    zones = Counter(state.availability_zone for state in states)
    return min(
        states,
        key=lambda state: (
            -zones[state.availability_zone],
            int(tag(state.instance, VERSION_TAG) or 0),
            state.instance.launch_time,
            state.instance_id,
        ),
        default=None,
    )
