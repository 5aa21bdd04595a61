"""Many apps in one account roll back in the same minute: what each step calls, under what the account may call.

What a step calls is counted in the step itself (simulator/account.py). Here those calls are replayed for many apps at
once, with boto3's tries, the state machine's retries and the clocks of a run; what the functions decide is not.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from modules.recovery_budget import METRIC_DELAY_SECONDS, WATCH_SECONDS
from recovery.core.protocol import CONFIRM_SECONDS, LOOK_SECONDS, looks
from recovery.core.signals import PERIOD_SECONDS
from simulator.account import Counting, wired
from simulator.asl import Task
from simulator.engine import ASYNC_RETRIES
from simulator.latencies import API_CALL, COLD_START, DELIVERY, EVALUATED, PROPAGATES, slowest_boot
from simulator.scenarios import HORIZON_SECONDS, Scenario, begin
from simulator.site import START, site
from simulator.throttles import CONCURRENT, LIMITS, TRANSITIONS, UNLIMITED, Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from simulator.account import Done
    from simulator.asl import Retrier
    from simulator.site import Site

DESK, WATCH, KEEP = "submit", "watchdog", "Keep"
RUN_FUNCTIONS = ("record", "observe", "change", "probe", "notify")
BAD_AT = 5.0
TRANSITIONS_A_TASK = 3
"""Task, Choice and one more: counted high."""
WAYS = ("warm", "cold")
PATIENCE_SECONDS, LONGEST_PATIENCE_SECONDS = 2.0, 60.0
SERVED_BY = "elbv2.modify_rule"
SEEDS = (1, 2, 3)

Flow = Generator[float, None, bool]
"""Yields the seconds until it goes on; what it returns is whether it succeeded."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A step as one rollback came to it."""

    step: str
    function: str
    calls: tuple[str, ...]
    looks: int
    """How often, where it is one that looks again."""
    retry: Retrier | None
    timeout: float


@dataclass(frozen=True, slots=True)
class Way:
    """All that one rollback calls."""

    name: str
    desk: tuple[str, ...]
    watch: tuple[str, ...]
    """A look of the watchdog's while nothing is on."""
    watch_run: tuple[str, ...]
    """And while a run is."""
    visits: tuple[Visit, ...]
    launch_seconds: float
    cold_from: float
    boots: int
    confirm_looks: int


def counted(folder: Path, environment: str) -> dict[str, Way]:
    """Of a warm and of a cold rollback of an environment, as the real handlers do it."""
    place = site(folder, environment)
    return {name: _counted(place, name) for name in WAYS}


def _counted(place: Site, name: str) -> Way:
    scenario = Scenario(name, 2, 1 if name == "warm" else 0, (1, 2), ((BAD_AT, "happen", ("turn", 2, True)),))
    with wired(place.settings) as account:
        world = begin(scenario, place)
        Counting(world, account).run(START + HORIZON_SECONDS)
    [run] = world.runs.values()
    if run.status != "SUCCEEDED":
        raise RuntimeError(f"the {name} rollback ended {run.status}: {run.error}")
    quiet = [one for one in account.done if one.function == WATCH and one.at < run.started]
    busy = [one for one in account.done if one.function == WATCH and run.started <= one.at <= run.ended]
    rules = place.rules
    return Way(
        name=name,
        desk=_most(one for one in account.done if one.function == DESK),
        watch=_most(quiet),
        watch_run=_most(busy),
        visits=tuple(_visits(place, account.done)),
        launch_seconds=float(rules.launch_seconds),
        cold_from=float(rules.launch_seconds - rules.cold_seconds),
        boots=rules.minimum,
        confirm_looks=looks(rules, "Confirm"),
    )


def _visits(place: Site, done: Sequence[Done]) -> Iterable[Visit]:
    mine = [one for one in done if one.function in RUN_FUNCTIONS]
    for step in dict.fromkeys(one.step for one in mine):
        if step == KEEP:
            continue
        state = place.program.states[step]
        if not isinstance(state, Task):
            raise TypeError(f"{step} is no task")
        made = [one for one in mine if one.step == step]
        retry = state.retry[0] if state.retry else None
        yield Visit(step, made[0].function, _most(made), len(made), retry, place.timeouts[made[0].function])


def _most(done: Iterable[Done]) -> tuple[str, ...]:
    """The calls of the one that made the most."""
    return max((one.calls for one in done), key=len)


@dataclass(frozen=True, slots=True)
class Design:
    """How the control plane could go about it. As it is, by default."""

    name: str
    says: str
    jitter_seconds: float = 0.0
    """The start of a run is delayed by up to so much."""
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Step or function → what it calls no more, as often as it stands there."""
    tries: int = 2
    """Of a call, by boto3."""
    patient: bool = False
    """A step that is refused is tried again for as long as the run's clock allows, after ever longer pauses."""
    settle_seconds: float = float(LOOK_SECONDS)
    """Between two looks once the traffic has moved."""
    apps_a_watchdog: int = 1
    more: float = 1.0
    """The load balancer's buckets, by so many times."""


