"""Every world with one fault and with two, each forked from the world that it differs from in its last fault."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.engine import Engine
from simulator.faults import doubles, singles
from simulator.invariants import at_the_end, promise_seconds
from simulator.scenarios import HORIZON_SECONDS, begin
from simulator.site import START

if TYPE_CHECKING:
    from simulator.asl import Program
    from simulator.scenarios import Scenario
    from simulator.site import Site
    from simulator.world import World

Plan = tuple[tuple[str, str], ...]
"""Place and fault, in the order of planning. `laws` is no place: its fault is the seed of a world's own laws."""
Kinds = Callable[["Program", str], Iterable[str]]
"""The faults that a place can have."""
LAWS = "laws"
SECONDS_A_SEED, THIRDS_A_SECOND, LASTS_A_THIRD = 1, 3, 6
AGAIN_AT = ("+1",)
"""A state that is come to again may do something else then; the third visit does what the second did."""


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
    failures: list[Failure] = field(default_factory=list["Failure"])
    longest: float = 0.0
    longest_of: tuple[str, Plan] = ("", ())
    cells: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """Place and fault → in how many worlds."""
    singles: int = 0
    singles_wanted: int = 0
    pairs: int = 0
    pairs_wanted: int = 0
    seconds: float = 0.0
    """Of a core."""
    episodes: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """Scenario, and from its first bad answer to the promise kept."""

    def add(self, other: Tally) -> None:
        self.worlds += other.worlds
        self.failures += other.failures
        if other.longest > self.longest:
            self.longest, self.longest_of = other.longest, other.longest_of
        for cell, count in other.cells.items():
            self.cells[cell] = self.cells.get(cell, 0) + count
        self.singles += other.singles
        self.singles_wanted += other.singles_wanted
        self.pairs += other.pairs
        self.pairs_wanted += other.pairs_wanted
        self.seconds += other.seconds
        self.episodes += other.episodes


