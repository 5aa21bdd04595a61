"""What the groups did: their scaling activities."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from moto.autoscaling.models import FakeAutoScalingGroup

# Of every group together; a group that finds no capacity adds a few in each round.
KEPT = 2000


@dataclass(frozen=True, slots=True)
class Activity:
    """Auto Scaling API, Activity; over at once, as launches are here."""

    group: str
    group_arn: str
    description: str
    cause: str
    at: datetime
    failure: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def shown(self) -> dict[str, Any]:
        """As the API words it."""
        message = {"StatusMessage": self.failure} if self.failure else {}
        return {
            "ActivityId": self.id,
            "AutoScalingGroupName": self.group,
            "AutoScalingGroupARN": self.group_arn,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": self.at,
            "EndTime": self.at,
            "StatusCode": "Failed" if self.failure else "Successful",
            "Progress": 100,
            **message,
        }


class Activities:
    """The newest ones of all groups."""

    def __init__(self) -> None:
        self._kept: deque[Activity] = deque(maxlen=KEPT)

    def add(
        self, group: FakeAutoScalingGroup, description: str, cause: str, at: datetime, *, failure: str = ""
    ) -> Activity:
        activity = Activity(group.name, group.arn, description, f"At {at:%Y-%m-%dT%H:%M:%SZ} {cause}", at, failure)
        self._kept.append(activity)
        return activity

    def newest_first(self, region: str, group: str | None = None) -> list[Activity]:
        return [
            one
            for one in reversed(list(self._kept))
            if f":autoscaling:{region}:" in one.group_arn and group in (None, one.group)
        ]
