"""Each thing that going back stands on is taken away for real: red with its remedy, and green again by that very remedy.

Where the remedy is a command of AWS's, the test runs it as it is printed. The tests share the deployment of
test_control_plane.py and leave it as they found it.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name

from cli.control import ControlRecord
from cli.plane import Plane as Operator
from cli.ready import ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.load import Load
    from recovery.core.release import Release
    from tests.e2e.plane import Plane

# A command goes to the end of its last option's value; only names of processes can be several.
COMMAND = re.compile(r"aws [a-z0-9-]+ [a-z-]+(?: --[a-z-]+ (?:'[^']*'|[^\s;]*[^\s;,])(?: [A-Z]\w+)*)+")
STANDARD_VCPUS = "m7i.48xlarge"


class Looked:
    """What `lastgood ready` says, its checks by name."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._operator = Operator(ControlRecord.of(plane.control, "Terraform's output"))

    def red(self, *, now: bool = True) -> dict[str, dict[str, Any]]:
        """Name → check, of those that are red."""
        document = ready(self._operator, now=now).document()
        return {one["name"]: one for one in document["checks"] if not one["ok"]}

    def at(self) -> float:
        found = self._operator.store.readiness()
        return found.at if found else 0.0

    def turns_red(self, name: str, says: str, *also: str) -> str:
        """Wait until this check, and besides `also` no other one, is red and says that; its remedy."""
        red: dict[str, dict[str, Any]] = {}

        def seen() -> bool:
            red.clear()
            red.update(self.red())
            return name in red and says in red[name]["says"]

        self._plane.until(seen, f"{name} is red, saying {says!r}", 40)
        assert set(red) <= {name, *also}, red
        return str(red[name]["remedy"])

    def turns_green(self) -> None:
        self._plane.until(lambda: not self.red(), "all is green again", 60)


@pytest.fixture
def looked(plane: Plane, traffic: Load) -> Iterator[Looked]:
    """A release that serves, one before it kept warm, somebody who hears of it, and nothing red."""
    assert traffic
    plane.first_promoted()
    plane.idle()
    sns, queue = plane.client("sns"), plane.client("sqs").create_queue(QueueName="somebody")["QueueUrl"]
    arn = plane.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    topic = plane.control["environment"]["LASTGOOD_TOPIC_ARN"]
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    looking = Looked(plane)
    if "checkpoint" in looking.red() or "warm" in looking.red():
        assert plane.put_out(plane.release())["outcome"] == "Promoted"
    looking.turns_green()
    yield looking
    sns.unsubscribe(SubscriptionArn=subscribed)
    plane.client("sqs").delete_queue(QueueUrl=queue)


def run(plane: Plane, remedy: str, **filled: str) -> None:
    """Each of the aws commands in a remedy, as it stands there; `filled`: what the person has to put in."""
    commands = COMMAND.findall(remedy)
    assert commands, remedy
    for command in commands:
        _, service, operation, *words = shlex.split(command)
        name = {"s3api": "s3"}.get(service, service)
        caller = plane.client(name)
        model = caller.meta.service_model
        shape = model.operation_model(
            next(one for one in model.operation_names if xform_name(one, "-") == operation)
        ).input_shape
        members = {xform_name(one, "-"): one for one in shape.members}
        given: dict[str, list[str]] = {}
        for word in words:
            if word.startswith("--"):
                given[word.removeprefix("--")] = []
            else:
                given[list(given)[-1]].append(filled.get(word, word))
        arguments = {
            members[option]: _typed(shape.members[members[option]], values) for option, values in given.items()
        }
        getattr(caller, xform_name(operation.replace("-", "_")))(**arguments)


def _typed(shape: Any, values: list[str]) -> Any:
    match shape.type_name:
        case "list" if shape.member.type_name == "structure":
            return [_filter(one) for one in values]
        case "list":
            return values
        case "integer":
            return int(values[0])
        case "structure":
            return json.loads(values[0])
        case _:
            return values[0]


def _filter(text: str) -> dict[str, Any]:
    """`Name=…,Values=…`."""
    name, values = (one.partition("=")[2] for one in text.split(",", 1))
    return {"Name": name, "Values": values.split(",")}


def target(plane: Plane) -> Release:
    """What going back would bring: the warm group's."""
    mark = plane.fingerprint_of(plane.other)
    return next(one for one in plane.releases if one.fingerprint == mark)