HEALTH, RULE = "elbv2.describe_target_health", "elbv2.describe_rules"
AS_IT_IS = Design("as it is", "what is built")
LEAN: Mapping[str, tuple[str, ...]] = {"AwaitHealthy": (HEALTH, RULE), "Shift": (HEALTH,)}
"""What these ask for and their decisions do not use: it differs from decision to decision of the same handler."""
BEST = Design(
    "all four",
    "those three, and one watchdog",
    left_out=LEAN,
    settle_seconds=30.0,
    patient=True,
    apps_a_watchdog=20,
)
DESIGNS: tuple[Design, ...] = (
    AS_IT_IS,
    Design("later starts", "each run starts up to 60 s later, at random", jitter_seconds=60.0),
    Design("lean looks", "AwaitHealthy and Shift ask about the group that takes the traffic alone", left_out=LEAN),
    Design("calm looks", "after the shift it looks every 30 s, not every 10", settle_seconds=30.0),
    Design("more tries", "boto3 tries a call four times, not twice", tries=4),
    Design("patience", "a step that is refused is tried again, ever later, until the run's clock stops", patient=True),
    Design("one watchdog", "one watchdog looks after 20 apps, in calls that name them all", apps_a_watchdog=20),
    Design("lean and calm", "those two", left_out=LEAN, settle_seconds=30.0),
    Design("lean, calm, patient", "those three", left_out=LEAN, settle_seconds=30.0, patient=True),
    BEST,
    replace(BEST, name="all four, and ten times ELB's quota", says="AWS Support may raise it, case by case", more=10.0),
)


@dataclass(slots=True)
class App:
    started: bool = False
    alarmed: bool = False
    ended: bool = False
    served: float | None = None
    paged: float | None = None
    failed: str = ""
    """The step."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of so many apps."""

    apps: int
    served: tuple[float, ...]
    """Seconds from the first bad minute, in order, of the apps whose last known good release serves in time."""
    paged: int
    silent: int
    """Neither by the deadline."""
    failed: Mapping[str, int]
    """Step → of how many runs it was the end."""
    refused: Mapping[str, int]
    """Bucket → calls."""

    @property
    def all_served(self) -> bool:
        return len(self.served) == self.apps

    @property
    def slowest(self) -> float | None:
        return self.served[-1] if self.all_served else None

    @property
    def first_to_break(self) -> str:
        """The bucket that refused most; nothing where none did."""
        return max(self.refused, key=lambda name: self.refused[name]) if any(self.refused.values()) else ""


