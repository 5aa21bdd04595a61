"""The VPC's flow logs, in a log group of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from modules.encryption_key import EncryptionKey, logs_may_encrypt
from modules.policy import document, statement, trust

if TYPE_CHECKING:
    from modules.naming import Naming

AGGREGATION_SECONDS = 60


class FlowLogs(Construct):
    """Accepted and rejected traffic, by the minute."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        vpc_id: str,
        dns_suffix: str,
        retention_days: int,
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        key = EncryptionKey(
            self,
            "encryption",
            naming=naming,
            thing="network",
            purpose="flow logs",
            statements=(logs_may_encrypt(naming, dns_suffix),),
            protect=protect,
        )
        group = CloudwatchLogGroup(
            self,
            "log_group",
            name=naming.log_group("flow"),
            retention_in_days=retention_days,
            kms_key_id=key.arn,
        )
        # The one service principal that is spelled alike in every partition (VPC User Guide, "IAM role for flow logs").
        role = IamRole(
            self,
            "role",
            name=naming.role("flow-logs"),
            assume_role_policy=trust("vpc-flow-logs.amazonaws.com", account=naming.account),
        )
        policy = IamRolePolicy(
            self,
            "policy",
            name="write-flow-logs",
            role=role.id,
            policy=document(
                statement(
                    "WriteOwnLogGroup",
                    ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    [f"{group.arn}:*"],
                )
            ),
        )
        FlowLog(
            self,
            "flow_log",
            vpc_id=vpc_id,
            traffic_type="ALL",
            iam_role_arn=role.arn,
            log_destination=group.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            tags={"Name": naming.name("flow")},
            depends_on=[policy],
        )
