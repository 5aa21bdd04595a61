"""Small state machines that together use every construct, each with its figure computed by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from modules.bound import bound

State = dict[str, Any]


@dataclass(frozen=True)
class Case:
    seconds: str
    states: dict[str, State]
    at_most: dict[str, int] = field(default_factory=dict[str, int])
    path: tuple[str, ...] = ()
    """The states that the path leads through, in order, where the figure alone would not tell."""


def task(seconds: float, **more: Any) -> State:
    return {"Type": "Task", "Resource": "arn:aws:lambda:::function:any", "TimeoutSeconds": seconds, **_on(more)}


def wait(seconds: float, **more: Any) -> State:
    return {"Type": "Wait", "Seconds": seconds, **_on(more)}


def choice(*rules: State, otherwise: str) -> State:
    return {"Type": "Choice", "Choices": list(rules), "Default": otherwise}


def put(value: Any, then: str, at: str = "$.n") -> State:
    return {"Type": "Pass", "Result": value, "ResultPath": at, "Next": then}


def raised(then: str, by: int = 1, at: str = "$.c") -> State:
    return {"Type": "Pass", "Parameters": {"n.$": f"States.MathAdd({at}.n, {by})"}, "ResultPath": at, "Next": then}


def started(then: str, value: Any = 0, at: str = "$.c") -> State:
    return {"Type": "Pass", "Result": {"n": value}, "ResultPath": at, "Next": then}


def when(then: str, variable: str = "$.c.n", **compares: Any) -> State:
    return {"Variable": variable, **compares, "Next": then}


def retry(*errors: str, **more: Any) -> State:
    return {"ErrorEquals": list(errors or ("States.ALL",)), **more}


def caught(then: str, *errors: str) -> State:
    return {"ErrorEquals": list(errors or ("States.ALL",)), "Next": then}


def machine(states: dict[str, State], **more: Any) -> State:
    return {"StartAt": next(iter(states)), "States": states, **more}


def _on(more: dict[str, Any]) -> dict[str, Any]:
    return more if "Next" in more else {**more, "End": True}


DONE: State = {"Type": "Succeed"}
READER = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"MaxItems": 10}}
ITEM = {"StartAt": "I", "States": {"I": task(6)}}
LOOP = {
    "Set": started("Look"),
    "Look": task(5, Next="?", ResultPath="$.said"),
    "?": choice(when("Z", NumericGreaterThanEquals=3), otherwise="Pause"),
    "Pause": wait(10, Next="Count"),
    "Count": raised("Look"),
    "Z": DONE,
}

CASES: dict[str, Case] = {
    # Nothing takes time.
    "a pass": Case("0", {"A": {"Type": "Pass", "End": True}}),
    "a success": Case("0", {"A": DONE}),
    "a failure": Case("0", {"A": {"Type": "Fail", "Error": "E"}}),
    # 30 s
    "a task": Case("30", {"A": task(30)}),
    # 7 s
    "a wait": Case("7", {"A": wait(7)}),
    # Told: 40 s, and 5 s
    "a wait until the input says": Case(
        "45", {"A": {"Type": "Wait", "SecondsPath": "$.s", "Next": "B"}, "B": wait(5)}, {"A": 40}
    ),
    "a wait until a moment": Case("60", {"A": {"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "End": True}}, {"A": 60}),
    "a wait until a moment that the input says": Case(
        "30", {"A": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}, {"A": 30}
    ),
    "a task whose timeout the input says": Case(
        "20", {"A": {"Type": "Task", "Resource": "r", "TimeoutSecondsPath": "$.t", "End": True}}, {"A": 20}
    ),
    # 10 + 20 + 30
    "a chain": Case("60", {"A": task(10, Next="B"), "B": wait(20, Next="C"), "C": task(30)}),
    # The heartbeat ends no call that goes on beating: 60 s.
    "a heartbeat": Case("60", {"A": task(60, HeartbeatSeconds=10)}),
    # 1 s, and the longer of 50 s and 20 s.
    "a choice takes the longer way": Case(
        "51",
        {"A": task(1, Next="?"), "?": choice(when("B", IsPresent=True), otherwise="C"), "B": wait(20), "C": wait(50)},
        path=("A", "?", "C"),
    ),
    # Defaults: 3 retries after 1, 2 and 4 s: 4 times 10 + 7.
    "a retry's defaults": Case("47", {"A": task(10, Retry=[retry()])}),
    # 2 + 3 + 4.5 between 4 tries of 10 s.
    "a retry's own back-off": Case(
        "49.5", {"A": task(10, Retry=[retry(IntervalSeconds=2, BackoffRate=1.5, MaxAttempts=3)])}
    ),
    # 1 + 2 + 4 + 5 + 5 between 6 tries of 1 s.
    "a retry's longest delay": Case("23", {"A": task(1, Retry=[retry(MaxAttempts=5, MaxDelaySeconds=5)])}),
    # Jitter shortens the 3 s: 2 times 10 + 3.
    "a retry with jitter": Case(
        "23", {"A": task(10, Retry=[retry(IntervalSeconds=3, MaxAttempts=1, JitterStrategy="FULL")])}
    ),
    "no retries": Case("10", {"A": task(10, Retry=[retry(MaxAttempts=0)])}),
    # Errors take turns: 1 + 2 + 1 tries of 10 s, 1 + 1 s before the first one's, 5 s before the other's.
    "two retriers": Case(
        "47",
        {"A": task(10, Retry=[retry("X", MaxAttempts=2, BackoffRate=1), retry("Y", MaxAttempts=1, IntervalSeconds=5)])},
    ),
    # The second never hears of an X: 2 times 10 + 1.
    "a retrier that no error reaches": Case(
        "21", {"A": task(10, Retry=[retry("X", "Y", MaxAttempts=1), retry("X", MaxAttempts=9)])}
    ),
    # 2 tries of 10 s, 1 s between, then caught: 100 s.
    "a catch": Case(
        "121", {"A": task(10, Retry=[retry(MaxAttempts=1)], Catch=[caught("B")]), "B": wait(100)}, path=("A", "B")
    ),
    # The longer of 5 + 5 s and 8 s.
    "a parallel": Case(
        "10",
        {
            "P": {
                "Type": "Parallel",
                "Branches": [machine({"A": task(5, Next="B"), "B": wait(5)}), machine({"C": task(8)})],
                "End": True,
            }
        },
    ),
    # Two tries of the longer branch's 6 s, 1 s between them, and 3 s after the error.
    "a parallel that is tried again": Case(
        "16",
        {
            "P": {
                "Type": "Parallel",
                "Branches": [machine({"A": task(4)}), machine({"B": task(6)})],
                "Retry": [retry(MaxAttempts=1)],
                "Catch": [caught("C")],
                "End": True,
            },
            "C": wait(3),
        },
    ),
    # 10 items of 6 s: ⌈10 / 4⌉ = 3 rounds.
    "a map": Case("18", {"M": {"Type": "Map", "MaxConcurrency": 4, "ItemProcessor": ITEM, "ItemReader": READER, "End": True}}),
    # Told 100 items: ⌈100 / 40⌉ = 3 rounds of 6 s.
    "a map of told items": Case("18", {"M": {"Type": "Map", "ItemProcessor": ITEM, "End": True}}, {"M": 100}),
    # The same, 10,000 at once.
    "a distributed map": Case(
        "6", {"M": {"Type": "Map", "ItemProcessor": {**ITEM, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}, "End": True}}, {"M": 100}
    ),
    # Whatever the input says: one at a time, 5 times 6 s.
    "a map as wide as the input says": Case(
        "30", {"M": {"Type": "Map", "MaxConcurrencyPath": "$.m", "Iterator": ITEM, "End": True}}, {"M": 5}
    ),
    # 3 items, 2 at once: 2 rounds, of the longer branch's 9 s each.
    "a parallel in a map": Case(
        "18",
        {
            "M": {
                "Type": "Map",
                "MaxConcurrency": 2,
                "ItemProcessor": machine({"P": {"Type": "Parallel", "Branches": [ITEM, machine({"J": wait(9)})], "End": True}}),
                "End": True,
            }
        },
        {"M": 3},
    ),
    # Looks at 0, 1, 2 and 3: 4 times 5, and 3 times 10 between them.
    "a loop that counts up": Case("50", LOOP),
    # > 3 lets 3 pass: 5 looks, 4 pauses.
    "a loop that ends above": Case("65", {**LOOP, "?": choice(when("Z", NumericGreaterThan=3), otherwise="Pause")}),
    # As the first.
    "a loop that goes on below": Case("50", {**LOOP, "?": choice(when("Pause", NumericLessThan=3), otherwise="Z")}),
    "a loop that goes on up to": Case("65", {**LOOP, "?": choice(when("Pause", NumericLessThanEquals=3), otherwise="Z")}),
    "a loop under a not": Case(
        "50", {**LOOP, "?": choice({"Not": {"Variable": "$.c.n", "NumericLessThan": 3}, "Next": "Z"}, otherwise="Pause")}
    ),
    # As the run's machine has it: late where it would wait and has waited often enough.
    "a loop that ends where it would go on": Case(
        "50",
        {
            **LOOP,
            "?": choice(
                {"And": [{"Variable": "$.said", "StringEquals": "wait"}, {"Variable": "$.c.n", "NumericGreaterThanEquals": 3}], "Next": "Z"},
                {"Variable": "$.said", "StringEquals": "wait", "Next": "Pause"},
                otherwise="Z",
            ),
        },
    ),
    # Looks at 0, 2 and 4: 3 times 5 + 2 times 10.
    "a loop in steps of two": Case("35", {**LOOP, "Count": raised("Look", 2)}),
    # Looks at 2 and 3.
    "a loop that begins later": Case("20", {**LOOP, "Set": started("Look", 2)}),
    # Looks at 3, 2, 1 and 0.
    "a loop that counts down": Case(
        "50",
        {
            **LOOP,
            "Set": started("Look", 3),
            "?": choice(when("Pause", NumericGreaterThan=0), otherwise="Z"),
            "Count": raised("Look", -1),
        },
    ),
    # Done 3 times before the look says stop: 3 times 5.
    "a loop that counts first": Case(
        "15",
        {
            "Set": started("Count"),
            "Count": raised("Do"),
            "Do": task(5, Next="?", ResultPath=None),
            "?": choice(when("Count", NumericLessThan=3), otherwise="Z"),
            "Z": DONE,
        },
    ),
    # After each of 3 counts it goes the slow way: 4 times 5 and 3 times 100.
    "a loop with two ways back": Case(
        "320",
        {
            **LOOP,
            "?": choice(when("Z", NumericGreaterThanEquals=3), otherwise="Count"),
            "Count": raised("Which"),
            "Which": choice(when("Fast", "$.w", StringEquals="fast"), otherwise="Slow"),
            "Fast": wait(1, Next="Look"),
            "Slow": wait(100, Next="Look"),
        },
    ),
    # It begins beyond its limit, and is done once before anybody looks: 5 s.
    "a loop that counts first and is over at once": Case(
        "5",
        {
            "Set": started("Count", 7),
            "Count": raised("Do"),
            "Do": task(5, Next="?", ResultPath=None),
            "?": choice(when("Count", NumericLessThan=3), otherwise="Z"),
            "Z": DONE,
        },
    ),
    # A variable counts as well: as the first.
    "a loop that a variable counts": Case(
        "50",
        {
            "Set": {"Type": "Pass", "Assign": {"n": 0}, "Next": "Look"},
            "Look": task(5, Next="?"),
            "?": choice(when("Z", "$n", NumericGreaterThanEquals=3), otherwise="Pause"),
            "Pause": wait(10, Next="Look", Assign={"n.$": "States.MathAdd($n, 1)"}),
            "Z": DONE,
        },
    ),
    "a loop in JSONata": Case(
        "50",
        {
            "Set": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"n": 0}, "Next": "Look"},
            "Look": task(5, Next="?"),
            "?": {**choice({"Condition": "{% $n >= 3 %}", "Next": "Z"}, otherwise="Pause"), "QueryLanguage": "JSONata"},
            "Pause": wait(10, Next="Look", QueryLanguage="JSONata", Assign={"n": "{% $n + 1 %}"}),
            "Z": DONE,
        },
    ),
    # Two branches with a loop each: only one is taken. 4 times 5 + 3 times 10, not 4 times 1 + 3 times 2 more.
    "one of two loops": Case(
        "50",
        {
            "Set": started("Which"),
            "Which": choice(when("Look", "$.w", StringEquals="a"), otherwise="B"),
            **{name: state for name, state in LOOP.items() if name != "Set"},
            "B": task(1, Next="B?", ResultPath="$.said"),
            "B?": choice(when("Z", NumericGreaterThanEquals=3), otherwise="BPause"),
            "BPause": wait(2, Next="BCount"),
            "BCount": raised("B"),
        },
    ),
    # One after the other: 50 twice.
    "two loops, one after the other": Case(
        "100",
        {
            **LOOP,
            "Z": started("Look2", at="$.d"),
            "Look2": task(5, Next="?2", ResultPath="$.said"),
            "?2": choice(when("End", "$.d.n", NumericGreaterThanEquals=3), otherwise="Pause2"),
            "Pause2": wait(10, Next="Count2"),
            "Count2": raised("Look2", at="$.d"),
            "End": DONE,
        },
    ),
    # The inner loop, of 2 times 3 s, is set back by the outer one, which passes it 3 times; 2 times 7 s between.
    "a loop in a loop": Case(
        "32",
        {
            "Set": started("Back"),
            "Back": started("In", at="$.d"),
            "In": task(3, Next="In?", ResultPath="$.said"),
            "In?": choice(when("Out?", "$.d.n", NumericGreaterThanEquals=1), otherwise="InCount"),
            "InCount": raised("In", at="$.d"),
            "Out?": choice(when("Z", NumericGreaterThanEquals=2), otherwise="Pause"),
            "Pause": wait(7, Next="Count"),
            "Count": raised("Back"),
            "Z": DONE,
        },
    ),
    # The way out through the error: 3 s are caught at the last look, then 100 s.
    "a loop that is left by an error": Case(
        "150", {**LOOP, "Look": task(5, Next="?", ResultPath="$.said", Catch=[{**caught("Late"), "ResultPath": "$.e"}]), "Late": wait(100)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_bound_is_what_was_computed_by_hand(name: str) -> None:
    case = CASES[name]
    found = bound(machine(case.states), case.at_most)
    assert found.seconds == Fraction(case.seconds)
    assert max(found.ends.values()) == found.ends[found.end] == found.seconds
    assert case.path in ((), tuple(row.state for row in found.path))


@pytest.mark.parametrize("name", CASES)
def test_the_path_s_seconds_add_up_as_they_are_written(name: str) -> None:
    case = CASES[name]
    written = bound(machine(case.states), case.at_most).json()
    assert sum(row["seconds"] for row in written["path"]) == written["bound_seconds"] == float(case.seconds)
    assert all(row["why"] for row in written["path"])


def test_every_construct_is_in_one_of_them() -> None:
    written = json.dumps([machine(case.states) for case in CASES.values()])
    kinds = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
    fields = (
        *(
            "TimeoutSeconds",
            "TimeoutSecondsPath",
            "HeartbeatSeconds",
            "Retry",
            "Catch",
            "JitterStrategy",
            "MaxDelaySeconds",
        ),
        *("Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Default", "And", "Not", "Assign", "Condition"),
        *("ItemReader", "MaxItems", "MaxConcurrency", "MaxConcurrencyPath", "Iterator", "QueryLanguage"),
    )
    assert not [kind for kind in kinds if f'"Type": "{kind}"' not in written]
    assert not [field for field in fields if f'"{field}": ' not in written]
    assert '"Mode": "DISTRIBUTED"' in written
    assert len(CASES) >= 20


def test_each_end_has_its_own_figure() -> None:
    # Ok after 10 s, Bad after 10 + 5 s.
    found = bound(
        machine(
            {
                "A": task(10, Next="Ok", Catch=[caught("Tell")]),
                "Tell": wait(5, Next="Bad"),
                "Ok": DONE,
                "Bad": {"Type": "Fail"},
            }
        )
    )
    assert found.ends == {"Ok": 10, "Bad": 15}
    assert found.end == "Bad"


def test_a_state_that_nothing_leads_to_costs_nothing() -> None:
    # B and its endless wait are never entered.
    assert bound(machine({"A": task(10), "B": {"Type": "Wait", "SecondsPath": "$.s", "End": True}})).seconds == 10


def test_the_machine_s_own_timeout_is_told_beside_the_path() -> None:
    found = bound(machine({"A": task(10)}, TimeoutSeconds=4))
    assert (found.seconds, found.timeout) == (10, 4)
