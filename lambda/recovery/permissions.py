"""What each call of an adapter needs of IAM, declared beside nothing else: the roles' policies are made from it.

Where an action takes no resource but `*`, `star` says why (Service Authorization Reference).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

Method = TypeVar("Method", bound=Callable[..., object])


class On(StrEnum):
    """The resources that permissions are for; the construct knows their ARNs."""

    ANY = "*"
    RULE = "the weighted rule"
    GROUPS = "both groups"
    TEMPLATE = "the launch template"
    INSTANCE_ROLE = "the instances' role"
    PARAMETERS = "the app's parameters"
    TABLE = "the control table"
    CHECKPOINTS = "the checkpoints in their bucket"
    CHECKPOINT_BUCKET = "the checkpoints' bucket"
    STATE = "the service's Terraform state"
    KEY = "the control plane's key"
    PARAMETER_KEY = "the parameters' key"
    MACHINE = "the state machine"
    EXECUTIONS = "the state machine's executions"
    TOPIC = "the notification topic"
    OUTBOX = "the queue of notifications"
    NOTIFY = "the function that notifies"
    ALARM_RULE = "the rule for the groups' alarms"
    DEAD_LETTERS = "the queue of what could not be delivered"
    NAMESPACE = "the control plane's own metrics"
    GROUP_ALARMS = "the groups' alarms"
    LAUNCHED = "what a launch makes, in this account and region"
    IMAGES = "machine images"
    EC2_SERVICE = "the EC2 service, as a role's user"


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions on one kind of resource. `when`: condition operator → key → values."""

    actions: tuple[str, ...]
    on: On
    star: str = ""
    when: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict[str, "Mapping[str, tuple[str, ...]]"]
    )


DESCRIBE = "Describe calls take no resource (Service Authorization Reference)"


def needs(*permissions: Permission) -> Callable[[Method], Method]:
    """Declare what a method asks of AWS."""

    def declared(method: Method) -> Method:
        vars(method)["permissions"] = permissions
        return method

    return declared


READ_RULE = Permission(
    (
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetHealth",
    ),
    On.ANY,
    DESCRIBE,
)
MOVE_TRAFFIC = Permission(("elasticloadbalancing:ModifyRule",), On.RULE)
FIND_NODES = Permission(("ec2:DescribeNetworkInterfaces",), On.ANY, DESCRIBE)
READ_GROUPS = Permission(
    ("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"), On.ANY, DESCRIBE
)
SIZE_GROUPS = Permission(
    ("autoscaling:UpdateAutoScalingGroup", "autoscaling:SuspendProcesses", "autoscaling:ResumeProcesses"), On.GROUPS
)
# UpdateAutoScalingGroup with a launch template checks that its caller may launch from it (Auto Scaling guide, "Launch
# template support"): RunInstances on all that a launch touches, tagging what it makes, and passing the instances' role.
LAUNCH_FROM_TEMPLATE = Permission(
    ("ec2:RunInstances",), On.LAUNCHED, when={"ArnLike": {"ec2:LaunchTemplate": (On.TEMPLATE,)}}
)
LAUNCH_IMAGES = Permission(("ec2:RunInstances",), On.IMAGES, when={"ArnLike": {"ec2:LaunchTemplate": (On.TEMPLATE,)}})
USE_TEMPLATE = Permission(("ec2:RunInstances",), On.TEMPLATE)
TAG_LAUNCHED = Permission(
    ("ec2:CreateTags",), On.LAUNCHED, when={"StringEquals": {"ec2:CreateAction": ("RunInstances",)}}
)
PASS_INSTANCE_ROLE = Permission(
    ("iam:PassRole",), On.INSTANCE_ROLE, when={"StringEquals": {"iam:PassedToService": (On.EC2_SERVICE,)}}
)
READ_TEMPLATES = Permission(
    ("ec2:DescribeLaunchTemplateVersions", "ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeVolumes"),
    On.ANY,
    DESCRIBE,
)
READ_METRICS = Permission(
    ("cloudwatch:GetMetricData",), On.ANY, "GetMetricData takes no resource (Service Authorization Reference)"
)
READ_ALARMS = Permission(("cloudwatch:DescribeAlarms",), On.ANY, DESCRIBE)
FORCE_ALARMS = Permission(("cloudwatch:SetAlarmState",), On.GROUP_ALARMS)
READ_VERSIONS = Permission(("ssm:GetParameterHistory",), On.PARAMETERS)
LABEL_VERSIONS = Permission(("ssm:LabelParameterVersion",), On.PARAMETERS)
READ_KEY_STATE = Permission(("kms:DescribeKey",), On.PARAMETER_KEY)
READ_TABLE = Permission(("dynamodb:GetItem", "dynamodb:Query"), On.TABLE)
RENEW_LEASE = Permission(
    ("dynamodb:GetItem", "dynamodb:UpdateItem"),
    On.TABLE,
    when={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ("lease",)}},
)
KEEP_TOLD = Permission(
    ("dynamodb:UpdateItem",), On.TABLE, when={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ("run",)}}
)
WRITE_TABLE = Permission(("dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"), On.TABLE)
USE_KEY = Permission(("kms:Decrypt", "kms:GenerateDataKey"), On.KEY)
READ_CHECKPOINTS = Permission(("s3:GetObject",), On.CHECKPOINTS)
LIST_CHECKPOINTS = Permission(("s3:ListBucket",), On.CHECKPOINT_BUCKET)
WRITE_CHECKPOINTS = Permission(("s3:PutObject",), On.CHECKPOINTS, when={"Null": {"s3:if-none-match": ("false",)}})
READ_STATE_VERSION = Permission(("s3:GetObject",), On.STATE)
START_RUNS = Permission(("states:StartExecution",), On.MACHINE)
READ_RUNS = Permission(("states:DescribeExecution",), On.EXECUTIONS)
PUBLISH = Permission(("sns:Publish",), On.TOPIC)
KEEP_COPY = Permission(("sqs:SendMessage",), On.OUTBOX)
CALL_NOTIFY = Permission(("lambda:InvokeFunction",), On.NOTIFY)
READ_TYPES = Permission(("ec2:DescribeInstanceTypes",), On.ANY, DESCRIBE)
READ_SUBNETS = Permission(("ec2:DescribeSubnets",), On.ANY, DESCRIBE)
READ_QUOTAS = Permission(
    ("servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"),
    On.ANY,
    "reading a quota takes no resource (Service Authorization Reference)",
)
READ_SUBSCRIPTIONS = Permission(("sns:ListSubscriptionsByTopic",), On.TOPIC)
READ_ALARM_RULE = Permission(("events:DescribeRule", "events:ListTargetsByRule"), On.ALARM_RULE)
COUNT_DEAD_LETTERS = Permission(("sqs:GetQueueAttributes",), On.DEAD_LETTERS)
KEEP_READINESS = Permission(
    ("dynamodb:UpdateItem",),
    On.TABLE,
    when={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ("readiness",)}},
)
PUT_METRICS = Permission(
    ("cloudwatch:PutMetricData",),
    On.ANY,
    "PutMetricData takes no resource (Service Authorization Reference); the condition names the namespace",
    when={"StringEquals": {"cloudwatch:namespace": (On.NAMESPACE,)}},
)

