"""Many worlds on several cores: the same units of work for every number of processes, so that nothing depends on it."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.explore import Explorer, Tally
from simulator.faults import kills
from simulator.installed import installed
from simulator.scenarios import SCENARIOS, Scenario
from simulator.site import Site, site

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

SEEDS_A_UNIT = 5
EVERY_VISIT = tuple(f"+{number}" for number in range(1, 400))


@dataclass(frozen=True, slots=True)
class Job:
    """What all the units of one simulation share."""

    folder: str
    environment: str
    bound: float
    quick: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the work."""

    kind: str
    scenario: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be simulated."""

    worlds: int
    """At least: every single fault, pairs as far as this allows, random worlds beyond. 0: every pair, and no more."""
    seed: int
    processes: int = 1
    kill_at_every_step: bool = False
    only: str = ""
    """A scenario's name, where the others are not wanted."""
    until_failure: bool = False
    """No more than it takes to find something that does not hold."""


def simulate(job: Job, wanted: Wanted) -> Tally:
    """Run until there are enough worlds."""
    total = Tally()
    with _pool(wanted.processes) as run:
        for tally in run(job, _domain(job, wanted, total)):
            total.add(tally)
            if wanted.until_failure and total.failures:
                return total
        if not wanted.kill_at_every_step:
            for tally in run(job, _beyond(wanted, total)):
                total.add(tally)
    return total


@contextmanager
def _pool(processes: int) -> Generator[Callable[[Job, Iterator[Unit]], Iterator[Tally]]]:
    if processes == 1:
        yield lambda job, units: (do(job, unit) for unit in units)
        return
    # Forked: the definition is compiled and the modules are loaded once.
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, mp_context=forked, initializer=_leave_signals) as pool:

        def run(job: Job, units: Iterator[Unit]) -> Iterator[Tally]:
            """No more units in hand than keep every process at work: how many are enough shows as they come back."""
            under_way: deque[Future[Tally]] = deque()
            for unit in units:
                under_way.append(pool.submit(do, job, unit))
                if len(under_way) >= 2 * processes:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()

        try:
            yield run
        except BaseException:
            # Whoever interrupts it does not wait for what is under way.
            for process in multiprocessing.active_children():
                process.terminate()
            pool.shutdown(cancel_futures=True)
            raise


def _leave_signals() -> None:
    """Ctrl-C is the first process's to answer, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _domain(job: Job, wanted: Wanted, total: Tally) -> Iterator[Unit]:
    """Calm worlds, those with one fault, and the pairs in an order of the seed."""
    numbers = [number for number, one in enumerate(SCENARIOS) if wanted.only in ("", one.name)]
    if wanted.kill_at_every_step:
        yield from (Unit("kills", number) for number in numbers)
        return
    yield from (Unit("calm", number) for number in numbers)
    yield from (Unit("singles", number) for number in numbers)
    paired = [number for number in numbers if SCENARIOS[number].paired]
    pairs = [Unit("pairs", number, first) for number in paired for first in range(_firsts(job, number))]
    random.Random(wanted.seed).shuffle(pairs)  # noqa: S311 no secret, and it must come again
    for unit in pairs:
        yield unit if not wanted.worlds or total.worlds < wanted.worlds else Unit("count", unit.scenario, unit.number)


def _beyond(wanted: Wanted, total: Tally) -> Iterator[Unit]:
    """Random worlds, each of its own seed."""
    number = wanted.seed * 1_000_000
    while total.worlds < wanted.worlds:
        for scenario in range(len(SCENARIOS)):
            yield Unit("random", scenario, number)
            number += SEEDS_A_UNIT


def do(job: Job, unit: Unit) -> Tally:
    """One unit."""
    place = place_of(job, unit.scenario)
    began = time.process_time()
    explorer = _explorer(job, unit.scenario)
    explorer.tally = Tally()
    with installed(place.settings):
        match unit.kind:
            case "calm":
                explorer.calm()
            case "singles":
                explorer.singles()
            case "kills":
                explorer.calm()
                explorer.singles(kills, EVERY_VISIT)
            case "pairs" | "count":
                explorer.pairs(unit.number, counted=unit.kind == "pairs")
            case _:
                for seed in range(unit.number, unit.number + SEEDS_A_UNIT):
                    explorer.random(seed)
    explorer.tally.seconds = time.process_time() - began
    return explorer.tally


@cache
def place_of(job: Job, number: int) -> Site:
    """Compiled once a process."""
    scenario: Scenario = SCENARIOS[number]
    return site(Path(job.folder), job.environment, quick=job.quick, behaviour=scenario.behaviour, own=scenario.rules)


@cache
def _explorer(job: Job, number: int) -> Explorer:
    return Explorer(SCENARIOS[number], place_of(job, number), job.bound)


@cache
def _firsts(job: Job, number: int) -> int:
    with installed(place_of(job, number).settings):
        return _explorer(job, number).firsts()