def test_without_a_confirmed_subscription_nobody_would_hear_of_it(plane: Plane, looked: Looked) -> None:
    sns, topic = plane.client("sns"), plane.control["environment"]["LASTGOOD_TOPIC_ARN"]
    for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
    assert "notifications.email in config/dev.toml" in looked.turns_red("channel", "no confirmed subscription")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="oncall@example.com")
    assert "follow the link" in looked.turns_red("channel", "1 waiting to be confirmed")
    sns.confirm_subscription(TopicArn=topic, Token="any")  # noqa: S106 the link's, which nobody was mailed
    looked.turns_green()


@pytest.mark.parametrize("how", ["deregister_image", "disable_image"])
def test_an_image_that_is_gone_or_disabled_is_brought_back_by_its_remedy(
    plane: Plane, looked: Looked, how: str
) -> None:
    image = str(target(plane).content["image_id"])
    getattr(plane.client("ec2"), how)(ImageId=image)
    try:
        run(plane, looked.turns_red("image", image))
    finally:
        assert plane.client("ec2").describe_images(ImageIds=[image])["Images"]
    looked.turns_green()


def test_a_disabled_key_is_enabled_by_its_remedy(plane: Plane, looked: Looked) -> None:
    key = plane.service["record"]["parameter_key_arn"].rpartition("/")[2]
    plane.client("kms").disable_key(KeyId=key)
    run(plane, looked.turns_red("key", "is Disabled"))
    looked.turns_green()
    plane.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    run(plane, looked.turns_red("key", "is PendingDeletion"))
    looked.turns_green()


def test_a_parameter_version_that_is_gone_is_named(plane: Plane, looked: Looked) -> None:
    ssm, pinned = plane.client("ssm"), target(plane).parameters["log/level"]
    name, _, version = pinned.partition(":")
    assert version == "1"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    ssm.delete_parameter(Name=name)
    remedy = looked.turns_red("parameters", pinned)
    assert f"aws ssm get-parameter-history --name {name}" in remedy
    ssm.put_parameter(Name=name, Value="debug", Type="String", Tags=tags)
    looked.turns_green()


def test_a_damaged_checkpoint_is_passed_over_and_the_right_one_lies_beneath(plane: Plane, looked: Looked) -> None:
    s3, bucket, mark = plane.client("s3"), plane.control["bucket"], target(plane).fingerprint[:12]
    keys = sorted(one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="checkpoints/")["Contents"])
    key = [one for one in keys if mark in one][-1]
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    s3.delete_object(Bucket=bucket, Key=key)
    s3.put_object(Bucket=bucket, Key=key, Body=text.replace(mark, mark[::-1]).encode(), IfNoneMatch="*")
    # Whatever an older checkpoint would need is not what is warm.
    remedy = looked.turns_red("checkpoint", f"{key}: ", "warm", "template", "image", "parameters", "quota")
    assert f"aws s3api list-object-versions --bucket {bucket} --prefix {key}" in remedy
    found = s3.list_object_versions(Bucket=bucket, Prefix=key)
    wrong = [*found["DeleteMarkers"], *(one for one in found["Versions"] if one["IsLatest"])]
    for one in wrong:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])
    looked.turns_green()


def test_a_process_that_a_person_suspended_is_resumed_by_its_remedy(plane: Plane, looked: Looked) -> None:
    name = plane.service["record"]["groups"][plane.other]
    plane.client("autoscaling").suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch", "Terminate"])
    run(plane, looked.turns_red("processes", f"{plane.other} has Launch, Terminate suspended"))
    looked.turns_green()


def test_a_warm_group_that_was_emptied_is_filled_by_its_remedy(plane: Plane, looked: Looked) -> None:
    kept = target(plane)
    plane.resize(plane.other, MinSize=0, DesiredCapacity=0)
    plane.until(lambda: not plane.group(plane.other)["Instances"], "the other group is empty")
    run(plane, looked.turns_red("warm", f"0 of {plane.minimum} instances of version {kept.version}"))
    looked.turns_green()
    assert plane.fingerprint_of(plane.other) == kept.fingerprint


