"""Without any fault every scenario comes to the end that it promises, and everything holds."""

from __future__ import annotations

import pytest

from simulator.explore import replay
from simulator.installed import installed
from simulator.scenarios import SCENARIOS, Scenario
from simulator.site import site
from tests.conftest import CONFIG

BOUND = 900.0


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.name for one in SCENARIOS])
def test_a_calm_world_ends_as_promised(scenario: Scenario) -> None:
    place = site(CONFIG, "dev", quick=True, behaviour=scenario.behaviour, own=scenario.rules)
    with installed(place.settings, logs=True):
        told = replay(scenario, place, (), BOUND)
    story = "\n".join(told.story)
    assert not told.violations, story
    assert scenario.promises in {run.error for run in told.world.runs.values()}, story


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_settings_as_they_are_come_to_the_same_end(environment: str) -> None:
    for scenario in (one for one in SCENARIOS if one.name in ("release, good", "rollback, warm", "rollback, cold")):
        place = site(CONFIG, environment)
        with installed(place.settings):
            told = replay(scenario, place, (), BOUND)
        assert not told.violations, "\n".join(told.story)
        assert scenario.promises in {run.error for run in told.world.runs.values()}, "\n".join(told.story)
