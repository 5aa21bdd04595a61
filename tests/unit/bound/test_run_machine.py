"""The state machine that runs a release: each of its times and counts is in its bound, or on no longest path."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from modules.bound import Bound, bound
from scripts.lint_state_machines import machines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.synthesized import Stack

    State = dict[str, Any]
    Place = tuple[str, tuple[str | int, ...]]

FAR = 10**6
"""More than all the machine takes."""


@pytest.fixture(params=["dev", "prod"])
def machine(synth: Callable[[str], dict[str, Stack]], request: pytest.FixtureRequest) -> State:
    [definition] = machines(synth(request.param)["control_plane"].json).values()
    return json.loads(definition)


def places(states: dict[str, State]) -> Iterator[Place]:
    """Where each timeout, wait, retry count and loop bound stands: the state, and the way to it."""
    for name, state in states.items():
        yield from ((name, (key,)) for key in ("TimeoutSeconds", "Seconds") if key in state)
        yield from ((name, ("Retry", index, "MaxAttempts")) for index in range(len(state.get("Retry", []))))
        for index, rule in enumerate(state.get("Choices", [])):
            for number, test in enumerate(rule.get("And", [])):
                if "NumericGreaterThanEquals" in test:
                    yield name, ("Choices", index, "And", number, "NumericGreaterThanEquals")


def raised(machine: State, place: Place, by: int) -> Bound:
    name, way = place
    changed = {**machine, "States": {**machine["States"], name: deepcopy(machine["States"][name])}}
    at = changed["States"][name]
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] += by
    return bound(changed)


def spent_in(found: Bound) -> set[str]:
    """Every state of the path, and of what is repeated on it."""
    return {name for row in found.path for name in row.states}


def test_it_has_a_bound_whose_path_adds_up(machine: State) -> None:
    written = bound(machine).json()
    assert sum(row["seconds"] for row in written["path"]) == written["bound_seconds"] > 0
    assert set(written["ends"]) == {
        name for name, one in machine["States"].items() if one["Type"] in ("Succeed", "Fail")
    }


def test_each_time_and_count_that_is_raised_raises_the_bound_or_is_on_no_longest_path(machine: State) -> None:
    before = bound(machine)
    on_path = spent_in(before)
    there = list(places(machine["States"]))
    assert {way[-1] for _, way in there} == {"TimeoutSeconds", "Seconds", "MaxAttempts", "NumericGreaterThanEquals"}
    for place in there:
        name, way = place
        after = raised(machine, place, 1)
        if after.seconds > before.seconds:
            assert name in spent_in(after), place
            continue
        assert "Choices" in way or name not in on_path, place
        # Nor was it overlooked: raised far enough, it comes onto the path.
        far = raised(machine, place, 10_000 if way[-1] == "MaxAttempts" else FAR)
        assert far.seconds > before.seconds, place


def test_each_count_of_a_loop_raised_by_one_adds_a_repetition_where_the_loop_is_on_the_path(machine: State) -> None:
    before = bound(machine)
    repeated = {row.why.partition("counted by ")[2].partition(",")[0] for row in before.path if row.round}

    @cache
    def counter(place: Place) -> str:
        name, (_, index, _, number, _) = place
        return str(machine["States"][name]["Choices"][index]["And"][number]["Variable"])

    there = [place for place in places(machine["States"]) if "Choices" in place[1]]
    assert repeated <= {counter(place) for place in there}
    for place in there:
        more = raised(machine, place, 1).seconds - before.seconds
        assert (more > 0) == (counter(place) in repeated), place