class Explorer:
    """Of one scenario."""

    def __init__(self, scenario: Scenario, site: Site, bound: float) -> None:
        self.scenario, self.site, self.bound = scenario, site, bound
        self.tally = Tally()
        self._known: set[object] = set()
        self._calm: list[tuple[str, World]] = []
        self.at_end: Callable[[World, Plan], None] | None = None
        """Told of each world that is over, before it is asked what makes no sense."""

    def calm(self) -> None:
        """The world without a fault."""
        self._finish(begin(self.scenario, self.site), ())

    def singles(self, kinds: Kinds = singles, visits: tuple[str, ...] = AGAIN_AT) -> None:
        """One fault at every place that the calm world comes to."""
        for place, before in self._places(begin(self.scenario, self.site), visits):
            for fault in kinds(self.site.program, place):
                self.tally.singles_wanted += 1
                self.tally.singles += self._with(before, (), place, fault)

    def firsts(self) -> int:
        """How many places a first of two faults can be at."""
        if not self._calm:
            self._calm = self._places(begin(self.scenario, self.site))
        return len(self._calm)

    def pairs(self, first: int, *, counted: bool = True) -> None:
        """Two faults: one at a place of the calm world, the other at every later place of the world with that one.

        `counted`: False only says how many there would be.
        """
        self.firsts()
        place, before = self._calm[first]
        for fault in doubles(self.site.program, place):
            world = before.fork()
            world.plan[place] = fault
            for second, there in self._places(world):
                for other in doubles(self.site.program, second):
                    self.tally.pairs_wanted += 1
                    if counted:
                        self.tally.pairs += self._with(there, ((place, fault),), second, other)

    def random(self, seed: int) -> None:
        """Worlds of a seed: with laws of their own, and three faults of any kind at any place."""
        chance = random.Random(seed)  # noqa: S311 no secret, and every world must come again
        first = begin(self.scenario, self.site)
        obey_laws(first, seed)
        laws: Plan = ((LAWS, str(seed)),)
        for second, plan in self._chosen(chance, first, laws, SECONDS_A_SEED):
            for third, longer in self._chosen(chance, second, plan, THIRDS_A_SECOND):
                for place, before in chance.choices(self._places(third, AGAIN_AT) or [("", third)], k=LASTS_A_THIRD):
                    if place:
                        self._with(before, longer, place, chance.choice(singles(self.site.program, place)))

    def _chosen(self, chance: random.Random, world: World, plan: Plan, count: int) -> list[tuple[World, Plan]]:
        """The world with one more fault, so many times another one."""
        places = self._places(world, AGAIN_AT)
        found: list[tuple[World, Plan]] = []
        for place, before in chance.choices(places, k=count) if places else ():
            fault = chance.choice(singles(self.site.program, place))
            faulty = before.fork()
            faulty.plan[place] = fault
            found.append((faulty, (*plan, (place, fault))))
        return found

    def _with(self, before: World, plan: Plan, place: str, fault: str) -> bool:
        """One more fault. Whether the world came to it."""
        world = before.fork()
        world.plan[place] = fault
        self._finish(world, (*plan, (place, fault)))
        return place in world.done

    def _places(self, world: World, visits: tuple[str, ...] = ()) -> list[tuple[str, World]]:
        """Run a world uncounted, and keep it as it is before each first visit of a place."""
        found: dict[str, World] = {}
        start = world.fork()

        def at_place(now: World, place: str) -> None:
            base, again, _ = place.partition("+")
            later = again and place.removeprefix(base) not in visits
            if place not in found and not later and place not in now.plan and place not in now.done:
                found[place] = now.fork()

        engine = Engine(world)
        engine.at_place = at_place
        engine.run(START + HORIZON_SECONDS)
        # A step that began while a function was at work: its worlds are run from the beginning.
        for place in world.visits:
            if place not in found and place not in world.done and place not in start.visits:
                found[place] = start
        return list(found.items())

    def _finish(self, world: World, plan: Plan) -> None:
        engine = Engine(world)
        engine.run(START + HORIZON_SECONDS)
        tally = self.tally
        tally.worlds += 1
        for place, fault in world.done.items():
            cell = (place, fault)
            tally.cells[cell] = tally.cells.get(cell, 0) + 1
        for episode in world.episodes:
            seconds = promise_seconds(episode, world.now)
            tally.episodes.append((self.scenario.name, seconds))
            if seconds > tally.longest:
                tally.longest, tally.longest_of = seconds, (self.scenario.name, plan)
        if self.at_end is not None:
            self.at_end(world, plan)
        found = at_the_end(engine, self.bound, self._known)
        if found:
            tally.failures.append(Failure(self.scenario.name, plan, tuple(found)))


def obey_laws(world: World, seed: int) -> None:
    """A world's own laws, of a seed: when its clocks tick, how soon its load balancer obeys and CloudWatch shows."""
    chance = random.Random(f"laws {seed}")  # noqa: S311 likewise
    world.obey_after = (chance.uniform(0.5, 5.0), chance.uniform(5.0, 118.0))
    world.metric_delay = chance.uniform(20.0, 118.0)
    world.boots_slower = chance.choice((0.5, 1.0, 1.0, 3.0))
    world.load = chance.choice((1200.0, 1200.0, 30_000.0, 60.0))
    world.shift("watchdog", chance.uniform(0.0, 60.0))
    world.shift("evaluate", chance.uniform(0.0, 60.0))
    for kind in ("happen", "ask"):
        world.shift(kind, chance.uniform(0.0, 60.0))


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
    for place, fault in plan:
        if place == LAWS:
            obey_laws(world, int(fault))
        else:
            world.plan[place] = fault
    engine = Engine(world, strict=True)
    engine.run(START + HORIZON_SECONDS)
    return Replay(world, at_the_end(engine, bound, set()), story)


def shrunk(scenario: Scenario, site: Site, failure: Failure, bound: float) -> Failure:
    """The fewest of its faults with which the same invariant still does not hold."""
    wanted = _broken(failure.violations)
    plan, violations = failure.plan, failure.violations
    for one in failure.plan:
        fewer = tuple(each for each in plan if each != one)
        found = tuple(replay(scenario, site, fewer, bound).violations)
        if _broken(found) & wanted:
            plan, violations = fewer, found
    return Failure(failure.scenario, plan, violations)


def _broken(violations: Iterable[str]) -> set[str]:
    """The numbers of the invariants."""
    return {one.partition(":")[0] for one in violations}
