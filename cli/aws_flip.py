"""What break-glass asks of AWS: the load balancer, and who asks. Nothing of the control plane has to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

from cli.aws import CONFIG
from cli.aws_desk import who
from cli.aws_errors import one_line
from cli.errors import CommandError
from recovery.aws.balancer import FLIP_TAG
from recovery.core.observation import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_sts import STSClient

    from cli.control import ControlRecord


class Glass:
    """One environment's rule. It needs no more of the record than the rule and both target groups."""

    @one_line
    def __init__(self, record: ControlRecord) -> None:
        self._rule, self._target_groups = record.rule_arn, record.target_groups
        self._elbv2: ElasticLoadBalancingv2Client = boto3.client("elbv2", region_name=record.region, config=CONFIG)
        self._sts: STSClient = boto3.client("sts", region_name=record.region, config=CONFIG)

    def caller(self) -> str:
        """Who asks. Traffic does not wait for STS to answer."""
        try:
            return self._caller()
        except CommandError:
            return "somebody"

    @one_line
    def weights(self) -> dict[str, int]:
        """Colour → weight."""
        rules = self._elbv2.describe_rules(RuleArns=[self._rule])["Rules"]
        actions = rules[0].get("Actions", []) if rules else []
        groups = actions[0].get("ForwardConfig", {}).get("TargetGroups", []) if actions else []
        found = {group.get("TargetGroupArn"): int(group.get("Weight", 1)) for group in groups}
        if not found:
            raise CommandError(f"the rule {self._rule} forwards to no target group; look at it in the console")
        return {colour: found.get(arn, 0) for colour, arn in self._target_groups.items()}

    @one_line
    def healthy(self) -> dict[str, int]:
        """Colour → healthy targets."""
        return {colour: self._healthy(self._target_groups[colour]) for colour in COLOURS}

    @one_line
    def tag(self, value: str) -> None:
        """Say on the rule who flips: a run in progress sees it before its next change, and changes nothing more."""
        self._elbv2.add_tags(ResourceArns=[self._rule], Tags=[{"Key": FLIP_TAG, "Value": value}])

    @one_line
    def move(self, weights: Mapping[str, int]) -> None:
        """Write both weights, and no stickiness: a cookie would keep requests where they were."""
        self._elbv2.modify_rule(
            RuleArn=self._rule,
            Actions=[
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [
                            {"TargetGroupArn": arn, "Weight": weights[colour]}
                            for colour, arn in self._target_groups.items()
                        ],
                        "TargetGroupStickinessConfig": {"Enabled": False},
                    },
                }
            ],
        )

    @one_line
    def _caller(self) -> str:
        return who(self._sts.get_caller_identity()["Arn"])

    def _healthy(self, target_group: str) -> int:
        found = self._elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return sum(one.get("TargetHealth", {}).get("State") == "healthy" for one in found)
