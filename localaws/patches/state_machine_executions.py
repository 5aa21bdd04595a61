"""An execution is started once by its name, of the version that the ARN names, and ends when it is stopped."""

from __future__ import annotations

import copy
import json
import random
import threading
import uuid
from typing import TYPE_CHECKING, Any

from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import (
    ExecutionAlreadyExists,
    InvalidExecutionInput,
    StateMachineDoesNotExist,
)
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from datetime import datetime

    from moto.stepfunctions.models import StateMachine, StateMachineInstance

    from localaws.compute import Compute


def apply(compute: Compute) -> None:
    """Step Functions API, StartExecution, StopExecution, DescribeExecution, ListExecutions and DeleteStateMachine.

    moto's default backend makes executions that do nothing; the other one interprets the definition.
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    _start(compute)
    _stop(compute)
    _answers()


def _start(compute: Compute) -> None:
    """StartExecution: a name is made up where none is given; the same name and input while it runs is the same one.

    "If the execution is closed or if the input is different, it returns a 400 ExecutionAlreadyExists error."
    """
    starting = threading.Lock()

    def start_execution(
        self: StepFunctionsParserBackend, state_machine_arn: str, name: str | None = None, execution_input: str = "{}"
    ) -> Any:
        machine, chosen = _resolved(self, state_machine_arn)
        if name:
            self._validate_name(name)  # pyright: ignore[reportPrivateUsage]
        try:
            json.loads(execution_input)
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
        with starting:
            existing: Any = next((one for one in machine.executions if name and one.name == name), None)
            if existing:
                if existing.execution_input == execution_input and existing.status == ExecutionStatus.RUNNING.value:
                    return existing
                raise ExecutionAlreadyExists(f"Execution Already Exists: '{existing.execution_arn}'")
            execution = _made(self, machine, chosen, name or str(uuid.uuid4()), execution_input)
            machine.executions.append(execution)
            execution.start()
        return execution

    def _made(
        backend: StepFunctionsParserBackend,
        machine: StateMachine,
        chosen: StateMachineInstance,
        name: str,
        execution_input: str,
    ) -> Any:
        snapshot: Any = copy.copy(chosen)
        snapshot.arn, snapshot.executions = machine.arn, []
        place = f"arn:{backend.partition}:states:{backend.region_name}:{backend.account_id}"
        return Execution(
            name=name,
            sm_type=snapshot.sm_type,
            role_arn=snapshot.roleArn,
            exec_arn=f"{place}:execution:{machine.name}:{name}",
            account_id=backend.account_id,
            region_name=backend.region_name,
            state_machine=snapshot,
            start_date=compute.clock.now(),
            cloud_watch_logging_session=None,
            input_data=execution_input,
            trace_header=None,
            activity_store={},
        )

    replace(
        StepFunctionsParserBackend,
        "start_execution",
        start_execution,
        needs=("state_machine_arn", "name", "execution_input"),
    )


def _stop(compute: Compute) -> None:
    """StopExecution: aborted at once, with the error and cause given, whatever a task in progress still does.

    DeleteStateMachine: "On the next state transition the state machine's executions are terminated."
    """
    reflect = original(BaseExecutionWorkerCommunication, "_reflect_execution_status")
    delete = original(StepFunctionBackend, "delete_state_machine", needs=("arn",))

    def stop(self: Execution, stop_date: datetime, error: str | None, cause: str | None) -> None:
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        now = compute.clock.now()
        self.exec_status, self.stop_date = ExecutionStatus.ABORTED, now
        self.error, self.cause = error or None, cause or None
        if self.exec_worker and self.exec_worker.env:
            self.exec_worker.env.set_stop(stop_date=stop_date, cause=cause, error=error)
        compute.executions.changed(self)

    def ended(self: BaseExecutionWorkerCommunication) -> None:
        if self.execution.exec_status != ExecutionStatus.RUNNING:
            return
        reflect(self)
        self.execution.stop_date = compute.clock.now()
        compute.executions.changed(self.execution)

    def start(self: Execution) -> None:
        # Told first: a short execution has ended by the time that its start returns.
        self.exec_status = ExecutionStatus.RUNNING
        compute.executions.changed(self)
        begin(self)

    begin = original(Execution, "start")

    def deleted(self: StepFunctionBackend, arn: str) -> None:
        machine = next((one for one in self.state_machines if one.arn == arn), None)
        delete(self, arn)
        for execution in machine.executions if machine else []:
            execution.stop(compute.clock.now(), None, None)

    replace(Execution, "start", start)
    replace(Execution, "stop", stop, needs=("stop_date", "error", "cause"))
    replace(BaseExecutionWorkerCommunication, "_reflect_execution_status", ended)
    replace(StepFunctionBackend, "delete_state_machine", deleted)


def _answers() -> None:
    """DescribeExecution, ListExecutions: all that is closed has a stop date; aliases and versions can be asked for."""
    describe = original(StepFunctionResponse, "describe_execution")

    def described(self: StepFunctionResponse) -> ActionResult:
        answer: dict[str, Any] = dict(describe(self).result)
        execution: Any = self.stepfunction_backend.describe_execution(answer["executionArn"])
        return ActionResult(answer | ({"stopDate": execution.stop_date} if execution.stop_date else {}))

    def listed(self: StepFunctionResponse) -> ActionResult:
        backend: Any = self.stepfunction_backend
        machine, _ = _resolved(backend, str(self._get_param("stateMachineArn")))  # pyright: ignore[reportPrivateUsage]
        found, token = backend.list_executions(
            machine.arn,
            status_filter=self._get_param("statusFilter"),  # pyright: ignore[reportPrivateUsage]
            max_results=self._get_int_param("maxResults"),  # pyright: ignore[reportPrivateUsage]
            next_token=self._get_param("nextToken"),  # pyright: ignore[reportPrivateUsage]
        )
        rows = [
            {
                "executionArn": one.execution_arn,
                "name": one.name,
                "startDate": one.start_date,
                "stateMachineArn": machine.arn,
                "status": one.status,
                **({"stopDate": one.stop_date} if one.stop_date else {}),
            }
            for one in found
        ]
        return ActionResult({"executions": rows, "nextToken": token})

    def stopped(self: StepFunctionResponse) -> ActionResult:
        arn, error, cause = (self._get_param(name) for name in ("executionArn", "error", "cause"))  # pyright: ignore[reportPrivateUsage]
        execution: Any = self.stepfunction_backend.describe_execution(arn)
        execution.stop(None, error, cause)
        return ActionResult({"stopDate": execution.stop_date})

    replace(StepFunctionResponse, "describe_execution", described)
    replace(StepFunctionResponse, "list_executions", listed)
    replace(StepFunctionResponse, "stop_execution", stopped)


def _resolved(backend: StepFunctionsParserBackend, arn: str) -> tuple[StateMachine, StateMachineInstance]:
    """The state machine, and the revision to run: its latest, or the version that the ARN or its alias names.

    StartExecution: an alias with two versions "randomly chooses which version to run based on the weights".
    """
    machines = {machine.arn: machine for machine in backend.state_machines}
    if arn in machines:
        return machines[arn], machines[arn]
    machine = machines.get(arn.rpartition(":")[0])
    qualifier = arn.rpartition(":")[2]
    alias = machine.aliases.get(qualifier) if machine else None
    if alias:
        routes = alias.routing_configuration
        chosen = random.choices(routes, [int(route["weight"]) for route in routes])[0]  # noqa: S311 no secret
        qualifier = str(chosen["stateMachineVersionArn"]).rpartition(":")[2]
    version = machine.versions.get(int(qualifier)) if machine and qualifier.isdecimal() else None
    if machine is None or version is None:
        raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    return machine, version
