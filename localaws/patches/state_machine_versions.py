"""Definitions are validated, and versions listed, published and deleted; Terraform asks for the first two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from localaws.patches.replacing import add

if TYPE_CHECKING:
    from moto.stepfunctions.models import StateMachine


def apply() -> None:
    """Step Functions API, ValidateStateMachineDefinition, {List,Publish,Delete}StateMachineVersion(s): not in moto."""
    add(StepFunctionResponse, "validate_state_machine_definition", _validate)
    add(StepFunctionResponse, "list_state_machine_versions", _list)
    add(StepFunctionResponse, "publish_state_machine_version", _publish)
    add(StepFunctionResponse, "delete_state_machine_version", _delete)


def _validate(response: StepFunctionResponse) -> ActionResult:
    check: Any = vars(StepFunctionsParserBackend)["_validate_definition"]
    try:
        check.__func__(definition=_parameter(response, "definition"))
    except InvalidDefinition as error:
        diagnostic = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": str(error.message)}
        return ActionResult({"result": "FAIL", "diagnostics": [diagnostic], "truncated": False})
    return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})


def _list(response: StepFunctionResponse) -> ActionResult:
    """The newest first."""
    machine = response.stepfunction_backend.describe_state_machine(_parameter(response, "stateMachineArn"))
    versions = sorted(machine.versions.values(), key=lambda version: version.version, reverse=True)
    rows = [{"stateMachineVersionArn": version.arn, "creationDate": version.creation_date} for version in versions]
    return ActionResult({"stateMachineVersions": rows})


def _publish(response: StepFunctionResponse) -> ActionResult:
    """API reference: "repeated publish requests for the same revision" make no new version."""
    machine = response.stepfunction_backend.describe_state_machine(_parameter(response, "stateMachineArn"))
    latest = machine.latest_version
    if latest is None or (latest.definition, latest.roleArn) != (machine.definition, machine.roleArn):
        machine.publish(_parameter(response, "description"))
        latest = machine.latest_version
    return ActionResult({"stateMachineVersionArn": latest.arn, "creationDate": latest.creation_date} if latest else {})


def _delete(response: StepFunctionResponse) -> EmptyResult:
    arn = _parameter(response, "stateMachineVersionArn")
    machine: StateMachine = response.stepfunction_backend.describe_state_machine(arn.rpartition(":")[0])
    machine.versions.pop(int(arn.rpartition(":")[2]), None)
    return EmptyResult()


def _parameter(response: StepFunctionResponse, name: str) -> str:
    return response._get_param(name)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
