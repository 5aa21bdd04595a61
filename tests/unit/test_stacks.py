"""What every synthesized stack must hold, whatever the settings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from modules.naming import Naming
from modules.run_machine import DELIVERY_ACTIONS
from modules.settings_file import load
from recovery.permissions import GRANTS, On
from tests.conftest import CONFIG, VARIANTS
from tests.synthesized import STACKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


every_variant = pytest.mark.parametrize("variant", VARIANTS)
every_stack = pytest.mark.parametrize("stack", STACKS)
PARTITIONS = {"dev": ("aws", "eu-west-1"), "prod": ("aws", "eu-west-1"), "gov": ("aws-us-gov", "us-gov-west-1"), "cn": ("aws-cn", "cn-north-1")}  # fmt: skip
REGION = re.compile(r"\b(?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov)-(?:gov-)?(?:north|south|east|west|central)\w*-\d\b")
# Actions that take no resource but `*` (Service Authorization Reference), each with its reason where it is granted.
ONLY_ON_EVERYTHING = {
    *(
        action
        for grants in GRANTS.values()
        for one in grants
        if one.on is On.ANY and one.star
        for action in one.actions
    ),
    *DELIVERY_ACTIONS,
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
# Named within something that carries the prefix, or by the user.
UNDER_A_NAME = ("aws_iam_role_policy", "aws_lambda_alias", "aws_route53_record", "aws_sfn_alias")
LONGEST_NAMES = {"aws_lb": 32, "aws_lb_target_group": 32, "aws_iam_role": 64, "aws_autoscaling_group": 255}


@pytest.mark.parametrize("variant", PARTITIONS)
@every_stack
def test_no_partition_region_account_or_zone_but_the_settings_own(synth: Synth, variant: str, stack: str) -> None:
    text = synth(variant)[stack].text
    partition, region = PARTITIONS[variant]
    account = "111111111111" if variant == "dev" else "222222222222"
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) <= {partition}
    assert set(REGION.findall(text)) <= {region}
    assert not re.search(rf"{region}[a-f]\b", text), "a hard-coded zone"
    assert set(re.findall(r"\b\d{12}\b", text)) <= {account}
    if partition == "aws-cn":
        assert "amazonaws.com" not in text.replace("vpc-flow-logs.amazonaws.com", "")


@every_variant
@every_stack
def test_state_is_remote_encrypted_and_locked(synth: Synth, variant: str, stack: str) -> None:
    backend = synth(variant)[stack].json["terraform"]["backend"]["s3"]
    lock = {"prod": "both", "gov": "both", "cn": "both", "lockfile": "lockfile"}.get(variant, "dynamodb")
    assert ("dynamodb_table" in backend) == (lock in ("dynamodb", "both")), backend
    assert backend.get("use_lockfile", False) == (lock in ("both", "lockfile")), backend
    assert backend["encrypt"] is True
    assert backend["kms_key_id"].endswith("-state")
    assert backend["key"].endswith(f"/{stack}.tfstate")


@every_stack
def test_the_caller_must_be_of_the_settings_account(synth: Synth, stack: str) -> None:
    condition = synth("dev")[stack].json["output"]["account"]["precondition"][0]
    assert condition["condition"] == '${data.aws_caller_identity.caller.account_id == "111111111111"}'
    assert "Use credentials of 111111111111." in condition["error_message"]


@every_variant
@every_stack
def test_everything_is_tagged(synth: Synth, variant: str, stack: str) -> None:
    tags = synth(variant)[stack].json["provider"]["aws"][0]["default_tags"][0]["tags"]
    assert set(tags) == {"Application", "Environment", "Owner", "ManagedBy"}


@every_variant
@every_stack
def test_names_are_of_the_app_and_environment_and_within_the_limits(synth: Synth, variant: str, stack: str) -> None:
    prefix = Naming.of(load(CONFIG, VARIANTS[variant][0]).settings).prefix
    for address, resource in synth(variant)[stack].every():
        for key in ("name", "bucket", "alarm_name", "dashboard_name"):
            name = resource.get(key)
            if name is None or "${" in name or address.startswith(UNDER_A_NAME):
                continue
            assert prefix in name or name.startswith(f"/{prefix.replace('-', '/')}/"), f"{address} is called {name}"
            assert len(name) <= LONGEST_NAMES.get(address.split(".")[0], 128), f"{address} is called {name}"


@every_variant
def test_no_policy_allows_an_action_by_wildcard(synth: Synth, variant: str) -> None:
    for stack in synth(variant).values():
        for address, resource in stack.every():
            for text in (resource.get("policy"), resource.get("assume_role_policy")):
                statements: list[dict[str, Any]] = json.loads(text)["Statement"] if text else []
                for statement in statements:
                    actions = _list(statement["Action"])
                    account_root = statement["Sid"] == "AccountAdministersKey"
                    wide = [action for action in actions if "*" in action]
                    assert not wide or account_root or statement["Effect"] == "Deny", f"{address}: {statement}"
                    if statement.get("Resource") == ["*"] and "Principal" not in statement:
                        assert set(actions) <= ONLY_ON_EVERYTHING, f"{address}: {statement}"


@every_variant
def test_production_is_protected_and_development_may_be_torn_down(synth: Synth, variant: str) -> None:
    protected = {
        address
        for stack in synth(variant).values()
        for address, resource in stack.every()
        if resource.get("lifecycle", {}).get("prevent_destroy")
    }
    ground = {
        "aws_s3_bucket.state_bucket",
        "aws_dynamodb_table.state_lock_table",
        "aws_kms_key.state_encryption_key",
        "aws_kms_key.encryption_key",
        "aws_launch_template.launch_template",
        "aws_autoscaling_group.blue_group_group",
        "aws_autoscaling_group.green_group_group",
        "aws_lb_target_group.blue",
        "aws_lb_target_group.green",
        "aws_lb_listener_rule.web_weights",
        "aws_ssm_parameter.parameters_db_password",
        "aws_dynamodb_table.store_table",
        "aws_s3_bucket.store_bucket",
    }
    if VARIANTS[variant][0] == "prod":
        assert ground <= protected, ground - protected
    else:
        assert not protected


def test_an_address_says_where_a_resource_stands(synth: Synth) -> None:
    addresses = [address for stack in synth("dev").values() for address, _ in stack.every()]
    assert all(re.fullmatch(r"aws_\w+\.[a-z0-9_]+", address) for address in addresses)
    assert not [address for address in addresses if re.search(r"_[0-9A-F]{8}$", address)], "cdktf's hashes"
