"""What runs and drills measure of the assumptions: how long each may take, and the alarm that tells when not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.recovery_budget import (
    DESK_SECONDS,
    EVALUATION_SECONDS,
    METRIC_DELAY_SECONDS,
    PROPAGATION_SECONDS,
    WATCH_SECONDS,
)
from recovery.core.measuring import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.rules import Rules

ALARMS: Mapping[Quantity, str] = {
    Quantity.BOOT: "boot-seconds",
    Quantity.SHIFT: "shift-seconds",
    Quantity.ALARM: "detection-seconds",
    Quantity.DELIVERY: "delivery-seconds",
}
"""Quantity → the end of its alarm's name. How long a recovery may take is not assumed but proven, and has none."""
SAYS: Mapping[Quantity, str] = {
    Quantity.BOOT: "launching instances",
    Quantity.SHIFT: "moving all requests to the other group",
    Quantity.ALARM: "an alarm, from its newest bad minute on,",
    Quantity.DELIVERY: "starting the run that an alarm asks for",
}


def most(rules: Rules, watch_seconds: int = WATCH_SECONDS) -> dict[Quantity, float]:
    """Quantity → the longest for which what is assumed holds."""
    return {
        Quantity.BOOT: rules.healthy_seconds,
        Quantity.SHIFT: PROPAGATION_SECONDS,
        Quantity.ALARM: METRIC_DELAY_SECONDS + EVALUATION_SECONDS,
        # The alarm's event, or the watchdog's next look; and then the function that starts the run.
        Quantity.DELIVERY: watch_seconds + DESK_SECONDS,
    }
