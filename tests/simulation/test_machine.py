"""The interpreter against the States Language: what a definition says is what happens."""

from __future__ import annotations

from typing import Any

import pytest

from modules.recovery_rules import rules
from modules.settings_file import load
from modules.state_machine import ADDED, INPUT, definition
from recovery.core.incident import Alarm
from recovery.core.lease import Kind
from recovery.core.passage import Passage
from recovery.core.protocol import Function
from recovery.core.records import run_input
from simulator.asl import Fork, Inline, Task, UnknownConstructError, compiled, matches
from simulator.paths import Context, PathError
from tests.conftest import CONFIG

NOW = Context(entered=1_800_000_100.0, started=1_800_000_000.0)
LATER = "2027-01-15T08:02:30.000Z"


def state(body: dict[str, Any]) -> Any:
    then = {} if body["Type"] == "Choice" else {"Next": "End"}
    return compiled({"StartAt": "It", "States": {"It": {**then, **body}, "End": {"Type": "Succeed"}}}).states["It"]


def passed(doc: dict[str, Any], **body: Any) -> Any:
    found = state({"Type": "Pass", **body})
    assert isinstance(found, Inline)
    return found.change(doc, NOW)


def chosen(doc: dict[str, Any], **rule: Any) -> bool:
    found = state({"Type": "Choice", "Choices": [{**rule, "Next": "yes"}], "Default": "no"})
    assert isinstance(found, Fork)
    return found.choose(doc, NOW) == "yes"


def test_a_pass_writes_where_its_path_says_and_nowhere_else() -> None:
    doc = {"said": {"Load": {"go": "on"}}, "polls": {"Confirm": {"n": 3}}}
    result = passed(doc, Parameters={"n.$": "States.MathAdd($.polls.Confirm.n, 1)"}, ResultPath="$.polls.Confirm")
    assert result == {"said": {"Load": {"go": "on"}}, "polls": {"Confirm": {"n": 4}}}
    assert doc["polls"] == {"Confirm": {"n": 3}}, "the document before is another world's as well"
    assert result["said"] is doc["said"], "what is not changed is shared"


def test_a_pass_takes_a_result_or_what_its_input_path_names() -> None:
    assert passed({}, Result="Shift", ResultPath="$.failed") == {"failed": "Shift"}
    doc = {"said": {"Capture": {"profile": "warm"}}}
    assert passed(doc, InputPath="$.said.Capture.profile", ResultPath="$.profile")["profile"] == "warm"


def test_the_context_gives_the_times() -> None:
    found = passed({}, Parameters={"at.$": "$$.State.EnteredTime", "began.$": "$$.Execution.StartTime"})
    assert found == {"at": "2027-01-15T08:01:40.000Z", "began": "2027-01-15T08:00:00.000Z"}


def begun(**given: Any) -> dict[str, Any]:
    """The document that the first step gets."""
    program = compiled(definition(rules(load(CONFIG, "dev").settings), {one: one.value for one in Function}))
    doc, name = given, program.start
    while True:
        match program.states[name]:
            case Inline() as made:
                doc, name = made.change(doc, NOW), made.next
            case Fork() as fork:
                name = fork.choose(doc, NOW)
            case _:
                return doc


def test_a_run_of_whoever_knows_less_begins_all_the_same() -> None:
    """While a deploy is under way, the function of the release before starts runs of the new machine."""
    given = run_input(Kind.DRILL, incident="drill-1", cause="a test", automatic=False)
    before = {name: value for name, value in given.items() if name not in ADDED}
    assert set(before) | {"run"} == set(INPUT)
    assert Passage.of(begun(**before, run="drill-1")).alarmed_at == 0.0


def test_a_run_begins_with_all_that_it_was_given() -> None:
    alarm = Alarm("shop-blue-errors", "blue", "ALARM", 1_800_000_000.0)
    given = run_input(Kind.ROLLBACK, incident="alarm-1", cause="a test", automatic=True, alarm=alarm)
    doc = begun(**given, run="rollback-1")
    assert {name: doc[name] for name in given} == given
    assert Passage.of(doc).alarmed_at == alarm.at


def test_a_path_that_leads_nowhere_ends_the_execution() -> None:
    with pytest.raises(PathError):
        chosen({"said": {}}, Variable="$.said.Load.go", StringEquals="on")


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"Variable": "$.word", "StringEquals": "on"}, True),
        ({"Variable": "$.number", "NumericGreaterThanEquals": 3}, True),
        ({"Variable": "$.number", "NumericGreaterThanEquals": 4}, False),
        ({"Variable": "$.number", "NumericLessThanPath": "$.larger"}, True),
        ({"Variable": "$.word", "NumericGreaterThan": 1}, False),
        ({"Variable": "$.nothing", "IsPresent": False}, True),
        ({"Variable": "$.at", "TimestampGreaterThanEqualsPath": "$.at"}, True),
        ({"Variable": "$$.State.EnteredTime", "TimestampGreaterThanEqualsPath": "$.at"}, False),
        ({"Variable": "$$.State.EnteredTime", "TimestampLessThan": LATER}, True),
        ({"Not": {"Variable": "$.word", "StringEquals": "off"}}, True),
        ({"And": [{"Variable": "$.word", "StringEquals": "on"}, {"Variable": "$.number", "NumericEquals": 2}]}, False),
        ({"Or": [{"Variable": "$.word", "StringEquals": "on"}, {"Variable": "$.number", "NumericEquals": 2}]}, True),
    ],
)
def test_a_choice_compares(rule: dict[str, Any], holds: bool) -> None:
    doc = {"word": "on", "number": 3, "larger": 4, "at": LATER}
    assert chosen(doc, **rule) is holds


def test_each_retrier_has_its_own_pauses() -> None:
    retry = [{"ErrorEquals": ["A"], "IntervalSeconds": 2, "BackoffRate": 3.0, "MaxAttempts": 4, "MaxDelaySeconds": 10}]
    found = state({"Type": "Task", "Resource": "f", "Parameters": {}, "TimeoutSeconds": 9, "Retry": retry})
    assert isinstance(found, Task)
    assert [found.retry[0].pause(number) for number in range(4)] == [2.0, 6.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("error", "names", "taken"),
    [
        ("AwsError", ("States.ALL",), True),
        ("States.Timeout", ("States.TaskFailed",), False),
        ("AwsError", ("States.TaskFailed",), True),
        ("States.Runtime", ("States.ALL",), False),
        ("AwsError", ("AwsBusyError",), False),
    ],
)
def test_an_error_is_taken_by_name(error: str, names: tuple[str, ...], taken: bool) -> None:
    assert matches(error, names) is taken


@pytest.mark.parametrize(
    "body",
    [
        {"Type": "Map"},
        {"Type": "Wait", "SecondsPath": "$.s"},
        {"Type": "Task", "Resource": "f", "Parameters": {}, "HeartbeatSeconds": 3},
    ],
)
def test_what_is_not_known_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises((UnknownConstructError, KeyError), match=r"It|Seconds"):
        state(body)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_projects_machine_is_known_whole(environment: str) -> None:
    made = definition(rules(load(CONFIG, environment).settings), {one: one.value for one in Function})
    assert set(compiled(made).states) == set(made["States"])
