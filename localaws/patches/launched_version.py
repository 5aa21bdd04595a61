"""An instance keeps the template version it was launched from, whatever its group says now."""

from __future__ import annotations

from moto.autoscaling.models import InstanceState

from localaws.instances import TEMPLATE_TAG, VERSION_TAG, tag
from localaws.patches.replacing import original, replace


def apply() -> None:
    """Auto Scaling API, UpdateAutoScalingGroup: instances keep "the configuration they were originally launched with".

    Instance.LaunchTemplate names it. moto shows the template's default version instead.
    """
    template = original(InstanceState, "launch_template")

    def launched_from(self: InstanceState) -> dict[str, str] | None:
        group: dict[str, str] | None = template(self)
        version = tag(self.instance, VERSION_TAG)
        if group is None or not version:
            return group
        return {
            "LaunchTemplateId": tag(self.instance, TEMPLATE_TAG),
            "LaunchTemplateName": group["LaunchTemplateName"],
            "Version": version,
        }

    replace(InstanceState, "launch_template", property(launched_from))
