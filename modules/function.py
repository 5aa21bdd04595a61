"""One function of the control plane: its log group, a role of its own, a published version behind an alias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionVpcConfig,
)
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import (
    LambdaFunctionEventInvokeConfig,
    LambdaFunctionEventInvokeConfigDestinationConfig,
    LambdaFunctionEventInvokeConfigDestinationConfigOnFailure,
)
from constructs import Construct

from modules.policy import Statement, document, statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf_cdktf_provider_aws.s3_object import S3Object

    from modules.naming import Naming

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
# Lambda gives CPU by memory; importing boto3 and its clients is what a cold start waits for.
MEMORY_MIB = 1024
ALIAS = "live"
RETRIES = 2


@dataclass(frozen=True, kw_only=True)
class Host:
    """What all the functions of one control plane share."""

    naming: Naming
    code: S3Object
    code_sha256: str
    key_arn: str
    retention_days: int
    trust: str
    dead_letters_arn: str
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Inside:
    """Where in the VPC a function runs."""

    subnet_ids: Sequence[str]
    security_group_id: str


class Function(Construct):
    """Exposes `name`, `arn` (the alias's) and `alias`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        host: Host,
        timeout_seconds: int,
        statements: Sequence[Statement],
        inside: Inside | None,
        event_age_seconds: int | None,
    ) -> None:
        """`event_age_seconds`: how old an event may get before it goes to the dead letters; None for no events."""
        super().__init__(scope, id_)
        naming = host.naming
        self.name = naming.name(id_, 64)
        logs = CloudwatchLogGroup(
            self,
            "logs",
            name=naming.log_group(f"control/{id_}"),
            retention_in_days=host.retention_days,
            kms_key_id=host.key_arn,
        )
        role = IamRole(self, "role", name=naming.role(id_), assume_role_policy=host.trust)
        policy = IamRolePolicy(
            self,
            "policy",
            name=id_,
            role=role.id,
            policy=document(
                statement("WriteOwnLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs.arn}:*"]),
                *statements,
                *(_dead_letters(host) if event_age_seconds else ()),
                *(_interfaces() if inside else ()),
            ),
        )
        function = LambdaFunction(
            self,
            "function",
            function_name=self.name,
            description=f"{naming.prefix}: {id_}",
            role=role.arn,
            s3_bucket=host.code.bucket,
            s3_key=host.code.key,
            s3_object_version=host.code.version_id,
            source_code_hash=host.code_sha256,
            handler=f"recovery.handlers.{id_}.handler",
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            memory_size=MEMORY_MIB,
            timeout=timeout_seconds,
            publish=True,
            environment=LambdaFunctionEnvironment(variables=dict(host.environment)),
            logging_config=LambdaFunctionLoggingConfig(
                log_format="JSON", application_log_level="INFO", system_log_level="WARN", log_group=logs.name
            ),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=list(inside.subnet_ids), security_group_ids=[inside.security_group_id]
            )
            if inside
            else None,
            # Without its policy the first invocation would be refused.
            depends_on=[policy],
        )
        self.alias = LambdaAlias(
            self, "alias", name=ALIAS, function_name=function.function_name, function_version=function.version
        )
        self.arn = self.alias.arn
        if event_age_seconds:
            LambdaFunctionEventInvokeConfig(
                self,
                "events",
                function_name=function.function_name,
                qualifier=self.alias.name,
                maximum_event_age_in_seconds=event_age_seconds,
                maximum_retry_attempts=RETRIES,
                destination_config=LambdaFunctionEventInvokeConfigDestinationConfig(
                    on_failure=LambdaFunctionEventInvokeConfigDestinationConfigOnFailure(
                        destination=host.dead_letters_arn
                    )
                ),
            )


def _dead_letters(host: Host) -> tuple[Statement, ...]:
    return (
        statement("KeepWhatFailed", ["sqs:SendMessage"], [host.dead_letters_arn]),
        statement("EncryptWhatFailed", ["kms:Decrypt", "kms:GenerateDataKey"], [host.key_arn]),
    )


def _interfaces() -> tuple[Statement, ...]:
    # Lambda makes a function's network interfaces with its role (Lambda guide, "Giving Lambda functions access to
    # resources in an Amazon VPC"); these actions are asked for before any of the resources exists.
    actions = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
    return (statement("StandInTheVpc", actions, ["*"]),)
