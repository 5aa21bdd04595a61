"""A group launches its desired capacity from the version it names, over all its subnets, and scales in evenly."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.ec2.utils import convert_tag_spec

from localaws.instances import VERSION_TAG, tag
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from moto.ec2.models.instances import Instance
    from moto.ec2.models.launch_templates import LaunchTemplateVersion


def apply() -> None:
    """Auto Scaling user guide, "Auto Scaling groups with multiple instance types", "Availability Zone distribution".

    Also its "Default termination policy", and the EC2 API's ResponseLaunchTemplateData. moto launches into the first
    subnet alone, takes tags and security groups from the template's default version, ignores its instance profile,
    metadata options and network interface, and launches too few where spot is asked for as well.
    """
    launch_as_moto = original(
        FakeAutoScalingGroup, "replace_autoscaling_group_instances", needs=("count_needed", "propagated_tags")
    )

    def launch(self: FakeAutoScalingGroup, count_needed: int, propagated_tags: dict[str, str]) -> None:
        if self.ec2_launch_template is None:  # a launch configuration, which nothing here uses
            launch_as_moto(self, count_needed, propagated_tags)
            return
        version = self.ec2_launch_template.get_version(self.launch_template_version)
        for _ in range(count_needed):
            instance = _run(self, version, {**propagated_tags, ASG_NAME_TAG: self.name})
            protected = self.new_instances_protected_from_scale_in
            self.instance_states.append(
                InstanceState(instance, protected_from_scale_in=protected, autoscaling_group=self)
            )

    def scale(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        surplus = len(self.active_instances()) - _instances_for(self, self.desired_capacity or 0)
        if surplus < 0:
            self.replace_autoscaling_group_instances(-surplus, self.get_propagated_tags())
        elif surplus > 0:
            _terminate(self, surplus)
        if self.name in self.autoscaling_backend.autoscaling_groups:
            self.autoscaling_backend.update_attached_elbs(self.name)
            self.autoscaling_backend.update_attached_target_groups(self.name)

    replace(FakeAutoScalingGroup, "replace_autoscaling_group_instances", launch)
    replace(FakeAutoScalingGroup, "set_desired_capacity", scale, needs=("new_capacity",))


def _overrides(group: FakeAutoScalingGroup) -> list[dict[str, Any]]:
    return (group.mixed_instances_policy or {}).get("LaunchTemplate", {}).get("Overrides") or []


def _instances_for(group: FakeAutoScalingGroup, capacity: int) -> int:
    """All capacity is launched; `prioritized` takes the first type, of which each instance counts for its weight."""
    weight = int(next((override.get("WeightedCapacity", 1) for override in _overrides(group)), 1))
    return math.ceil(capacity / weight)


def _subnet(group: FakeAutoScalingGroup) -> str:
    """The subnet with the fewest of the group's instances; of equals the first."""
    subnets = (group.vpc_zone_identifier or "").split(",")
    taken = Counter(state.instance.subnet_id for state in group.instance_states)
    return min(subnets, key=lambda subnet: taken[subnet])


def _run(group: FakeAutoScalingGroup, version: LaunchTemplateVersion, tags: dict[str, str]) -> Instance:
    data = version.data
    interfaces: list[dict[str, Any]] = data.get("NetworkInterfaces") or [{}]
    monitoring: dict[str, Any] = data.get("Monitoring") or {}
    by_type: dict[str, dict[str, str]] = convert_tag_spec(data.get("TagSpecifications") or [])
    instance_types = (override["InstanceType"] for override in _overrides(group) if "InstanceType" in override)
    mappings = data.get("BlockDeviceMappings")
    subnet = _subnet(group)
    [instance] = group.ec2_backend.run_instances(
        version.image_id,
        1,
        version.user_data,
        version.security_groups,
        instance_type=next(instance_types, version.instance_type),
        is_instance_type_default=False,
        tags={"instance": {**by_type.get("instance", {}), **tags}, "volume": by_type.get("volume", {})},
        launch_template={"LaunchTemplateId": version.template.id, "Version": version.number},
        security_group_ids=[*(data.get("SecurityGroupIds") or []), *(interfaces[0].get("Groups") or [])],
        associate_public_ip=interfaces[0].get("AssociatePublicIpAddress"),
        metadata_options=data.get("MetadataOptions") or {},
        monitoring_state="enabled" if monitoring.get("Enabled") else "disabled",
        region_name=group.region,
        placement=None if subnet else group.availability_zones[0],
        subnet_id=subnet or None,
        **({"block_device_mappings": mappings} if mappings else {}),
    ).instances
    profile = data.get("IamInstanceProfile")
    if profile:
        group.ec2_backend.associate_iam_instance_profile(
            instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn")
        )
    return instance


def _terminate(group: FakeAutoScalingGroup, count: int) -> None:
    """One after another, from the fullest zone, the oldest template version first, then the oldest instance."""
    for _ in range(count):
        states = [state for state in group.active_instances() if not state.protected_from_scale_in]
        if not states:
            return
        zones = Counter(state.availability_zone for state in states)
        leaves = min(
            states,
            key=lambda state: (
                -zones[state.availability_zone],
                int(tag(state.instance, VERSION_TAG) or 0),
                state.instance.launch_time,
                state.instance_id,
            ),
        )
        group.instance_states.remove(leaves)
        group.ec2_backend.terminate_instances([leaves.instance_id])
        group.autoscaling_backend.elbv2_backend.notify_terminate_instances([leaves.instance_id])
