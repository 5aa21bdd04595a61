from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.contract.account import REGIONS

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, LaunchTemplateTagSpecificationRequestTypeDef

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen


def instances(account: Account, *ids: str) -> list[InstanceTypeDef]:
    found = account.ec2.describe_instances(InstanceIds=list(ids))
    return [instance for reservation in found["Reservations"] for instance in reservation.get("Instances", [])]


def tags(instance: InstanceTypeDef) -> dict[str, str]:
    return {tag.get("Key", ""): tag.get("Value", "") for tag in instance.get("Tags", [])}


def test_a_later_version_with_user_data_launches(stage: BlueGreen) -> None:
    """EC2 API, CreateLaunchTemplateVersion: RequestLaunchTemplateData.UserData."""
    version = stage.version("boot=1s")
    assert version == "2"
    assert len(stage.instance_ids(stage.group(version, 1))) == 1


def test_an_instance_is_made_of_the_version_asked_for_not_of_the_default(account: Account, stage: BlueGreen) -> None:
    """EC2 User Guide, "Launch instances from a launch template": the version given decides."""
    profile = account.fresh("profile")
    account.iam.create_instance_profile(InstanceProfileName=profile)
    version = stage.version(
        release="two",
        NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [stage.security_group]}],
        IamInstanceProfile={"Name": profile},
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9, "VolumeType": "gp3", "Encrypted": True}}
        ],
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "Release", "Value": "two"}]},
            {"ResourceType": "volume", "Tags": [{"Key": "Release", "Value": "two"}]},
        ],
    )
    [instance] = instances(account, *stage.instance_ids(stage.group(version, 1)))
    assert tags(instance)["Release"] == "two"
    assert tags(instance)["aws:ec2launchtemplate:version"] == version
    assert [group.get("GroupId") for group in instance.get("SecurityGroups", [])] == [stage.security_group]
    assert instance.get("IamInstanceProfile", {}).get("Arn", "").endswith(profile)
    assert instance.get("MetadataOptions", {}).get("HttpTokens") == "required"
    assert not instance.get("PublicIpAddress")
    [mapping] = instance.get("BlockDeviceMappings", [])
    [volume] = account.ec2.describe_volumes(VolumeIds=[mapping.get("Ebs", {}).get("VolumeId", "")])["Volumes"]
    assert (volume.get("Size"), volume.get("VolumeType"), volume.get("Encrypted")) == (9, "gp3", True)
    assert volume.get("Tags") == [{"Key": "Release", "Value": "two"}]


def test_an_instance_keeps_the_version_it_was_launched_from(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, UpdateAutoScalingGroup: "existing instances continue to run with the configuration ..."."""
    old, new = stage.version(), stage.version()
    group = stage.group(old, 1)
    account.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group, MixedInstancesPolicy=stage.policy(new), DesiredCapacity=2
    )
    assert stage.versions(group) == [old, new]


def test_a_line_for_the_emulator_that_it_does_not_know_is_refused_on_writing(stage: BlueGreen) -> None:
    """No AWS behaviour: a typo shows at apply, not as an instance that behaves otherwise than meant."""
    with pytest.raises(ClientError, match="'bot=3s' in the localaws line: known are boot"):
        stage.version("bot=3s")


@pytest.mark.parametrize("region", REGIONS)
def test_the_public_image_parameter_resolves_in_every_region(account: Account, region: str) -> None:
    """EC2 User Guide, "Reference the latest AMIs using Systems Manager public parameters"."""
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    found = account.ssm_in[region].get_parameter(Name=name)["Parameter"]
    assert found.get("Value", "").startswith("ami-")


def test_a_templates_own_tags_stay_out_of_its_data(account: Account) -> None:
    """EC2 API, CreateLaunchTemplate: TagSpecification is about the template, LaunchTemplateData about its instances."""
    of_instances: LaunchTemplateTagSpecificationRequestTypeDef = {
        "ResourceType": "instance",
        "Tags": [{"Key": "Of", "Value": "instance"}],
    }
    made = account.ec2.create_launch_template(
        LaunchTemplateName=account.fresh("tagged"),
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "Of", "Value": "template"}]}],
        LaunchTemplateData={"ImageId": "ami-0", "TagSpecifications": [of_instances]},
    )["LaunchTemplate"]
    assert made.get("Tags") == [{"Key": "Of", "Value": "template"}]
    [version] = account.ec2.describe_launch_template_versions(LaunchTemplateId=made.get("LaunchTemplateId", ""))[
        "LaunchTemplateVersions"
    ]
    assert version.get("LaunchTemplateData", {}).get("TagSpecifications") == [of_instances]
