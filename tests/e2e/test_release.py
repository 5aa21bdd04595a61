"""A release is one new template version, and nothing else moves; what the control plane moves, no plan takes back."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.account import Account
    from tests.e2e.site import Site

TEMPLATE = "aws_launch_template.launch_template"


def versions(account: Account, template: str) -> list[dict[str, Any]]:
    """The template's versions, the newest first."""
    found = account.ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
    return sorted((dict(one) for one in found), key=lambda one: -one["VersionNumber"])


def groups(account: Account, names: list[str]) -> list[dict[str, Any]]:
    """What Auto Scaling says of the groups."""
    found = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
    return [dict(one) for one in found]


def another_image(site: Site, account: Account) -> str:
    """An image of the same architecture, written into the settings."""
    runs = site.terraform("service").outputs()["release"]["image_id"]
    images = account.ec2.describe_images(Owners=["amazon"])["Images"]
    arm = [image.get("ImageId", "") for image in images if image.get("Architecture") == "arm64"]
    other = next(image for image in arm if image != runs)
    site.configure((r"\{ ssm_parameter = .* \}", f'{{ ami_id = "{other}" }}'))
    return other


def test_another_image_is_one_new_version_and_touches_neither_group(site: Site, account: Account) -> None:
    before = site.terraform("service").outputs()
    record = before["record"]
    names = list(record["groups"].values())
    had, ran = versions(account, record["template_id"]), groups(account, names)

    image = another_image(site, account)
    assert site.changes("service") == {TEMPLATE: ["update"]}
    site.terraform("service").apply()

    after = site.terraform("service").outputs()
    has = versions(account, record["template_id"])
    assert len(has) == len(had) + 1
    assert has[0]["LaunchTemplateData"]["ImageId"] == image
    assert has[1:] == had
    assert groups(account, names) == ran
    assert after["record"]["template_version"] == record["template_version"] + 1
    assert after["fingerprint"] != before["fingerprint"]
    assert site.changes("service") == {}


def test_what_the_control_plane_moves_leaves_the_plan_empty(site: Site, account: Account) -> None:
    another_image(site, account)
    site.terraform("service").apply()
    record = site.terraform("service").outputs()["record"]
    green = record["groups"]["green"]
    [group] = groups(account, [green])
    policy = group["MixedInstancesPolicy"]
    specification = policy["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert specification["Version"] != str(record["template_version"])

    # A release as the control plane does it: the idle group gets the version and the size, then the traffic.
    policy["LaunchTemplate"]["LaunchTemplateSpecification"] = {
        "LaunchTemplateId": record["template_id"],
        "Version": str(record["template_version"]),
    }
    account.autoscaling.suspend_processes(AutoScalingGroupName=green, ScalingProcesses=["AZRebalance"])
    account.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=green, MinSize=2, DesiredCapacity=3, MixedInstancesPolicy=policy
    )
    weights = {"blue": 0, "green": 100}
    forward: Any = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": record["target_groups"][colour], "Weight": weight}
                for colour, weight in weights.items()
            ]
        },
    }
    account.elbv2.modify_rule(RuleArn=record["rule_arn"], Actions=[forward])

    assert site.changes("service") == {}
    [moved] = groups(account, [green])
    assert (moved["MinSize"], moved["DesiredCapacity"]) == (2, 3)


def test_a_rotated_secret_is_pinned_by_the_very_apply_that_writes_it(site: Site, account: Account) -> None:
    before = site.terraform("service").outputs()
    name, _, version = before["release"]["parameters"]["db/password"].rpartition(":")
    rotated = secrets.token_urlsafe(24)
    site.variables["TF_VAR_secret_db_password"] = rotated

    site.configure(("secret = true", "secret = true, revision = 7"))
    site.terraform("service").apply()

    pinned = f"{name}:{int(version) + 1}"
    after = site.terraform("service").outputs()
    assert after["release"]["parameters"]["db/password"] == pinned
    assert account.ssm.get_parameter(Name=pinned, WithDecryption=True)["Parameter"].get("Value") == rotated
    script = versions(account, after["record"]["template_id"])[0]["LaunchTemplateData"]["UserData"]
    assert pinned in base64.b64decode(script).decode()
    assert site.changes("service") == {}


def test_a_new_value_without_a_new_revision_changes_nothing(site: Site, account: Account) -> None:
    pinned = site.terraform("service").outputs()["release"]["parameters"]["db/password"]
    stands = account.ssm.get_parameter(Name=pinned, WithDecryption=True)["Parameter"].get("Value")
    site.variables["TF_VAR_secret_db_password"] = "a-value-that-nobody-asked-to-write"
    assert site.changes("service") == {}
    assert account.ssm.get_parameter(Name=pinned, WithDecryption=True)["Parameter"].get("Value") == stands
