"""A task that invokes a function does so inside the emulator, by the role of its state machine, and meets faults."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from localaws.faults import HAPPENS, TWICE, repeated
from localaws.functions.environment import access_key
from localaws.operations import Call
from localaws.patches.replacing import replace
from localaws.refusals import REFUSED, reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials

    from localaws.compute import Compute
    from localaws.faults import Fault

# Step Functions Developer Guide, "Handle transient Lambda service exceptions": of a call that has no answer.
NO_ANSWER = "SdkClientException"


def apply(compute: Compute) -> None:
    """Step Functions Developer Guide, "Invoke an AWS Lambda function with Step Functions".

    moto calls itself over HTTP with a client made anew for each task, which takes longer than a warm function does.
    """

    def invoke(parameters: Mapping[str, Any], region: str, state_credentials: StateCredentials) -> dict[str, Any]:
        met = compute.faults.meet(Call("lambda", "Invoke", access_key(state_credentials.role_arn)))
        if met and met.effect not in HAPPENS:
            raise _failed(met)

        def once() -> tuple[Any, dict[str, str]]:
            headers: dict[str, str] = {}
            given = {"X-Amz-Invocation-Type": str(parameters.get("InvocationType", "RequestResponse"))}
            name, qualifier = str(parameters["FunctionName"]), parameters.get("Qualifier")
            backend = lambda_backends[compute.account][region]
            return backend.invoke(name, qualifier, parameters.get("Payload") or "", given, headers), headers

        try:
            payload, headers = repeated(met, once) if met and met.effect == TWICE else once()
        except REFUSED as error:
            why = reason(error)
            raise _client_error(why.code, why.message, why.status) from error
        if met and met.effect != TWICE:
            raise _failed(met)
        failed = headers.get("x-amz-function-error")
        return {
            "ExecutedVersion": headers.get("x-amz-executed-version", ""),
            "Payload": json.loads(payload or b"null"),
            "StatusCode": int(HTTPStatus.OK),
            **({"FunctionError": failed} if failed else {}),
        }

    replace(lambda_eval_utils, "_invoke_lambda_function", invoke, needs=("parameters", "region", "state_credentials"))


def _failed(fault: Fault) -> ClientError:
    code = fault.code if fault.effect == "error" else NO_ANSWER
    return _client_error(code, f"Lambda is {fault.effect}", fault.status)


def _client_error(code: str, message: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status, "RequestId": "localaws"}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "Invoke")