_LOOK = (READ_RULE, READ_GROUPS)
GRANTS: Mapping[str, tuple[Permission, ...]] = {
    "submit": (
        *_LOOK,
        READ_TEMPLATES,
        READ_ALARMS,
        FORCE_ALARMS,
        PUT_METRICS,
        READ_TABLE,
        WRITE_TABLE,
        USE_KEY,
        START_RUNS,
        READ_RUNS,
    ),
    "observe": (
        *_LOOK,
        FIND_NODES,
        READ_TEMPLATES,
        READ_METRICS,
        READ_ALARMS,
        READ_VERSIONS,
        READ_KEY_STATE,
        READ_TABLE,
        USE_KEY,
        READ_CHECKPOINTS,
        LIST_CHECKPOINTS,
        READ_STATE_VERSION,
    ),
    "change": (
        *_LOOK,
        MOVE_TRAFFIC,
        SIZE_GROUPS,
        LAUNCH_FROM_TEMPLATE,
        LAUNCH_IMAGES,
        USE_TEMPLATE,
        TAG_LAUNCHED,
        PASS_INSTANCE_ROLE,
        LABEL_VERSIONS,
        RENEW_LEASE,
        USE_KEY,
    ),
    "record": (READ_TABLE, RENEW_LEASE, WRITE_TABLE, USE_KEY, READ_CHECKPOINTS, WRITE_CHECKPOINTS, PUT_METRICS),
    "probe": (),
    "notify": (PUBLISH, KEEP_COPY, KEEP_TOLD, USE_KEY),
    "watchdog": (
        *_LOOK,
        READ_TEMPLATES,
        READ_ALARMS,
        READ_TABLE,
        WRITE_TABLE,
        USE_KEY,
        START_RUNS,
        READ_RUNS,
        CALL_NOTIFY,
    ),
    "readiness": (
        *_LOOK,
        READ_TEMPLATES,
        READ_TYPES,
        READ_SUBNETS,
        READ_QUOTAS,
        READ_METRICS,
        READ_ALARMS,
        READ_ALARM_RULE,
        READ_VERSIONS,
        READ_KEY_STATE,
        READ_TABLE,
        KEEP_READINESS,
        USE_KEY,
        READ_CHECKPOINTS,
        LIST_CHECKPOINTS,
        READ_SUBSCRIPTIONS,
        COUNT_DEAD_LETTERS,
        PUT_METRICS,
    ),
}
"""Function → what its handler can reach; a test compares."""
