"""The clock runs fast while everything waits, and as the machine's while code runs; no AWS behaviour."""

from __future__ import annotations

import itertools
import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import pytest

from localaws.clock import Clock
from localaws.process import running
from tests.contract.account import Account
from tests.contract.conftest import ACCOUNT, REGION
from tests.contract.workshop import PATIENCE_SECONDS, Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPEED = 50.0
SLEEPS = """
import time
def handler(event, context):
    began = time.time()
    time.sleep(event["seconds"])
    return [began, time.time()]
"""
FUNCTION_SECONDS = 3
# Far from what the machine's own slowness comes to, and from what the fast pace would make of a second.
SLACK = timedelta(seconds=25)


@pytest.fixture(scope="module")
def fast() -> Iterator[Workshop]:
    with running(ACCOUNT, REGION, speed=SPEED) as emulator:
        yield Workshop(Account(emulator))


@pytest.fixture(scope="module")
def sleeps(fast: Workshop) -> str:
    return fast.function(SLEEPS, Timeout=FUNCTION_SECONDS)


def test_it_keeps_the_real_pace_until_the_last_of_several_has_ended() -> None:
    clock = Clock(100)
    with clock.at_real_pace():
        began = clock.now()
        with clock.at_real_pace():
            time.sleep(0.4)
        time.sleep(0.4)
        took = clock.now() - began
    assert timedelta(seconds=0.8) <= took < SLACK
    began = clock.now()
    time.sleep(0.3)
    assert clock.now() - began >= timedelta(seconds=30)


def test_a_wait_that_code_runs_in_lasts_as_long_as_it_was_to() -> None:
    clock, wait = Clock(SPEED), timedelta(seconds=40)
    began = clock.now()
    with clock.at_real_pace():
        before = waiting(clock, began + wait)
        time.sleep(1)
        assert not before.done()
    assert wait <= woken(before) - began < wait + SLACK
    began = clock.now()
    after = waiting(clock, began + wait)
    time.sleep(0.1)
    with clock.at_real_pace():
        time.sleep(1)
        assert not after.done()
    assert wait <= woken(after) - began < wait + SLACK


def test_a_wait_ends_with_an_advance_or_when_it_is_over() -> None:
    clock, over = Clock(), threading.Event()
    hour = clock.now() + timedelta(hours=1)
    advanced = waiting(clock, hour)
    time.sleep(0.1)
    clock.advance(3600)
    assert woken(advanced) >= hour
    ended = waiting(clock, hour + timedelta(hours=1), over.is_set)
    over.set()
    assert woken(ended) < hour + timedelta(hours=1)


def test_it_never_goes_back_however_its_pace_changes() -> None:
    clock, ended = Clock(100), threading.Event()

    def work() -> None:
        while not ended.is_set():
            with clock.at_real_pace():
                time.sleep(0.001)
            time.sleep(0.001)

    def read(_: int) -> list[datetime]:
        return [clock.now() for _ in range(20_000)]

    with ThreadPoolExecutor() as pool:
        working = [pool.submit(work) for _ in range(2)]
        readings = list(pool.map(read, range(3)))
        ended.set()
    assert all(earlier <= later for each in readings for earlier, later in itertools.pairwise(each))
    assert all(one.exception() is None for one in working)


def test_a_function_has_all_the_seconds_of_its_timeout(fast: Workshop, sleeps: str) -> None:
    began, ended = fast.invoke(sleeps, {"seconds": 1})
    assert 1 <= ended - began < FUNCTION_SECONDS


def test_a_function_is_ended_when_its_timeout_is_over(fast: Workshop, sleeps: str) -> None:
    began = fast.account.advance(0)
    error = fast.failure(sleeps, {"seconds": FUNCTION_SECONDS + 2})
    assert error["errorType"] == "Sandbox.Timedout"
    took = fast.account.advance(0) - began
    assert timedelta(seconds=FUNCTION_SECONDS) <= took < timedelta(seconds=FUNCTION_SECONDS) + SLACK


