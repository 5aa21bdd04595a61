"""The environment variables of a worker: the function's own, and those that Lambda sets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from localaws.process import LOOPBACK, sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.awslambda.models import LambdaFunction

ROLE = "ROLE"
# What Lambda tells its runtime of a function's LoggingConfig.
LOGGING = {"AWS_LAMBDA_LOG_FORMAT": "LogFormat", "AWS_LAMBDA_LOG_LEVEL": "ApplicationLogLevel"}


def access_key(role_arn: str) -> str:
    """An access key that names the role, so that whoever looks at a request knows who calls."""
    return f"{ROLE}{role_arn.rpartition('/')[2]}"


def variables(function: LambdaFunction, endpoint: str) -> dict[str, str]:
    """Lambda Developer Guide, "Working with Lambda environment variables": the defined runtime variables.

    Nothing of the emulator's own environment but what seals the SDK off from the user's AWS.
    """
    own: Mapping[str, str] = function.environment_vars
    logging: Mapping[str, str] = vars(function).get("logging_config") or {}
    return {
        **sealed({}),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "TZ": ":UTC",
        **own,
        "AWS_ACCESS_KEY_ID": access_key(function.role),
        "AWS_SESSION_TOKEN": "localaws",
        "AWS_DEFAULT_REGION": function.region,
        "AWS_REGION": function.region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        **{name: logging[key] for name, key in LOGGING.items() if key in logging},
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "NO_PROXY": LOOPBACK,
        "_HANDLER": str(function.handler),
    }