class Region:
    """One account's. Time is virtual."""

    def __init__(self, way: Way, design: Design, apps: int, seed: int, deadline: float) -> None:
        self.way, self.design, self.deadline = way, design, deadline
        self.chance = random.Random(f"{way.name} {design.name} {apps} {seed}")  # noqa: S311 it has to come again
        self.now = 0.0
        self.at_work = 0
        self.buckets: dict[str, Bucket] = {}
        for limit in LIMITS:
            raised = design.more if limit.operations[0].startswith("elbv2") else 1.0
            bucket = Bucket(replace(limit, size=limit.size * raised, refill=limit.refill * raised))
            self.buckets |= dict.fromkeys(limit.operations, bucket)
        self.transitions = Bucket(TRANSITIONS)
        self.concurrent = Bucket(replace(TRANSITIONS, name="lambda: concurrent executions"))
        self.apps = [App() for _ in range(apps)]
        self._heap: list[tuple[float, int, Flow]] = []
        self._sequence = 0
        self.needs = cache(self._needs_of)
        for number, app in enumerate(self.apps):
            if number % design.apps_a_watchdog == 0:
                self._begin(self._watches(number), self.chance.uniform(0.0, WATCH_SECONDS))
            self._begin(self._alarm(app), 2 * PERIOD_SECONDS + METRIC_DELAY_SECONDS + EVALUATED.draw.of(self.chance))

    def run(self) -> Outcome:
        heap = self._heap
        while heap and heap[0][0] <= self.deadline:
            self.now, _, flow = heapq.heappop(heap)
            try:
                seconds = next(flow)
            except StopIteration:
                continue
            self._begin(flow, seconds)
        served = sorted(one.served for one in self.apps if one.served is not None and one.served <= self.deadline)
        paged = sum(one.served is None and one.paged is not None for one in self.apps)
        refused: dict[str, int] = {}
        for bucket in {id(one): one for one in (*self.buckets.values(), self.concurrent)}.values():
            refused[bucket.limit.name] = bucket.refused
        return Outcome(
            apps=len(self.apps),
            served=tuple(served),
            paged=paged,
            silent=len(self.apps) - len(served) - paged,
            failed=Counter(one.failed for one in self.apps if one.failed),
            refused=refused,
        )

    def _begin(self, flow: Flow, seconds: float) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (self.now + seconds, self._sequence, flow))

    # Functions and their calls

    def _needs_of(self, step: str, calls: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
        """Each call that has a bucket, with how many free ones come before it."""
        left_out = list(self.design.left_out.get(step, ()))
        found: list[tuple[int, str]] = []
        free = 0
        for one in calls:
            if one in left_out:
                left_out.remove(one)
                continue
            if one in self.buckets:
                found.append((free, one))
                free = 0
            elif one.partition(".")[0] in UNLIMITED:
                free += 1
            else:
                raise KeyError(f"no limit is told for {one}")
        return (*found, (free, ""))

    def _invoke(self, step: str, calls: tuple[str, ...], timeout: float, *, cold: bool = False) -> Flow:
        """One call of a function: whether it answered. Cold starts do not count against its timeout."""
        if self.at_work >= CONCURRENT:
            self.concurrent.refused += 1
            return False
        self.at_work += 1
        if cold:
            yield COLD_START.draw.of(self.chance)
        began, fine = self.now, True
        for free, operation in self.needs(step, calls):
            yield sum(API_CALL.draw.of(self.chance) for _ in range(free + bool(operation)))
            if operation:
                fine = yield from self._asked(operation)
            if not fine or self.now - began > timeout:
                fine = False
                break
        self.at_work -= 1
        return fine

    def _asked(self, operation: str) -> Flow:
        """boto3's tries (botocore, standard mode: up to 1 s before the second, twice that before each further one)."""
        bucket = self.buckets[operation]
        for number in range(self.design.tries):
            if number:
                yield self.chance.uniform(0.0, min(2.0 ** (number - 1), 20.0))
            if bucket.take(self.now):
                return True
        return False

    # What goes on

    def _alarm(self, app: App) -> Flow:
        app.alarmed = True
        yield DELIVERY.draw.of(self.chance)
        for number, pause in enumerate((0.0, *ASYNC_RETRIES)):
            yield pause
            if app.started:
                return True
            told = yield from self._invoke(DESK, self.way.desk, 8.0, cold=number == 0)
            if told:
                self._start(app)
                return True
        return False

    def _watches(self, number: int) -> Flow:
        """Once a minute. Who looks after several apps starts what each of them lacks."""
        mine = self.apps[number : number + self.design.apps_a_watchdog]
        while True:
            began = self.now
            busy = any(one.started and not one.ended for one in mine)
            saw = yield from self._invoke(WATCH, self.way.watch_run if busy else self.way.watch, 8.0)
            for one in mine:
                if saw and one.alarmed and not one.started:
                    self._start(one)
            yield max(0.0, began + WATCH_SECONDS - self.now)

    def _start(self, app: App) -> None:
        app.started = True
        self._begin(self._run(app), self.chance.uniform(0.0, self.design.jitter_seconds))

    def _run(self, app: App) -> Flow:
        began, healthy_at = self.now, 0.0
        warm: set[str] = set()
        for visit in self.way.visits:
            cold = visit.function not in warm
            warm.add(visit.function)
            match visit.step:
                case "AwaitHealthy":
                    fine = yield from self._awaits(visit, began, healthy_at, cold=cold)
                case "Confirm" | "Clear":
                    fine = yield from self._settles(visit, cold=cold)
                    fine = fine or visit.step == "Clear"
                case _:
                    fine = yield from self._does(visit, began, cold=cold)
            if visit.step == "Prepare":
                healthy_at = self.now + slowest_boot(self.way.boots, self.chance)
            if visit.step == "Capture" and self.way.name == "cold" and self.now - began >= self.way.cold_from:
                fine = False
            if SERVED_BY in visit.calls and fine:
                obeyed = max(PROPAGATES.draw.of(self.chance) for _ in range(2))
                app.served = self.now + obeyed
            if not fine and app.served is None:
                # A rollback that cannot be done pages. One that cannot be confirmed does too, and serves.
                app.paged, app.failed = self.now, visit.step
                break
        app.ended = True
        return app.paged is None

    def _does(self, visit: Visit, began: float, *, cold: bool) -> Flow:
        """A step and its retries."""
        retries = visit.retry.attempts if visit.retry else 0
        number = 0
        while True:
            yield self.transitions.wait(self.now, TRANSITIONS_A_TASK)
            fine = yield from self._invoke(visit.step, visit.calls, visit.timeout, cold=cold and number == 0)
            if fine:
                return True
            number += 1
            if self.design.patient and self.now - began < self.way.launch_seconds:
                yield self.chance.uniform(1.0, min(PATIENCE_SECONDS * 2.0**number, LONGEST_PATIENCE_SECONDS))
            elif number <= retries and visit.retry:
                yield visit.retry.interval
            else:
                return False

    def _awaits(self, visit: Visit, began: float, healthy_at: float, *, cold: bool) -> Flow:
        """Two looks that see enough healthy instances; at the clock's end one does."""
        seen = 0
        while True:
            yield self.transitions.wait(self.now, TRANSITIONS_A_TASK)
            looked = yield from self._invoke(visit.step, visit.calls, visit.timeout, cold=cold)
            cold = False
            last = self.now - began >= self.way.launch_seconds
            seen += looked and self.now >= healthy_at
            if seen >= (1 if last else 2):
                return True
            if last:
                return False
            yield from self._pauses(float(LOOK_SECONDS))

    def _settles(self, visit: Visit, *, cold: bool) -> Flow:
        """Looks until what the calm world saw has had as long as there; the last look decides if it sees anything."""
        until = self.now + (visit.looks - 1) * LOOK_SECONDS
        pause = self.design.settle_seconds
        most = max(1, int(CONFIRM_SECONDS / pause)) if visit.step == "Confirm" else max(1, int(visit.looks * 2))
        for number in range(most):
            yield self.transitions.wait(self.now, TRANSITIONS_A_TASK)
            fine = yield from self._invoke(visit.step, visit.calls, visit.timeout, cold=cold)
            cold = False
            if fine and (self.now >= until or number == most - 1):
                return True
            yield from self._pauses(pause)
        return False

    def _pauses(self, seconds: float) -> Generator[float, None, None]:
        """And the lease's renewal, which asks the app's own table alone."""
        yield seconds + self.transitions.wait(self.now, TRANSITIONS_A_TASK) + 4 * API_CALL.draw.of(self.chance)


def replayed(way: Way, design: Design, apps: int, *, seed: int = 1, deadline: float = 900.0) -> Outcome:
    """The same arguments have the same outcome."""
    return Region(way, design, apps, seed, deadline).run()


def holds_up_to(way: Way, design: Design, most: int, *, bound: float) -> tuple[int, str]:
    """The largest number of apps, to one in twenty, that are all served within the bound, and what breaks then.

    For each of several seeds: at the edge it depends on who asks a moment earlier.
    """
    good, bad = 0, 1
    breaks = _breaks(way, design, bad, bound)
    while not breaks and bad < most:
        good, bad = bad, min(2 * bad, most)
        breaks = _breaks(way, design, bad, bound)
    if not breaks:
        return most, ""
    while bad - good > max(1, good // 20):
        middle = (good + bad) // 2
        found = _breaks(way, design, middle, bound)
        if found:
            bad, breaks = middle, found
        else:
            good = middle
    return good, breaks


def _breaks(way: Way, design: Design, apps: int, bound: float) -> str:
    """What refuses most, where not every app is served."""
    for seed in SEEDS:
        outcome = replayed(way, design, apps, seed=seed, deadline=bound)
        if not outcome.all_served:
            return outcome.first_to_break or "nothing"
    return ""


def calls_of(way: Way, design: Design = AS_IT_IS) -> dict[str, tuple[int, int, int]]:
    """Bucket → calls of one look of the watchdog, of a rollback until the traffic has moved, and of the whole of it."""
    bucket = {one: limit.name for limit in LIMITS for one in limit.operations}
    counts = {limit.name: [0, 0, 0] for limit in LIMITS}
    region = Region(way, design, 0, 0, 0.0)

    def add(column: int, step: str, calls: tuple[str, ...], times: int = 1) -> None:
        for _, one in region.needs(step, calls):
            if one:
                counts[bucket[one]][column] += times

    add(0, WATCH, way.watch)
    moved = False
    for column in (1, 2):
        add(column, DESK, way.desk)
    for visit in way.visits:
        add(2, visit.step, visit.calls, visit.looks)
        if not moved:
            add(1, visit.step, visit.calls, visit.looks)
        moved = moved or SERVED_BY in visit.calls
    return {name: (found[0], found[1], found[2]) for name, found in counts.items()}


def watchdogs_fit(way: Way) -> tuple[int, str]:
    """How many apps' watchdogs alone ask for what comes back to a bucket, and which."""
    watched = {limit: calls_of(way)[limit.name][0] for limit in LIMITS}
    rates = {limit.name: int(limit.refill * WATCH_SECONDS / calls) for limit, calls in watched.items() if calls}
    name = min(rates, key=lambda one: rates[one])
    return rates[name], name
