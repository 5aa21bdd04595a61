"""The load balancer: the one rule's weights, who broke the glass, and the targets' health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.aws.clients import ask, client
from recovery.errors import AwsError
from recovery.permissions import FIND_NODES, MOVE_TRAFFIC, READ_RULE, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings

FLIP_TAG = "lastgood:flip"
"""`<seconds since 1970> <who>`, written by `lastgood flip`, which has nothing but the load balancer to write on."""


class Balancer:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._rule = settings.rule_arn
        self._target_groups = settings.target_groups
        self._description = f"ELB {settings.balancer}"
        self._elbv2 = client("elbv2")

    @needs(READ_RULE)
    def weights(self) -> dict[str, int]:
        """Colour → weight. Raises AwsError."""
        rules = ask(self._elbv2.describe_rules, RuleArns=[self._rule])["Rules"]
        if not rules:
            raise AwsError(f"rule {self._rule} is gone")
        [action] = rules[0]["Actions"]
        listed = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
        found = {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in listed}
        return {colour: found.get(arn, 0) for colour, arn in self._target_groups.items()}

    @needs(READ_RULE)
    def flip(self) -> str:
        """The tag of the newest flip by hand, or nothing."""
        described = ask(self._elbv2.describe_tags, ResourceArns=[self._rule])["TagDescriptions"]
        tags = {tag["Key"]: tag["Value"] for one in described for tag in one["Tags"]}
        return str(tags.get(FLIP_TAG, ""))

    @needs(READ_RULE)
    def healthy(self, colour: str) -> frozenset[str]:
        """The ids of a group's healthy targets."""
        found = ask(self._elbv2.describe_target_health, TargetGroupArn=self._target_groups[colour])
        return frozenset(
            one["Target"]["Id"]
            for one in found["TargetHealthDescriptions"]
            if one["TargetHealth"]["State"] == "healthy"
        )

    @needs(MOVE_TRAFFIC)
    def move(self, weights: Mapping[str, int]) -> None:
        """Write both weights, and no stickiness: a cookie would keep requests where they were."""
        groups = [{"TargetGroupArn": arn, "Weight": weights[colour]} for colour, arn in self._target_groups.items()]
        forward = {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}}
        ask(self._elbv2.modify_rule, RuleArn=self._rule, Actions=[{"Type": "forward", "ForwardConfig": forward}])

    @needs(FIND_NODES)
    def nodes(self) -> list[str]:
        """The private addresses of its nodes: from inside the VPC they are reached without leaving it."""
        filters = [{"Name": "description", "Values": [self._description]}]
        found = ask(client("ec2").describe_network_interfaces, Filters=filters)["NetworkInterfaces"]
        return sorted(one["PrivateIpAddress"] for one in found)
