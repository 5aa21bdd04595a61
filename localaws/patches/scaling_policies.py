"""A scaling policy is enabled unless it says otherwise, and has no predictive part unless it was given one."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from localaws.patches.replacing import original, replace


def apply() -> None:
    """Auto Scaling API, PutScalingPolicy: Enabled ("The default is enabled") and PredictiveScalingConfiguration."""
    put = original(AutoScalingResponse, "put_scaling_policy")

    def policy_put(self: AutoScalingResponse) -> Any:
        result = put(self)
        parameters: dict[str, Any] = self.params
        policy = vars(self.autoscaling_backend.policies[str(parameters["PolicyName"])])
        policy["enabled"] = parameters.get("Enabled", True)
        policy["predictive_scaling_configuration"] = policy["predictive_scaling_configuration"] or None
        return result

    replace(AutoScalingResponse, "put_scaling_policy", policy_put)
