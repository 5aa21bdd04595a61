"""Many worlds without a fault, each with latencies of its own: how long detection and recovery take then."""

from __future__ import annotations

import math
import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from recovery.core.answers import Go
from recovery.core.lease import Kind
from recovery.core.observation import COLOURS
from simulator import traffic
from simulator.calls import CALL_SECONDS, STAGE
from simulator.engine import Engine
from simulator.installed import installed
from simulator.latencies import (
    API_CALL,
    COLD_START,
    DELIVERY,
    EVALUATED,
    LOST_SHARE,
    METRIC_DELAY,
    PROPAGATES,
    WATCHED,
    slowest_boot,
)
from simulator.scenarios import HORIZON_SECONDS, Scenario, begin
from simulator.services import REACTS_SECONDS
from simulator.site import START, site

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from simulator.paths import Doc
    from simulator.site import Site
    from simulator.world import Execution, World

WARM_FUNCTION_SECONDS = 300.0
"""A function that was called within so long starts at once. AWS gives no figure: assumed."""
MINUTE = 60.0
A_UNIT = 100


@dataclass(frozen=True, slots=True)
class Case:
    """A way that a release is bad and is taken back."""

    name: str
    says: str
    scenario: Scenario
    bad: int
    """The version that is."""
    in_step: str = ""
    """It is bad from when its run comes to this step; else from the first minute on."""


SUBMIT = (10.0, "happen", ("release-3",))
CASES = (
    Case(
        "release return",
        "a release turns bad in its bake, and its own run returns",
        Scenario("release, bad in its bake", 2, 1, (1, 2), (SUBMIT,)),
        3,
        "Bake",
    ),
    Case(
        "warm rollback",
        "an alarm fires, and the last known good release is warm",
        Scenario("rollback, warm", 2, 1, (1, 2)),
        2,
    ),
    Case(
        "cold rollback",
        "an alarm fires, and the last known good release has to be launched",
        Scenario("rollback, cold", 2, 0, (1, 2)),
        2,
    ),
)


@dataclass(frozen=True, slots=True)
class Times:
    """What one world showed. Seconds."""

    detection: float
    """From the start of the first bad minute until the control plane is told."""
    recovery: float
    """From then until every node of the load balancer sends all requests to what is good."""
    felt: float
    """From the first bad answer until then."""
    published_late: bool
    """The metrics that told of it came later than A4 allows."""
    by_watchdog: bool
    """The alarm's event was lost, or the watchdog's look came before it."""

    @property
    def total(self) -> float:
        return self.detection + self.recovery


class Missed(StrEnum):
    """What else a world came to."""

    PAGED = "a person was paged before the last known good release served"
    NEVER = "the release never came so far: its instances were not healthy in time, and it was returned before"


