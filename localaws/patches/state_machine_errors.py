"""What is wrong with a document ends an execution, and no Catch of States.ALL hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
    ComparisonOperatorType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import ComparisonVariable
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable, Variable
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
    from moto.stepfunctions.parser.asl.eval.environment import Environment

RUNTIME = StatesErrorName(typ=StatesErrorNameType.StatesRuntime)
ALL = StatesErrorName(typ=StatesErrorNameType.StatesALL)


def apply() -> None:
    """Step Functions guide, "Error handling": "States.ALL ... can't catch the States.Runtime error type".

    moto catches it with the others, takes a comparison with what is not there for false (IsPresent alone asks for that:
    "Choice state"), and a task whose parameters name what is not there for one whose function failed.
    """
    _patch_wild_card()
    _patch_comparison()
    _patch_parameters()


def _patch_wild_card() -> None:
    matches = original(ErrorEqualsDecl, "_eval_body")

    def matched(self: ErrorEqualsDecl, env: Environment) -> None:
        if env.stack[-1] == RUNTIME and ALL in self.error_names:
            env.stack[-1] = False
        else:
            matches(self, env)

    replace(ErrorEqualsDecl, "_eval_body", matched)


def _patch_comparison() -> None:
    original(Variable, "_eval_body")

    def compared(self: ComparisonVariable, env: Environment) -> None:
        self.variable.eval(env)
        found, function = env.stack[-1], self.comparison_function
        if isinstance(found, NoSuchVariable) and function.operator_type is not ComparisonOperatorType.IsPresent:
            # Any error but its own is a States.Runtime to moto.
            raise RuntimeError(f"Invalid path: a Choice state's condition is about {found.path}")
        function.eval(env)

    replace(ComparisonVariable, "_eval_body", compared)


def _patch_parameters() -> None:
    of_lambda, of_any = original(StateTaskLambda, "_from_error"), original(ExecutionState, "_from_error")

    def failed(self: StateTaskLambda, env: Environment, ex: Exception) -> FailureEvent:
        return of_any(self, env, ex) if isinstance(ex, NoSuchJsonPathError) else of_lambda(self, env, ex)

    replace(StateTaskLambda, "_from_error", failed, needs=("env", "ex"))
