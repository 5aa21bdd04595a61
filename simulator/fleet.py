"""The two Auto Scaling groups as they truly are, and what changes them. All values: whoever keeps one may share it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from recovery.core.observation import Group, Instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.site import Site


@dataclass(frozen=True, slots=True)
class Machine:
    """One instance."""

    id: str
    zone: str
    version: int
    healthy: bool
    failed: bool = False
    """It fails the load balancer's check; a new one has not been asked often enough yet."""


@dataclass(frozen=True)
class Fleet:
    """One group."""

    colour: str
    template_id: str
    version: int
    types: tuple[str, ...]
    minimum: int
    desired: int
    maximum: int
    zones: tuple[str, ...]
    suspended: tuple[str, ...] = ()
    machines: tuple[Machine, ...] = ()
    trouble: str = ""
    launched: int = field(default=0, compare=False)
    """How many there ever were: it makes the ids."""

    @cached_property
    def healthy(self) -> frozenset[str]:
        return frozenset(one.id for one in self.machines if one.healthy)

    @cached_property
    def failed(self) -> int:
        return sum(one.failed for one in self.machines)

    @cached_property
    def view(self) -> Group:
        """As Describe shows it, beside its targets' health."""
        return self.seen(self.healthy)

    @cached_property
    def unasked(self) -> Group:
        """As it is shown where nobody asked for its targets' health."""
        return self.seen(frozenset())

    @cached_property
    def runs(self) -> int:
        """The version of most of its instances; 0 where it has none."""
        versions = [one.version for one in self.machines]
        return max(versions, key=lambda one: (versions.count(one), one)) if versions else 0

    def seen(self, healthy: frozenset[str]) -> Group:
        return Group(
            colour=self.colour,
            template_id=self.template_id,
            version=self.version,
            instance_types=self.types,
            minimum=self.minimum,
            desired=self.desired,
            maximum=self.maximum,
            zones=self.zones,
            suspended=self.suspended,
            instances=tuple(
                Instance(one.id, one.zone, self.template_id, one.version, True, one.id in healthy)
                for one in self.machines
            ),
            trouble=self.trouble if len(self.machines) < self.desired else "",
        )

    def healthy_of(self, version: int) -> int:
        return sum(one.healthy and one.version == version for one in self.machines)

    def launched_more(self, count: int) -> Fleet:
        """New instances, in the zones with the fewest (Auto Scaling guide, "Instance distribution")."""
        machines, number = list(self.machines), self.launched
        for _ in range(count):
            zone = min(self.zones, key=lambda one: sum(machine.zone == one for machine in machines))
            number += 1
            machines.append(Machine(f"i-{self.colour}-{number}", zone, self.version, healthy=False))
        return replace(self, machines=tuple(machines), launched=number, trouble="")

    def without(self, ids: frozenset[str]) -> Fleet:
        return replace(self, machines=tuple(one for one in self.machines if one.id not in ids))

    def with_health(self, ids: frozenset[str], *, healthy: bool) -> Fleet:
        machines = tuple(
            replace(one, healthy=healthy, failed=not healthy) if one.id in ids else one for one in self.machines
        )
        return replace(self, machines=machines)


def leaving(fleet: Fleet) -> frozenset[str]:
    """Whom a scale-in takes: those of other template versions first, then the oldest ("Default termination policy")."""
    surplus = len(fleet.machines) - fleet.desired
    if surplus <= 0:
        return frozenset()
    order = sorted(fleet.machines, key=lambda one: one.version == fleet.version)
    return frozenset(one.id for one in order[:surplus])


def full(site: Site, colour: str, version: int, count: int, *, minimum: int | None = None) -> Fleet:
    """A group of so many healthy instances of a release."""
    build, rules = site.builds[version], site.rules
    fleet = Fleet(
        colour=colour,
        template_id=build.release.template_id,
        version=version,
        types=build.release.instance_types,
        minimum=count if minimum is None else minimum,
        desired=count,
        maximum=rules.maximum,
        zones=("zone-a", "zone-b"),
    ).launched_more(count)
    return fleet.with_health(frozenset(one.id for one in fleet.machines), healthy=True)


Fleets = dict[str, Fleet]


def of(fleets: Mapping[str, Fleet]) -> dict[str, Group]:
    return {colour: fleet.view for colour, fleet in fleets.items()}
