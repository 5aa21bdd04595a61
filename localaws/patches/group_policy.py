"""An update that doesn't mention a group's mixed instances policy leaves it alone."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.ec2.exceptions import EC2ClientError

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDS = ("launch_config_name", "launch_template", "mixed_instances_policy")


def apply() -> None:
    """Auto Scaling API, UpdateAutoScalingGroup: "properties that you don't specify are not changed by this update".

    moto forgets the policy, and accepts a version that does not exist until it launches from it.
    """
    update = original(FakeAutoScalingGroup, "update", needs=NEEDS)

    def updated(self: FakeAutoScalingGroup, **changes: Any) -> None:
        if not (changes.get("launch_config_name") or changes.get("launch_template")):
            changes["mixed_instances_policy"] = _merged(self.mixed_instances_policy, changes["mixed_instances_policy"])
        _require_version(self, changes)
        update(self, **changes)

    replace(FakeAutoScalingGroup, "update", updated)


def _merged(stored: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The stored policy with what the update gives in it. A stored template names its id alone, as a request must."""
    if not stored:
        return dict(given) if given else None
    merged = copy.deepcopy(dict(stored))
    merged["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
    for part, value in (given or {}).items():
        merged[part] = {**merged.get(part, {}), **value}
    return merged


def _require_version(group: FakeAutoScalingGroup, changes: Mapping[str, Any]) -> None:
    policy: dict[str, Any] = changes.get("mixed_instances_policy") or {}
    specification: dict[str, Any] = policy.get("LaunchTemplate", {}).get("LaunchTemplateSpecification") or {}
    wanted: dict[str, Any] = changes.get("launch_template") or specification
    if not wanted.get("LaunchTemplateId"):
        return
    try:
        group.ec2_backend.get_launch_template(wanted["LaunchTemplateId"]).get_version(wanted.get("Version", "$Default"))
    except EC2ClientError as error:
        raise ValidationError(f"You must use a valid fully-formed launch template. {error.message}") from error
