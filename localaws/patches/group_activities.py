"""A group tells what it did, and what it tried in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from localaws.patches.replacing import replace

if TYPE_CHECKING:
    from localaws.groups.activities import Activities

MOST_RECORDS = 100


def apply(activities: Activities) -> None:
    """Auto Scaling API, DescribeScalingActivities: the newest first. moto has none."""

    def described(self: AutoScalingResponse) -> ActionResult:
        parameters: dict[str, Any] = self.params
        ids: list[str] = parameters.get("ActivityIds") or []
        name = parameters.get("AutoScalingGroupName")
        found = [one for one in activities.newest_first(self.region, name) if not ids or one.id in ids]
        begin = int(parameters.get("NextToken") or 0)
        end = begin + int(parameters.get("MaxRecords") or MOST_RECORDS)
        more = {"NextToken": str(end)} if end < len(found) else {}
        return ActionResult({"Activities": [one.shown() for one in found[begin:end]], **more})

    replace(AutoScalingResponse, "describe_scaling_activities", described)
