"""The groups' versions, sizes, processes and instances (Auto Scaling API and guide)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from recovery.core.commands import PAUSED, SetGroup, SetProcesses
from recovery.errors import AwsBusyError, AwsError
from tests.contract.fakes.side import BOOT_SECONDS

if TYPE_CHECKING:
    from recovery.core.observation import Group
    from recovery.core.release import Release
    from tests.contract.fakes.side import Side

LAUNCHED = 10.0
"""Seconds after which a group has launched what it can, on either side."""


def green(side: Side) -> Group:
    return side.groups.look({})["green"]


def sizes(group: Group) -> tuple[int, int, int]:
    return group.minimum, group.desired, len(group.instances)


def launches(group: Group) -> tuple[str, int, tuple[str, ...]]:
    return group.template_id, group.version, group.instance_types


def of(release: Release) -> tuple[str, int, tuple[str, ...]]:
    return release.template_id, release.version, release.instance_types


def versions(group: Group) -> list[int]:
    return sorted(one.version for one in group.instances)


def refused(side: Side, command: SetGroup) -> None:
    """Once and for all: nobody tries again what cannot work."""
    with pytest.raises(AwsError) as error:
        side.groups.set(command)
    assert not isinstance(error.value, AwsBusyError)


def test_groups_are_seen_as_they_are(side: Side) -> None:
    side.serve(blue=3, green=2)
    seen = side.groups.look({})
    assert sorted(seen) == ["blue", "green"]
    for number, (colour, count) in enumerate((("blue", 3), ("green", 2)), start=1):
        group, release = seen[colour], side.release(number)
        assert (group.colour, group.trouble, group.suspended) == (colour, "", ())
        assert sizes(group) == (0, count, count)
        assert group.maximum == side.rules.maximum
        assert launches(group) == of(release)
        assert [(one.template_id, one.version) for one in group.instances] == [of(release)[:2]] * count
        assert all(one.in_service for one in group.instances)
        assert group.zones == tuple(sorted(group.zones))


def test_only_those_are_healthy_of_whom_it_is_said(side: Side) -> None:
    side.serve(blue=2, green=1)
    assert not any(one.healthy for group in side.groups.look({}).values() for one in group.instances)
    [first, second] = side.groups.look({})["blue"].instances
    seen = side.groups.look({"blue": frozenset({second.id, "i-of-another"})})
    assert {one.id: one.healthy for one in seen["blue"].instances} == {first.id: False, second.id: True}
    assert [one.healthy for one in seen["green"].instances] == [False]


def test_sizes_alone_leave_version_and_types(side: Side) -> None:
    side.serve(blue=1, green=1)
    side.groups.set(SetGroup("green", None, 2, 3))
    side.wait(LAUNCHED)
    group = green(side)
    assert sizes(group) == (2, 3, 3)
    assert launches(group) == of(side.release(2))
    assert sizes(side.groups.look({})["blue"]) == (0, 1, 1)


def test_instances_keep_the_version_that_they_were_launched_from(side: Side) -> None:
    """UpdateAutoScalingGroup: "existing instances continue to run with the configuration ...originally launched with"."""
    side.serve(blue=1, green=2)
    new = side.release(3)
    side.groups.set(SetGroup("green", new, 0, 3))
    side.wait(LAUNCHED)
    group = green(side)
    assert launches(group) == of(new)
    assert versions(group) == sorted([side.release(2).version] * 2 + [new.version])
    assert (len(group.of(new)), len(group.foreign(new))) == (1, 2)


def test_a_scale_in_takes_the_older_version_first(side: Side) -> None:
    """Auto Scaling guide, "Default termination policy"."""
    side.serve(blue=1, green=2)
    side.groups.set(SetGroup("green", side.release(3), 0, 4))
    side.wait(LAUNCHED)
    side.groups.set(SetGroup("green", None, 0, 2))
    side.wait(LAUNCHED)
    assert versions(green(side)) == [side.release(3).version] * 2


def test_an_emptied_group_launches_the_new_version_alone(side: Side) -> None:
    side.serve(blue=1, green=2)
    side.groups.set(SetGroup("green", side.release(3), 0, 0))
    side.wait(LAUNCHED)
    assert sizes(green(side)) == (0, 0, 0)
    side.groups.set(SetGroup("green", side.release(3), 2, 2))
    side.wait(LAUNCHED)
    assert versions(green(side)) == [side.release(3).version] * 2


def test_the_same_command_twice_is_once(side: Side) -> None:
    side.serve(blue=1, green=0)
    for _ in range(2):
        side.groups.set(SetGroup("green", side.release(3), 2, 2))
        side.wait(LAUNCHED)
    assert sizes(green(side)) == (2, 2, 2)


@pytest.mark.parametrize("count", [2, 4])
def test_instances_are_spread_over_the_zones(side: Side, count: int) -> None:
    """Auto Scaling guide, "Instance distribution"."""
    side.serve(blue=1, green=0)
    side.groups.set(SetGroup("green", side.release(3), count, count))
    side.wait(LAUNCHED)
    group = green(side)
    assert Counter(one.zone for one in group.instances) == dict.fromkeys(group.zones, count // 2)


@pytest.mark.parametrize(("minimum", "over"), [(0, 1), (3, 0)], ids=["above the largest", "below the smallest"])
def test_a_size_outside_its_limits_is_refused_and_changes_nothing(side: Side, minimum: int, over: int) -> None:
    """UpdateAutoScalingGroup: the desired capacity lies between the smallest and the largest."""
    side.serve(blue=1, green=1)
    desired = side.rules.maximum + 1 if over else 2
    refused(side, SetGroup("green", side.release(3), minimum, desired))
    side.wait(LAUNCHED)
    assert sizes(green(side)) == (0, 1, 1)
    assert launches(green(side)) == of(side.release(2))


def test_the_largest_size_is_no_size_too_large(side: Side) -> None:
    side.serve(blue=1)
    side.groups.set(SetGroup("green", side.release(3), side.rules.maximum, side.rules.maximum))
    side.wait(LAUNCHED)
    assert sizes(green(side)) == (side.rules.maximum,) * 3


def test_a_version_that_does_not_exist_is_refused_and_changes_nothing(side: Side) -> None:
    """UpdateAutoScalingGroup: "You must use a valid fully-formed launch template"."""
    side.serve(blue=1, green=1)
    refused(side, SetGroup("green", replace(side.release(3), version=99), 2, 2))
    side.wait(LAUNCHED)
    assert sizes(green(side)) == (0, 1, 1)
    assert launches(green(side)) == of(side.release(2))


def test_a_template_that_does_not_exist_is_refused_and_changes_nothing(side: Side) -> None:
    side.serve(blue=1, green=1)
    refused(side, SetGroup("green", replace(side.release(3), template_id="lt-0123456789abcdef0"), 2, 2))
    side.wait(LAUNCHED)
    assert sizes(green(side)) == (0, 1, 1)
    assert launches(green(side)) == of(side.release(2))


def test_processes_are_suspended_and_resumed(side: Side) -> None:
    side.serve(blue=1, green=2)
    side.groups.processes(SetProcesses("green", suspend=PAUSED))
    assert green(side).suspended == tuple(sorted(PAUSED))
    assert (sizes(green(side)), launches(green(side))) == ((0, 2, 2), of(side.release(2)))
    assert side.groups.look({})["blue"].suspended == ()
    side.groups.processes(SetProcesses("green", suspend=("Launch",), resume=PAUSED))
    assert green(side).suspended == ("Launch",)


def test_suspending_and_resuming_twice_is_once(side: Side) -> None:
    side.serve(blue=1)
    for _ in range(2):
        side.groups.processes(SetProcesses("green", suspend=PAUSED[:2]))
    assert green(side).suspended == tuple(sorted(PAUSED[:2]))
    for _ in range(2):
        side.groups.processes(SetProcesses("green", resume=PAUSED))
    assert green(side).suspended == ()


def test_what_is_suspended_for_a_run_keeps_no_instance_from_being_launched(side: Side) -> None:
    """Auto Scaling guide, "Suspend and resume a process"."""
    side.serve(blue=1)
    side.groups.processes(SetProcesses("green", suspend=PAUSED))
    side.groups.set(SetGroup("green", side.release(3), 2, 2))
    side.wait(LAUNCHED + BOOT_SECONDS)
    assert sizes(green(side)) == (2, 2, 2)
    assert len(side.balancer.healthy("green")) == 2


def test_without_capacity_a_group_says_so_until_there_is_some(side: Side) -> None:
    """Auto Scaling API, Activity.StatusMessage; the group goes on trying."""
    side.serve(blue=1)
    side.capacity(short=True)
    side.groups.set(SetGroup("green", side.release(3), 2, 2))
    side.wait(LAUNCHED)
    group = green(side)
    assert sizes(group) == (2, 2, 0)
    assert "InsufficientInstanceCapacity" in group.trouble
    side.capacity(short=False)
    side.wait(60)
    group = green(side)
    assert (sizes(group), group.trouble) == ((2, 2, 2), "")


def test_trouble_is_over_where_nothing_is_missing_any_more(side: Side) -> None:
    side.serve(blue=1, green=1)
    side.capacity(short=True)
    side.groups.set(SetGroup("green", None, 0, 2))
    side.wait(LAUNCHED)
    assert green(side).trouble
    side.groups.set(SetGroup("green", None, 0, 1))
    side.wait(LAUNCHED)
    assert (sizes(green(side)), green(side).trouble) == ((0, 1, 1), "")


def test_an_instance_that_fails_its_checks_is_replaced_by_one_of_the_groups_version(side: Side) -> None:
    """Auto Scaling guide, "Health checks for instances": after the grace period."""
    side.serve(blue=2)
    side.wait(side.rules.healthy_seconds)
    ill = side.sicken("blue")
    side.wait(60)
    group = side.groups.look({})["blue"]
    assert ill not in {one.id for one in group.instances}
    assert versions(group) == [side.release(1).version] * 2
    side.wait(BOOT_SECONDS)
    assert len(side.balancer.healthy("blue")) == 2


def test_an_instance_that_fails_its_checks_stays_while_replacing_is_suspended(side: Side) -> None:
    side.serve(blue=2)
    side.groups.processes(SetProcesses("blue", suspend=("ReplaceUnhealthy",)))
    side.wait(side.rules.healthy_seconds)
    ill = side.sicken("blue")
    side.wait(60)
    assert ill in {one.id for one in side.groups.look({})["blue"].instances}
    assert ill not in side.balancer.healthy("blue")
