"""Every world with one fault and with two, each forked from the world that it differs from in its last fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.engine import Engine
from simulator.faults import doubles, function_of, singles
from simulator.invariants import at_the_end, promise_seconds
from simulator.scenarios import HORIZON_SECONDS, begin
from simulator.site import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.scenarios import Scenario
    from simulator.site import Site
    from simulator.world import World

Plan = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A world in which something did not hold."""

    scenario: str
    plan: Plan
    violations: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What many worlds came to."""

    worlds: int = 0
    failures: list[Failure] = field(default_factory=list[Failure])
    longest: float = 0.0
    longest_of: tuple[str, Plan] = ("", ())
    single: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """Scenario, place and fault that a world had."""
    wanted: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    pairs: int = 0
    pairs_wanted: int = 0

    def add(self, other: Tally) -> None:
        self.worlds += other.worlds
        self.failures += other.failures
        if other.longest > self.longest:
            self.longest, self.longest_of = other.longest, other.longest_of
        self.single |= other.single
        self.wanted |= other.wanted
        self.pairs += other.pairs
        self.pairs_wanted += other.pairs_wanted


class Explorer:
    """Of one scenario."""

    def __init__(self, scenario: Scenario, site: Site, bound: float) -> None:
        self.scenario, self.site, self.bound = scenario, site, bound
        self.tally = Tally()
        self._known: set[object] = set()

    def calm(self) -> World:
        """The world without a fault."""
        world = begin(self.scenario, self.site)
        self._finish(world, ())
        return world

    def singles(self) -> None:
        """One fault at every place that the calm world comes to."""
        for place, before in self._places(begin(self.scenario, self.site), ()):
            for fault in singles(function_of(self.site.program, place)):
                self._with(before, (), place, fault)

    def pairs(self, share: Callable[[int], bool] = lambda _: True) -> None:
        """Two faults: the second at every later place of each world with one. `share`: which first places are mine."""
        firsts = self._places(begin(self.scenario, self.site), (), counted=False)
        for number, (place, before) in enumerate(firsts):
            if not share(number):
                continue
            for fault in doubles(function_of(self.site.program, place)):
                world = before.fork()
                world.plan[place] = fault
                for second, there in self._places(world, ((place, fault),), counted=False):
                    for other in doubles(function_of(self.site.program, second)):
                        self.tally.pairs_wanted += 1
                        if self._with(there, ((place, fault),), second, other):
                            self.tally.pairs += 1

    def _with(self, before: World, plan: Plan, place: str, fault: str) -> bool:
        world = before.fork()
        world.plan[place] = fault
        if not plan:
            self.tally.wanted.add((self.scenario.name, place, fault))
        self._finish(world, (*plan, (place, fault)))
        hit = place in world.done
        if hit and not plan:
            self.tally.single.add((self.scenario.name, place, fault))
        return hit

    def _places(self, world: World, plan: Plan, *, counted: bool = True) -> list[tuple[str, World]]:
        """Run a world, and keep it as it is before each first visit of a place."""
        found: dict[str, World] = {}

        def at_place(now: World, place: str) -> None:
            if place not in found and "+" not in place and place not in now.plan and place not in now.done:
                found[place] = now.fork()

        self._finish(world, plan, at_place, counted=counted)
        return list(found.items())

    def _finish(
        self,
        world: World,
        plan: Plan,
        at_place: Callable[[World, str], None] | None = None,
        *,
        counted: bool = True,
    ) -> None:
        engine = Engine(world)
        engine.at_place = at_place
        engine.run(START + HORIZON_SECONDS)
        if not counted:
            return
        engine.at_place = None
        found = at_the_end(engine, self.bound, self._known)
        self.tally.worlds += 1
        if found:
            self.tally.failures.append(Failure(self.scenario.name, plan, tuple(found)))
        for episode in world.episodes:
            seconds = promise_seconds(episode, world.now)
            if seconds > self.tally.longest:
                self.tally.longest, self.tally.longest_of = seconds, (self.scenario.name, plan)


@dataclass(frozen=True, slots=True)
class Replay:
    """One world from its beginning to its end, told."""

    world: World
    violations: list[str]
    story: list[str]


def replay(scenario: Scenario, site: Site, plan: Plan, bound: float) -> Replay:
    """A world again; every document goes through JSON on its way this time."""
    world = begin(scenario, site)
    world.story = story = list[str]()
    world.plan = dict(plan)
    engine = Engine(world, strict=True)
    engine.run(START + HORIZON_SECONDS)
    return Replay(world, at_the_end(engine, bound, set()), story)
