"""State machines and their states time out by the emulator's clock."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from localaws.clock import Clock


def apply(clock: Clock) -> None:
    _machines(clock)
    _states(clock)


def _machines(clock: Clock) -> None:
    """Amazon States Language, TimeoutSeconds: an execution that runs longer "fails with a States.Timeout"."""
    run = original(EvalComponent, "eval", needs=("env",))

    def evaluate(self: Program, env: Environment) -> None:
        env.next_state_name = self.start_at.start_at_name
        seconds: int | None = self.timeout_seconds.timeout_seconds if self.timeout_seconds else None
        ends = clock.now() + timedelta(seconds=seconds) if seconds else None
        done = _signal(clock)()

        def work() -> None:
            try:
                run(self, env)
            finally:
                done.set()

        threading.Thread(target=work, daemon=True).start()
        if ends is None:
            done.wait()
        elif clock.wait_until(ends, over=done.is_set):
            env.set_timed_out()

    replace(Program, "eval", evaluate, needs=("env",))


def _states(clock: Clock) -> None:
    """Amazon States Language, TimeoutSeconds of a state.

    One that calls a function has the real pace all along, not only while the function runs: what such a timeout
    leaves for the way there and back is a moment of a fast clock.
    """
    evaluate = original(ExecutionState, "_evaluate_with_timeout", needs=("env",))

    def evaluated(self: ExecutionState, env: Environment) -> None:
        with clock.at_real_pace() if _calls_a_function(self) else contextlib.nullcontext():
            evaluate(self, env)

    replace(ExecutionState, "_evaluate_with_timeout", evaluated)
    # All that this module of moto's takes of it: what it waits on for the state's end.
    setattr(execute_state, "threading", SimpleNamespace(Event=_signal(clock)))  # noqa: B010 an import of the module's


def _calls_a_function(state: ExecutionState) -> bool:
    """And waits for nothing but its answer."""
    if isinstance(state, StateTaskServiceLambda):
        return state.resource.condition != ResourceCondition.WaitForTaskToken
    return isinstance(state, StateTaskLambda)


def _signal(clock: Clock) -> type[threading.Event]:
    class Signal(threading.Event):
        """An event whose timeout is of the clock's seconds."""

        def set(self) -> None:
            super().set()
            clock.look()

        def wait(self, timeout: float | None = None) -> bool:
            if timeout is None:
                return super().wait()
            return not clock.wait_until(clock.now() + timedelta(seconds=timeout), over=self.is_set)

    return Signal
