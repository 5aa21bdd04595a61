"""Auto Scaling user guide: health checks, suspended processes, activities, and capacity that there is not."""

from __future__ import annotations

from collections import Counter
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen

CHECKED: dict[str, Any] = {"HealthCheckType": "ELB", "HealthCheckGracePeriod": 60}


def activities(stage: BlueGreen, group: str) -> list[ActivityTypeDef]:
    """The oldest first."""
    found = stage.account.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    return list(reversed(found))


def suspend(stage: BlueGreen, group: str, *processes: str) -> None:
    stage.account.autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=list(processes))


def resume(stage: BlueGreen, group: str, *processes: str) -> None:
    stage.account.autoscaling.resume_processes(AutoScalingGroupName=group, ScalingProcesses=list(processes))


def dying(stage: BlueGreen, count: int = 2, **settings: Any) -> str:
    """A group whose instances stop listening when they are 100 s old, and fail their checks 10 s later."""
    return stage.group(stage.version("boot=0s dies=100s"), count, **{**CHECKED, **settings})


def test_an_instance_that_fails_its_checks_is_replaced(account: Account, stage: BlueGreen) -> None:
    """User guide, "Health checks for instances in an Auto Scaling group": with HealthCheckType ELB."""
    group = dying(stage)
    before = stage.instance_ids(group)
    account.advance(105)
    assert stage.instance_ids(group) == before
    account.advance(15)
    assert not set(stage.instance_ids(group)) & set(before)
    assert stage.health() == [("healthy", None)] * 2
    causes = [one["Cause"] for one in activities(stage, group)]
    assert sum("taken out of service in response to an ELB system health check failure" in one for one in causes) == 2


def test_without_the_load_balancers_checks_it_is_not(account: Account, stage: BlueGreen) -> None:
    """User guide: "only replaces instances that are unhealthy ... based on Amazon EC2 health checks" by default."""
    group = dying(stage, HealthCheckType="EC2")
    before = stage.instance_ids(group)
    account.advance(300)
    assert stage.instance_ids(group) == before


def test_the_grace_period_is_waited_for(account: Account, stage: BlueGreen) -> None:
    """User guide, "Set the health check grace period"."""
    group = stage.group(stage.version("boot=0s dies=20s"), 1, HealthCheckType="ELB", HealthCheckGracePeriod=120)
    before = stage.instance_ids(group)
    account.advance(115)
    assert stage.health() == [("unhealthy", "Target.FailedHealthChecks")]
    assert stage.instance_ids(group) == before
    account.advance(10)
    assert stage.instance_ids(group) != before


def test_there_is_no_grace_period_unless_one_is_given(stage: BlueGreen) -> None:
    """Auto Scaling API, CreateAutoScalingGroup.HealthCheckGracePeriod: "Default: 0 seconds"."""
    group = stage.group(stage.version("boot=0s dies=20s"), 1, HealthCheckType="ELB")
    assert stage.described(group).get("HealthCheckGracePeriod") == 0


def test_a_target_group_attached_later_is_in_service_once_an_instance_passed(
    account: Account, stage: BlueGreen
) -> None:
    """Auto Scaling API, LoadBalancerTargetGroupState; user guide, "Verify the attachment status ..."."""
    never = stage.version("boot=never")
    settings: dict[str, Any] = {**CHECKED, "TargetGroupARNs": []}
    group = stage.group(never, 1, **settings)
    arn = stage.targets["blue"]
    account.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=group, TargetGroupARNs=[arn])

    def state() -> str | None:
        found = account.autoscaling.describe_load_balancer_target_groups(AutoScalingGroupName=group)
        return found["LoadBalancerTargetGroups"][0].get("State")

    before = stage.instance_ids(group)
    account.advance(300)
    assert stage.health() == [("unhealthy", "Target.FailedHealthChecks")]
    assert (state(), stage.instance_ids(group)) == ("Added", before)
    account.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group, MixedInstancesPolicy=stage.policy(stage.version("boot=0s")), DesiredCapacity=2
    )
    account.advance(10)
    assert state() == "InService"
    assert before[0] not in stage.instance_ids(group)


def test_one_attached_at_creation_is_in_service_at_once(account: Account, stage: BlueGreen) -> None:
    """API: it "enters this state immediately if you attach it in the CreateAutoScalingGroup API call"."""
    group = stage.group(stage.version("boot=never"), 1, **CHECKED)
    before = stage.instance_ids(group)
    account.advance(70)
    assert stage.instance_ids(group) != before


