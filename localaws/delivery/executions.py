"""Tell EventBridge what becomes of executions of state machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

if TYPE_CHECKING:
    from datetime import datetime

    from moto.stepfunctions.parser.backend.execution import Execution

    from localaws.agenda import Agenda
    from localaws.clock import Clock


class ExecutionEvents:
    """EventBridge events reference, "Step Functions Execution Status Change": source aws.states."""

    def __init__(self, clock: Clock, agenda: Agenda) -> None:
        self._clock = clock
        self._agenda = agenda

    def changed(self, execution: Execution) -> None:
        """Its status is another one now; the event is made at once and put from another thread."""
        detail = {
            "executionArn": execution.execution_arn,
            "stateMachineArn": execution.state_machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": _milliseconds(execution.start_date),
            "stopDate": _milliseconds(execution.stop_date),
            "input": execution.execution_input,
            "inputDetails": {"included": True},
            "output": json.dumps(vars(execution)["output"]) if execution.status == "SUCCEEDED" else None,
            "outputDetails": {"included": True} if execution.status == "SUCCEEDED" else None,
            "error": execution.error,
            "cause": execution.cause,
        }
        event: dict[str, Any] = {
            "Source": "aws.states",
            "DetailType": "Step Functions Execution Status Change",
            "Detail": json.dumps(detail),
            "Resources": [execution.execution_arn],
            "Time": self._clock.now().timestamp(),
        }
        backend = events_backends[execution.account_id][execution.region_name]
        self._agenda.soon(lambda: backend.put_events([event]))


def _milliseconds(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at else None
