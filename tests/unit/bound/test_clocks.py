"""Ways that are closed once a moment has come, each machine with its figure computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from modules.bound import Clock, UnboundError, bound
from tests.unit.bound.test_figures import DONE, LOOP, choice, machine, put, task, wait, when

State = dict[str, Any]
ENTERED = "$$.State.EnteredTime"
BY = "$.by"


def stamp(then: str) -> State:
    return {"Type": "Pass", "Parameters": {"at.$": ENTERED}, "ResultPath": "$.polls", "Next": then}


def late(then: str, time: str = ENTERED, clock: str = BY) -> State:
    return when(then, time, TimestampGreaterThanEqualsPath=clock)


ON = when("Pause", "$.said", StringEquals="wait")
# Looks of 5 s with pauses of 10 s, after a call of 10 s, until the moment has come; then 100 s.
POLL = {
    "A": task(10, Next="Look", ResultPath=None),
    "Look": task(5, Next="?", ResultPath="$.said"),
    "?": choice(late("Late"), ON, otherwise="Z"),
    "Pause": wait(10, Next="Look"),
    "Late": wait(100),
    "Z": DONE,
}
# The same by a stamp.
STAMPED = {
    "Set": stamp("A"),
    **POLL,
    "?": choice(late("Late", "$.polls.at"), ON, otherwise="Z"),
    "Pause": wait(10, Next="Count"),
    "Count": stamp("Look"),
}
ON_AND_EARLY = {"And": [{"Variable": "$.said", "StringEquals": "wait"}, {"Variable": ENTERED, "TimestampLessThanPath": BY}], "Next": "Pause"}  # fmt: skip

CASES: dict[str, tuple[dict[str, State], dict[str, Clock], float]] = {
    # The pause is begun at 60 s at the latest; then 10 + 5 + 100 s.
    "a loop until a moment": (POLL, {BY: Clock("", 60)}, 175),
    # The first look is begun at 10 s at the latest, the moment comes by 70 s.
    "a moment after another state": (POLL, {BY: Clock("Look", 60)}, 185),
    # Calls may be quick: the pause is begun after 3 s, which takes longer than the 10 + 5 + 100 s of calls that are not.
    "a moment that is past when it is asked for": (POLL, {BY: Clock("", 3)}, 118),
    "part of a second": (POLL, {BY: Clock("", 60.5)}, 175.5),
    "later": ({**POLL, "?": choice(when("Late", ENTERED, TimestampGreaterThanPath=BY), ON, otherwise="Z")}, {BY: Clock("", 60)}, 175),
    # Here Late is not led to: 60 + 10 + 5 s.
    "earlier": ({**POLL, "?": choice(ON_AND_EARLY, otherwise="Z")}, {BY: Clock("", 60)}, 75),
    "not later": ({**POLL, "?": choice({"Not": late("Late"), "Next": "Pause"}, otherwise="Z")}, {BY: Clock("", 60)}, 75),
    "the other way round": ({**POLL, "?": choice(when("Late", BY, TimestampLessThanPath=ENTERED), ON, otherwise="Z")}, {BY: Clock("", 60)}, 175),
    "later, where it would go on": (
        {**POLL, "?": choice({"And": [{"Variable": "$.said", "StringEquals": "wait"}, late("Late")], "Next": "Late"}, ON, otherwise="Z")},
        {BY: Clock("", 60)},
        175,
    ),
    # The last stamp that lets it go on is of 60 s; the look that follows it takes 5 s. Then 10 + 5 + 100 s.
    "a loop until a stamp is late": (STAMPED, {BY: Clock("", 60)}, 180),
    # Only the first stamp can be in time, of 0 s: 10 + 5 s to the Choice, then 10 + 5 + 100 s.
    "a moment at the start": (STAMPED, {BY: Clock("", 0)}, 130),
    # A counter and a clock: 4 looks of 5 s and 3 pauses of 10 s; or 20 + 10 + 5 s.
    "what comes first of a count and a late moment": (
        {**LOOP, "?": choice(late("Z"), when("Z", NumericGreaterThanEquals=3), otherwise="Pause")}, {BY: Clock("", 1000)}, 50,
    ),
    "what comes first of a count and an early moment": (
        {**LOOP, "?": choice(late("Z"), when("Z", NumericGreaterThanEquals=3), otherwise="Pause")}, {BY: Clock("", 20)}, 35,
    ),
    # Both have to be past: the later one, 80 s, and 10 + 5 s.
    "two moments that have to be past": (
        {**POLL, "?": choice({"And": [late("Z"), late("Z", clock="$.also")], "Next": "Z"}, otherwise="Pause")},
        {BY: Clock("", 60), "$.also": Clock("", 80)},
        95,
    ),
    # The first of both closes it: 60 s, and 10 + 5 s.
    "two moments of which one is enough": (
        {**POLL, "?": choice(late("Z"), late("Z", clock="$.also"), otherwise="Pause")},
        {BY: Clock("", 60), "$.also": Clock("", 80)},
        75,
    ),
    # No loop: B is begun by 60 s, however long A may take, and takes 5 s; after all of A's time it is past.
    "a moment without a loop": (
        {"A": task(1000, Next="?"), "?": choice(late("Z"), otherwise="B"), "B": wait(5, Next="Z"), "Z": DONE}, {BY: Clock("", 60)}, 1000,
    ),
    # The first loop is left 60 + 10 + 5 s after the start: Second is entered by then. The other's moment comes 30 s later, and 10 + 5 s.
    "a moment after a loop until a moment": (
        {
            **POLL,
            "?": choice(late("Second"), ON, otherwise="Second"),
            "Second": task(5, Next="Again?", ResultPath="$.said"),
            "Again?": choice(late("Z", clock="$.again"), when("Rest", "$.said", StringEquals="wait"), otherwise="Z"),
            "Rest": wait(10, Next="Second"),
        },
        {"$.again": Clock("Second", 30), BY: Clock("", 60)},
        75 + 30 + 15,
    ),
    # In a branch by the branch's own state: as the first case, 10 s later.
    "a loop in a branch": (
        {"First": wait(10, Next="P"), "P": {"Type": "Parallel", "Branches": [machine(POLL)], "End": True}}, {BY: Clock("A", 60)}, 185,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_bound_is_what_was_computed_by_hand(name: str) -> None:
    states, clocks, seconds = CASES[name]
    found = bound(machine(states), clocks=clocks)
    assert found.seconds == sum(row.seconds for row in found.path) == pytest.approx(seconds, abs=0)


def test_a_way_is_passed_by_its_moment_whatever_came_before() -> None:
    states, clocks, _ = CASES["a moment without a loop"]
    assert bound(machine({**states, "B": wait(5)}), clocks=clocks).ends == {"B": 65, "Z": 1000}


def test_the_path_leads_to_where_the_clock_begins_and_says_until_when_it_may_last() -> None:
    path = bound(machine(POLL), clocks={BY: Clock("Look", 60)}).path
    assert [(row.state, row.seconds) for row in path if row.seconds] == [
        ("A", 10),
        ("?", 60),
        ("Pause", 10),
        ("Look", 5),
        ("Late", 100),
    ]
    assert path[1].why == "until $.by, at most 60 s after Look is first entered, when it no longer goes on"


def loop_problem(states: dict[str, State], clocks: dict[str, Clock]) -> str:
    with pytest.raises(UnboundError) as error:
        bound(machine(states), clocks=clocks)
    [problem] = error.value.problems
    assert "nothing counts this loop" in problem
    assert "Look" in problem.partition(":")[0]
    return problem


def test_a_moment_that_nothing_is_known_of_bounds_nothing_and_the_line_says_how_to_tell_it() -> None:
    said = "say --clock '$.by=STATE+SECONDS' where $.by comes so long after a state"
    assert loop_problem(POLL, {}).endswith(said)
    assert loop_problem(STAMPED, {"$.other": Clock("", 60)}).endswith(said)
    assert "--clock" not in loop_problem({**POLL, "?": choice(ON, otherwise="Z")}, {BY: Clock("", 60)})


@pytest.mark.parametrize(
    "edit",
    [
        {"Set": {"Type": "Pass", "Next": "A"}},
        {"Pause": put({"at": "2020-01-01T00:00:00Z"}, "Count", "$.polls"), "Count": {"Type": "Pass", "Next": "Look"}},
        {"Count": {"Type": "Pass", "Next": "Look"}},
        {"Count": {**stamp("Look"), "Parameters": {"at.$": "$$.Execution.StartTime"}}},
        {"Look": task(5, Next="?", ResultPath="$.polls")},
        {"?": choice(late("Late", "$.polls.other"), ON, otherwise="Z")},
        {"?": choice(late("Late", "$$.Execution.StartTime"), ON, otherwise="Z")},
        {"?": choice(ON, late("Late", "$.polls.at"), otherwise="Z")},
        {"?": choice(late("Late", BY, "$.polls.at"), ON, otherwise="Z")},
        {"?": choice(when("Late", "$.polls.at", TimestampGreaterThanEquals="2020-01-01T00:00:00Z"), ON, otherwise="Z")},
    ],
)  # fmt: skip
def test_a_stamp_that_may_be_older_than_its_loop_s_last_round_bounds_nothing(edit: dict[str, State]) -> None:
    loop_problem({**STAMPED, **edit}, {BY: Clock("", 60)})


def test_a_clock_that_never_begins_bounds_nothing() -> None:
    loop_problem({**POLL, "Never": stamp("A")}, {BY: Clock("Never", 60)})


def test_a_clock_of_the_machine_is_none_of_a_branch() -> None:
    # What the branch finds at $.by is another document's.
    loop_problem({"P": {"Type": "Parallel", "Branches": [machine(POLL)], "End": True}}, {BY: Clock("", 60)})


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (Clock("None", 60), "--clock '$.by': no state has the name 'None'"),
        (Clock("A", -1), "--clock '$.by': its seconds are below zero"),
    ],
)
def test_a_clock_that_cannot_be_is_refused(clock: Clock, said: str) -> None:
    with pytest.raises(UnboundError) as error:
        bound(machine(POLL), clocks={BY: clock})
    assert error.value.problems == (said,)