class Timed(Engine):
    """An engine whose latencies are drawn."""

    def __init__(self, world: World, case: Case, seed: int, late_seconds: float) -> None:
        super().__init__(world)
        self.case, self.late_seconds = case, late_seconds
        self.chance = random.Random(f"{case.name} {seed}")  # noqa: S311 no secret, and it has to come again
        self.told = 0.0
        self.by_watchdog = False
        self._decided = 0.0
        self._onset = 0.0
        self._entered: list[tuple[str, float]] = []
        self._called: dict[str, float] = {}
        world.obey_after = (PROPAGATES.draw.of(self.chance), PROPAGATES.draw.of(self.chance))
        world.shift("evaluate", EVALUATED.draw.of(self.chance))
        world.shift("watchdog", WATCHED.draw.of(self.chance))
        if not case.in_step:
            self._turns_bad(MINUTE)

    def until_served(self) -> Times | Missed:
        """Run until nobody gets a bad answer any more."""
        STAGE.engine = self
        world = self.world
        while world.heap[0][0] <= START + HORIZON_SECONDS and not self._over():
            self._next()
        if not world.episodes:
            return Missed.NEVER
        episode = world.episodes[-1]
        if episode.paged is not None or episode.ended is None:
            return Missed.PAGED
        told_of = [one for one in world.minutes if self._bad(one) and one.published <= self._decided]
        bad_from = told_of[0].at
        return Times(
            detection=self.told - bad_from,
            recovery=episode.ended - self.told,
            felt=episode.ended - episode.since,
            published_late=any(one.published - one.at - MINUTE > self.late_seconds for one in told_of),
            by_watchdog=self.by_watchdog,
        )

    def _over(self) -> bool:
        """The promise is kept, or there is none to keep."""
        episodes = self.world.episodes
        if not episodes:
            return self.quiet() and bool(self.world.runs)
        return episodes[-1].ended is not None or episodes[-1].paged is not None

    def _turns_bad(self, within: float) -> None:
        after = self.chance.uniform(0.0, within)
        self._onset = self.world.now + after
        self.world.push(after, "happen", "turn", self.case.bad, True)

    def _bad(self, minute: traffic.Minute) -> bool:
        if minute.at + MINUTE <= self._onset:
            return False
        signals = self.world.site.rules.signals
        return any(
            traffic.value(minute, colour, one.name) > one.threshold
            for colour in COLOURS
            if colour in minute.requests
            for one in signals
        )

    def invoke(self, function: str, event: Doc, fault: str = "", *, run: Execution | None = None) -> tuple[str, Doc]:
        """With its cold start, and an eye on who tells the control plane."""
        world = self.world
        entered = world.now
        self._entered.append((function, entered))
        warm = function == "watchdog" or entered - self._called.get(function, -math.inf) < WARM_FUNCTION_SECONDS
        if not warm:
            self.wait(COLD_START.draw.of(self.chance))
        self._called[function] = world.now
        if event.get("step") == self.case.in_step and not self._onset:
            self._turns_bad(2 * MINUTE)
        error, answer = super().invoke(function, event, fault, run=run)
        self._entered.pop()
        if event.get("step") == self.case.in_step and answer.get("go") == Go.FAIL and not self.told:
            self.told, self._decided = entered, world.now
        return error, answer

    def start(self, name: str, document: Mapping[str, Any]) -> bool:
        """Of a rollback, it was told when the function that starts it was called."""
        function, entered = self._entered[-1]
        if document["kind"] == Kind.ROLLBACK and not self.told:
            self.told, self._decided, self.by_watchdog = entered, self.world.now, function == "watchdog"
        return super().start(name, document)

    def later(self, function: str, event: Doc) -> None:
        """An alarm's event is lost, or soon there."""
        if function != "submit":
            super().later(function, event)
        elif self.chance.random() >= LOST_SHARE:
            world = self.world
            world.push(DELIVERY.draw.of(self.chance), "async", function, event, 0, world.now)

    def _minute(self) -> None:
        self.world.metric_delay = METRIC_DELAY.draw.of(self.chance)
        super()._minute()

    def _adjust(self, colour: str) -> None:
        """What is launched is healthy with the slowest of it: nothing moves before."""
        world = self.world
        fleet = world.fleets[colour]
        count = fleet.desired - len(fleet.machines)
        if count > 0:
            boots = slowest_boot(count, self.chance) - REACTS_SECONDS
            world.boots_slower = boots / world.site.builds[fleet.version].boots
        super()._adjust(colour)


@contextmanager
def timed(place: Site) -> Generator[None]:
    """Handlers that are called inside run on the fakes, and each call of a service takes as long as is drawn for it."""
    as_it_was = STAGE.call

    def call(service: str, effect: Callable[..., Any], *args: Any, write: bool = False) -> Any:
        engine = STAGE.engine
        if isinstance(engine, Timed):
            engine.world.now += API_CALL.draw.of(engine.chance) - CALL_SECONDS
        return as_it_was(service, effect, *args, write=write)

    STAGE.call = call
    try:
        with installed(place.settings):
            yield
    finally:
        del STAGE.call


def one_world(place: Site, case: Case, seed: int, late_seconds: float) -> Times | Missed:
    """The same seed is the same world."""
    return Timed(begin(case.scenario, place), case, seed, late_seconds).until_served()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be simulated, and of what."""

    folder: Path
    environment: str
    worlds: int
    """Of each case."""
    late_seconds: float
    """A4: metrics that come later are outside of what the bound rests on."""
    processes: int = 1


def measured(wanted: Wanted) -> dict[str, list[Times | Missed]]:
    """Case → what each of its worlds showed; the same for any number of processes."""
    units = [(number, first) for number in range(len(CASES)) for first in range(0, wanted.worlds, A_UNIT)]
    found: dict[str, list[Times | Missed]] = {case.name: [] for case in CASES}
    with ProcessPoolExecutor(wanted.processes, mp_context=multiprocessing.get_context("fork")) as pool:
        for (number, _), times in zip(units, pool.map(_unit, [wanted] * len(units), units), strict=True):
            found[CASES[number].name] += times
    return found


def _unit(wanted: Wanted, unit: tuple[int, int]) -> list[Times | Missed]:
    number, first = unit
    place = _site(wanted.folder, wanted.environment)
    seeds = range(first, min(first + A_UNIT, wanted.worlds))
    with timed(place):
        return [one_world(place, CASES[number], seed, wanted.late_seconds) for seed in seeds]


@cache
def _site(folder: Path, environment: str) -> Site:
    return site(folder, environment)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed (nearest rank). Raises ValueError on none."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
