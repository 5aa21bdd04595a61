"""A group launches its desired capacity from the version it names, over all its subnets, and scales in evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup

from localaws.groups.scaling import register
from localaws.instances import RUNNING
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from localaws.groups.scaling import Scaling


def apply(scaling: Scaling) -> None:
    """Auto Scaling user guide, "Auto Scaling groups with multiple instance types", "Availability Zone distribution".

    Also its "Default termination policy", and the EC2 API's ResponseLaunchTemplateData. moto launches into the first
    subnet alone, takes tags and security groups from the template's default version, ignores its instance profile,
    metadata options and network interface, launches too few where spot is asked for as well, and registers instances
    again that somebody deregistered.
    """
    launch_as_moto = original(
        FakeAutoScalingGroup, "replace_autoscaling_group_instances", needs=("count_needed", "propagated_tags")
    )

    def launch(self: FakeAutoScalingGroup, count_needed: int, propagated_tags: dict[str, str]) -> None:
        if self.ec2_launch_template is None:  # a launch configuration, which nothing here uses
            launch_as_moto(self, count_needed, propagated_tags)
            return
        with scaling.lock:
            scaling.launch(self, count_needed)

    def scale(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
        with scaling.lock:
            self.desired_capacity = self.min_size if new_capacity is None else new_capacity
            scaling.reach(self)

    def attach(self: AutoScalingBackend, group_name: str) -> None:
        group = self.autoscaling_groups[group_name]
        for state in group.active_instances():
            if state.instance.state == RUNNING:
                register(group, state)

    replace(FakeAutoScalingGroup, "replace_autoscaling_group_instances", launch)
    replace(FakeAutoScalingGroup, "set_desired_capacity", scale, needs=("new_capacity",))
    replace(AutoScalingBackend, "update_attached_target_groups", attach, needs=("group_name",))
