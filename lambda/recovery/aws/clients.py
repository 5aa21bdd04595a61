"""boto3's clients, with timeouts and retries said out loud, and its errors as ours."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from recovery.errors import AwsBusyError, AwsError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# botocore's own defaults are 60 s a try and, by version, 3 to 10 tries: one hung call would outlast a function. A
# call that hangs once fits into its 8 s.
CONFIG = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}, max_pool_connections=10
)
# For what nobody waits for, and nothing depends on.
BRIEF = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1})
CONFLICTS = {
    "ConditionalCheckFailedException",
    "TransactionCanceledException",
    "PreconditionFailed",
    "ConditionalRequestConflict",
}
BUSY = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "RequestTimeout",
    "ServiceUnavailable",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ResourceContention",
    "ScalingActivityInProgress",
    "TransactionInProgressException",
}
SERVER_FAULT = 500


@cache
def client(service: str, config: Config = CONFIG) -> Any:
    """A service's client, one a process."""
    return boto3.client(service, config=config)


def ask(method: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:
    """One call. Raises AwsBusyError, ConflictError, AwsError."""
    try:
        return method(**arguments)
    except ClientError as error:
        raise translated(error) from error
    except ParamValidationError as error:
        # It never left: another try would end likewise.
        raise AwsError(str(error)) from error
    except BotoCoreError as error:
        raise AwsBusyError(f"{type(error).__name__}: {error}") from error


def translated(error: ClientError) -> AwsError:
    """Our error for one of AWS's."""
    code = code_of(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in CONFLICTS:
        return ConflictError(str(error))
    if code in BUSY or status >= SERVER_FAULT:
        return AwsBusyError(str(error))
    return AwsError(str(error))


def code_of(error: BaseException | None) -> str:
    """AWS's own code of an error, ours or boto3's; empty where it has none."""
    cause = error if isinstance(error, ClientError) else getattr(error, "__cause__", None)
    return str(cause.response.get("Error", {}).get("Code", "")) if isinstance(cause, ClientError) else ""
