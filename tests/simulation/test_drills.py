"""Drills among the scenarios: their share of the requests is given back, and their alarm takes a real one's way."""

from __future__ import annotations

from simulator.explore import Replay, replay
from simulator.installed import installed
from simulator.scenarios import SCENARIOS
from simulator.site import site
from simulator.traffic import LOOKED_BACK
from tests.conftest import CONFIG

BOUND = 900.0
ALL_BLUE = {"blue": 100, "green": 0}


def told(name: str, *plan: tuple[str, str]) -> Replay:
    scenario = next(one for one in SCENARIOS if one.name == name)
    place = site(CONFIG, "dev", quick=True, behaviour=scenario.behaviour, own=scenario.rules)
    with installed(place.settings):
        return replay(scenario, place, plan, BOUND)


def weights(found: Replay) -> list[str]:
    return [line.partition("the rule is ")[2] for line in found.story if "the rule is" in line]


def test_a_drill_moves_its_share_and_gives_it_back() -> None:
    found = told("drill with a share of the requests")
    assert weights(found) == [str({"green": 10, "blue": 90}), str(ALL_BLUE)]
    assert [one for one in found.world.minutes if one.requests.get("green", 0) > 0]


def test_a_share_that_is_answered_badly_is_given_back_before_its_time() -> None:
    good, bad = told("drill with a share of the requests"), told("drill whose share is answered badly")
    assert weights(bad) == weights(good)
    [back_good, back_bad] = [_when(one, f"the rule is {ALL_BLUE}") for one in (good, bad)]
    assert back_bad < back_good


def test_a_drill_fires_an_alarm_that_is_answered_and_starts_nothing() -> None:
    found = told("drill that fires an alarm")
    assert set(found.world.runs) == {"drill-1"}
    assert found.world.table["drill", "drill-1"]["answered_at"]
    assert not [one for one in found.world.told if one.severity == "page"]


def test_an_alarm_that_was_forced_is_evaluated_again_within_minutes() -> None:
    found = told("drill that fires an alarm", ("async:submit", "missed"))
    assert 0 < _when(found, "shop-green-errors is OK") - _when(found, "is put into ALARM") <= 60 * LOOKED_BACK


def test_of_an_alarm_that_was_not_handed_on_somebody_is_told() -> None:
    found = told("drill that fires an alarm", ("async:submit", "missed"))
    assert not found.violations
    assert [one for one in found.world.told if "not handed on" in one.subject]


def _when(found: Replay, words: str) -> float:
    return next(float(line.split()[0]) for line in found.story if words in line)