def test_a_function_and_the_emulator_have_the_same_time(fast: Workshop) -> None:
    """In a cold worker and in a warm one."""
    name = fast.function(SLEEPS)
    for _ in range(2):
        before = fast.account.advance(0)
        began, ended = (datetime.fromtimestamp(one, UTC) for one in fast.invoke(name, {"seconds": 0.1}))
        assert before <= began <= ended <= fast.account.advance(0)


def test_functions_that_overlap_have_the_same_time(fast: Workshop) -> None:
    arn = fast.function_arn(fast.function(SLEEPS, Timeout=10))
    branches = [branch(arn, seconds) for seconds in (1, 2)]
    output = fast.run(fast.machine({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}))["output"]
    (first, ended), (second, last) = json.loads(output)
    assert max(first, second) < min(ended, last)
    assert 1 <= ended - first < last - second < 2 + SLACK.total_seconds()


@pytest.mark.parametrize(("seconds", "status"), [(1, "SUCCEEDED"), (5, "FAILED")])
def test_a_states_timeout_is_as_long_for_its_function_as_it_says(fast: Workshop, seconds: float, status: str) -> None:
    arn = fast.function_arn(fast.function(SLEEPS, Timeout=10))
    ended = fast.run(fast.machine({"T": {**task(arn), "TimeoutSeconds": 3}}), {"seconds": seconds})
    assert (ended["status"], ended.get("error")) == (status, "States.Timeout" if status == "FAILED" else None)
    took = ended["stopDate"] - ended["startDate"]
    assert timedelta(seconds=min(seconds, 3)) <= took < timedelta(seconds=3) + SLACK


def test_a_states_timeout_is_as_long_for_the_way_to_its_function(fast: Workshop) -> None:
    # Longer than a function of another test may go on for, which would keep the real pace as well.
    delay = {"service": "lambda", "operation": "Invoke", "effect": "delay", "seconds": 4, "count": 1}
    fast.own(HTTPMethod.PUT, "faults", [delay])
    arn = fast.function_arn(fast.function())
    assert fast.run(fast.machine({"T": {**task(arn), "TimeoutSeconds": 8}}))["status"] == "SUCCEEDED"
    assert fast.own(HTTPMethod.GET, "faults")[0]["hits"] == 1
    fast.own(HTTPMethod.DELETE, "faults")


def test_a_states_timeout_that_waits_for_a_token_is_a_wait(fast: Workshop) -> None:
    """Step Functions Developer Guide, "Wait for a Callback with Task Token"."""
    state = {
        **task("arn:aws:states:::lambda:invoke.waitForTaskToken"),
        "Parameters": {"FunctionName": fast.function(), "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 120,
    }
    ended = fast.run(fast.machine({"T": state}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert timedelta(seconds=120) <= ended["stopDate"] - ended["startDate"] < timedelta(seconds=120) + SLACK


def test_a_wait_that_a_function_runs_in_lasts_as_long_as_it_says(fast: Workshop, sleeps: str) -> None:
    execution = fast.start(fast.machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}}))
    fast.invoke(sleeps, {"seconds": 2})
    assert fast.machines.describe_execution(executionArn=execution)["status"] == "RUNNING"
    ended = fast.ended(execution)
    assert timedelta(seconds=60) <= ended["stopDate"] - ended["startDate"] < timedelta(seconds=60) + SLACK


def waiting(clock: Clock, moment: datetime, over: Callable[[], bool] | None = None) -> Future[datetime]:
    """When the wait ended; in a thread that may wait for ever."""
    ended: Future[datetime] = Future()

    def wait() -> None:
        clock.wait_until(moment, over)
        ended.set_result(clock.now())

    threading.Thread(target=wait, daemon=True).start()
    return ended


def woken(ended: Future[datetime]) -> datetime:
    return ended.result(PATIENCE_SECONDS)


def task(arn: str) -> dict[str, Any]:
    return {"Type": "Task", "Resource": arn, "End": True}


def branch(arn: str, seconds: float) -> dict[str, Any]:
    given = {"Type": "Pass", "Result": {"seconds": seconds}, "Next": "T"}
    return {"StartAt": "P", "States": {"P": given, "T": task(arn)}}
