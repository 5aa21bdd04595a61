"""The look whether we could go back, as it is synthesized: its schedule, its rights, its alarms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]

FUNCTION = "readiness"


def statements(stack: Stack) -> list[dict[str, Any]]:
    policy: str = stack.resource("aws_iam_role_policy", f"{FUNCTION}_policy")["policy"]
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def test_it_is_called_once_an_hour_and_has_a_minute(synth: Synth) -> None:
    stack = synth("dev")["control_plane"]
    stack.expect("aws_cloudwatch_event_rule", "triggers_hour", schedule_expression="rate(1 hour)")
    stack.expect(
        "aws_cloudwatch_event_target", "triggers_ready_target", arn=f"${{aws_lambda_alias.{FUNCTION}_alias.arn}}"
    )
    stack.expect(
        "aws_lambda_function", f"{FUNCTION}_function", timeout=60, handler="recovery.handlers.readiness.handler"
    )


@pytest.mark.parametrize("variant", ["dev", "prod", "cn"])
def test_it_may_write_its_own_item_and_its_own_metrics_and_nothing_else(synth: Synth, variant: str) -> None:
    written = {
        action: one.get("Condition")
        for one in statements(synth(variant)["control_plane"])
        for action in one["Action"]
        if not action.partition(":")[2].startswith(
            ("Describe", "Get", "List", "Query", "CreateLogStream", "PutLogEvents")
        )
        and not action.startswith("kms:")
    }
    environment = "dev" if variant == "dev" else "prod"
    assert written == {
        "dynamodb:UpdateItem": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["readiness"]}},
        "cloudwatch:PutMetricData": {"StringEquals": {"cloudwatch:namespace": [f"Lastgood/shop-{environment}"]}},
        # What Lambda could not deliver to it.
        "sqs:SendMessage": None,
    }


def test_it_alarms_after_two_bad_hours_and_after_three_without_a_look(synth: Synth) -> None:
    stack = synth("dev")["control_plane"]
    both = {"namespace": "Lastgood/shop-dev", "metric_name": "Ready", "period": 3600, "threshold": 1}
    below = {
        **both,
        "comparison_operator": "LessThanThreshold",
        "alarm_actions": ["${aws_sns_topic.notifications_topic.arn}"],
    }
    stack.expect(
        "aws_cloudwatch_metric_alarm",
        "alarms_not_ready",
        evaluation_periods=2,
        statistic="Maximum",
        treat_missing_data="ignore",
        **below,
    )
    stack.expect(
        "aws_cloudwatch_metric_alarm",
        "alarms_readiness_silent",
        evaluation_periods=3,
        statistic="SampleCount",
        treat_missing_data="breaching",
        **below,
    )


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_no_function_s_environment_is_larger_than_lambda_takes(synth: Synth, variant: str) -> None:
    """Lambda guide, "Lambda quotas": 4 KB for all variables; here with the references that Terraform fills in."""
    for function in synth(variant)["control_plane"].resources("aws_lambda_function").values():
        variables: dict[str, str] = function["environment"]["variables"]
        assert len(json.dumps(variables)) < 4096, function["function_name"]
