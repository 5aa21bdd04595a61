"""Drills as an operator sets them, and as they are synthesized: schedule, request, rights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from localaws.delivery.expression import parse
from localaws.delivery.message import message
from modules.drill_schedule import expression
from modules.settings import Drill
from recovery.core.drilling import name_of
from recovery.core.rules import Rules
from tests.unit.core.scenes import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]

OFFICE = "Mon-Fri 07:00-19:00 Europe/Berlin"


@pytest.mark.parametrize(
    "schedule", ["daily", "weekly", "rate(1 hour)", "rate(3 days)", "cron(0 4 ? * TUE *)", "cron(15 3 1,15 * ? *)"]
)
def test_a_schedule_is_one_that_eventbridge_takes(schedule: str) -> None:
    assert Drill(schedule=schedule).schedule == schedule
    assert parse(expression(schedule, "shop-prod")) is not None


@pytest.mark.parametrize(
    "schedule",
    ["", "monthly", "rate(5 minutes)", "rate(1 days)", "rate(2 hour)", "rate(0 hours)", "cron(0 4 * * TUE *)",
     "cron(0 4 ? * ? *)", "cron(0 4 ? * TUE)", "at(2026-11-24T04:00:00)"],
)  # fmt: skip
def test_any_other_is_refused_with_what_would_be_right(schedule: str) -> None:
    with pytest.raises(ValidationError, match='write "daily", "weekly", "off"'):
        Drill(schedule=schedule)


def test_apps_of_one_account_do_not_all_begin_in_the_same_minute() -> None:
    apps = [f"app{number}-prod" for number in range(600)]
    for schedule in ("daily", "weekly"):
        assert len({expression(schedule, app) for app in apps}) == 60
        assert expression(schedule, "shop-prod") == expression(schedule, "shop-prod")


@pytest.mark.parametrize(
    ("schedule", "blackout"),
    [("weekly", "Tue 00:00-24:00"), ("daily", "daily 03:00-05:00"), ("weekly", "daily 02:00-08:00 Europe/Berlin")],
)
def test_a_schedule_whose_every_time_is_blacked_out_is_refused(schedule: str, blackout: str) -> None:
    with pytest.raises(ValidationError, match="always a blackout time"):
        Drill(schedule=schedule, blackout=(blackout,))


@pytest.mark.parametrize(
    ("schedule", "blackout"),
    [
        ("weekly", "Mon,Wed-Sun 00:00-24:00"),
        ("daily", "Mon-Sat 00:00-24:00"),
        # Blacked out in winter, and not in summer.
        ("weekly", "Tue 05:00-06:00 Europe/Berlin"),
        ("off", "daily 00:00-24:00"),
        ("weekly", OFFICE),
    ],
)
def test_one_with_some_time_left_is_taken(schedule: str, blackout: str) -> None:
    assert Drill(schedule=schedule, blackout=(blackout,))


@pytest.mark.parametrize(
    ("blackout", "says"),
    [("always", "is no time of the week"), ("Mon 08:00-09:00 Mars/Base", "Mars/Base is not known")],
)
def test_a_blackout_time_that_is_none_is_refused_at_synth(blackout: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Drill(blackout=(blackout,))


@pytest.mark.parametrize("percent", [-1, 11])
def test_a_drill_moves_a_tenth_of_the_requests_at_most(percent: int) -> None:
    assert Drill(traffic_percent=10).traffic_percent == 10
    with pytest.raises(ValidationError):
        Drill(traffic_percent=percent)


def test_a_scheduled_drill_is_asked_for_by_its_hour(synth: Synth) -> None:
    control = synth("prod")["control_plane"]
    control.expect("aws_cloudwatch_event_rule", "triggers_drill", schedule_expression=expression("weekly", "shop-prod"))
    target = control.resource("aws_cloudwatch_event_target", "triggers_practice_target")
    assert target["arn"] == "${aws_lambda_alias.submit_alias.arn}"
    assert target["dead_letter_config"]
    shape = target["input_transformer"]
    given = {"InputTransformer": {"InputPathsMap": shape["input_paths"], "InputTemplate": shape["input_template"]}}
    event = {"time": "2026-11-24T04:17:00Z", "id": "1"}
    request: dict[str, Any] = json.loads(message(given, event, "arn:aws:events:::rule/drill"))["drill"]
    assert name_of(request, NOW) == "drill-20261124T04"
    assert (request["by"], request["alarm"]) == ("the schedule", "too")


def test_without_a_schedule_there_is_no_rule(synth: Synth) -> None:
    rules = synth("dev")["control_plane"].resources("aws_cloudwatch_event_rule")
    assert "triggers_drill" not in rules
    assert "triggers_minute" in rules


@pytest.mark.parametrize("variant", ["dev", "prod", "cn"])
def test_only_submit_may_fire_alarms_and_only_the_groups_own(synth: Synth, variant: str) -> None:
    control = synth(variant)["control_plane"]
    environment = "dev" if variant == "dev" else "prod"
    may: dict[str, list[str]] = {}
    for name, policy in control.resources("aws_iam_role_policy").items():
        for one in json.loads(policy["policy"])["Statement"]:
            if "cloudwatch:SetAlarmState" in one["Action"]:
                may[name] = one["Resource"]
    assert list(may) == ["submit_policy"]
    ends = {arn.rpartition(":alarm:")[2] for arn in may["submit_policy"]}
    assert ends == {
        f"shop-{environment}-{colour}-{signal}"
        for colour in ("blue", "green")
        for signal in ("errors", "latency", "unhealthy")
    }


def test_what_the_settings_say_reaches_the_functions(synth: Synth) -> None:
    for function in synth("prod")["control_plane"].resources("aws_lambda_function").values():
        rules = Rules.of(json.loads(function["environment"]["variables"]["LASTGOOD_RULES"]))
        assert rules.blackout == (OFFICE,)
        assert (rules.drill_percent, rules.drill_budget_percent) == (0, 1.0)
