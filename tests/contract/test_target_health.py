from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen


def test_a_target_is_initial_until_it_has_booted(account: Account, stage: BlueGreen) -> None:
    """ELB guide, "Target health status": initial, then healthy after one passed check."""
    stage.group(stage.version("boot=9s"), 2)
    assert stage.health() == [("initial", "Elb.InitialHealthChecking")] * 2
    account.advance(9)
    assert stage.health() == [("healthy", None)] * 2


@pytest.mark.parametrize("boot", ["never", "60m"])
def test_a_target_that_does_not_come_up_turns_unhealthy_after_the_threshold(
    account: Account, stage: BlueGreen, boot: str
) -> None:
    """ELB API, CreateTargetGroup: unhealthy after UnhealthyThresholdCount checks, an interval apart (2 x 5 s here)."""
    stage.group(stage.version(f"boot={boot}"), 1)
    assert stage.health() == [("initial", "Elb.InitialHealthChecking")]
    account.advance(10)
    assert stage.health() == [("unhealthy", "Target.FailedHealthChecks")]


def test_a_wrong_status_on_the_health_path_is_unhealthy(account: Account, stage: BlueGreen) -> None:
    """ELB API, TargetHealth.Reason: Target.ResponseCodeMismatch."""
    stage.group(stage.version("boot=0s health=503"), 1)
    account.advance(10)
    assert stage.health() == [("unhealthy", "Target.ResponseCodeMismatch")]


def test_errors_on_other_paths_do_not_make_it_unhealthy(stage: BlueGreen) -> None:
    """ELB guide, "Health checks ...": only the health check's path is asked."""
    stage.group(stage.version("boot=0s status=500"), 1)
    assert stage.health() == [("healthy", None)]


def test_a_target_group_with_weight_0_is_checked(stage: BlueGreen) -> None:
    """ELB guide, "Target groups ...": health checks run for a group "that is specified in a listener rule"."""
    stage.group(stage.version("boot=0s"), 1, colour="green")
    assert stage.health("green") == [("healthy", None)]


def test_a_target_group_in_no_rule_is_unused(stage: BlueGreen) -> None:
    """ELB API, TargetHealth.Reason: Target.NotInUse."""
    stage.targets["idle"] = stage.target_group("idle")
    stage.group(stage.version("boot=0s"), 1, colour="idle")
    assert stage.health("idle") == [("unused", "Target.NotInUse")]


def test_a_stopped_target_is_unused_and_boots_again_when_started(account: Account, stage: BlueGreen) -> None:
    """ELB API, TargetHealth.Reason: Target.InvalidState; EC2 API, Instance.LaunchTime: last launched."""
    group = stage.group(stage.version("boot=9s"), 1)
    # Else it replaces what is stopped.
    account.autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["HealthCheck"])
    account.advance(9)
    ids = stage.instance_ids(group)
    account.ec2.stop_instances(InstanceIds=ids)
    assert stage.health() == [("unused", "Target.InvalidState")]
    account.ec2.start_instances(InstanceIds=ids)
    assert stage.health() == [("initial", "Elb.InitialHealthChecking")]
