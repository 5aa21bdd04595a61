"""Which target groups of a group were attached to it later, and have not yet seen an instance of it pass its check.

Auto Scaling API, LoadBalancerTargetGroupState: a target group is `Added` until "at least one Auto Scaling instance
passed" the health check, but "enters [InService] immediately if you attach it in the CreateAutoScalingGroup API call".
Only from InService on are instances replaced that fail it (user guide, "Verify the attachment status ...").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from moto.autoscaling.models import FakeAutoScalingGroup


class Attachments:
    """By the names of the group and of the target group."""

    def __init__(self) -> None:
        self._waiting: set[tuple[str, str]] = set()

    def attached_later(self, group: FakeAutoScalingGroup, target_group: str) -> None:
        self._waiting.add((group.arn, target_group))

    def passed(self, group: FakeAutoScalingGroup, target_group: str) -> None:
        self._waiting.discard((group.arn, target_group))

    def state(self, group: FakeAutoScalingGroup, target_group: str) -> Literal["Added", "InService"]:
        return "Added" if (group.arn, target_group) in self._waiting else "InService"
