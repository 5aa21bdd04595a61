"""One look at everything that decisions are made from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recovery.aws.balancer import Balancer
from recovery.aws.groups import Groups
from recovery.aws.metrics import REQUESTS, Metrics
from recovery.core.incident import firing
from recovery.core.observation import COLOURS, Observation, Series

if TYPE_CHECKING:
    from recovery.core.incident import Alarm
    from recovery.settings import Settings


class Look:
    """At one environment."""

    def __init__(self, settings: Settings) -> None:
        self.balancer = Balancer(settings)
        self.groups = Groups(settings)
        self.metrics = Metrics(settings)

    def groups_and_rule(self, now: float) -> Observation:
        """Without signals and alarms."""
        healthy = {colour: self.balancer.healthy(colour) for colour in COLOURS}
        return Observation(
            at=now,
            weights=self.balancer.weights(),
            groups=self.groups.look(healthy),
            flip=self.balancer.flip(),
        )

    def with_signals(self, now: float, since: float) -> Observation:
        """And both groups' series since a moment."""
        seen = self.groups_and_rule(now)
        series = self.metrics.series(since, now)
        return Observation(
            at=seen.at,
            weights=seen.weights,
            groups=seen.groups,
            flip=seen.flip,
            requests={colour: found.get(REQUESTS, Series()) for colour, found in series.items()},
            signals=series,
        )

    def with_alarms(self, now: float) -> tuple[Observation, list[Alarm]]:
        """And the alarms as they stand."""
        seen, alarms = self.groups_and_rule(now), self.metrics.alarms()
        return replace(seen, alarms=firing(alarms, seen.weights)), alarms
