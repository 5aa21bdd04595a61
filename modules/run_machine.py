"""The state machine of runs: a published version behind an alias, so that no deploy changes a run's way under it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.sfn_alias import SfnAlias, SfnAliasRoutingConfiguration
from cdktf_cdktf_provider_aws.sfn_state_machine import SfnStateMachine, SfnStateMachineLoggingConfiguration
from constructs import Construct

from modules.policy import document, statement
from modules.state_machine import definition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modules.naming import Naming
    from recovery.core.protocol import Function
    from recovery.core.rules import Rules

ALIAS = "live"
# CloudWatch Logs' vended deliveries take no resource (Step Functions guide, "Using CloudWatch Logs to log execution
# history": IAM policies for logging).
DELIVERY_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)


class RunMachine(Construct):
    """Exposes `name`, `machine_arn`, `alias` and `arn` (the alias's)."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        rules: Rules,
        functions: Mapping[Function, str],
        trust: str,
        key_arn: str,
        retention_days: int,
    ) -> None:
        super().__init__(scope, id_)
        self.name = machine_name(naming)
        logs = CloudwatchLogGroup(
            self,
            "logs",
            # The prefix keeps the logs' resource policy short (Step Functions guide, as above).
            name=f"/aws/vendedlogs/states/{self.name}",
            retention_in_days=retention_days,
            kms_key_id=key_arn,
        )
        role = IamRole(self, "role", name=naming.role("runs"), assume_role_policy=trust)
        policy = IamRolePolicy(
            self,
            "policy",
            name="runs",
            role=role.id,
            policy=document(
                statement("RunSteps", ["lambda:InvokeFunction"], sorted(functions.values())),
                statement("DeliverLogs", DELIVERY_ACTIONS, ["*"]),
            ),
        )
        machine = SfnStateMachine(
            self,
            "machine",
            name=self.name,
            role_arn=role.arn,
            definition=json.dumps(definition(rules, functions)),
            publish=True,
            logging_configuration=SfnStateMachineLoggingConfiguration(
                level="ALL", include_execution_data=False, log_destination=f"{logs.arn}:*"
            ),
            depends_on=[policy],
        )
        self.alias = SfnAlias(
            self,
            "alias",
            name=ALIAS,
            routing_configuration=[
                SfnAliasRoutingConfiguration(state_machine_version_arn=machine.state_machine_version_arn, weight=100)
            ],
        )
        self.machine_arn, self.arn = machine.arn, self.alias.arn


def machine_name(naming: Naming) -> str:
    """Known before the machine is: its functions, which it names, have to know it."""
    return naming.name("runs", 80)


def alias_arn(naming: Naming) -> str:
    """The alias's ARN, likewise."""
    return naming.arn("states", f"stateMachine:{machine_name(naming)}:{ALIAS}")
