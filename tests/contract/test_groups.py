from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen


def sizes(stage: BlueGreen, group: str) -> tuple[int, int, int, int]:
    found = stage.described(group)
    return found["MinSize"], found["DesiredCapacity"], found["MaxSize"], len(stage.instances(group))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DesiredCapacity": 5}, "Desired capacity:5 must be between the specified min size:1 and max size:4"),
        ({"DesiredCapacity": 0}, "Desired capacity:0 must be between the specified min size:1 and max size:4"),
        ({"DesiredCapacity": 3, "MinSize": 4}, "Desired capacity:3 must be between"),
        ({"MinSize": 5}, "Max bound, 4, must be greater than or equal to min bound, 5"),
        ({"MaxSize": 0}, "Max bound, 0, must be greater than or equal to min bound, 1"),
    ],
)
def test_an_update_out_of_bounds_is_refused_and_changes_nothing(
    account: Account, stage: BlueGreen, change: dict[str, Any], message: str
) -> None:
    """Auto Scaling User Guide, "Set scaling limits for your Auto Scaling group"."""
    group = stage.group(stage.version(), 2, minimum=1, maximum=4)
    with pytest.raises(ClientError, match=message) as refused:
        account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, **change)
    assert refused.value.response.get("Error", {}).get("Code") == "ValidationError"
    assert sizes(stage, group) == (1, 2, 4, 2)


@pytest.mark.parametrize(("desired", "word"), [(5, "above max value 4"), (0, "below min value 1")])
def test_set_desired_capacity_out_of_bounds_is_refused(
    account: Account, stage: BlueGreen, desired: int, word: str
) -> None:
    """Auto Scaling API, SetDesiredCapacity: within the minimum and the maximum."""
    group = stage.group(stage.version(), 2, minimum=1, maximum=4)
    with pytest.raises(ClientError, match=word):
        account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=desired)
    assert sizes(stage, group) == (1, 2, 4, 2)


@pytest.mark.parametrize(("minimum", "desired", "maximum"), [(0, 5, 4), (2, 1, 4), (3, 3, 2)])
def test_a_group_out_of_bounds_is_not_created(stage: BlueGreen, minimum: int, desired: int, maximum: int) -> None:
    """Auto Scaling API, CreateAutoScalingGroup: DesiredCapacity, MinSize and MaxSize."""
    with pytest.raises(ClientError, match="ValidationError"):
        stage.group(stage.version(), desired, minimum=minimum, maximum=maximum)


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"MinSize": 3}, (3, 3, 4, 3)), ({"MaxSize": 1}, (0, 1, 1, 1)), ({"MinSize": 1}, (1, 2, 4, 2))],
)
def test_a_moved_limit_takes_desired_along(
    account: Account, stage: BlueGreen, change: dict[str, Any], expected: tuple[int, ...]
) -> None:
    """Auto Scaling API, UpdateAutoScalingGroup: "If a new value for MinSize is specified without ... DesiredCapacity"."""
    group = stage.group(stage.version(), 2, maximum=4)
    account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, **change)
    assert sizes(stage, group) == expected


def test_an_update_that_does_not_mention_the_policy_keeps_it(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, UpdateAutoScalingGroup: "properties that you don't specify are not changed"."""
    group = stage.group(stage.version(), 1)
    before = stage.described(group).get("MixedInstancesPolicy")
    account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, DesiredCapacity=2)
    assert before
    assert stage.described(group).get("MixedInstancesPolicy") == before
    assert len(stage.instance_ids(group)) == 2


def test_an_update_of_the_template_alone_keeps_the_distribution(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, InstancesDistribution: what isn't given stays."""
    version, policy = stage.version(), stage.policy(stage.version(), base=1, on_demand_percent=50)
    group = stage.group(version, 1, policy=policy)
    account.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group,
        MixedInstancesPolicy={"LaunchTemplate": stage.policy(version)["LaunchTemplate"]},
    )
    kept = stage.described(group).get("MixedInstancesPolicy", {})
    assert kept.get("LaunchTemplate", {}).get("LaunchTemplateSpecification", {}).get("Version") == version
    assert kept.get("InstancesDistribution", {}).get("OnDemandPercentageAboveBaseCapacity") == 50


