"""A group keeps its default instance warmup."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from localaws.patches.replacing import original, replace

PARAMETER = "DefaultInstanceWarmup"
ATTRIBUTE = "default_instance_warmup"


def apply() -> None:
    """Auto Scaling API, CreateAutoScalingGroup and UpdateAutoScalingGroup: DefaultInstanceWarmup, which moto drops.

    -1 removes it.
    """
    for action in ("create_auto_scaling_group", "update_auto_scaling_group"):
        _keep(action)


def _keep(action: str) -> None:
    act = original(AutoScalingResponse, action)

    def acted(self: AutoScalingResponse) -> Any:
        result = act(self)
        parameters: dict[str, Any] = self.params
        if PARAMETER in parameters:
            seconds = int(parameters[PARAMETER])
            group = self.autoscaling_backend.autoscaling_groups[str(parameters["AutoScalingGroupName"])]
            vars(group)[ATTRIBUTE] = None if seconds < 0 else seconds
        return result

    replace(AutoScalingResponse, action, acted)
