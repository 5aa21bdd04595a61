"""The simulator's interpreter of the States Language, and the emulator's (Step Functions guide)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.moments import seconds
from tests.contract.fakes.side import FLAKY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.fakes.side import Ended, Side

START: dict[str, Any] = {"kind": "release", "cause": "a test", "said": {}, "n": 5}
DONE: dict[str, Any] = {"Type": "Succeed"}
ALL = "States.ALL"


def run(side: Side, first: Mapping[str, Any], document: Mapping[str, Any] | None = None, **more: Any) -> Ended:
    """A machine that begins with a state, goes on to `Done`, and to what else there is."""
    states = {"First": first, "Done": DONE, "Failed": {"Type": "Fail"}, **more}
    return side.execute({"StartAt": "First", "States": states}, document or START)


def call(failures: int = 0, error: str = "busy", **more: Any) -> dict[str, Any]:
    """A task whose function fails so many times."""
    parameters = {"failures": failures, "with": error, "n.$": "$.n"}
    return {
        "Type": "Task",
        "Resource": FLAKY,
        "Parameters": parameters,
        "ResultPath": "$.said.First",
        "Next": "Done",
        **more,
    }


def retry(*errors: str, attempts: int = 2) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": attempts}


def caught(*errors: str, then: str = "Done") -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "ResultPath": "$.said.First", "Next": then}


def test_a_tasks_result_stands_beside_its_input(side: Side) -> None:
    ended = run(side, call())
    event = {"failures": 0, "with": "busy", "n": 5}
    assert ended == ("SUCCEEDED", {**START, "said": {"First": {"calls": 1, "event": event}}})


def test_what_fails_is_tried_again_as_often_as_its_retrier_says(side: Side) -> None:
    """Error handling, "Retrying after an error": MaxAttempts are those after the first one."""
    ended = run(side, call(failures=2, Retry=[retry("BusyError")]))
    assert ended.status == "SUCCEEDED"
    assert ended.output["said"]["First"]["calls"] == 3


def test_what_fails_once_more_than_that_fails_its_run(side: Side) -> None:
    assert run(side, call(failures=3, Retry=[retry("BusyError")])) == ("FAILED", None)


def test_what_fails_once_more_than_that_is_caught_and_its_input_kept(side: Side) -> None:
    ended = run(side, call(failures=9, Retry=[retry("BusyError")], Catch=[caught(ALL)]))
    assert ended.status == "SUCCEEDED"
    assert ended.output["said"]["First"]["Error"] == "BusyError"
    assert '"call 3"' in ended.output["said"]["First"]["Cause"]
    assert {**ended.output, "said": {}} == START


def test_another_error_is_not_tried_again(side: Side) -> None:
    ended = run(side, call(failures=1, error="refused", Retry=[retry("BusyError")], Catch=[caught(ALL)]))
    assert ended.output["said"]["First"]["Error"] == "RefusedError"


@pytest.mark.parametrize(("wild", "status"), [(ALL, "SUCCEEDED"), ("States.TaskFailed", "SUCCEEDED")])
def test_a_wild_card_takes_a_functions_error(side: Side, wild: str, status: str) -> None:
    assert run(side, call(failures=1, Retry=[retry(wild)])).status == status


def test_a_functions_error_is_no_time_out(side: Side) -> None:
    assert run(side, call(failures=1, Catch=[caught("States.Timeout")])).status == "FAILED"


def test_the_first_catcher_that_takes_an_error_does(side: Side) -> None:
    catch = [caught("RefusedError", then="Failed"), caught("BusyError"), caught(ALL, then="Failed")]
    assert run(side, call(failures=1, Catch=catch)).status == "SUCCEEDED"


def test_no_attempt_is_one(side: Side) -> None:
    """A retrier with MaxAttempts 0 takes the error, and tries nothing."""
    first = call(failures=1, Retry=[retry("BusyError", attempts=0), retry(ALL)], Catch=[caught(ALL)])
    assert run(side, first).output["said"]["First"]["Error"] == "BusyError"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"Variable": "$.kind", "StringEquals": "release"}, True),
        ({"Variable": "$.kind", "StringEquals": "drill"}, False),
        ({"Variable": "$.n", "NumericGreaterThanEquals": 5}, True),
        ({"Variable": "$.n", "NumericGreaterThanEquals": 6}, False),
        ({"Variable": "$.kind", "NumericGreaterThanEquals": 0}, False),
        ({"Variable": "$.none", "IsPresent": False}, True),
        ({"Variable": "$.said", "IsPresent": True}, True),
        ({"Not": {"Variable": "$.n", "NumericGreaterThanEquals": 6}}, True),
        ({"And": [{"Variable": "$.n", "NumericEquals": 5}, {"Variable": "$.kind", "StringEquals": "drill"}]}, False),
        ({"And": [{"Variable": "$.n", "NumericEquals": 5}, {"Variable": "$.kind", "StringEquals": "release"}]}, True),
        ({"Or": [{"Variable": "$.n", "NumericLessThan": 5}, {"Variable": "$.kind", "StringEquals": "release"}]}, True),
        ({"Variable": "$$.State.EnteredTime", "TimestampGreaterThanEqualsPath": "$.before"}, True),
        ({"Variable": "$$.State.EnteredTime", "TimestampGreaterThanEqualsPath": "$.after"}, False),
    ],
    ids=[
        "equal",
        "another",
        "as large",
        "smaller",
        "of another type",
        "not there",
        "there",
        "not",
        "one and not the other",
        "both",
        "or",
        "later",
        "earlier",
    ],
)
def test_a_choice_compares(side: Side, rule: dict[str, Any], holds: bool) -> None:
    document = {**START, "before": "2020-01-01T00:00:00.000Z", "after": "2099-01-01T00:00:00.000Z"}
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Done"}], "Default": "Failed"}
    assert run(side, choice, document).status == ("SUCCEEDED" if holds else "FAILED")


def test_of_what_is_not_there_nothing_is_asked_where_a_rule_asks_first_whether_it_is(side: Side) -> None:
    """Step Functions guide, "Choice state": its example asks for IsPresent, and compares, in one And."""
    asked = [{"Variable": "$.none", "IsPresent": True}, {"Variable": "$.none", "StringEquals": "x"}]
    first = {"Type": "Choice", "Choices": [{"And": asked, "Next": "Failed"}], "Default": "Done"}
    assert run(side, first).status == "SUCCEEDED"


def test_the_first_rule_that_holds_chooses(side: Side) -> None:
    rules = [
        {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Failed"},
        {"Variable": "$.n", "NumericGreaterThan": 4, "Next": "Done"},
        {"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Failed"},
    ]
    assert run(side, {"Type": "Choice", "Choices": rules, "Default": "Failed"}).status == "SUCCEEDED"


def test_where_no_rule_holds_and_none_is_the_default_the_run_fails(side: Side) -> None:
    rules = [{"Variable": "$.n", "NumericEquals": 6, "Next": "Done"}]
    assert run(side, {"Type": "Choice", "Choices": rules}).status == "FAILED"


def test_a_choice_by_what_is_not_there_fails_the_run(side: Side) -> None:
    rules = [{"Variable": "$.none.deeper", "StringEquals": "x", "Next": "Done"}]
    assert run(side, {"Type": "Choice", "Choices": rules, "Default": "Done"}).status == "FAILED"


def test_parameters_that_name_what_is_not_there_fail_the_run(side: Side) -> None:
    first = {"Type": "Pass", "Parameters": {"n.$": "$.none"}, "Next": "Done"}
    assert run(side, first).status == "FAILED"


def test_a_pass_writes_its_result_where_its_path_says(side: Side) -> None:
    first = {"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.said.deep.er", "Next": "Done"}
    assert run(side, first) == ("SUCCEEDED", {**START, "said": {"deep": {"er": {"a": 1}}}})


def test_a_pass_hands_on_what_its_input_path_names(side: Side) -> None:
    first = {"Type": "Pass", "InputPath": "$.kind", "ResultPath": "$.profile", "Next": "Done"}
    assert run(side, first).output == {**START, "profile": "release"}


def test_a_pass_makes_a_document_of_its_parameters(side: Side) -> None:
    parameters = {"kept.$": "$.n", "all": {"of.$": "$.said", "it": [1]}, "more.$": "States.MathAdd($.n, 2)"}
    first = {"Type": "Pass", "Parameters": parameters, "Next": "Done"}
    assert run(side, first).output == {"kept": 5, "all": {"of": {}, "it": [1]}, "more": 7}


def test_a_wait_changes_nothing_and_takes_its_time(side: Side) -> None:
    before = {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "ResultPath": "$.first", "Next": "Pause"}
    after = {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "ResultPath": "$.last", "Next": "Late"}
    late = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.last.at", "TimestampGreaterThanPath": "$.first.at", "Next": "Done"}],
        "Default": "Failed",
    }
    pause = {"Type": "Wait", "Seconds": 7, "Next": "Last"}
    ended = run(side, before, Pause=pause, Last=after, Late=late)
    assert ended.status == "SUCCEEDED"
    first, last = ended.output.pop("first"), ended.output.pop("last")
    assert 7 <= seconds(last["at"]) - seconds(first["at"]) < 10
    assert ended.output == START


def test_parameters_that_name_what_is_not_there_end_a_run_and_nothing_catches(side: Side) -> None:
    """Error handling: States.ALL "can't catch the States.Runtime error type"."""
    ended = run(side, call(Catch=[caught(ALL)]), {"kind": "release", "cause": "a test", "said": {}})
    assert ended.status == "FAILED"
