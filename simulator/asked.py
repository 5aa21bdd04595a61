"""What was asked of the simulator, carried out and said: for `lastgood simulate`, and for python -m simulator."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator import report
from simulator.explore import LAWS, Failure, replay, shrunk
from simulator.faults import doubles, singles
from simulator.installed import installed
from simulator.parallel import Job, Wanted, place_of, simulate
from simulator.scenarios import SCENARIOS

if TYPE_CHECKING:
    from simulator.asl import Program
    from simulator.explore import Tally


class UnknownError(Exception):
    """There is no such scenario, or what is typed is no fault; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a simulation came to. `shown`: one failing world of each sort, with as few faults as it fails with."""

    job: Job
    tally: Tally
    wall_seconds: float
    shown: list[Failure]

    @property
    def holds(self) -> bool:
        return not self.tally.failures

    def json(self) -> dict[str, Any]:
        return report.document(self.tally, self.job.bound, self.wall_seconds, self.shown)

    def lines(self, *, table: bool) -> list[str]:
        """For people."""
        lines = [*report.table(self.tally), ""] if table else []
        for one in self.shown:
            lines += report.failure(one, self.job.environment)
        return [*lines, *report.summary(self.json())]


def simulated(job: Job, wanted: Wanted) -> Found:
    """Run worlds."""
    began = time.monotonic()
    tally = simulate(job, wanted)
    wall = time.monotonic() - began
    return Found(job, tally, wall, [_shrunk(job, one) for one in report.distinct(tally.failures)])


def again(job: Job, scenario: str, faults: list[str]) -> tuple[list[str], bool]:
    """One world, told; and whether everything holds in it. Raises UnknownError."""
    number = _number(scenario)
    place = place_of(job, number)
    plan = tuple(_fault(one, place.program) for one in faults)
    with installed(place.settings):
        told = replay(SCENARIOS[number], place, plan, job.bound)
    missed = [f"the world never came to {at}" for at in told.world.plan]
    return [*told.story, *missed, *(told.violations or ["everything holds"])], not told.violations


def _shrunk(job: Job, failure: Failure) -> Failure:
    number = _number(failure.scenario)
    place = place_of(job, number)
    with installed(place.settings):
        return shrunk(SCENARIOS[number], place, failure, job.bound)


def _number(scenario: str) -> int:
    for number, one in enumerate(SCENARIOS):
        if one.name == scenario:
            return number
    raise UnknownError(f"there is no scenario {scenario!r}; there are: {'; '.join(one.name for one in SCENARIOS)}")


def _fault(text: str, program: Program) -> tuple[str, str]:
    place, _, fault = text.partition("=")
    if place == LAWS and fault.isdecimal():
        return place, fault
    try:
        kinds = {*singles(program, place), *doubles(program, place)}
    except KeyError:
        kinds = set[str]()
    if not kinds:
        raise UnknownError(f"{text!r} is no fault: say PLACE=FAULT, as in rollback:Shift=hang")
    if fault not in kinds:
        raise UnknownError(f"there is no fault {fault!r} at {place}; there are: {', '.join(sorted(kinds))}")
    return place, fault
