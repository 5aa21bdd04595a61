"""What the look whether we could go back asks AWS: versions and images that go, quotas, who is subscribed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.account import client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen

STANDARD = "L-1216C47A"


def other(account: Account, service: str) -> Any:
    with account.aws.entered():
        return client(service)


def test_a_deleted_version_is_gone_and_its_number_is_not_used_again(account: Account, stage: BlueGreen) -> None:
    """EC2 API, DeleteLaunchTemplateVersions."""
    second, third = stage.version(), stage.version()
    answer = account.ec2.delete_launch_template_versions(
        LaunchTemplateId=stage.template, Versions=[third, second, "1", "99"]
    )
    done = answer["SuccessfullyDeletedLaunchTemplateVersions"]
    refused = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert [one.get("VersionNumber") for one in done] == [int(third), int(second)]
    # The default version stays, and what is not there cannot be deleted.
    assert [one.get("VersionNumber") for one in refused] == [1, 99]
    left = account.ec2.describe_launch_template_versions(LaunchTemplateId=stage.template)["LaunchTemplateVersions"]
    assert [one.get("VersionNumber") for one in left] == [1]
    with pytest.raises(ClientError, match="VersionNotFound"):
        account.ec2.describe_launch_template_versions(LaunchTemplateId=stage.template, Versions=[second])
    newest = account.ec2.describe_launch_template_versions(LaunchTemplateId=stage.template, Versions=["$Latest"])
    assert [one.get("VersionNumber") for one in newest["LaunchTemplateVersions"]] == [1]
    assert int(stage.version()) == int(third) + 1


def test_an_image_comes_back_from_the_recycle_bin(account: Account) -> None:
    """EC2 API, DeregisterImage, RestoreImageFromRecycleBin."""
    image = account.ec2.register_image(Name=account.fresh("image"))["ImageId"]
    account.ec2.deregister_image(ImageId=image)
    assert account.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [image]}])["Images"] == []
    account.ec2.restore_image_from_recycle_bin(ImageId=image)
    [found] = account.ec2.describe_images(ImageIds=[image])["Images"]
    assert found.get("State") == "available"
    with pytest.raises(ClientError, match="InvalidAMIID"):
        account.ec2.restore_image_from_recycle_bin(ImageId=image)


def test_a_disabled_image_says_so(account: Account) -> None:
    """EC2 API, DisableImage, DescribeImages.IncludeDisabled."""
    image = account.ec2.register_image(Name=account.fresh("image"))["ImageId"]
    account.ec2.disable_image(ImageId=image)
    [found] = account.ec2.describe_images(ImageIds=[image], IncludeDisabled=True)["Images"]
    assert found.get("State") == "disabled"
    account.ec2.enable_image(ImageId=image)
    [found] = account.ec2.describe_images(ImageIds=[image])["Images"]
    assert found.get("State") == "available"


def used(account: Account, usage: Mapping[str, Any]) -> float:
    """The newest figure of the metric that a quota names."""
    now = account.advance(130)
    dimensions: Any = [{"Name": name, "Value": value} for name, value in usage["MetricDimensions"].items()]
    found = account.cloudwatch.get_metric_statistics(
        Namespace=usage["MetricNamespace"],
        MetricName=usage["MetricName"],
        Dimensions=dimensions,
        StartTime=now - timedelta(minutes=2),
        EndTime=now,
        Period=60,
        Statistics=[usage["MetricStatisticRecommendation"]],
    )["Datapoints"]
    return max((one for one in found), key=lambda one: str(one.get("Timestamp"))).get("Maximum", -1.0)


def test_a_quota_names_the_metric_that_counts_what_runs(account: Account) -> None:
    """Service Quotas API, ServiceQuota.UsageMetric; EC2 user guide, "On-Demand Instance quotas": counted in vCPUs."""
    quota = other(account, "service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode=STANDARD)["Quota"]
    assert quota["QuotaName"].startswith("Running On-Demand Standard")
    image = account.ec2.register_image(Name=account.fresh("image"))["ImageId"]
    [first] = account.ec2.run_instances(ImageId=image, InstanceType="t4g.small", MinCount=1, MaxCount=1)["Instances"]
    before = used(account, quota["UsageMetric"])
    [second] = account.ec2.run_instances(ImageId=image, InstanceType="m5.2xlarge", MinCount=1, MaxCount=1)["Instances"]
    assert used(account, quota["UsageMetric"]) == before + 8
    account.ec2.terminate_instances(InstanceIds=[str(second.get("InstanceId"))])
    assert used(account, quota["UsageMetric"]) == before
    account.ec2.terminate_instances(InstanceIds=[str(first.get("InstanceId"))])


def test_a_quota_that_nobody_knows_is_refused(account: Account) -> None:
    quotas = other(account, "service-quotas")
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")


def test_an_e_mail_subscription_waits_to_be_confirmed_and_a_queue_s_does_not(account: Account) -> None:
    """SNS API, ListSubscriptionsByTopic: `PendingConfirmation` in the place of an ARN."""
    sns = other(account, "sns")
    topic = sns.create_topic(Name=account.fresh("topic"))["TopicArn"]

    def arns() -> dict[str, str]:
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return {one["Protocol"]: one["SubscriptionArn"] for one in found}

    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.com")
    queue = other(account, "sqs").create_queue(QueueName=account.fresh("queue"))["QueueUrl"]
    arn = other(account, "sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert arns()["email"] == "PendingConfirmation"
    assert arns()["sqs"].startswith("arn:")
    sns.confirm_subscription(TopicArn=topic, Token=account.fresh("token"))
    assert arns()["email"].startswith("arn:")
