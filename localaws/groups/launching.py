"""One instance of a group: from the template version that the group names, of a type and in a zone with capacity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import ASG_NAME_TAG
from moto.ec2.utils import convert_tag_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.autoscaling.models import FakeAutoScalingGroup
    from moto.ec2.models.instances import Instance
    from moto.ec2.models.launch_templates import LaunchTemplateVersion

    from localaws.groups.capacity import Capacity


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance can be launched: a subnet, or a zone in a group that has none."""

    subnet: str
    zone: str


@dataclass(frozen=True, slots=True)
class Launch:
    """The instance, if one could be launched, and what EC2 said in each zone before it could."""

    instance: Instance | None
    failures: tuple[str, ...]


def overrides(group: FakeAutoScalingGroup) -> list[dict[str, Any]]:
    """The instance types of its mixed instances policy, the preferred one first."""
    return (group.mixed_instances_policy or {}).get("LaunchTemplate", {}).get("Overrides") or []


def launch(group: FakeAutoScalingGroup, version: LaunchTemplateVersion, capacity: Capacity) -> Launch:
    """In each zone every type in its order, until one can be had.

    Auto Scaling user guide, "Allocation strategies" (prioritized: the order of the overrides) and "Availability Zone
    distribution" (a launch that fails is attempted in another zone).
    """
    types = [str(one["InstanceType"]) for one in overrides(group) if "InstanceType" in one] or [version.instance_type]
    failures: list[str] = []
    for place in _places(group):
        for instance_type in types:
            if capacity.take(instance_type, place.zone):
                return Launch(_run(group, version, instance_type, place), tuple(failures))
        failures.append(_no_capacity(types, place.zone))
    return Launch(None, tuple(failures))


def _no_capacity(types: list[str], zone: str) -> str:
    """EC2 API, error codes: InsufficientInstanceCapacity, as a group's activity shows it."""
    return (
        "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient "
        f"{', '.join(types)} capacity in the Availability Zone you requested ({zone}). Launching EC2 instance failed."
    )


def _places(group: FakeAutoScalingGroup) -> Iterator[Place]:
    """The subnets, the one with the fewest of the group's instances first; of equals in their order."""
    subnets = [subnet for subnet in (group.vpc_zone_identifier or "").split(",") if subnet]
    if not subnets:
        yield Place("", group.availability_zones[0])
    taken = Counter(state.instance.subnet_id for state in group.instance_states)
    for subnet in sorted(subnets, key=lambda subnet: taken[subnet]):
        yield Place(subnet, group.ec2_backend.get_subnet(subnet).availability_zone)


def _run(group: FakeAutoScalingGroup, version: LaunchTemplateVersion, instance_type: str, place: Place) -> Instance:
    data = version.data
    interfaces: list[dict[str, Any]] = data.get("NetworkInterfaces") or [{}]
    monitoring: dict[str, Any] = data.get("Monitoring") or {}
    by_type: dict[str, dict[str, str]] = convert_tag_spec(data.get("TagSpecifications") or [])
    mappings = data.get("BlockDeviceMappings")
    tags = {**by_type.get("instance", {}), **group.get_propagated_tags(), ASG_NAME_TAG: group.name}
    [instance] = group.ec2_backend.run_instances(
        version.image_id,
        1,
        version.user_data,
        version.security_groups,
        instance_type=instance_type,
        is_instance_type_default=False,
        tags={"instance": tags, "volume": by_type.get("volume", {})},
        launch_template={"LaunchTemplateId": version.template.id, "Version": version.number},
        security_group_ids=[*(data.get("SecurityGroupIds") or []), *(interfaces[0].get("Groups") or [])],
        associate_public_ip=interfaces[0].get("AssociatePublicIpAddress"),
        metadata_options=data.get("MetadataOptions") or {},
        monitoring_state="enabled" if monitoring.get("Enabled") else "disabled",
        region_name=group.region,
        placement=None if place.subnet else place.zone,
        subnet_id=place.subnet or None,
        **({"block_device_mappings": mappings} if mappings else {}),
    ).instances
    profile = data.get("IamInstanceProfile")
    if profile:
        group.ec2_backend.associate_iam_instance_profile(
            instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn")
        )
    return instance
