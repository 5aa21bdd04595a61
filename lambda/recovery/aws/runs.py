"""Runs are executions of the state machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recovery.aws.clients import ask, client, code_of
from recovery.errors import AwsError
from recovery.permissions import READ_RUNS, START_RUNS, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings

RUNNING = "RUNNING"
GONE = "gone"


class Runs:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._machine = settings.machine_arn
        head, _, _ = self._machine.partition(":stateMachine:")
        self._executions = f"{head}:execution:{settings.machine}"
        self._states = client("stepfunctions")

    @needs(START_RUNS)
    def start(self, name: str, document: Mapping[str, Any]) -> bool:
        """Start a run, once: False where one of this name exists already.

        Step Functions takes a name once in 90 days, and answers alike while the first one runs (API, StartExecution).
        """
        text = json.dumps(document, sort_keys=True)
        try:
            ask(self._states.start_execution, stateMachineArn=self._machine, name=name, input=text)
        except AwsError as error:
            if code_of(error) == "ExecutionAlreadyExists":
                return False
            raise
        return True

    @needs(READ_RUNS)
    def status(self, name: str) -> str:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, or `gone`."""
        try:
            return str(ask(self._states.describe_execution, executionArn=f"{self._executions}:{name}")["status"])
        except AwsError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return GONE
            raise
