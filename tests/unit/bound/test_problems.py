"""What is no state machine, or has no bound: a line each, which names the state and what would help."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any, cast

import pytest

from modules.bound import UnboundError, bound
from tests.unit.bound.test_brute_force import loop_free, polling
from tests.unit.bound.test_figures import (  # fmt: skip
    CASES,
    DONE,
    ITEM,
    LOOP,
    READER,
    caught,
    choice,
    machine,
    put,
    raised,
    retry,
    started,
    task,
    wait,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

State = dict[str, Any]
RUBBISH: list[Any] = [None, 1, -1, "", "$.a", [], {}, [1], {"a": 1}, True, 1e308, float("nan")]
INNER = {"StartAt": "I", "States": {"I": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}}

MALFORMED: dict[str, tuple[Any, list[str]]] = {
    "a list": ([], ["not a JSON object: a state machine is one, with StartAt and States"]),
    "no states": ({"StartAt": "A"}, ["no States: a state machine is an object with StartAt and States"]),
    "no start": ({"States": {"A": DONE}}, ["no StartAt: it names the first state"]),
    "an unknown start": ({"StartAt": "B", "States": {"A": DONE}}, ["StartAt: 'B' is no state; there are A"]),
    "a state that is none": ({"StartAt": "A", "States": {"A": 1}}, ["A: not a JSON object"]),
    "an unknown type": (machine({"A": {"Type": "Tsk"}}), ["A: Type 'Tsk' is none of Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map"]),
    "an unknown next state": (machine({"A": task(1, Next="B")}), ["A: Next: 'B' is no state"]),
    "no next state": (machine({"A": {"Type": "Pass"}}), ['A: either Next or "End": true says how it goes on']),
    "two ways on": (machine({"A": {"Type": "Pass", "End": True, "Next": "A"}}), ['A: either Next or "End": true says how it goes on']),
    "a rule to nowhere": (machine({"A": choice(when("B"), otherwise="C")}), ["A: Default: 'C' is no state", "A: Choices[0].Next: 'B' is no state"]),
    "a rule without a way": (machine({"A": choice({"Variable": "$.a"}, otherwise="A")}), ["A: Choices[0].Next is missing"]),
    "a catcher to nowhere": (machine({"A": task(1, Catch=[caught("B")])}), ["A: Catch[0].Next: 'B' is no state"]),
    "a choice of nothing": (machine({"A": {"Type": "Choice"}}), ["A: a Choice needs Choices"]),
    "rules that are no list": (machine({"A": {"Type": "Choice", "Choices": 1}}), ["A: Choices has to be a list of objects"]),
    "an and that is no list": (machine({"A": choice({"And": 1, "Next": "B"}, otherwise="B"), "B": DONE}), ["A: And has to be a list of objects"]),
    "errors that are no names": (machine({"A": task(1, Retry=[{"ErrorEquals": 1}])}), ["A: ErrorEquals has to be a list of names"]),
    "no branches": (machine({"A": {"Type": "Parallel", "End": True}}), ["A: a Parallel needs Branches"]),
    "no processor": (machine({"A": {"Type": "Map", "End": True}}), ["A: a Map needs an ItemProcessor"]),
    "a branch without a start": (
        machine({"A": {"Type": "Parallel", "Branches": [ITEM, {"States": {"B": DONE}}], "End": True}}),
        ["A, branch 2: no StartAt: it names the first state"],
    ),
    "all of it at once": (
        machine({"A": task(1, Next="B"), "C": {"Type": "Nothing"}}),
        ["A: Next: 'B' is no state", "C: Type 'Nothing' is none of Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map"],
    ),
}  # fmt: skip

UNBOUND: dict[str, tuple[State, list[str]]] = {
    "a task without a timeout": (
        {"A": {"Type": "Task", "Resource": "r", "End": True}},
        ["A: no TimeoutSeconds, so a call may take 99999999 s; give it TimeoutSeconds, or say --at-most 'A=SECONDS'"],
    ),
    "a heartbeat alone": (
        {"A": {"Type": "Task", "Resource": "r", "HeartbeatSeconds": 5, "End": True}},
        ["A: no TimeoutSeconds, so a call may take 99999999 s: HeartbeatSeconds ends none that goes on beating; give it TimeoutSeconds, or say --at-most 'A=SECONDS'"],
    ),
    "a timeout that the input says": (
        {"A": {"Type": "Task", "Resource": "r", "TimeoutSecondsPath": "$.t", "End": True}},
        ["A: its timeout is only known when it runs; give it TimeoutSeconds, or say --at-most 'A=SECONDS'"],
    ),
    "a wait that the input says": (
        {"A": {"Type": "Wait", "SecondsPath": "$.s", "End": True}},
        ["A: waits as long as SecondsPath says; give it Seconds, or say --at-most 'A=SECONDS'"],
    ),
    "a wait until a moment": (
        {"A": {"Type": "Wait", "TimestampPath": "$.s", "End": True}},
        ["A: waits as long as TimestampPath says; give it Seconds, or say --at-most 'A=SECONDS'"],
    ),
    "a wait for nothing": (
        {"A": {"Type": "Wait", "End": True}},
        ["A: says not how long it waits; give it Seconds, or say --at-most 'A=SECONDS'"],
    ),
    "a map of any number": (
        {"M": {"Type": "Map", "ItemsPath": "$.all", "ItemProcessor": ITEM, "End": True}},
        ["M: nothing limits how many items there are; read them by an ItemReader with MaxItems, or say --at-most 'M=ITEMS'"],
    ),
    "a wait in a map": (
        {"M": {"Type": "Map", "ItemReader": READER, "ItemProcessor": INNER, "End": True}},
        ["I: waits as long as SecondsPath says; give it Seconds, or say --at-most 'I=SECONDS'"],
    ),
    "a year of retries": (
        {"A": task(1, Retry=[retry(MaxAttempts=40)])},
        ["A: its retries go on for a year, the longest that an execution lasts; give it fewer MaxAttempts, or MaxDelaySeconds"],
    ),
    "retries without an end": (
        {"A": task(1, Retry=[retry(MaxAttempts=99999999, MaxDelaySeconds=1)])},
        ["A: 99999999 retries are more than a history holds; give it fewer MaxAttempts"],
    ),
    "a heartbeat as long as the timeout": (
        {"A": task(5, HeartbeatSeconds=5)}, ["A: HeartbeatSeconds has to be less than TimeoutSeconds, 5"],
    ),
    "a back-off that shrinks": ({"A": task(5, Retry=[retry(BackoffRate=0.5)])}, ["A: BackoffRate has to be 1 or more"]),
    "a count that is a text": ({"A": task(5, Retry=[retry(MaxAttempts="3")])}, ["A: MaxAttempts has to be a number"]),
    "a wait of less than nothing": ({"A": wait(-1)}, ["A: Seconds is below zero"]),
    "no end": ({"A": {"Type": "Pass", "Next": "A"}}, []),
    "two at once": (
        {"A": {"Type": "Wait", "SecondsPath": "$.s", "Next": "B"}, "B": {"Type": "Task", "Resource": "r", "End": True}},
        ["A: waits as long as SecondsPath says; give it Seconds, or say --at-most 'A=SECONDS'",
         "B: no TimeoutSeconds, so a call may take 99999999 s; give it TimeoutSeconds, or say --at-most 'B=SECONDS'"],
    ),
}  # fmt: skip

# A change to the loop of the figures' tests, and the reason that nothing counts it any more.
UNCOUNTED: dict[str, tuple[dict[str, State], str]] = {
    "nothing is raised": ({"Count": {"Type": "Pass", "Next": "Look"}}, ""),
    "nothing is compared": ({"?": choice(when("Z", "$.x", StringEquals="a"), otherwise="Pause")}, "$.c.n is not always compared before it changes again"),
    "another number is compared": ({"?": choice(when("Z", "$.d.n", NumericGreaterThanEquals=3), otherwise="Pause")}, "$.c.n is not always compared"),
    "a number that is passed over": ({"?": choice(when("Z", NumericEquals=3), otherwise="Pause")}, "$.c.n is not always compared"),
    "the wrong way round": ({"?": choice(when("Pause", NumericGreaterThanEquals=0), otherwise="Z")}, "$.c.n is not always compared"),
    "it is compared with another number": ({"?": choice(when("Z", NumericGreaterThanEqualsPath="$.most"), otherwise="Pause")}, "$.c.n is not always compared"),
    "only sometimes": (
        {"?": choice({"And": [{"Variable": "$.a", "StringEquals": "b"}, {"Variable": "$.c.n", "NumericGreaterThanEquals": 3}], "Next": "Z"}, otherwise="Pause")},
        "$.c.n is not always compared",
    ),
    "it is never set": ({"Set": {"Type": "Pass", "Next": "Look"}}, "$.c.n is not set to a number on every way that leads to the loop"),
    "it is set to a text": ({"Set": started("Look", "0")}, "$.c.n is not set to a number on every way"),
    "the look writes over it": ({"Look": task(5, Next="?")}, "$.c.n may be set by Look, in the loop itself"),
    "the look writes around it": ({"Look": task(5, Next="?", ResultPath="$.c")}, "$.c.n may be set by Look, in the loop itself"),
    "the pause sets it back": ({"Pause": put({"n": 0}, "Count", "$.c")}, "$.c.n may be set by Pause, in the loop itself"),
    "an error writes over it": (
        {"Look": task(5, Next="?", ResultPath="$.said", Catch=[caught("?")])}, "$.c.n may be set by Look, in the loop itself",
    ),
    "what it hands on is cut out": ({"Look": task(5, Next="?", ResultPath="$.said", OutputPath="$.said")}, "$.c.n may be set by Look, in the loop itself"),
    "the look writes below it": ({"Look": task(5, Next="?", ResultPath="$.c.n.more")}, "$.c.n may be set by Look, in the loop itself"),
    "what it reads is cut out": ({"Pause": wait(10, Next="Count", InputPath="$.c")}, "$.c.n may be set by Pause, in the loop itself"),
    "it is raised and lowered": ({"Pause": raised("Count", -1)}, "$.c.n is not always raised, or always lowered"),
    "a way past the comparison": ({"Look": task(5, Next="?", ResultPath="$.said", Catch=[{**caught("Count"), "ResultPath": "$.e"}])}, "$.c.n is not always compared"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_state_machine_says_all_that_is_wrong(name: str) -> None:
    document, said = MALFORMED[name]
    assert sorted(problems(document)) == sorted(said)


@pytest.mark.parametrize("name", UNBOUND)
def test_what_has_no_bound_names_the_state_and_what_would_help(name: str) -> None:
    states, said = UNBOUND[name]
    assert problems(machine(states)) == said or not said


@pytest.mark.parametrize("name", UNCOUNTED)
def test_a_loop_that_nothing_counts_is_named_with_the_reason(name: str) -> None:
    edit, reason = UNCOUNTED[name]
    [problem] = problems(machine({**LOOP, **edit}))
    assert ": nothing counts this loop" in problem
    assert "Look" in problem.partition(":")[0]
    assert reason in problem


def test_a_counter_that_is_set_on_one_way_only_counts_nothing() -> None:
    states = {"Which": choice(when("Set", "$.w", StringEquals="a"), otherwise="Look"), **LOOP}
    [problem] = problems(machine(states))
    assert "$.c.n is not set to a number on every way" in problem


def test_what_is_told_of_a_state_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnboundError, match="--at-most 'B': no state has this name"):
        bound(machine({"A": task(1)}), {"B": 1})


@pytest.mark.parametrize("seed", range(300))
def test_no_document_whatever_ends_otherwise_than_with_a_bound_or_a_line(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 no secret
    made = [loop_free(chance), polling(chance), machine(copy.deepcopy(chance.choice([*CASES.values()]).states))]
    document = spoiled(chance, chance.choice(made))
    said = outcome(document)
    assert said, json.dumps(document)
    assert all(len(problem.splitlines()) == 1 for problem in said), said


def outcome(document: State) -> list[str]:
    """The bound, or what stands against one."""
    try:
        return [str(bound(document).seconds)]
    except UnboundError as error:
        return list(error.problems)


def problems(document: Any) -> list[str]:
    with pytest.raises(UnboundError) as caught_:
        bound(document)
    return list(caught_.value.problems)


def spoiled(chance: random.Random, document: State) -> State:
    """Up to three of its values replaced by what stands there in no state machine."""
    for _ in range(chance.randint(1, 3)):
        places = [*containers(document)]
        if places:
            place, key = chance.choice(places)
            place[key] = chance.choice(RUBBISH)
    return document


def containers(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what it is in, and its key or index there."""
    if isinstance(value, dict | list):
        held = cast("dict[str, Any] | list[Any]", value)
        for key, one in [*(held.items() if isinstance(held, dict) else enumerate(held))]:
            yield held, key
            yield from containers(one)
