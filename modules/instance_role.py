"""What an instance may do: read its parameters and artifact, write its logs, be reached by Session Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_service_principal import DataAwsServicePrincipal
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from modules.policy import Statement, document, statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modules.naming import Naming
    from modules.settings import Artifact


class InstanceRole(Construct):
    """The role and its instance profile. Exposes `profile_arn` and the role's `arn`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        parameter_arns: Sequence[str],
        key_arn: str,
        log_group_arn: str,
        artifact: Artifact | None,
    ) -> None:
        super().__init__(scope, id_)
        # Its spelling differs between partitions (ec2.amazonaws.com.cn).
        principal = DataAwsServicePrincipal(self, "ec2", service_name="ec2")
        name = naming.role("instance")
        role = IamRole(self, "role", name=name, assume_role_policy=_ec2_trust(principal.name))
        statements = [
            _session_manager(),
            statement("WriteOwnLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"]),
        ]
        if parameter_arns:
            statements += _read_parameters(parameter_arns, key_arn)
        if artifact:
            statements.append(
                statement(
                    "ReadArtifact",
                    ["s3:GetObject", "s3:GetObjectVersion"],
                    [f"arn:{naming.partition}:s3:::{artifact.bucket}/{artifact.key}"],
                )
            )
        IamRolePolicy(self, "policy", name="instance", role=role.id, policy=document(*statements))
        self.arn = role.arn
        self.profile_arn = IamInstanceProfile(self, "profile", name=name, role=role.name).arn


def _ec2_trust(principal: str) -> str:
    # EC2 sends no source account when an instance takes its role, so the usual condition would lock it out.
    return document(
        {"Sid": "Ec2", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": principal}},
    )


def _session_manager() -> Statement:
    # The managed policy AmazonSSMManagedInstanceCore would also allow ssm:GetParameter on every parameter there is.
    # These actions take no resource (Service Authorization Reference: Systems Manager, Session Manager Message
    # Gateway Service).
    return statement(
        "SessionManager",
        [
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        ["*"],
    )


def _read_parameters(arns: Sequence[str], key_arn: str) -> list[Statement]:
    return [
        # GetParameters has an action of its own (SSM API, GetParameters: "authorized against ssm:GetParameters").
        statement("ReadOwnParameters", ["ssm:GetParameter", "ssm:GetParameters"], arns),
        statement(
            "DecryptOwnParameters",
            ["kms:Decrypt"],
            [key_arn],
            # Parameter Store's encryption context (KMS Developer Guide, "How Parameter Store uses KMS").
            conditions={"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": list(arns)}},
        ),
    ]
