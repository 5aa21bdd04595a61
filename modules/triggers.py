"""What starts a run or a look: alarms, the minute, the hour, a drill's schedule, and Terraform itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetDeadLetterConfig,
    CloudwatchEventTargetInputTransformer,
    CloudwatchEventTargetRetryPolicy,
)
from cdktf_cdktf_provider_aws.lambda_invocation import LambdaInvocation
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from modules.drill_schedule import expression
from modules.recovery_rules import EVENT_AGE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable, TerraformStack
    from cdktf_cdktf_provider_aws.dynamodb_table_item import DynamodbTableItem

    from modules.function import Function
    from modules.naming import Naming

EVENT_RETRIES = 10
MINUTE_SECONDS, HOUR_SECONDS = 60, 3600


class Triggers(Construct):
    """The rule for the groups' alarms; the schedules of the watchdog, of the look whether we could go back, of drills.

    `drill_schedule`: as the settings have it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        alarm_names: Sequence[str],
        submit: Function,
        watchdog: Function,
        readiness: Function,
        drill_schedule: str,
        dead_letters_arn: str,
        events_principal: str,
    ) -> None:
        super().__init__(scope, id_)
        self._naming, self._dead_letters_arn, self._principal = naming, dead_letters_arn, events_principal
        alarms = CloudwatchEventRule(
            self,
            "alarms",
            name=alarm_rule_name(naming),
            description=f"{naming.prefix}: an alarm of either group",
            # `aws.cloudwatch` is delivered at least once; `aws.monitoring`, its look-alike, at best effort (EventBridge
            # reference, "Amazon CloudWatch events").
            event_pattern=json.dumps(
                {
                    "source": ["aws.cloudwatch"],
                    "detail-type": ["CloudWatch Alarm State Change"],
                    "detail": {"alarmName": list(alarm_names), "state": {"value": ["ALARM"]}},
                }
            ),
        )
        self._target("alarm", alarms, submit, age_seconds=EVENT_AGE_SECONDS)
        minute = CloudwatchEventRule(
            self,
            "minute",
            name=naming.name("minute", 64),
            description=f"{naming.prefix}: the watchdog looks",
            schedule_expression="rate(1 minute)",
        )
        # An older look is worth nothing: the next one is due.
        self._target("watch", minute, watchdog, age_seconds=MINUTE_SECONDS)
        hour = CloudwatchEventRule(
            self,
            "hour",
            name=naming.name("hour", 64),
            description=f"{naming.prefix}: could we go back?",
            schedule_expression="rate(1 hour)",
        )
        self._target("ready", hour, readiness, age_seconds=HOUR_SECONDS)
        if drills := expression(drill_schedule, naming.prefix):
            drill = CloudwatchEventRule(
                self,
                "drill",
                name=naming.name("drill", 64),
                description=f"{naming.prefix}: practice going back",
                schedule_expression=drills,
            )
            # Named by its hour: an event that is delivered twice is one drill.
            asked = CloudwatchEventTargetInputTransformer(
                input_paths={"at": "$.time"},
                input_template='{"drill": {"by": "the schedule", "at": <at>, "alarm": "too"}}',
            )
            self._target("practice", drill, submit, age_seconds=EVENT_AGE_SECONDS, asked=asked)

    def _target(
        self,
        id_: str,
        rule: CloudwatchEventRule,
        function: Function,
        *,
        age_seconds: int,
        asked: CloudwatchEventTargetInputTransformer | None = None,
    ) -> None:
        permission = LambdaPermission(
            self,
            f"{id_}_permission",
            statement_id=f"events-{id_}",
            action="lambda:InvokeFunction",
            function_name=function.name,
            qualifier=function.alias.name,
            principal=self._principal,
            source_arn=rule.arn,
            source_account=self._naming.account,
        )
        CloudwatchEventTarget(
            self,
            f"{id_}_target",
            rule=rule.name,
            target_id=id_,
            arn=function.arn,
            input_transformer=asked,
            retry_policy=CloudwatchEventTargetRetryPolicy(
                maximum_event_age_in_seconds=age_seconds, maximum_retry_attempts=EVENT_RETRIES
            ),
            dead_letter_config=CloudwatchEventTargetDeadLetterConfig(arn=self._dead_letters_arn),
            depends_on=[permission],
        )


def alarm_rule_name(naming: Naming) -> str:
    """Known before the rule is: the functions look at it."""
    return naming.name("alarms", 64)


def submission(
    scope: Construct,
    id_: str,
    *,
    submit: Function,
    release: Mapping[str, str],
    capacity: Mapping[str, object],
    after: list[ITerraformDependable],
) -> LambdaInvocation:
    """Submits the release when it, or the capacity, is another than before. `release`: name → Terraform expression.

    CREATE_ONLY: with the other scope a refused release stays in the state as if it had been taken, and is lost
    (hashicorp/terraform-provider-aws#43447).
    """
    # cdktf's own functions take no expressions that are texts already.
    fields = ", ".join(f"{name} = {expression}" for name, expression in release.items())
    request = f'{{by = "terraform", capacity = {json.dumps(capacity)}, release = {{{fields}}}}}'
    return LambdaInvocation(
        scope,
        id_,
        function_name=submit.name,
        qualifier=submit.alias.name,
        lifecycle_scope="CREATE_ONLY",
        input=f"${{jsonencode({request})}}",
        depends_on=after,
    )


def held_back(stack: TerraformStack, *, status: DynamodbTableItem, fingerprint: str) -> None:
    """Every plan warns while the configuration's release is quarantined; the plan itself stays empty."""
    quarantined = f"jsondecode({status.fqn}.item).quarantined.M"
    stack.add_override(
        "check.held_back",
        {
            "assert": {
                "condition": f"${{!contains(keys({quarantined}), {fingerprint})}}",
                "error_message": (
                    f"Release ${{substr({fingerprint}, 0, 12)}} of this configuration is held back: "
                    f'${{try({quarantined}[{fingerprint}].S, "quarantined")}}. '
                    "See `lastgood quarantine show`; configure another release, or lift it."
                ),
            }
        },
    )
