"""A function keeps its log settings and its dead-letter queue, and changes all that an update names."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

from localaws.patches.replacing import original, replace

# Lambda API, LoggingConfig: the defaults.
TEXT = "Text"


def apply() -> None:
    """Lambda API, FunctionConfiguration, and UpdateFunctionConfiguration, of which moto knows the more common half."""
    create = original(LambdaFunction, "__init__", needs=("spec",))
    configuration = original(LambdaFunction, "get_configuration", needs=("on_create",))
    update = original(LambdaFunction, "update_configuration", needs=("config_updates",))

    def created(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
        create(self, account_id, spec, region, version)
        _keep(self, spec)

    def configured(self: LambdaFunction, *, on_create: bool = False) -> dict[str, Any]:
        known = configuration(self, on_create)
        logging = {"LogFormat": TEXT, "LogGroup": self.logs_group_name, **vars(self).get("logging_config", {})}
        letters = vars(self).get("dead_letter_config")
        return known | {"LoggingConfig": logging} | ({"DeadLetterConfig": letters} if letters else {})

    def updated(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
        update(self, config_updates)
        if "TracingConfig" in config_updates:
            self.tracing_config = config_updates["TracingConfig"]
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        if "KMSKeyArn" in config_updates:
            self.kms_key_arn = config_updates["KMSKeyArn"]
        _keep(self, config_updates)
        return self.get_configuration()

    replace(LambdaFunction, "__init__", created)
    replace(LambdaFunction, "get_configuration", configured)
    replace(LambdaFunction, "update_configuration", updated)


def _keep(function: LambdaFunction, given: dict[str, Any]) -> None:
    kept = vars(function)
    if "DeadLetterConfig" in given:
        kept["dead_letter_config"] = given["DeadLetterConfig"]
    if "LoggingConfig" in given:
        kept["logging_config"] = {key: value for key, value in given["LoggingConfig"].items() if value}
        function.logs_group_name = kept["logging_config"].get("LogGroup") or f"/aws/lambda/{function.function_name}"
