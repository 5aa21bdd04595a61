"""Which minutes an alarm fired for, by its own account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recovery.core.moments import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping


def bad_until(reason_data: str) -> float:
    """When the newest bad minute ended (seconds since 1970); 0 where it is not told.

    CloudWatch guide, "Alarm events and EventBridge", reasonData: the datapoints from `startDate` on, one a period, as
    no period of a filled series lacks one. The groups' alarms fire above their threshold.
    """
    try:
        data: Mapping[str, Any] = json.loads(reason_data)
        values, period = list(data["recentDatapoints"]), float(data["period"])
        begin, threshold = seconds(str(data["startDate"])), float(data["threshold"])
        newest = max((number for number, value in enumerate(values) if float(value) > threshold), default=None)
    except (ValueError, KeyError, TypeError):
        return 0.0
    return 0.0 if newest is None else begin + (newest + 1) * period