@pytest.mark.parametrize("process", ["HealthCheck", "ReplaceUnhealthy", "Terminate"])
def test_a_suspended_process_leaves_the_unhealthy_until_it_is_resumed(
    account: Account, stage: BlueGreen, process: str
) -> None:
    """User guide, "Suspend and resume a process"."""
    group = dying(stage)
    before = stage.instance_ids(group)
    suspend(stage, group, process)
    account.advance(300)
    assert stage.instance_ids(group) == before
    marked = {instance["HealthStatus"] for instance in stage.instances(group)}
    assert marked == {"Healthy" if process == "HealthCheck" else "Unhealthy"}
    resume(stage, group, process)
    account.advance(10)
    assert not set(stage.instance_ids(group)) & set(before)


def test_with_launch_suspended_the_unhealthy_go_and_nobody_comes(account: Account, stage: BlueGreen) -> None:
    """User guide: "continues to terminate unhealthy instances, but does not launch replacements" until it resumes."""
    group = dying(stage)
    suspend(stage, group, "Launch")
    account.advance(120)
    assert stage.instance_ids(group) == []
    resume(stage, group, "Launch")
    account.advance(10)
    assert len(stage.instance_ids(group)) == 2


def test_a_group_scales_once_the_process_is_resumed(account: Account, stage: BlueGreen) -> None:
    """User guide, "Suspend and resume a process": Launch and Terminate."""
    group = stage.group(stage.version(), 2)
    suspend(stage, group, "Launch", "Terminate")
    for desired in (3, 1):
        account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=desired)
        account.advance(10)
        assert len(stage.instance_ids(group)) == 2
    resume(stage, group)
    account.advance(10)
    assert len(stage.instance_ids(group)) == 1


def test_what_is_launched_while_the_load_balancer_is_suspended_is_never_registered(
    account: Account, stage: BlueGreen
) -> None:
    """User guide: "it does not add the instances that were launched while this process was suspended"."""
    group = stage.group(stage.version(), 1)
    suspend(stage, group, "AddToLoadBalancer")
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    resume(stage, group)
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    assert (len(stage.instance_ids(group)), len(stage.health())) == (3, 2)


def test_an_instance_that_is_stopped_is_replaced_whatever_its_age(account: Account, stage: BlueGreen) -> None:
    """User guide, "Set the health check grace period": an instance that does not run is replaced within it, too."""
    group = stage.group(stage.version(), 1, **CHECKED)
    before = stage.instance_ids(group)
    account.ec2.stop_instances(InstanceIds=before)
    account.advance(5)
    assert stage.instance_ids(group) != before
    assert "EC2 health check indicating it has been terminated or stopped" in activities(stage, group)[1]["Cause"]