def test_a_warm_group_that_turned_unhealthy_is_red_until_it_is_well_again(plane: Plane, looked: Looked) -> None:
    plane.behave(target(plane), "health=500")
    remedy = looked.turns_red("warm", f"of {plane.minimum} instances", "alarms")
    assert "describe-scaling-activities" in remedy or "update-auto-scaling-group" in remedy
    plane.well_behaved()
    looked.turns_green()


def test_an_alarm_that_fires_on_and_sets_nothing_off_is_named(plane: Plane, looked: Looked) -> None:
    name, stay = plane.service["record"]["groups"][plane.other], ["HealthCheck", "ReplaceUnhealthy"]
    plane.client("autoscaling").suspend_processes(AutoScalingGroupName=name, ScalingProcesses=stay)
    plane.behave(target(plane), "health=500")
    alarm = f"{plane.service['record']['alarm_prefix']}-{plane.other}-unhealthy"
    remedy = looked.turns_red("alarms", f"{alarm} fires and no run is at work", "warm", "processes")
    assert "lastgood status" in remedy
    plane.well_behaved()
    run(plane, looked.turns_red("processes", f"{plane.other} has HealthCheck, ReplaceUnhealthy", "warm", "alarms"))
    looked.turns_green()


def test_a_launch_that_the_quota_has_no_room_for_is_told_with_what_to_ask_for(plane: Plane, looked: Looked) -> None:
    ec2, image = plane.client("ec2"), str(target(plane).content["image_id"])
    made = ec2.run_instances(ImageId=image, InstanceType=STANDARD_VCPUS, MinCount=2, MaxCount=2)["Instances"]
    try:
        remedy = looked.turns_red("quota", "Running On-Demand Standard")
        assert re.search(
            r"request-service-quota-increase --service-code ec2 --quota-code L-1216C47A --desired-value \d{3}$", remedy
        )
    finally:
        ec2.terminate_instances(InstanceIds=[one["InstanceId"] for one in made])
    looked.turns_green()


def test_a_subnet_without_addresses_is_named(plane: Plane, looked: Looked) -> None:
    ec2, scaling = plane.client("ec2"), plane.client("autoscaling")
    name, before = plane.service["record"]["groups"][plane.other], plane.group(plane.other)["VPCZoneIdentifier"]
    [first] = ec2.describe_subnets(SubnetIds=[before.split(",")[0]])["Subnets"]
    # The VPC's own addresses all belong to its subnets.
    more = ec2.associate_vpc_cidr_block(VpcId=first["VpcId"], CidrBlock="100.64.0.0/24")["CidrBlockAssociation"]
    made = ec2.create_subnet(
        VpcId=first["VpcId"], CidrBlock="100.64.0.0/28", AvailabilityZone=first["AvailabilityZone"]
    )
    small = made["Subnet"]["SubnetId"]
    taken = ec2.create_network_interface(SubnetId=small, SecondaryPrivateIpAddressCount=10)["NetworkInterface"][
        "NetworkInterfaceId"
    ]
    scaling.update_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=f"{before},{small}")
    try:
        run(plane, looked.turns_red("addresses", f"{small} has 0 free"))
    finally:
        scaling.update_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=before)
        ec2.delete_network_interface(NetworkInterfaceId=taken)
        ec2.delete_subnet(SubnetId=small)
        ec2.disassociate_vpc_cidr_block(AssociationId=more["AssociationId"])
    looked.turns_green()


def test_an_alarm_that_is_gone_blind_or_handed_to_nobody_is_named(plane: Plane, looked: Looked) -> None:
    alarms, events = plane.client("cloudwatch"), plane.client("events")
    [name] = [one for one in plane.control["environment"].values() if one.endswith("-alarms")]
    missing = f"{plane.service['record']['alarm_prefix']}-green-errors"
    [described] = alarms.describe_alarms(AlarmNames=[missing])["MetricAlarms"]
    tags = alarms.list_tags_for_resource(ResourceARN=described["AlarmArn"])["Tags"]
    alarms.delete_alarms(AlarmNames=[missing])
    assert "`lastgood deploy`" in looked.turns_red("alarms", f"{missing}: there is no such alarm")
    alarms.put_metric_alarm(**{one: described[one] for one in MADE_OF if one in described}, Tags=tags)
    looked.turns_green()

    events.disable_rule(Name=name)
    run(plane, looked.turns_red("alarms", f"the rule {name} is disabled"))
    looked.turns_green()

    [handed] = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[handed["Id"]])
    assert "`lastgood deploy`" in looked.turns_red("alarms", "has lost its target")
    events.put_targets(Rule=name, Targets=[handed])
    looked.turns_green()

    def blind() -> bool:
        # It is looked at once a minute, and has its data back then.
        alarms.set_alarm_state(AlarmName=missing, StateValue="INSUFFICIENT_DATA", StateReason="a test")
        return "too little data" in looked.red().get("alarms", {}).get("says", "")

    plane.until(blind, "an alarm without data is red")
    looked.turns_green()


