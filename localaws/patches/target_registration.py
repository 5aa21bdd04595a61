"""The instance that replaces a terminated one is registered with the group's target groups."""

from __future__ import annotations

from moto.autoscaling.models import AutoScalingBackend

from localaws.patches.replacing import original, replace


def apply() -> None:
    """Auto Scaling user guide, "Attach an Elastic Load Balancing load balancer": the group registers what it launches.

    moto replaces an instance terminated from outside but registers only what a change of capacity launched. (What a
    group terminates itself is deregistered where it does so: group_scaling.)
    """
    notify = original(AutoScalingBackend, "notify_terminate_instances", needs=("instance_ids",))

    def replaced(self: AutoScalingBackend, instance_ids: list[str]) -> None:
        notify(self, instance_ids)
        for name in self.autoscaling_groups:
            self.update_attached_target_groups(name)

    replace(AutoScalingBackend, "notify_terminate_instances", replaced)
