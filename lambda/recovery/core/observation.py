"""What is seen of an app at one moment: the rule's weights, both groups and their instances, the signals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.release import Release

COLOURS = ("blue", "green")
ALL = 100
"""The weight of a group that takes every request."""


class UnclearError(Exception):
    """What is seen fits no state that the control plane makes: a person has to look. The message says what."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a group, and what its target group says of it."""

    id: str
    zone: str
    template_id: str
    version: int
    in_service: bool
    healthy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One colour's Auto Scaling group."""

    colour: str
    template_id: str
    version: int
    """What it launches next; its instances may still be of another."""
    instance_types: tuple[str, ...]
    minimum: int
    desired: int
    maximum: int
    zones: tuple[str, ...]
    suspended: tuple[str, ...] = ()
    instances: tuple[Instance, ...] = ()
    trouble: str = ""
    """What the newest launch failed with, while nothing was launched since."""

    def of(self, release: Release) -> tuple[Instance, ...]:
        """The instances that were launched from the release's own template version."""
        wanted = (release.template_id, release.version)
        return tuple(one for one in self.instances if (one.template_id, one.version) == wanted)

    def foreign(self, release: Release) -> tuple[Instance, ...]:
        """The instances of any other release."""
        return tuple(one for one in self.instances if one not in self.of(release))

    def healthy(self, release: Release) -> tuple[Instance, ...]:
        """The release's own instances that are in service and pass the load balancer's check."""
        return tuple(one for one in self.of(release) if one.in_service and one.healthy)

    def covers_zones(self, release: Release, needed: int) -> bool:
        """Whether the healthy instances stand in as many zones as `needed` of them can."""
        return len({one.zone for one in self.healthy(release)}) >= min(len(self.zones), needed)

    def runs(self) -> tuple[str, int] | None:
        """The template and version of most of its instances, or None where it has none."""
        counted = Counter((one.template_id, one.version) for one in self.instances)
        return max(counted, key=lambda key: (counted[key], key)) if counted else None

    def holds(self) -> tuple[str, int]:
        """What it runs, or, where it has no instance yet, what it launches: a group that serves has one release."""
        return self.runs() or (self.template_id, self.version)


@dataclass(frozen=True, slots=True)
class Series:
    """A group's values of one signal by when their minute began, the oldest first; minutes without one are left out."""

    at: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def since(self, moment: float) -> tuple[float, ...]:
        """The values of the minutes that began at or after a moment."""
        return tuple(value for at, value in zip(self.at, self.values, strict=True) if at >= moment)

    def published(self, *raw: Series) -> Series:
        """Without the minutes that nobody has measured yet: those after the newest of the raw series.

        A filled series says 0 of a minute that CloudWatch has heard nothing of, and 0 would look like good news.
        """
        newest = max((one.at[-1] for one in raw if one.at), default=float("-inf"))
        kept = sum(at <= newest for at in self.at)
        return Series(self.at[:kept], self.values[:kept])


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at everything. `flip` is the rule's tag that says who broke the glass last, and when."""

    at: float
    weights: Mapping[str, int]
    groups: Mapping[str, Group]
    flip: str = ""
    alarms: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """Colour → the names of its alarms that are in ALARM."""
    requests: Mapping[str, Series] = field(default_factory=dict[str, Series])
    """Colour → requests a minute."""
    signals: Mapping[str, Mapping[str, Series]] = field(default_factory=dict[str, "Mapping[str, Series]"])
    """Colour → signal → series."""

    def foremost(self) -> str:
        """The colour with the most traffic; one of them, where none has any."""
        return max(COLOURS, key=lambda one: self.weights.get(one, 0))

    def serving(self) -> str:
        """The colour with the most traffic. Raises UnclearError where none has any."""
        colour = self.foremost()
        if self.weights.get(colour, 0) <= 0:
            raise UnclearError(f"no group has traffic: the rule's weights are {dict(self.weights)}")
        return colour

    def split(self) -> bool:
        """Whether both groups have traffic."""
        return all(self.weights.get(colour, 0) > 0 for colour in COLOURS)


def other(colour: str) -> str:
    """The other group."""
    return COLOURS[1 - COLOURS.index(colour)]


def flipped_at(flip: str) -> float:
    """When a flip's tag says that it was (`<seconds since 1970> <who>`); long ago where it is none of ours."""
    seconds = flip.partition(" ")[0]
    return float(seconds) if seconds.isdigit() else 0.0