MADE_OF = (
    *("AlarmName", "AlarmDescription", "ActionsEnabled", "EvaluationPeriods", "DatapointsToAlarm", "Threshold"),
    *("ComparisonOperator", "TreatMissingData", "Metrics"),
)


def test_a_dead_letter_is_told_until_somebody_has_read_it(plane: Plane, looked: Looked) -> None:
    queue, url = plane.client("sqs"), plane.control["environment"]["LASTGOOD_DEAD_LETTERS_URL"]
    queue.send_message(QueueUrl=url, MessageBody="a page that nobody got")
    remedy = looked.turns_red("dead-letters", "1 could not be delivered")
    assert f"aws sqs receive-message --queue-url {url}" in remedy
    queue.purge_queue(QueueUrl=url)
    looked.turns_green()


def test_a_service_that_does_not_answer_hides_nothing_else(plane: Plane, looked: Looked) -> None:
    plane.faults(
        {"service": "sqs", "operation": "GetQueueAttributes", "effect": "error", "code": "AccessDenied", "status": 403}
    )
    remedy = looked.turns_red("dead-letters", "not looked at: An error occurred (AccessDenied)")
    assert remedy == "aws logs tail /shop/dev/control/readiness --since 2h"
    plane.well_behaved()
    looked.turns_green()


def test_a_run_at_work_is_no_fault(plane: Plane, looked: Looked) -> None:
    ticket = plane.submit(plane.release("boot=60s"))
    plane.at_step(ticket["run"], "AwaitHealthy")
    assert looked.red() == {}
    plane.wish("stop", ticket["run"])
    plane.ended(ticket["run"])
    plane.idle()
    # What it was given up for holds no release any more: the next one makes a way back that is warm.
    assert plane.put_out(plane.release())["outcome"] == "Promoted"
    looked.turns_green()


def test_a_template_version_that_is_deleted_is_red_until_another_release_is_promoted(
    plane: Plane, looked: Looked
) -> None:
    if target(plane) == plane.first():
        # The template's default version cannot be deleted.
        assert plane.put_out(plane.release())["outcome"] == "Promoted"
    gone = target(plane)
    plane.client("ec2").delete_launch_template_versions(LaunchTemplateId=gone.template_id, Versions=[str(gone.version)])
    remedy = looked.turns_red("template", f"version {gone.version} of {gone.template_id} is gone")
    assert "`lastgood deploy`" in remedy
    assert plane.put_out(plane.release())["outcome"] == "Promoted"
    looked.turns_green()


def test_it_looks_by_itself_once_an_hour_and_two_red_hours_alarm(plane: Plane, looked: Looked) -> None:
    for _ in range(2):
        looks_after_an_hour(plane, looked.at)
    plane.until(lambda: not_ready(plane) == "OK", "what was red before is over", 30)
    key = plane.service["record"]["parameter_key_arn"].rpartition("/")[2]
    plane.client("kms").disable_key(KeyId=key)
    try:
        for _ in range(3):
            looks_after_an_hour(plane, looked.at)
        assert set(looked.red(now=False)) == {"key"}
        plane.until(lambda: not_ready(plane) == "ALARM", "the alarm fires", 30)
    finally:
        plane.client("kms").enable_key(KeyId=key)
    for _ in range(2):
        looks_after_an_hour(plane, looked.at)
    assert looked.red(now=False) == {}
    plane.until(lambda: not_ready(plane) == "OK", "the alarm is over", 30)


def not_ready(plane: Plane) -> str:
    name = f"{plane.service['record']['alarm_prefix']}-control-not-ready"
    [found] = plane.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


def looks_after_an_hour(plane: Plane, at: Callable[[], float]) -> None:
    before = at()
    plane.advance(3600)
    plane.until(lambda: at() > before, "it has looked by itself", 30)
