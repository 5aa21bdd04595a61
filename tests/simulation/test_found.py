"""Worlds that random exploration found and that failed once: three faults or more, or a rare pair of laws and faults."""

from __future__ import annotations

import pytest

from simulator.explore import LAWS, Plan, replay
from simulator.installed import installed
from simulator.scenarios import SCENARIOS
from simulator.site import site
from tests.conftest import CONFIG

BOUND = 840.0
FOUND: tuple[tuple[str, str, Plan], ...] = (
    (
        "a split is ended though its smaller share is bad",
        "release, bad canary",
        (("release:WatchCanaryKeep", "killed-after"), ("rollback:Acquire", "outage-s3")),
    ),
    (
        "a split that could not be ended is ended once its smaller share is bad",
        "release, bad in its bake",
        ((LAWS, "8001295"), ("release:WatchCanary", "killed-after"), ("rollback:Capture", "dies-serving")),
    ),
    (
        "a flip is not followed that another one has undone meanwhile",
        "flip by hand",
        (("reconcile:Tell", "flip"), ("reconcile:Capture+1", "flip")),
    ),
    (
        "an alarm is of the release that a group launches, before it has an instance",
        "release that never gets healthy",
        ((LAWS, "7001148"), ("release:Tell", "flip")),
    ),
    (
        "an alarm's event that was joined to a run starts none when it is delivered again, and all is well",
        "drill",
        (
            (LAWS, "1002377"),
            ("drill:Begin", "rollback"),
            ("rollback:Confirm", "dies-serving"),
            ("rollback:ConfirmKeep", "dies-serving"),
        ),
    ),
    (
        "a group is not emptied right after a run that moved its traffic and escalated",
        "operator's pause",
        ((LAWS, "1001179"), ("release:Return", "busy"), ("release:Return~", "lost-2")),
    ),
    (
        "the first release is not promoted once its traffic was moved away",
        "first release",
        ((LAWS, "7000880"), ("release:Bake+1", "flip")),
    ),
    (
        "a run that died has an outcome though its successor died before it wrote down whose place it takes",
        "release, good",
        (
            (LAWS, "7001446"),
            ("release:DrainKeep3", "killed"),
            ("rollback:Acquire", "busy"),
            ("rollback:Acquire~", "crash-1"),
        ),
    ),
)


@pytest.mark.parametrize(("name", "plan"), [one[1:] for one in FOUND], ids=[one[0] for one in FOUND])
def test_a_world_that_failed_once_holds(name: str, plan: Plan) -> None:
    scenario = next(one for one in SCENARIOS if one.name == name)
    place = site(CONFIG, "dev", quick=True, behaviour=scenario.behaviour)
    with installed(place.settings):
        told = replay(scenario, place, plan, BOUND)
    story = "\n".join(told.story)
    assert not told.violations, story
    assert set(told.world.done.items()) == {fault for fault in plan if fault[0] != LAWS}, story
