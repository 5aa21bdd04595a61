"""What a fault does to a call, and that every place and kind of it is reached, found again and made small."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from simulator import monitors
from simulator.explore import Explorer, Failure, Replay, replay, shrunk
from simulator.installed import installed
from simulator.parallel import Job, Wanted, simulate
from simulator.scenarios import SCENARIOS, Scenario
from simulator.site import START, site
from tests.conftest import CONFIG

if TYPE_CHECKING:
    from simulator.explore import Plan
    from simulator.world import World

SITE = site(CONFIG, "dev", quick=True)
WARM = next(one for one in SCENARIOS if one.name == "rollback, warm")
DRILL = next(one for one in SCENARIOS if one.name == "drill")
BOUND = 900.0


def told(scenario: Scenario, *plan: tuple[str, str]) -> Replay:
    with installed(SITE.settings):
        return replay(scenario, SITE, plan, BOUND)


def happened(found: Replay, words: str) -> list[float]:
    """When something was told of, in seconds from the start."""
    return [float(line.split()[0]) for line in found.story if words in line]


def test_a_function_that_hangs_is_ended_at_its_timeout_and_tried_again() -> None:
    found = told(WARM, ("rollback:Shift", "hang"))
    [began] = happened(found, "FAULT hang")
    [ended] = happened(found, "change Shift: Sandbox.Timedout")
    assert ended - began == pytest.approx(SITE.timeouts["change"], abs=0.2)
    assert happened(found, "change Shift: on")


def test_other_things_happen_while_a_function_hangs() -> None:
    found = told(WARM, ("rollback:Shift", "late-2"))
    [began], moved = happened(found, "FAULT late-2"), happened(found, "the rule is")
    assert moved[0] - began == pytest.approx(SITE.timeouts["change"] - 0.5, abs=0.2)
    between = [line for line in found.story if began < float(line.split()[0]) < moved[0]]
    assert between or moved[0] - began < 60.0


def test_a_crash_after_a_write_leaves_the_write() -> None:
    found = told(WARM, ("rollback:Shift", "crash-2"))
    assert happened(found, "the rule is")[0] <= happened(found, "change Shift: Lambda.Unknown")[0]


def test_a_late_second_delivery_finds_that_its_turn_is_over() -> None:
    found = told(WARM, ("rollback:Shift", "twice-late"))
    [again] = happened(found, "change Shift is delivered again")
    assert again - happened(found, "FAULT twice-late")[0] == pytest.approx(200.0, abs=1.0)
    assert [line for line in found.story if "LeaseLostError" in line]
    assert not found.violations


def test_a_lost_event_is_made_up_for_by_the_watchdog() -> None:
    found = told(WARM, ("async:submit", "missed"))
    [lost], [started] = happened(found, "an event for submit was lost"), happened(found, "   watchdog : rollback-")
    assert 0 < started - lost <= 120.0
    assert {one.error for one in found.world.runs.values()} == {"Restored"}


def test_an_event_that_fails_is_tried_again_after_a_minute() -> None:
    found = told(WARM, ("async:submit", "crash"))
    first, second = happened(found, "submit : Lambda.Unknown")[0], happened(found, "submit : started")
    assert not second or second[0] - first == pytest.approx(60.0, abs=1.0)
    assert not found.world.dead_letters


def test_a_host_whose_clock_is_wrong_tells_wrong_times() -> None:
    right, wrong = told(DRILL), told(DRILL, ("drill:Finish", "skew+5"))
    ended = [float(one.world.table["run", "drill-1"]["ended_at"]) - START for one in (right, wrong)]
    assert ended[1] - ended[0] == pytest.approx(5.0, abs=0.01)


def test_the_same_plan_is_the_same_world() -> None:
    plan = (("laws", "7"), ("drill:Prepare", "late-2"), ("drill:AwaitHealthy", "stale"))
    assert told(DRILL, *plan).story == told(DRILL, *plan).story


def test_a_fork_is_the_world_that_a_replay_is() -> None:
    """Worlds that share their beginning end as each of them ends alone."""
    with installed(SITE.settings):
        explorer = Explorer(DRILL, SITE, BOUND)
        ended: dict[Plan, tuple[str, ...]] = {}

        def over(world: World, plan: Plan) -> None:
            ended[plan] = _end(world)

        explorer.at_end = over
        for number in range(explorer.firsts()):
            explorer.pairs(number)
        plans = [plan for number, plan in enumerate(ended) if number % 25 == 0]
        assert len(plans) > 20
        for plan in plans:
            assert _end(replay(DRILL, SITE, plan, BOUND).world) == ended[plan], plan


def _end(world: World) -> tuple[str, ...]:
    outcomes = [f"{name}: {run.status} {run.error} at {run.ended:.2f}" for name, run in world.runs.items()]
    return (*sorted(outcomes), str(dict(world.rule)))


def test_every_place_that_is_come_to_is_tried_with_every_kind() -> None:
    with installed(SITE.settings):
        explorer = Explorer(DRILL, SITE, BOUND)
        explorer.singles()
    tally = explorer.tally
    assert tally.singles == tally.singles_wanted == tally.worlds
    states = {place.partition(":")[2] for place, _ in tally.cells}
    assert {"Acquire", "Load", "Capture", "Begin", "Prepare", "AwaitHealthy", "Smoke", "Verify", "Finish"} <= states
    assert {fault for place, fault in tally.cells if place == "drill:Prepare"} >= {"killed", "late-3", "twice-late"}


def test_how_many_processes_there_are_changes_nothing() -> None:
    job = Job(str(CONFIG), "dev", BOUND, quick=True)
    [alone, together] = [simulate(job, Wanted(0, 3, processes, kill_at_every_step=True)) for processes in (1, 2)]
    assert alone.worlds == together.worlds > 100
    assert alone.cells == together.cells
    assert alone.failures == together.failures


def test_a_failing_world_is_made_as_small_as_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail by an invariant that is too strict on purpose."""

    def none(*_: object) -> int:
        return 0

    monkeypatch.setattr(monitors, "_most", none)
    plan = (("laws", "7"), ("rollback:Load", "busy"), ("rollback:Confirm", "stale"))
    with installed(SITE.settings):
        violations = replay(WARM, SITE, plan, BOUND).violations
        small = shrunk(WARM, SITE, Failure(WARM.name, plan, tuple(violations)), BOUND)
    assert any(one.startswith("1: traffic moves to green") for one in violations)
    assert small.plan == ()
    assert small.violations


def test_a_scenario_may_have_a_release_of_its_own_kind() -> None:
    sick = replace(WARM, behaviour={"v1": {"smokes": False}})
    place = site(CONFIG, "dev", quick=True, behaviour=sick.behaviour)
    with installed(place.settings):
        found = replay(sick, place, (), BOUND)
    assert any(one.severity == "page" for one in found.world.told)
