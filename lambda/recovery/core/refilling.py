"""The command that makes a group warm again by hand: what a run would ask of Auto Scaling, for a person to run."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recovery.core.release import Release


def refill(group: str, release: Release, size: int) -> str:
    """Version, instance types and sizes in one call, as the control plane does it. Only for a group without traffic."""
    specification = {"LaunchTemplateId": release.template_id, "Version": str(release.version)}
    template: dict[str, Any] = {"LaunchTemplateSpecification": specification}
    if release.instance_types:
        template["Overrides"] = [{"InstanceType": one} for one in release.instance_types]
    policy = json.dumps({"LaunchTemplate": template}, separators=(",", ":"))
    return (
        f"aws autoscaling update-auto-scaling-group --auto-scaling-group-name {group} --min-size {size} "
        f"--desired-capacity {size} --mixed-instances-policy {shlex.quote(policy)}"
    )
