"""The simulator's fakes, on one world in which nothing happens by itself but what AWS does."""

from __future__ import annotations

import heapq
import json
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from recovery.aws.store import Store
from simulator import environment, parameters, services, traffic
from simulator.asl import compiled
from simulator.engine import HANDLERS, Engine
from simulator.fleet import full
from simulator.scenarios import SCENARIOS, begin
from simulator.site import START, Site, site
from simulator.world import Invocation
from tests.conftest import CONFIG
from tests.contract.fakes import flaky
from tests.contract.fakes.side import BAD_PERCENT, BOOT_SECONDS, ENVIRONMENT, FLAKY, MACHINE, RUN_SECONDS, Ended

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from recovery.core.release import Release
    from recovery.core.rules import Rules
    from simulator.paths import Doc
    from simulator.world import World
    from tests.contract.fakes.side import Told

CALM = replace(SCENARIOS[0], happenings=(), good=())
METRIC_SECONDS = 5.0
"""After which localaws publishes a minute's metrics."""
FAULTS = {"busy": "busy", "lost": "lost-1"}
LIMIT_SECONDS, MOST_SECONDS = 60.0, 600.0


@cache
def place() -> Site:
    behaviour: dict[str, dict[str, Any]] = {f"v{number}": {"boots": BOOT_SECONDS} for number in range(1, 5)}
    behaviour["v4"]["heals"] = False
    return replace(site(CONFIG, ENVIRONMENT, behaviour=behaviour), program=compiled(MACHINE))


class Hearing(Engine):
    """Keeps what it would hand to functions and subscribers."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.called: list[tuple[str, Doc]] = []
        self.published: list[Told] = []

    def later(self, function: str, event: Doc) -> None:
        self.called.append((function, event))

    def publish(self, subject: str, text: str, attributes: Mapping[str, str]) -> None:
        super().publish(subject, text, attributes)
        self.published.append((subject, text, dict(attributes)))


class Simulated:
    """A `Side`. `simulator.installed` must be in force."""

    def __init__(self) -> None:
        world = begin(CALM, place())
        world.metric_delay = METRIC_SECONDS
        # Nobody acts here but the case.
        world.heap = [event for event in world.heap if event[2] != "watchdog"]
        heapq.heapify(world.heap)
        self.world, self.engine = world, Hearing(world)
        self.engine.run(START)
        self.rules: Rules = place().rules
        self.store = Store(place().settings)
        self.archive: Any = services.Archive()
        self.balancer: Any = services.Balancer()
        self.groups: Any = services.Groups()
        self.metrics: Any = services.Metrics()
        self.notify: Any = services.Notify()
        self.parameters: Any = parameters.Parameters()
        self.runs: Any = services.Runs()
        self.templates: Any = services.Templates()
        self.topic: Any = services.Topic()

    def release(self, number: int) -> Release:
        return place().builds[number].release

    def serve(self, blue: int, green: int = 0) -> None:
        self.world.fleets = {
            "blue": full(place(), "blue", 1, blue, minimum=0),
            "green": full(place(), "green", 2, green, minimum=0),
        }
        self.world.remember()
        traffic.changed(self.world)

    def now(self) -> float:
        return self.world.now

    def wait(self, seconds: float) -> None:
        self.engine.wait(seconds)

    def weigh(self, weights: Mapping[str, int]) -> None:
        traffic.move(self.world, weights)
        self.engine.wait(max(self.world.obey_after))

    def tag(self, flip: str) -> None:
        self.world.flip = flip

    def requests(self, count: int) -> None:
        self.world.load = float(count)

    def turn(self, number: int) -> None:
        assert traffic.ERRORS_PERCENT == BAD_PERCENT
        traffic.turn(self.world, number, bad=True)

    def sicken(self, colour: str) -> str:
        before = self.world.fleets[colour].healthy
        environment.die(self.world, colour)
        [one] = before - self.world.fleets[colour].healthy
        return one

    def capacity(self, *, short: bool) -> None:
        self.world.short_until = self.world.now + 86_400.0 if short else 0.0

    def stop(self, run: str) -> None:
        self.engine.kill(run)

    def finish(self, run: str) -> None:
        self.engine.wait(RUN_SECONDS + 1)
        assert self.world.runs[run].status != "RUNNING"

    def execute(self, machine: Mapping[str, Any], document: Mapping[str, Any]) -> Ended:
        flaky.calls.clear()
        world, known = self.world, cast("dict[str, Any]", HANDLERS)
        timeouts = {**place().timeouts, FLAKY: LIMIT_SECONDS}
        world.site = replace(place(), program=compiled(machine), timeouts=timeouts)
        known[FLAKY] = flaky.handler
        try:
            self.engine.start("run", document)
            self.engine.wait(MOST_SECONDS)
        finally:
            del known[FLAKY]
        run = world.runs["run"]
        return Ended(run.status, run.doc if run.status == "SUCCEEDED" else None)

    @contextmanager
    def fault(self, kind: str, service: str) -> Generator[None]:
        world = self.world
        world.invocation = Invocation("change", "", 0, world.now, LIMIT_SECONDS, fault=FAULTS.get(kind, ""))
        if kind == "down":
            world.outages[service] = world.now + LIMIT_SECONDS
        yield
        world.invocation = None
        world.outages.clear()

    def told(self) -> Told:
        [message] = self.engine.published
        return message

    def kept(self) -> Mapping[str, Any]:
        [text] = self.world.outbox
        return cast("Mapping[str, Any]", json.loads(text))

    def paged(self) -> Mapping[str, Any]:
        [(function, event)] = self.engine.called
        assert function == "notify"
        return event
