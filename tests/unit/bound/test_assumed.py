"""What is assumed of a machine: values that its Choices ask for, a cut, no error that is left. Figures by hand."""

from __future__ import annotations

from typing import Any

import pytest

from modules.bound import UnboundError, bound
from tests.unit.bound.test_figures import DONE, LOOP, caught, choice, machine, retry, task, wait, when

State = dict[str, Any]
# Which way takes 100 s where $.p is warm, 200 s where it is cold, 300 s by the default.
BY_VALUE = {
    "?": choice(when("W", "$.p", StringEquals="warm"), when("C", "$.p", StringEquals="cold"), otherwise="O"),
    "W": wait(100),
    "C": wait(200),
    "O": wait(300),
}


@pytest.mark.parametrize(
    ("rule", "given", "seconds"),
    [
        # The rule leads to 1 s, its default to 50 s.
        ({"Variable": "$.p", "StringEquals": "a"}, {"$.p": "a"}, 1),
        ({"Variable": "$['p']", "StringEquals": "a"}, {"$.p": "a"}, 1),
        ({"Variable": "$.p", "StringEquals": "a"}, {"$['p']": "a"}, 1),
        ({"Variable": "$.p", "StringEquals": "b"}, {"$.p": "a"}, 50),
        ({"Variable": "$.p", "StringEquals": "true"}, {"$.p": True}, 50),
        ({"Variable": "$.p", "BooleanEquals": True}, {"$.p": True}, 1),
        ({"Variable": "$.p", "BooleanEquals": False}, {"$.p": True}, 50),
        ({"Variable": "$.p", "IsPresent": True}, {"$.p": "a"}, 1),
        ({"Variable": "$.p", "IsNull": False}, {"$.p": "a"}, 1),
        ({"Variable": "$.p", "IsString": True}, {"$.p": "a"}, 1),
        ({"Variable": "$.p", "IsBoolean": False}, {"$.p": "a"}, 1),
        ({"Not": {"Variable": "$.p", "StringEquals": "b"}}, {"$.p": "a"}, 1),
        ({"And": [{"Variable": "$.p", "StringEquals": "a"}, {"Variable": "$.q", "StringEquals": "b"}]}, {"$.p": "a", "$.q": "b"}, 1),
        ({"Or": [{"Variable": "$.p", "StringEquals": "a"}, {"Variable": "$.x", "StringEquals": "b"}]}, {"$.p": "a"}, 1),
        # $.x may be anything: the longer way.
        ({"And": [{"Variable": "$.p", "StringEquals": "a"}, {"Variable": "$.x", "StringEquals": "b"}]}, {"$.p": "a"}, 50),
        ({"Variable": "$.x", "StringEquals": "a"}, {"$.p": "a"}, 50),
        ({"Variable": "$.p", "StringMatches": "a*"}, {"$.p": "a"}, 50),
        ({"Condition": "{% $states.input.p = 'a' %}"}, {"$.p": "a"}, 1),
        ({"Condition": '{% $p = "a" %}'}, {"$p": "a"}, 1),
        ({"Condition": "{% $states.input.p.q = true %}"}, {"$.p.q": True}, 1),
    ],
)  # fmt: skip
def test_a_value_that_is_given_decides_a_choice_as_far_as_it_goes(rule: State, given: dict[str, str | bool], seconds: int) -> None:  # fmt: skip
    states = {"?": choice({**rule, "Next": "A"}, otherwise="B"), "A": wait(1), "B": wait(50)}
    assert bound(machine(states), given=given).seconds == seconds


def test_a_value_closes_every_way_of_another_value_and_the_default_where_a_rule_holds() -> None:
    assert bound(machine(BY_VALUE)).ends == {"W": 100, "C": 200, "O": 300}
    assert bound(machine(BY_VALUE), given={"$.p": "cold"}).ends == {"C": 200}
    assert bound(machine(BY_VALUE), given={"$.p": "neither"}).ends == {"O": 300}


def test_a_value_is_given_in_branches_too() -> None:
    states = {"P": {"Type": "Parallel", "Branches": [machine(BY_VALUE)], "End": True}}
    assert bound(machine(states), given={"$.p": "warm"}).seconds == 100


def test_a_loop_that_a_value_leaves_open_alone_needs_its_counter_still() -> None:
    # 4 looks of 5 s, 3 pauses of 10 s, whether the look says wait or nothing is known.
    states = {
        **LOOP,
        "?": choice(
            {"And": [{"Variable": "$.said", "StringEquals": "wait"}, {"Variable": "$.c.n", "NumericGreaterThanEquals": 3}], "Next": "Z"},
            when("Pause", "$.said", StringEquals="wait"),
            otherwise="Z",
        ),
    }  # fmt: skip
    assert bound(machine(states), given={"$.said": "wait"}).seconds == 50
    assert bound(machine(states), given={"$.said": "on"}).seconds == 5


def test_a_choice_that_nothing_leads_on_from_ends_the_machine() -> None:
    # B's 50 s, then no rule holds: longer than A's 1 s.
    rules = [when("A", "$.p", StringEquals="a"), when("B", "$.p", StringEquals="b")]
    states = {
        "?": {"Type": "Choice", "Choices": rules},
        "A": wait(1),
        "B": wait(50, Next="None"),
        "None": {"Type": "Choice", "Choices": [when("A", "$.q", StringEquals="c")]},
    }
    found = bound(machine(states), given={"$.q": "d"})
    assert found.ends == {"?": 0, "A": 1, "None": 50}
    assert found.seconds == 50


def test_it_is_cut_where_a_state_is_entered() -> None:
    # A is over after 10 s; what B leads to has no bound, and is left out. C's way takes 10 + 7 s.
    states = {
        "A": task(10, Next="?"),
        "?": choice(when("B", "$.p", StringEquals="b"), otherwise="C"),
        "B": task(30, Next="Endless"),
        "Endless": {"Type": "Wait", "SecondsPath": "$.s", "Next": "B"},
        "C": wait(7),
    }
    found = bound(machine(states), until={"B"})
    assert found.ends == {"B": 10, "C": 17}
    assert bound(machine(states), until={"B", "C"}).ends == {"B": 10, "C": 10}
    assert bound(machine(states), until={"A"}).ends == {"A": 0}


def test_a_cut_in_a_loop_ends_the_loop() -> None:
    # The first look of 5 s, then its Choice, then the pause is entered.
    assert bound(machine(LOOP), until={"Pause"}).ends == {"Pause": 5, "Z": 5}


def test_without_errors_that_are_left_nothing_is_caught() -> None:
    # 2 calls of 10 s with 1 s between stay; the 100 s after an error go, also those in a branch.
    tried = task(10, Retry=[retry(MaxAttempts=1)], Catch=[caught("Late")], Next="Z")
    states = {"A": tried, "Late": wait(100), "Z": DONE}
    assert bound(machine(states)).seconds == 121
    assert bound(machine(states), caught=False).ends == {"Z": 21}
    branches = {"P": {"Type": "Parallel", "Branches": [machine(states)], "End": True}}
    assert bound(machine(branches), caught=False).seconds == 21


@pytest.mark.parametrize(
    ("until", "said"),
    [({"None"}, "--until 'None': no state has this name"), ({"I"}, "--until 'I': stands inside of another state")],
)
def test_a_cut_is_at_a_state_of_the_machine_itself(until: set[str], said: str) -> None:
    states = {"P": {"Type": "Parallel", "Branches": [machine({"I": wait(1)})], "End": True}}
    with pytest.raises(UnboundError) as error:
        bound(machine(states), until=until)
    assert error.value.problems == (said,)
