"""State machines wait and retry by the emulator's clock, and say its time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.backend.execution import Execution

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.evaluation_details import ExecutionDetails

    from localaws.clock import Clock
    from localaws.compute import Compute

# How soon the end of an outage is noticed.
LOOK_SECONDS = 0.02


def apply(compute: Compute) -> None:
    """Step Functions Developer Guide, "Wait workflow state", "Handling errors" (Retry)."""
    _wait(compute)
    _retry(compute)
    _tell_the_time(compute)


def _wait(compute: Compute) -> None:
    clock = compute.clock

    def wait_interval(self: WaitFunction, env: Environment, wait_seconds: float) -> None:  # noqa: ARG001 moto's signature
        _pause(clock, env, wait_seconds)

    def seconds_until(self: timestamp.Timestamp, env: Environment) -> float:
        """Moto compares a UTC time with the local one of the machine."""
        self.string.eval(env=env)
        text = str(env.stack.pop())
        try:
            until = datetime.fromisoformat(text)
        except ValueError:
            until = None
        if until is None or until.tzinfo is None:
            failure = self._create_failure_event(env, text)  # pyright: ignore[reportPrivateUsage]
            raise FailureEventException(failure)
        return (until - clock.now()).total_seconds()

    replace(WaitFunction, "_wait_interval", wait_interval, needs=("env", "wait_seconds"))
    replace(timestamp.Timestamp, "_get_wait_seconds", seconds_until, needs=("env",))


def _retry(compute: Compute) -> None:
    """Its pause goes by the clock, and ends when the execution does."""
    evaluate = original(retrier_decl.RetrierDecl, "_eval_body", needs=("env",))
    pausing = threading.local()

    def evaluated(self: retrier_decl.RetrierDecl, env: Environment) -> None:
        pausing.env = env
        evaluate(self, env)

    class Time:
        """What the module of moto's calls `time`."""

        @staticmethod
        def sleep(seconds: float) -> None:
            _pause(compute.clock, pausing.env, seconds)

    replace(retrier_decl.RetrierDecl, "_eval_body", evaluated)
    setattr(retrier_decl, "time", Time)  # noqa: B010 the module has it under an import


def _tell_the_time(compute: Compute) -> None:
    """Developer Guide, "Accessing execution data from the Context object": StartTime, EnteredTime; and the history's.

    And no state begins while Step Functions itself is down.
    """
    read_input = original(CommonStateField, "_eval_state_input", needs=("env",))
    begin = original(CommonStateField, "_eval_body", needs=("env",))
    start_details = original(Execution, "get_start_execution_details")

    def entered(self: CommonStateField, env: Environment) -> None:
        state: Any = env.states.context_object.context_object_data["State"]
        state["EnteredTime"] = _stamp(compute.clock.now())
        read_input(self, env)

    def begun(self: CommonStateField, env: Environment) -> None:
        while env.is_running() and compute.faults.is_down("states"):
            _changed(env).wait(LOOK_SECONDS)
        if env.is_running():
            begin(self, env)

    def details(self: Execution) -> ExecutionDetails:
        made = start_details(self)
        made.start_time = _stamp(self.start_date)
        return made

    def now(_self: EventManager) -> datetime:
        return compute.clock.now()

    replace(CommonStateField, "_eval_state_input", entered)
    replace(CommonStateField, "_eval_body", begun)
    replace(Execution, "get_start_execution_details", details)
    replace(EventManager, "_get_current_timestamp", now)


def _pause(clock: Clock, env: Environment, seconds: float) -> None:
    """Until the time is over or the execution is."""
    ends = clock.now() + timedelta(seconds=seconds)
    clock.wait_until(ends, over=lambda: not env.is_running())


def _changed(env: Environment) -> threading.Event:
    """Set when the execution ends; moto declares no type that can be told."""
    return vars(env)["program_state_event"]


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
