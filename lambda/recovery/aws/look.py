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

    def groups_and_rule(self, now: float, *, health: bool = True, flip: bool = True) -> Observation:
        """Without signals and alarms.

        Who decides nothing by it leaves out `health`, without which nobody is healthy, and `flip`: of such calls AWS
        grants all the apps of an account ten a second (docs/guarantees.md, "Many apps at once").
        """
        healthy = {colour: self.balancer.healthy(colour) for colour in COLOURS} if health else {}
        return Observation(
            at=now,
            weights=self.balancer.weights(),
            groups=self.groups.look(healthy),
            flip=self.balancer.flip() if flip else "",
        )

    def with_signals(self, now: float, since: float) -> Observation:
        """And both groups' series since a moment, by which those decide who ask: by no target's health."""
        seen = self.groups_and_rule(now, health=False, flip=False)
        series = self.metrics.series(since, now)
        return Observation(
            at=seen.at,
            weights=seen.weights,
            groups=seen.groups,
            flip=seen.flip,
            requests={colour: found.get(REQUESTS, Series()) for colour, found in series.items()},
            signals=series,
        )

    def with_alarms(self, now: float, *, health: bool = True, flip: bool = True) -> tuple[Observation, list[Alarm]]:
        """And the alarms as they stand."""
        seen, alarms = self.groups_and_rule(now, health=health, flip=flip), self.metrics.alarms()
        return replace(seen, alarms=firing(alarms, seen.weights)), alarms