def test_an_instance_is_terminated_on_request_and_replaced(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, TerminateInstanceInAutoScalingGroup."""
    group = stage.group(stage.version("boot=0s"), 1)
    [gone] = stage.instance_ids(group)
    activity = account.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=gone, ShouldDecrementDesiredCapacity=False
    )["Activity"]
    [successor] = stage.instance_ids(group)
    assert successor != gone
    assert stage.health() == [("healthy", None)]
    assert "in response to a user request" in activity["Cause"]


def test_an_instance_can_be_terminated_without_a_successor_down_to_the_minimum(
    account: Account, stage: BlueGreen
) -> None:
    """Auto Scaling API, ShouldDecrementDesiredCapacity; below the minimum it is a ValidationError."""
    group = stage.group(stage.version(), 2, minimum=1)
    first, second = stage.instance_ids(group)
    account.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=True)
    assert stage.described(group)["DesiredCapacity"] == 1
    assert stage.instance_ids(group) == [second]
    with pytest.raises(ClientError, match="desiredSize equals minSize"):
        account.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=second, ShouldDecrementDesiredCapacity=True
        )
    with pytest.raises(ClientError, match="No managed instance found"):
        account.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=first, ShouldDecrementDesiredCapacity=False
        )


def test_a_user_can_call_an_instance_unhealthy(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, SetInstanceHealth: by default the grace period is respected."""
    group = stage.group(stage.version("boot=0s"), 1, **CHECKED)
    [instance] = stage.instance_ids(group)
    account.autoscaling.set_instance_health(InstanceId=instance, HealthStatus="Unhealthy")
    account.advance(10)
    assert stage.instance_ids(group) == [instance]
    account.autoscaling.set_instance_health(
        InstanceId=instance, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )
    account.advance(10)
    assert stage.instance_ids(group) != [instance]


def test_activities_tell_what_was_done_and_why(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling API, DescribeScalingActivities: the newest first; user guide, "Verify a scaling activity"."""
    group = stage.group(stage.version(), 1)
    [instance] = stage.instance_ids(group)
    account.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0)
    launched, ended = activities(stage, group)
    assert launched.get("Description") == f"Launching a new EC2 instance: {instance}"
    assert "increasing the capacity from 0 to 1." in launched["Cause"]
    assert ended.get("Description") == f"Terminating EC2 instance: {instance}"
    assert "shrinking the capacity from 1 to 0." in ended["Cause"]
    assert {one["StatusCode"] for one in (launched, ended)} == {"Successful"}
    assert abs((account.advance(0) - ended["StartTime"]).total_seconds()) < 5
    page = account.autoscaling.describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=1)
    assert [one["ActivityId"] for one in page["Activities"]] == [ended["ActivityId"]]
    rest = account.autoscaling.describe_scaling_activities(
        AutoScalingGroupName=group, NextToken=page.get("NextToken", "")
    )
    assert [one["ActivityId"] for one in rest["Activities"]] == [launched["ActivityId"]]


@pytest.fixture
def short(account: Account) -> Iterator[Account]:
    """Whatever is short is had again at the end."""
    yield account
    account.own("capacity", HTTPMethod.DELETE)


def limit(account: Account, *rows: tuple[str, str, int]) -> None:
    content = [{"instance_type": kind, "zone": zone, "available": available} for kind, zone, available in rows]
    assert account.own("capacity", HTTPMethod.PUT, content).status == 200


def placed(stage: BlueGreen, group: str) -> Counter[tuple[str | None, str]]:
    return Counter((one.get("InstanceType"), one["AvailabilityZone"][-1]) for one in stage.instances(group))


def test_another_type_stands_in_for_one_that_cannot_be_had(short: Account, stage: BlueGreen) -> None:
    """User guide, "Allocation strategies": prioritized, in the order of the overrides, in each zone."""
    limit(short, ("t4g.small", "eu-west-1a", 0))
    group = stage.group(stage.version(), 2)
    assert placed(stage, group) == {("t4g.medium", "a"): 1, ("t4g.small", "b"): 1}


def test_another_zone_stands_in_for_one_that_has_nothing(short: Account, stage: BlueGreen) -> None:
    """User guide, "Availability Zone distribution": "attempts to launch in another ... until it succeeds"."""
    limit(short, ("*", "eu-west-1a", 0))
    group = stage.group(stage.version(), 2)
    assert placed(stage, group) == {("t4g.small", "b"): 2}
    failed = [one for one in activities(stage, group) if one["StatusCode"] == "Failed"]
    assert failed
    assert all("InsufficientInstanceCapacity" in one.get("StatusMessage", "") for one in failed)
    assert all("(eu-west-1a)" in one.get("StatusMessage", "") for one in failed)


def test_what_is_left_is_launched_and_the_rest_when_there_is_more(short: Account, stage: BlueGreen) -> None:
    """User guide, "Troubleshoot Amazon EC2 Auto Scaling": a failed launch is tried again."""
    limit(short, ("*", "*", 1))
    group = stage.group(stage.version("boot=0s"), 3)
    assert len(stage.instance_ids(group)) == 1
    assert stage.described(group)["DesiredCapacity"] == 3
    short.advance(20)
    assert len(stage.instance_ids(group)) == 1
    assert sum(one["StatusCode"] == "Failed" for one in activities(stage, group)) > 2
    short.own("capacity", HTTPMethod.DELETE)
    short.advance(5)
    assert len(stage.instance_ids(group)) == 3
    assert stage.health() == [("healthy", None)] * 3


@pytest.mark.parametrize("sent", [{}, [{"zone": "*"}], [{"instance_type": "*", "zone": "*", "available": -1}], [1]])
def test_a_wrong_limit_is_refused(short: Account, sent: object) -> None:
    reply = short.own("capacity", HTTPMethod.PUT, sent)
    assert reply.status == 400
    assert "send [{" in reply.body
