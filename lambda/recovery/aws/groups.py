"""The two Auto Scaling groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws.clients import ask, client
from recovery.core.observation import Group, Instance
from recovery.errors import AwsError
from recovery.permissions import (
    LAUNCH_FROM_TEMPLATE,
    LAUNCH_IMAGES,
    PASS_INSTANCE_ROLE,
    READ_GROUPS,
    SIZE_GROUPS,
    TAG_LAUNCHED,
    USE_TEMPLATE,
    needs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.commands import SetGroup, SetProcesses
    from recovery.core.release import Release
    from recovery.settings import Settings

IN_SERVICE = "InService"
# Older launches say nothing about the present trouble.
ACTIVITIES = 5


class Groups:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._names = settings.groups
        self._autoscaling = client("autoscaling")

    @needs(READ_GROUPS)
    def look(self, healthy: Mapping[str, frozenset[str]]) -> dict[str, Group]:
        """Colour → group. `healthy`: colour → ids of healthy targets. Raises AwsError where a group is gone."""
        found = ask(self._autoscaling.describe_auto_scaling_groups, AutoScalingGroupNames=list(self._names.values()))
        by_name = {group["AutoScalingGroupName"]: group for group in found["AutoScalingGroups"]}
        missing = sorted(set(self._names.values()) - set(by_name))
        if missing:
            raise AwsError(f"there is no Auto Scaling group {', '.join(missing)}")
        return {
            colour: self._group(colour, by_name[name], healthy.get(colour, frozenset()))
            for colour, name in self._names.items()
        }

    @needs(READ_GROUPS)
    def subnets(self) -> frozenset[str]:
        """The ids of the subnets that either group launches into."""
        found = ask(self._autoscaling.describe_auto_scaling_groups, AutoScalingGroupNames=list(self._names.values()))
        listed = [str(group.get("VPCZoneIdentifier") or "") for group in found["AutoScalingGroups"]]
        return frozenset(one.strip() for text in listed for one in text.split(",") if one.strip())

    @needs(SIZE_GROUPS, LAUNCH_FROM_TEMPLATE, LAUNCH_IMAGES, USE_TEMPLATE, TAG_LAUNCHED, PASS_INSTANCE_ROLE)
    def set(self, command: SetGroup) -> None:
        """Version, types and sizes in one call."""
        arguments: dict[str, Any] = {"MinSize": command.minimum, "DesiredCapacity": command.desired}
        if command.release:
            arguments["MixedInstancesPolicy"] = {"LaunchTemplate": _template(command.release)}
        name = self._names[command.colour]
        ask(self._autoscaling.update_auto_scaling_group, AutoScalingGroupName=name, **arguments)

    @needs(SIZE_GROUPS)
    def processes(self, command: SetProcesses) -> None:
        """Suspend and resume scaling processes."""
        name = self._names[command.colour]
        if command.suspend:
            suspend = list(command.suspend)
            ask(self._autoscaling.suspend_processes, AutoScalingGroupName=name, ScalingProcesses=suspend)
        if command.resume:
            resume = list(command.resume)
            ask(self._autoscaling.resume_processes, AutoScalingGroupName=name, ScalingProcesses=resume)

    def _group(self, colour: str, group: Mapping[str, Any], healthy: frozenset[str]) -> Group:
        template_id, version, types = template_of(group)
        instances = tuple(_instance(one, healthy) for one in group.get("Instances", []))
        zones: list[str] = group.get("AvailabilityZones") or []
        suspended: list[Mapping[str, Any]] = group.get("SuspendedProcesses") or []
        short = len(instances) < int(group["DesiredCapacity"])
        return Group(
            colour=colour,
            template_id=template_id,
            version=version,
            instance_types=types,
            minimum=int(group["MinSize"]),
            desired=int(group["DesiredCapacity"]),
            maximum=int(group["MaxSize"]),
            zones=tuple(sorted(zones)),
            suspended=tuple(sorted(one["ProcessName"] for one in suspended)),
            instances=instances,
            trouble=self._trouble(group["AutoScalingGroupName"]) if short else "",
        )

    def _trouble(self, name: str) -> str:
        """What the newest launch says, if it failed."""
        found = ask(self._autoscaling.describe_scaling_activities, AutoScalingGroupName=name, MaxRecords=ACTIVITIES)[
            "Activities"
        ]
        newest: Mapping[str, Any] = found[0] if found else {}
        return str(newest.get("StatusMessage", "")) if newest.get("StatusCode") == "Failed" else ""


def template_of(group: Mapping[str, Any]) -> tuple[str, int, tuple[str, ...]]:
    """Template, version and instance types that a group launches. No version (0) where it is none of ours by number.

    A person can set any of it: a template alone, which takes the place of the mixed instances policy, or `$Latest`.
    """
    mixed: Mapping[str, Any] = group.get("MixedInstancesPolicy") or {}
    policy: Mapping[str, Any] = mixed.get("LaunchTemplate") or {}
    template: Mapping[str, Any] = policy.get("LaunchTemplateSpecification") or group.get("LaunchTemplate") or {}
    version = str(template.get("Version", ""))
    overrides: list[Mapping[str, Any]] = policy.get("Overrides") or []
    types = tuple(str(one["InstanceType"]) for one in overrides if "InstanceType" in one)
    return str(template.get("LaunchTemplateId", "")), int(version) if version.isdigit() else 0, types


def _instance(one: Mapping[str, Any], healthy: frozenset[str]) -> Instance:
    template: Mapping[str, Any] = one.get("LaunchTemplate") or {}
    return Instance(
        id=one["InstanceId"],
        zone=one["AvailabilityZone"],
        template_id=template.get("LaunchTemplateId", ""),
        version=int(template.get("Version") or 0),
        in_service=one["LifecycleState"] == IN_SERVICE,
        healthy=one["InstanceId"] in healthy,
    )


def _template(release: Release) -> dict[str, Any]:
    specification = {"LaunchTemplateId": release.template_id, "Version": str(release.version)}
    types = [{"InstanceType": one} for one in release.instance_types]
    return {"LaunchTemplateSpecification": specification, **({"Overrides": types} if types else {})}