def test_a_version_that_does_not_exist_is_refused(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, LaunchTemplateSpecification.Version."""
    group = stage.group(stage.version(), 1)
    with pytest.raises(ClientError, match="must use a valid fully-formed launch template"):
        account.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=group, MixedInstancesPolicy=stage.policy("99")
        )
    assert stage.versions(group) == ["2"]


@pytest.mark.parametrize(("base", "percent"), [(0, 100), (1, 50), (0, 0)])
def test_all_of_the_desired_capacity_is_launched(stage: BlueGreen, base: int, percent: int) -> None:
    """Auto Scaling User Guide, "Auto Scaling groups with multiple instance types": on demand and spot add up."""
    version = stage.version()
    group = stage.group(version, 2, policy=stage.policy(version, base=base, on_demand_percent=percent))
    found = stage.instances(group)
    assert [instance.get("InstanceType") for instance in found] == ["t4g.small"] * 2


def test_instances_are_spread_over_the_zones(stage: BlueGreen) -> None:
    """Auto Scaling User Guide, "Availability Zone distribution": into the zone with the fewest instances."""
    found = stage.instances(stage.group(stage.version(), 4))
    assert Counter(one["AvailabilityZone"] for one in found) == {"eu-west-1a": 2, "eu-west-1b": 2}


def test_scale_in_takes_from_the_fullest_zone_first(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling User Guide, "Default termination policy": the zone with the most instances, whoever is oldest."""
    group = stage.group(stage.version(), 2)
    in_a, in_b = stage.instance_ids(group)
    account.ec2.terminate_instances(InstanceIds=[in_a])  # now the one in the other zone is the oldest
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    assert in_b in stage.instance_ids(group)
    assert {one["AvailabilityZone"] for one in stage.instances(group)} == {"eu-west-1a", "eu-west-1b"}


def test_scale_in_takes_the_oldest_template_version_first(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling User Guide, "Default termination policy": the oldest launch template, not the oldest instance."""
    old, new = stage.version(), stage.version()
    group = stage.group(new, 2)
    account.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group, MixedInstancesPolicy=stage.policy(old), DesiredCapacity=4
    )
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    assert stage.versions(group) == [new, new]


def test_scale_in_deregisters_and_terminates(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling User Guide, "Use Elastic Load Balancing ...": terminated instances are deregistered."""
    group = stage.group(stage.version(), 3)
    before = stage.instance_ids(group)
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
    assert len(stage.health()) == 1
    gone = list(set(before) - set(stage.instance_ids(group)))
    found = account.ec2.describe_instances(InstanceIds=gone)["Reservations"]
    states = {one.get("State", {}).get("Name") for row in found for one in row.get("Instances", [])}
    assert states == {"terminated"}


def test_a_terminated_instance_is_replaced_and_its_successor_registered(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling User Guide, "Health checks for instances": a terminated instance is replaced."""
    group = stage.group(stage.version(), 1)
    [lost] = stage.instance_ids(group)
    account.ec2.terminate_instances(InstanceIds=[lost])
    [successor] = stage.instance_ids(group)
    targets = account.elbv2.describe_target_health(TargetGroupArn=stage.targets["blue"])["TargetHealthDescriptions"]
    assert [target.get("Target", {}).get("Id") for target in targets] == [successor]


def test_deleting_a_group_leaves_nothing(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, DeleteAutoScalingGroup with ForceDelete: instances, registrations and policies go with it."""
    group = stage.group(stage.version(), 2, minimum=2)
    account.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName=f"{group}-cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50,
        },
    )
    ids = stage.instance_ids(group)
    stage.delete_groups()
    found = account.ec2.describe_instances(InstanceIds=ids)["Reservations"]
    assert {one.get("State", {}).get("Name") for row in found for one in row.get("Instances", [])} == {"terminated"}
    assert stage.health() == []
    assert not account.autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert not account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]


def test_a_group_keeps_its_default_warmup(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, UpdateAutoScalingGroup.DefaultInstanceWarmup; -1 removes it."""
    group = stage.group(stage.version(), 0)
    account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, DefaultInstanceWarmup=60)
    assert stage.described(group).get("DefaultInstanceWarmup") == 60
    account.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, DefaultInstanceWarmup=-1)
    assert "DefaultInstanceWarmup" not in stage.described(group)


def test_a_scaling_policy_is_enabled_and_not_predictive_by_default(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, PutScalingPolicy.Enabled: "The default is enabled."."""
    group = stage.group(stage.version(), 0)
    account.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName=f"{group}-step",
        PolicyType="SimpleScaling",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
    )
    [policy] = account.autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert policy.get("Enabled") is True
    assert "PredictiveScalingConfiguration" not in policy
