"""State machines run as Step Functions runs them: once by name, by version and alias, and by the emulator's clock."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from localaws.process import running
from tests.contract.account import Account
from tests.contract.conftest import ACCOUNT, REGION
from tests.contract.workshop import Workshop, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

INVOKE = "arn:aws:states:::lambda:invoke"
FLAKY = """
import time
times = []
def handler(event, context):
    times.append(time.time())
    if len(times) <= event["failures"]:
        raise RuntimeError("not yet")
    return [round(later - earlier) for earlier, later in zip(times, times[1:])]
"""
COUNT = "def handler(event, context): return {'n': event['n'] + 1}"
FINISH: dict[str, Any] = {"Type": "Pass", "End": True}
WAIT_HOUR: dict[str, Any] = {"Type": "Wait", "Seconds": 3600, "End": True}
SPEED = 60.0


@pytest.fixture(scope="module")
def shop(account: Account) -> Workshop:
    return Workshop(account)


@pytest.fixture(scope="module")
def fast() -> Iterator[Workshop]:
    with running(ACCOUNT, REGION, speed=SPEED) as emulator:
        yield Workshop(Account(emulator))


def test_parameters_that_name_what_is_not_there_fail_a_run_and_no_wild_card_catches_it(shop: Workshop) -> None:
    """Step Functions guide, "Error handling": States.ALL "can't catch the States.Runtime error type"."""
    task = {
        "Type": "Task",
        "Resource": shop.function_arn(shop.function()),
        "Parameters": {"n.$": "$.none"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    ended = shop.run(shop.machine({"Task": task, "Caught": FINISH}))
    assert (ended["status"], ended.get("error")) == ("FAILED", "States.Runtime"), ended


def test_a_hundred_rounds_of_a_task_and_a_choice_take_seconds(shop: Workshop) -> None:
    machine = shop.machine(
        {
            "Count": {
                "Type": "Task",
                "Resource": INVOKE,
                "Parameters": {"FunctionName": shop.function(COUNT), "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "Next": "Enough",
            },
            "Enough": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 100, "Next": "Count"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        }
    )
    began = time.monotonic()
    ended = shop.run(machine, {"n": 0})
    assert json.loads(ended["output"]) == {"n": 100}
    assert time.monotonic() - began < 5


def test_intrinsic_functions(shop: Workshop) -> None:
    """Amazon States Language, "Intrinsic functions"."""
    calls = {
        "sum.$": "States.MathAdd($.n, 2)",
        "text.$": "States.Format('{} of {}', $.n, $.name)",
        "list.$": "States.Array($.n, $.name)",
        "one.$": "States.ArrayGetItem(States.Array(7, 8), 1)",
        "json.$": "States.StringToJson($.text)",
        "both.$": "States.JsonMerge($.a, $.b, false)",
    }
    content = {"n": 3, "name": "x", "text": '{"k": 1}', "a": {"p": 1}, "b": {"q": 2}}
    ended = shop.run(shop.machine({"P": {**FINISH, "Parameters": calls}}), content)
    assert json.loads(ended["output"]) == {
        "sum": 5,
        "text": "3 of x",
        "list": [3, "x"],
        "one": 8,
        "json": {"k": 1},
        "both": {"p": 1, "q": 2},
    }


def test_a_wait_goes_by_the_clock(shop: Workshop) -> None:
    execution = shop.start(shop.machine({"W": WAIT_HOUR}))
    shop.account.advance(3500)
    time.sleep(0.2)
    assert status(shop, execution) == "RUNNING"
    shop.account.advance(200)
    ended = shop.ended(execution)
    assert ended["status"] == "SUCCEEDED"
    assert timedelta(hours=1) <= ended["stopDate"] - ended["startDate"] < timedelta(hours=2)


def test_a_fast_clock_makes_a_wait_short(fast: Workshop) -> None:
    began = time.monotonic()
    ended = fast.run(fast.machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}}))
    assert 1 <= time.monotonic() - began < 3
    assert ended["stopDate"] - ended["startDate"] >= timedelta(seconds=60)


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S+00:00"])
def test_a_wait_until_a_time_goes_by_the_clock(shop: Workshop, form: str) -> None:
    """Amazon States Language, "Timestamps": RFC 3339."""
    now = shop.invoke(shop.function("import time\ndef handler(e, c): return time.time()"))
    until = datetime.fromtimestamp(now).astimezone() + timedelta(hours=1)
    text = (until - (until.utcoffset() or timedelta())).strftime(form)
    execution = shop.start(shop.machine({"W": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}), {"at": text})
    shop.account.advance(3500)
    time.sleep(0.2)
    assert status(shop, execution) == "RUNNING"
    shop.account.advance(200)
    assert shop.ended(execution)["status"] == "SUCCEEDED"


def test_a_retry_backs_off_to_its_longest_delay_by_the_clock(fast: Workshop) -> None:
    """Amazon States Language, "Errors": IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts."""
    every = {"IntervalSeconds": 40, "BackoffRate": 2, "MaxDelaySeconds": 100, "MaxAttempts": 3}
    retry = [{"ErrorEquals": ["RuntimeError"], **every}]
    function = fast.function_arn(fast.function(FLAKY))
    machine = fast.machine({"T": {"Type": "Task", "Resource": function, "Retry": retry, "End": True}})
    pauses = json.loads(fast.run(machine, {"failures": 3})["output"])
    for pause, expected in zip(pauses, (40, 80, 100), strict=True):
        assert expected <= pause < expected + 40


def test_retries_that_are_used_up_are_caught_by_the_errors_name(shop: Workshop) -> None:
    """Amazon States Language, "Fallback states": the error and its cause where ResultPath says."""
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": shop.function(FLAKY), "Payload.$": "$"},
        "Retry": [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["RuntimeError"], "ResultPath": "$.error", "Next": "Caught"}],
        "End": True,
    }
    ended = shop.run(shop.machine({"T": task, "Caught": FINISH}), {"failures": 1})
    output = json.loads(ended["output"])
    assert output["error"]["Error"] == "RuntimeError"
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "not yet"


def test_a_function_that_is_not_there_is_a_task_failure_with_its_name(shop: Workshop) -> None:
    task = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "absent"}, "End": True}
    ended = shop.run(shop.machine({"T": task}))
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.ResourceNotFoundException")


def test_fail_tells_its_error_and_cause(shop: Workshop) -> None:
    ended = shop.run(shop.machine({"F": {"Type": "Fail", "Error": "Escalated", "Cause": "because"}}))
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Escalated", "because")


def test_a_task_times_out_while_its_function_goes_on(shop: Workshop) -> None:
    code = "import time\ndef handler(e, c):\n    time.sleep(2)\n    print('went on')"
    function = shop.function(code, Timeout=5)
    task = {"Type": "Task", "Resource": shop.function_arn(function), "TimeoutSeconds": 1, "End": True}
    ended = shop.run(shop.machine({"T": task}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert eventually(lambda: "went on" in logged(shop, function) or None)


def test_an_execution_times_out_by_the_clock(shop: Workshop) -> None:
    """Amazon States Language, TimeoutSeconds of the state machine: no state can catch it."""
    execution = shop.start(shop.machine({"W": WAIT_HOUR}, TimeoutSeconds=600))
    time.sleep(0.1)
    assert status(shop, execution) == "RUNNING"
    shop.account.advance(601)
    ended = shop.ended(execution)
    assert ended["status"] == "TIMED_OUT"
    assert ended["stopDate"] > ended["startDate"]


def test_the_context_object_tells_the_emulators_time(shop: Workshop) -> None:
    """Step Functions Developer Guide, "Accessing execution data from the Context object"."""
    told = {"started.$": "$$.Execution.StartTime", "entered.$": "$$.State.EnteredTime", "name.$": "$$.Execution.Name"}
    states = {"W": {"Type": "Wait", "Seconds": 3600, "Next": "P"}, "P": {**FINISH, "Parameters": told}}
    execution = shop.start(shop.machine(states))
    shop.account.advance(3700)
    output = json.loads(shop.ended(execution)["output"])
    between = datetime.fromisoformat(output["entered"]) - datetime.fromisoformat(output["started"])
    assert timedelta(hours=1) <= between < timedelta(hours=2)
    assert output["started"].endswith("Z")
    assert execution.endswith(output["name"])


@pytest.mark.parametrize(
    ("time_of_day", "is_past"),
    [
        ("2020-02-03T04:05:06Z", True),
        ("2020-02-03T04:05:06.789Z", True),
        ("2020-02-03T04:05:06.789+02:00", True),
        ("2999-12-31T23:59:59.999Z", False),
    ],
)
def test_a_choice_compares_the_time_that_it_is_entered_at(shop: Workshop, time_of_day: str, is_past: bool) -> None:
    past = {"Variable": "$$.State.EnteredTime", "TimestampGreaterThanEqualsPath": "$.by", "Next": "Past"}
    machine = shop.machine(
        {
            "Late": {"Type": "Choice", "Choices": [past], "Default": "Ahead"},
            "Past": {"Type": "Pass", "Result": True, "End": True},
            "Ahead": {"Type": "Pass", "Result": False, "End": True},
        }
    )
    assert json.loads(shop.run(machine, {"by": time_of_day})["output"]) is is_past


def test_stopping_ends_an_execution_at_once_with_what_was_said(shop: Workshop) -> None:
    """Step Functions API, StopExecution."""
    slow = shop.function_arn(shop.function("import time\ndef handler(e, c): time.sleep(2)", Timeout=5))
    for state in (WAIT_HOUR, {"Type": "Task", "Resource": slow, "End": True}):
        execution = shop.start(shop.machine({"S": state}))
        shop.machines.stop_execution(executionArn=execution, error="Operator", cause="abort")
        described = shop.machines.describe_execution(executionArn=execution)
        assert described["status"] == "ABORTED"
        assert (described["error"], described["cause"]) == ("Operator", "abort")
        assert "stopDate" in described


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(shop: Workshop) -> None:
    """Step Functions API, StartExecution: idempotent while running, ExecutionAlreadyExists otherwise."""
    machine = shop.machine({"W": WAIT_HOUR})
    first = shop.machines.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
    again = shop.machines.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        shop.machines.start_execution(stateMachineArn=machine, name="one", input='{"a": 2}')
    shop.machines.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        shop.machines.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')


def test_of_many_starts_at_once_by_one_name_one_execution_comes(shop: Workshop) -> None:
    function = shop.function("def handler(e, c): print('ran')")
    states = {"T": {"Type": "Task", "Resource": shop.function_arn(function), "Next": "W"}, "W": WAIT_HOUR}
    machine = shop.machine(states)
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(shop.start, machine, name="one") for _ in range(8)]
        arns = {future.result() for future in started}
    assert len(arns) == 1
    assert eventually(lambda: "ran" in logged(shop, function) or None)
    assert logged(shop, function).count("ran") == 1
    shop.machines.stop_execution(executionArn=arns.pop())


def test_executions_without_a_name_are_executions_of_their_own(shop: Workshop) -> None:
    machine = shop.machine({"P": FINISH})
    assert shop.start(machine) != shop.start(machine)


def test_a_version_and_an_alias_run_the_definition_that_they_name(shop: Workshop) -> None:
    """Step Functions Developer Guide, "Manage continuous deployments with versions and aliases"."""
    name = shop.account.fresh("machine")
    made = shop.machines.create_state_machine(name=name, definition=saying(1), roleArn=shop.role, publish=True)
    machine, first = made["stateMachineArn"], made["stateMachineVersionArn"]
    alias = shop.machines.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": first, "weight": 100}]
    )["stateMachineAliasArn"]
    second = shop.machines.update_state_machine(stateMachineArn=machine, definition=saying(2), publish=True)[
        "stateMachineVersionArn"
    ]
    shop.machines.update_state_machine(stateMachineArn=machine, definition=saying(3))
    said = [json.loads(shop.run(arn)["output"]) for arn in (first, second, alias, machine)]
    assert said == [1, 2, 1, 3]
    shop.machines.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=[{"stateMachineVersionArn": second, "weight": 100}]
    )
    assert json.loads(shop.run(alias)["output"]) == 2
    listed = shop.machines.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [version["stateMachineVersionArn"] for version in listed] == [second, first]
    executions = shop.machines.list_executions(stateMachineArn=machine)["executions"]
    assert len(executions) == 5
    assert len(shop.machines.list_executions(stateMachineArn=alias)["executions"]) == 5
    assert all("stopDate" in execution for execution in executions)


def test_publishing_the_same_revision_again_makes_no_version(shop: Workshop) -> None:
    """Step Functions API, PublishStateMachineVersion."""
    machine = shop.machine({"P": FINISH})
    versions = {
        shop.machines.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"] for _ in range(2)
    }
    assert versions == {f"{machine}:1"}


def test_a_definition_is_validated(shop: Workshop) -> None:
    """Step Functions API, ValidateStateMachineDefinition."""
    good = shop.machines.validate_state_machine_definition(definition=saying(1))
    bad = shop.machines.validate_state_machine_definition(definition='{"StartAt": "A"}')
    assert (good["result"], good["diagnostics"]) == ("OK", [])
    assert bad["result"] == "FAIL"
    assert bad["diagnostics"][0]["severity"] == "ERROR"


def test_deleting_a_state_machine_ends_its_executions(shop: Workshop) -> None:
    """Step Functions API, DeleteStateMachine."""
    url, arn = shop.queue()
    machine = shop.machine({"W": WAIT_HOUR})
    shop.rule(arn, pattern={"source": ["aws.states"], "detail": {"stateMachineArn": [machine], "status": ["ABORTED"]}})
    execution = shop.start(machine)
    shop.machines.delete_state_machine(stateMachineArn=machine)
    assert json.loads(shop.message(url)["Body"])["detail"]["executionArn"] == execution


def test_what_becomes_of_an_execution_is_an_event(shop: Workshop) -> None:
    """EventBridge events reference, "Step Functions Execution Status Change"."""
    url, arn = shop.queue()
    machine = shop.machine({"F": {"Type": "Fail", "Error": "Broken", "Cause": "so"}})
    shop.rule(arn, pattern={"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}})
    execution = shop.start(machine, {"a": 1})
    events = sorted(
        (json.loads(shop.message(url)["Body"]) for _ in range(2)), key=lambda event: event["detail"]["status"]
    )
    failed, started = events
    assert started["detail-type"] == "Step Functions Execution Status Change"
    assert started["resources"] == [execution]
    assert (started["detail"]["status"], started["detail"]["stopDate"]) == ("RUNNING", None)
    assert (failed["detail"]["status"], failed["detail"]["error"], failed["detail"]["cause"]) == (
        "FAILED",
        "Broken",
        "so",
    )
    assert json.loads(failed["detail"]["input"]) == {"a": 1}
    assert failed["detail"]["stopDate"] >= failed["detail"]["startDate"]


def saying(word: int) -> str:
    return json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": word, "End": True}}})


def status(shop: Workshop, execution: str) -> str:
    return shop.machines.describe_execution(executionArn=execution)["status"]


def logged(shop: Workshop, function: str) -> list[str]:
    try:
        events = shop.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except ClientError:
        return []
    return [event["message"] for event in events]
