"""Everything of the stacks' kinds that an account holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.account import client

if TYPE_CHECKING:
    from collections.abc import Iterator

# Service, call, its arguments, the path of what it lists, the name of each. One row a kind of resource that can be left.
LISTED: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups", "AutoScalingGroupName"),
    ("autoscaling", "describe_policies", {}, "ScalingPolicies", "PolicyARN"),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms", "AlarmArn"),
    ("cloudwatch", "list_dashboards", {}, "DashboardEntries", "DashboardName"),
    ("dynamodb", "list_tables", {}, "TableNames", ""),
    ("ec2", "describe_addresses", {}, "Addresses", "AllocationId"),
    ("ec2", "describe_flow_logs", {}, "FlowLogs", "FlowLogId"),
    ("ec2", "describe_internet_gateways", {}, "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_launch_templates", {}, "LaunchTemplates", "LaunchTemplateId"),
    ("ec2", "describe_nat_gateways", {"Filters": [{"Name": "state", "Values": ["available"]}]}, "NatGateways", "NatGatewayId"),
    ("ec2", "describe_route_tables", {}, "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", {}, "Subnets", "SubnetId"),
    ("ec2", "describe_volumes", {}, "Volumes", "VolumeId"),
    ("ec2", "describe_vpc_endpoints", {"Filters": [{"Name": "vpc-endpoint-state", "Values": ["available"]}]}, "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_vpcs", {}, "Vpcs", "VpcId"),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups", "TargetGroupArn"),
    ("events", "list_rules", {}, "Rules", "Arn"),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles", "Arn"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies", "Arn"),
    ("iam", "list_roles", {}, "Roles", "Arn"),
    ("kms", "list_aliases", {}, "Aliases", "AliasName"),
    ("lambda", "list_functions", {}, "Functions", "FunctionArn"),
    ("logs", "describe_log_groups", {}, "logGroups", "logGroupName"),
    ("s3", "list_buckets", {}, "Buckets", "Name"),
    ("sns", "list_topics", {}, "Topics", "TopicArn"),
    ("sqs", "list_queues", {}, "QueueUrls", ""),
    ("ssm", "describe_parameters", {}, "Parameters", "Name"),
    ("stepfunctions", "list_state_machines", {}, "stateMachines", "stateMachineArn"),
)  # fmt: skip
# What AWS itself puts into an account, some of it when it is first asked for.
AWS_OWN = ("ssm /aws/", "kms alias/aws/")
RUNNING = {"Filters": [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]}


def inventory() -> set[str]:
    """The names of all of it. Talks to whatever this process's environment says."""
    return {name for name in (*_listed(), *_instances(), *_keys()) if not name.startswith(AWS_OWN)}


def _listed() -> Iterator[str]:
    for service, call, arguments, path, name in LISTED:
        for page in _pages(service, call, arguments):
            for one in page.get(path, []):
                yield f"{service} {one[name] if name else one}"


def _pages(service: str, call: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    caller = client(service)
    if caller.can_paginate(call):
        yield from caller.get_paginator(call).paginate(**arguments)
    else:
        yield getattr(caller, call)(**arguments)


def _instances() -> Iterator[str]:
    for page in client("ec2").get_paginator("describe_instances").paginate(**RUNNING):
        for reservation in page["Reservations"]:
            yield from (f"ec2 {instance['InstanceId']}" for instance in reservation["Instances"])


def _keys() -> Iterator[str]:
    """The keys that are not waiting for their deletion: AWS deletes none at once."""
    kms = client("kms")
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            # moto's default keys, made at their first use, pass for a customer's.
            default = described["Description"].startswith("Default ")
            if described["KeyState"] != "PendingDeletion" and not default:
                yield f"kms {key['KeyId']} ({described['Description']})"
