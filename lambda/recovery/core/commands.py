"""What `change` may do, as values: decided here, carried out by the adapters, shown to a person before or after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.observation import Group
    from recovery.core.release import Release

# While a run prepares a group, nothing else may size it or move its instances about (Auto Scaling guide, "Suspend and
# resume a process"). Launch, Terminate, HealthCheck and AddToLoadBalancer stay on: without them nothing gets healthy.
PAUSED = ("AZRebalance", "AlarmNotification", "ScheduledActions")


@dataclass(frozen=True, slots=True)
class SetGroup:
    """Version, instance types and sizes, in one call: a size outside the limits of another call would be refused."""

    colour: str
    release: Release | None
    """None leaves the version as it is."""
    minimum: int
    desired: int

    def says(self) -> str:
        version = f" version {self.release.version}," if self.release else ""
        return f"{self.colour}:{version} min {self.minimum}, desired {self.desired}"


@dataclass(frozen=True, slots=True)
class SetProcesses:
    """Exactly these scaling processes are suspended afterwards."""

    colour: str
    suspend: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()

    def says(self) -> str:
        return f"{self.colour}: suspend {', '.join(self.suspend) or '-'}, resume {', '.join(self.resume) or '-'}"


@dataclass(frozen=True, slots=True)
class SetWeights:
    """The rule's weights, and the epoch in its tags."""

    weights: Mapping[str, int]

    def says(self) -> str:
        return "weights " + ", ".join(f"{colour} {weight}" for colour, weight in sorted(self.weights.items()))


Command = SetGroup | SetProcesses | SetWeights


def processes(group: Group, *, paused: bool) -> list[Command]:
    """What makes the group's processes right; nothing where they are."""
    wanted = set(PAUSED) if paused else set[str]()
    suspend = tuple(sorted(wanted - set(group.suspended)))
    resume = tuple(sorted(set(group.suspended) - wanted))
    return [SetProcesses(group.colour, suspend, resume)] if suspend or resume else []
