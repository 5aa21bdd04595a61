"""The service stack: what makes going back possible, and what keeps an apply from undoing it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from modules.settings_file import load
from modules.user_data import body, literal, whole
from recovery.core.fingerprint import canonical, fingerprint
from tests.conftest import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]

COLOURS = ("blue", "green")


def test_one_rule_holds_both_groups_and_terraform_never_writes_it_again(synth: Synth) -> None:
    service = synth("dev")["service"]
    rule = service.resource("aws_lb_listener_rule", "web_weights")
    forward = rule["action"][0]["forward"]
    assert [target["weight"] for target in forward["target_group"]] == [100, 0]
    assert [target["arn"] for target in forward["target_group"]] == [
        f"${{aws_lb_target_group.{colour}.arn}}" for colour in COLOURS
    ]
    assert forward["stickiness"] == {"duration": 1, "enabled": False}
    assert rule["lifecycle"]["ignore_changes"] == ["action", "tags", "tags_all"]


@pytest.mark.parametrize("colour", COLOURS)
def test_what_the_control_plane_owns_of_a_group_is_ignored(synth: Synth, colour: str) -> None:
    group = synth("dev")["service"].resource("aws_autoscaling_group", f"{colour}_group_group")
    assert group["lifecycle"]["ignore_changes"] == [
        "mixed_instances_policy",
        "min_size",
        "desired_capacity",
        "suspended_processes",
    ]
    assert group["wait_for_capacity_timeout"] == "0"


def test_only_the_first_group_starts_with_instances(synth: Synth) -> None:
    groups = synth("prod")["service"].resources("aws_autoscaling_group")
    assert (groups["blue_group_group"]["min_size"], groups["green_group_group"]["min_size"]) == (3, 0)
    assert {group["max_size"] for group in groups.values()} == {12}


def test_groups_name_a_numbered_version_and_every_instance_type(synth: Synth) -> None:
    service = synth("prod")["service"]
    for group in service.resources("aws_autoscaling_group").values():
        template = group["mixed_instances_policy"]["launch_template"]
        version = template["launch_template_specification"]["version"]
        assert version == "${aws_launch_template.launch_template.latest_version}"
        assert [override["instance_type"] for override in template["override"]] == [
            "m7g.large",
            "m6g.large",
            "c7g.xlarge",
        ]
    assert not re.search(r"\$Latest|\$Default|resolve:ssm", service.text)


def test_the_template_is_hardened(synth: Synth) -> None:
    template = synth("dev")["service"].resource("aws_launch_template", "launch_template")
    assert template["name"] == "shop-dev-web"
    assert template["metadata_options"]["http_tokens"] == "required"
    assert template["block_device_mappings"][0]["ebs"]["encrypted"] == "true"
    assert template["block_device_mappings"][0]["ebs"]["volume_type"] == "gp3"
    assert template["network_interfaces"][0]["associate_public_ip_address"] == "false"
    assert "key_name" not in template
    for specification in template["tag_specifications"]:
        assert specification["tags"]["Release"] == "${local.launch_fingerprint}"
        assert specification["tags"]["Application"] == "shop"


@pytest.mark.parametrize("colour", COLOURS)
def test_both_groups_are_always_in_a_rule_of_the_test_listener(synth: Synth, colour: str) -> None:
    service = synth("dev")["service"]
    rule = service.resource("aws_lb_listener_rule", f"web_test_{colour}")
    assert rule["listener_arn"] == "${aws_lb_listener.web_test.arn}"
    assert rule["condition"] == [{"http_header": {"http_header_name": "X-Lastgood-Group", "values": [colour]}}]
    assert rule["action"][0]["target_group_arn"] == f"${{aws_lb_target_group.{colour}.arn}}"


def test_only_the_control_plane_reaches_the_test_port(synth: Synth) -> None:
    service = synth("prod")["service"]
    port = service.resource("aws_lb_listener", "web_test")["port"]
    rules = [
        rule
        for rule in service.resources("aws_vpc_security_group_ingress_rule").values()
        if rule["from_port"] <= port <= rule["to_port"]
    ]
    assert [rule["referenced_security_group_id"] for rule in rules] == ["${aws_security_group.firewall_control.id}"]


@pytest.mark.parametrize("colour", COLOURS)
def test_target_groups_check_fast_drain_fast_and_leave_dns_alone(synth: Synth, colour: str) -> None:
    group = synth("dev")["service"].resource("aws_lb_target_group", colour)
    assert (group["health_check"]["interval"], group["health_check"]["unhealthy_threshold"]) == (5, 2)
    assert group["deregistration_delay"] == "30"
    assert group["stickiness"]["enabled"] is False
    assert group["target_group_health"]["dns_failover"]["minimum_healthy_targets_count"] == "off"


def test_tls_when_a_certificate_is_given(synth: Synth) -> None:
    secure, plain = synth("prod")["service"], synth("dev")["service"]
    secure.expect("aws_lb_listener", "web_public", port=443, protocol="HTTPS")
    assert secure.resource("aws_lb_listener", "web_redirect")["default_action"][0]["redirect"]["protocol"] == "HTTPS"
    assert secure.resource("aws_route53_record", "domain")["alias"]["evaluate_target_health"] is False
    plain.expect("aws_lb_listener", "web_public", port=80, protocol="HTTP")
    assert not plain.resources("aws_route53_record")


def test_a_secret_comes_in_by_an_ephemeral_variable_and_a_write_only_argument(synth: Synth) -> None:
    service = synth("dev")["service"]
    parameter = service.resource("aws_ssm_parameter", "parameters_db_password")
    assert parameter["type"] == "SecureString"
    assert parameter["key_id"] == "${aws_kms_key.encryption_key.arn}"
    assert (parameter["value_wo"], parameter["value_wo_version"]) == ("${var.secret_db_password}", 1)
    assert not {"value", "insecure_value"} & set(parameter)
    variable = service.json["variable"]["secret_db_password"]
    assert variable["ephemeral"] is True
    assert "default" not in variable
    assert service.text.count("var.secret_db_password") == 2, "once as the value, once in its own validation"


def test_instances_read_only_their_own_parameters_with_the_context_of_each(synth: Synth) -> None:
    policy = json.loads(synth("dev")["service"].resource("aws_iam_role_policy", "instance_policy")["policy"])
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    own = [f"arn:aws:ssm:eu-west-1:111111111111:parameter/shop/dev/{key}" for key in ("db/password", "log/level")]
    assert statements["ReadOwnParameters"]["Resource"] == own
    assert statements["DecryptOwnParameters"]["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": own}
    }


def test_a_release_pins_its_parameters_by_version_unless_told_not_to(synth: Synth) -> None:
    content = synth("prod")["service"].json["locals"]["launch_content"]
    secret, plain = "aws_ssm_parameter.parameters_db_password", "aws_ssm_parameter.parameters_log_level"
    assert content["parameters"] == {
        "db/password": f'/shop/prod/db/password:${{{secret}.version}}${{{secret}.has_value_wo ? "" : ""}}',
        "db/rotated-token": "/shop/prod/db/rotated-token",
        "log/level": f'/shop/prod/log/level:${{{plain}.version}}${{nonsensitive({plain}.value) == "" ? "" : ""}}',
    }
    assert content["artifact"]["sha256"] == load(CONFIG, "prod").settings.release.artifact.sha256  # pyright: ignore[reportOptionalMemberAccess] prod has one


def test_the_image_parameter_is_resolved_at_plan(synth: Synth) -> None:
    assert synth("dev")["service"].json["locals"]["launch_content"]["image_id"].startswith("${data.aws_ssm_parameter.")
    assert synth("prod")["service"].json["locals"]["launch_content"]["image_id"] == "ami-0123456789abcdef0"


@pytest.mark.parametrize("colour", COLOURS)
def test_each_group_has_every_alarm_and_its_error_series_is_dense(synth: Synth, colour: str) -> None:
    service = synth("prod")["service"]
    alarms = {name: alarm for name, alarm in service.resources("aws_cloudwatch_metric_alarm").items() if colour in name}
    assert sorted(alarms) == [f"{colour}_alarms_{signal}" for signal in ("errors", "latency", "unhealthy")]
    for alarm in alarms.values():
        assert "FILL(" in alarm["metric_query"][0]["expression"]
        for query in alarm["metric_query"][1:]:
            assert query["metric"]["dimensions"]["TargetGroup"] == f"${{aws_lb_target_group.{colour}.arn_suffix}}"
    assert alarms[f"{colour}_alarms_errors"]["threshold"] == 2.0


def test_the_dashboard_shows_every_signal_of_both_groups_in_the_settings_region(synth: Synth) -> None:
    body_json = synth("cn")["service"].resource("aws_cloudwatch_dashboard", "dashboard")["dashboard_body"]
    widgets = json.loads(body_json)["widgets"]
    assert {widget["properties"]["region"] for widget in widgets} == {"cn-north-1"}
    for widget in widgets:
        labels = [series[0]["label"] for series in widget["properties"]["metrics"] if isinstance(series[0], dict)]
        assert labels == ["blue", "green"]


def test_a_script_is_taken_literally_and_still_runs() -> None:
    script = '#!/bin/bash\nname=world\necho "hello ${name} $LASTGOOD_RELEASE %{x} $LASTGOOD_PARAMETER_DB_PASSWORD"\n'
    text = whole(
        script,
        release="abc",
        body=body(script, health_port=80, artifact=None, references={"db/password": "/shop/dev/db/password:7"}),
    )
    assert "${" not in text.replace("$${", "")
    shell = text.replace("$${", "${").replace("%%{", "%{")  # what Terraform makes of it
    run = subprocess.run(["/bin/bash", "-c", shell], capture_output=True, text=True, check=True)
    assert run.stdout == "hello world abc %{x} /shop/dev/db/password:7\n"
    assert literal("%{ if }") == "%%{ if }"


def test_the_fingerprint_is_of_the_content_whatever_its_order() -> None:
    assert fingerprint({"a": 1, "b": [True]}) == fingerprint({"b": [True], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert canonical({"b": "<&>", "a": "ü\u2028"}) == '{"a":"ü\\u2028","b":"\\u003c\\u0026\\u003e"}'
    assert len(base64.b16decode(fingerprint({}).upper())) == 32
