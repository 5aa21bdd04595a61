"""The state machine that runs a release: each of its times and counts changes its bound, or its state says why not."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from modules.bound import bound
from scripts.lint_state_machines import machines
from tests.unit.bound.test_explaining import SLACK, changed, places

if TYPE_CHECKING:
    from collections.abc import Callable

    from modules.bound import Bound
    from tests.synthesized import Stack

    State = dict[str, Any]

# What of it is bounded: the whole passage, and what a rollback takes until all requests go to the last known good release.
ASSUMED: dict[str, dict[str, Any]] = {
    "whole": {},
    "rollback": {"given": {"$.profile": "rollback"}, "until": {"Confirm"}},
    "warm rollback without errors": {"given": {"$.profile": "warm"}, "until": {"Confirm"}, "caught": False},
}


@pytest.fixture(params=["dev", "prod"])
def machine(synth: Callable[[str], dict[str, Stack]], request: pytest.FixtureRequest) -> State:
    [definition] = machines(synth(request.param)["control_plane"].json).values()
    return json.loads(definition)


def test_it_has_a_bound_whose_path_adds_up(machine: State) -> None:
    written = bound(machine).json()
    assert sum(row["seconds"] for row in written["path"]) == written["bound_seconds"] > 0
    assert set(written["ends"]) == {
        name for name, one in machine["States"].items() if one["Type"] in ("Succeed", "Fail")
    }


@pytest.mark.parametrize(
    ("machine", "assumed"), [("dev", "whole"), *(("prod", one) for one in ASSUMED)], indirect=["machine"]
)
def test_each_number_that_is_raised_changes_the_bound_or_its_state_says_why_not(machine: State, assumed: str) -> None:
    given = ASSUMED[assumed]
    before = bound(machine, **given)
    explained = {one.state: one for one in before.explain()}
    assert set(explained) == set(machine["States"])

    @cache
    def seconds(name: str, way: tuple[str | int, ...], by: int) -> float:
        return float(raised(name, way, by).seconds)

    def raised(name: str, way: tuple[str | int, ...], by: int) -> Bound:
        return bound(changed(machine, name, way, by), **given)

    there = list(places(machine["States"]))
    assert {way[-1] for _, way in there} >= {"TimeoutSeconds", "Seconds", "MaxAttempts", "NumericGreaterThanEquals"}
    for name, way in there:
        one = explained[name]
        told = f"{name} {way}: {one}"
        if seconds(name, way, 1) > before.seconds:
            assert one.latest is not None, told
            continue
        assert seconds(name, way, 1) == before.seconds, told
        if way[0] == "Choices":
            assert one.latest is None or any("one more changes nothing" in count for count in one.counts), told
            continue
        assert not one.on_path, told
        if one.latest is None:
            assert one.why == "not reached" or one.why.startswith("after "), told
            continue
        assert one.why.startswith(("a longer way ", "another end ", "overtaken by clock ")), told
        slack = SLACK.search(one.why)
        if slack and way == ("Seconds",):
            # What it says is its slack changes nothing; a second more does.
            assert seconds(name, way, int(slack[1])) == before.seconds, told
            assert seconds(name, way, int(slack[1]) + 1) > before.seconds, told
