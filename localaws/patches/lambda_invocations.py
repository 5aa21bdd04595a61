"""Functions run from their deployed code, in warm processes; asynchronous invocations are asynchronous."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from localaws.functions.pool import ThrottledError
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localaws.compute import Compute


class TooManyRequestsError(LambdaClientError):
    """Lambda API, Invoke: TooManyRequestsException."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class NotJsonError(LambdaClientError):
    """Lambda API, Invoke: InvalidRequestContentException."""

    def __init__(self, error: ValueError) -> None:
        super().__init__("InvalidRequestContentException", f"Could not parse request body into json: {error}")


def apply(compute: Compute) -> None:
    """Lambda API, Invoke: RequestResponse, Event and DryRun; FunctionError, LogResult and ExecutedVersion."""
    answer = original(LambdaResponse, "invoke")

    def invoke(  # noqa: PLR0917 moto's signature
        self: LambdaBackend,
        function_name: str,
        qualifier: str | None,
        body: str | bytes,
        headers: Mapping[str, str],
        response_headers: dict[str, str],
    ) -> bytes:
        function: LambdaFunction = self.get_function(function_name, qualifier)
        event = _event(body)
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return b""
        _, qualifier = _parts(function_name, qualifier)
        if kind == "Event":
            name = function.function_name
            response_headers["x-amzn-RequestId"] = compute.asynchronous.accept(self, name, qualifier, event)
            return b""
        arn = compute.invoker.arn(function, qualifier)
        try:
            outcome = compute.invoker.invoke(function, arn, event)
        except ThrottledError as error:
            raise TooManyRequestsError from error
        if outcome.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        response_headers["x-amzn-RequestId"] = outcome.request_id
        response_headers["x-amz-executed-version"] = str(function.version)
        response_headers["x-amz-log-result"] = base64.b64encode(outcome.log.encode()).decode()
        payload = outcome.payload.encode()
        response_headers["Content-Length"] = str(len(payload))
        return payload

    def invoke_for_moto(self: LambdaFunction, event: object = None) -> tuple[str, bool, str]:
        """The way that moto's own streams and log subscriptions take."""
        outcome = compute.invoker.invoke(self, compute.invoker.arn(self, None), json.dumps(event or {}))
        return outcome.payload, outcome.failed, outcome.log

    def send_sns_message(
        self: LambdaBackend, function_name: str, message: str, subject: str | None = None, qualifier: str | None = None
    ) -> None:
        compute.asynchronous.accept(self, function_name, qualifier, json.dumps(_notification(message, subject)))

    def invoke_by_qualifier(self: LambdaResponse) -> Any:
        """Moto looks for the qualifier under another name than the API's."""
        if "Qualifier" in self.querystring:
            self.querystring["qualifier"] = self.querystring["Qualifier"]
        return answer(self)

    replace(LambdaResponse, "invoke", invoke_by_qualifier)
    replace(LambdaBackend, "invoke", invoke, needs=("function_name", "qualifier", "body", "headers"))
    replace(LambdaFunction, "_invoke_lambda", invoke_for_moto, needs=("event",))
    replace(LambdaBackend, "send_sns_message", send_sns_message, needs=("function_name", "message", "qualifier"))
    _retire_the_changed(compute)


def _retire_the_changed(compute: Compute) -> None:
    """Lambda Developer Guide, execution environment: a change of code or configuration takes new environments."""
    update_code = original(LambdaFunction, "update_function_code")
    update_configuration = original(LambdaFunction, "update_configuration")
    delete = original(LambdaBackend, "delete_function", needs=("function_name", "qualifier"))

    def retiring(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(self: LambdaFunction, *args: Any, **named: Any) -> Any:
            done = change(self, *args, **named)
            compute.invoker.retire(self)
            return done

        return changed

    def deleted(self: LambdaBackend, function_name: str, qualifier: str | None = None) -> None:
        function: LambdaFunction = self.get_function(function_name, qualifier)
        versions = [function] if qualifier else list(self.list_versions_by_function(function.function_name))
        delete(self, function_name, qualifier)
        for version in versions:
            compute.invoker.retire(version)

    replace(LambdaFunction, "update_function_code", retiring(update_code))
    replace(LambdaFunction, "update_configuration", retiring(update_configuration))
    replace(LambdaBackend, "delete_function", deleted)


def _event(body: str | bytes) -> str:
    """An invocation without a payload has the event {}. Raises NotJsonError."""
    text = body.decode() if isinstance(body, bytes) else body
    try:
        json.loads(text or "{}")
    except ValueError as error:
        raise NotJsonError(error) from error
    return text or "{}"


def _parts(name: str, qualifier: str | None) -> tuple[str, str | None]:
    """Lambda API, Invoke: FunctionName may be a name or an ARN, each with a qualifier behind it."""
    plain, _, behind = name.partition(":function:")[2].partition(":") if ":function:" in name else name.partition(":")
    return plain, qualifier or behind or None


def _notification(message: str, subject: str | None) -> dict[str, Any]:
    """SNS Developer Guide, "Fanout to Lambda functions"; moto tells neither the topic nor the message's id."""
    notification: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "Subject": subject,
        "Message": message,
        "MessageAttributes": {},
    }
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notification}]}
