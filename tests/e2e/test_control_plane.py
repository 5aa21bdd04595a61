"""Releases and rollbacks from the deployed zips, in the real state machine, with real requests all the while.

The tests share one deployment. After each, one checker looks for what must hold whatever was done (invariants.py); and
while it runs, a witness for what must never be done.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from cli.control import ControlRecord
from cli.flip import flip
from tests.e2e.witness import witnessed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.load import Load
    from recovery.core.release import Release
    from tests.e2e.plane import Plane
    from tests.e2e.witness import Witness

DOWN = ("lambda", "states", "dynamodb")


@pytest.fixture
def witness(plane: Plane, traffic: Load) -> Iterator[Witness]:
    """Sees the whole test, and then everything is looked at."""
    assert traffic
    plane.first_promoted()
    with witnessed(plane) as looking:
        yield looking


@pytest.fixture
def good(plane: Plane, witness: Witness) -> Release:
    """A promoted release that serves."""
    plane.idle()
    serving = plane.serves()
    if serving is None or serving.fingerprint in plane.item("status").get("quarantined", {}):
        serving = plane.release()
        assert plane.put_out(serving)["outcome"] == "Promoted"
    with witness.by_hand():
        plane.resize(plane.serving(), MinSize=plane.minimum, DesiredCapacity=plane.minimum)
    return serving


def failed_because_of_a_shift(load: Load) -> list[Any]:
    """Requests that no release answered."""
    return [one for one in load.samples() if not one.release]


def test_the_first_release_says_that_there_is_nothing_to_go_back_to(plane: Plane, witness: Witness) -> None:
    assert witness
    [first] = [one for one in plane.records().values() if one.get("profile") == "first"]
    assert first["outcome"] == "Promoted"
    assert first["target"] == plane.first().fingerprint
    assert "NOTHING TO GO BACK TO" in first["reason"]
    assert any("NOTHING TO GO BACK TO" in message["text"] for message in plane.told(first["sk"]))


def test_a_good_release_is_promoted_though_every_call_arrives_twice(plane: Plane, good: Release, traffic: Load) -> None:
    plane.every_call_twice(0)
    release = plane.release()
    ended = plane.put_out(release)
    assert ended["outcome"] == "Promoted", str(ended)
    assert plane.serves() == release
    assert plane.fingerprint_of(plane.other) == good.fingerprint
    assert plane.group(plane.other)["DesiredCapacity"] == plane.minimum
    assert plane.item("head")["fingerprint"] == release.fingerprint
    assert plane.submit(release)["answer"] == "already-live"
    assert failed_because_of_a_shift(traffic) == []


def test_a_release_that_errs_in_its_bake_goes_back_though_every_call_arrives_again_late(
    plane: Plane, good: Release, traffic: Load
) -> None:
    plane.every_call_twice(0.8)
    bad = plane.release("errors=40%")
    ended = plane.put_out(bad)
    assert ended["outcome"] == "Restored", str(ended)
    assert "errors" in ended["reason"]
    assert plane.serves() == good
    assert plane.item("status")["quarantined"][bad.fingerprint].startswith("bad")
    assert failed_because_of_a_shift(traffic) == []
    [told] = {message["subject"] for message in plane.told(ended["sk"])}
    assert "RESTORED" in told


def test_alarms_and_an_operator_at_once_make_one_rollback_from_the_warm_group(
    plane: Plane, good: Release, traffic: Load
) -> None:
    late = plane.release()
    assert plane.put_out(late)["outcome"] == "Promoted"
    plane.hold_events()
    plane.behave(late, "errors=60% latency=3000ms")
    plane.until(lambda: len(firing(plane, plane.serving())) >= 2, "two alarms fire")
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(plane.ask, {"rollback": {"by": who, "of": late.fingerprint}}) for who in ("one", "two")]
        plane.deliver_events()
        tickets = [one.result() for one in asked]
    runs = {ticket["run"] for ticket in tickets}
    assert len(runs) == 1, tickets
    [run] = runs
    ended = plane.ended(run)
    assert ended["outcome"] == "Restored", str(ended)
    assert ended["profile"] == "warm"
    assert (ended["compared"], ended["differences"]) == (plane.minimum, [])
    assert plane.serves() == good
    assert [name for name in plane.runs() if late.fingerprint[:16] in name and name.startswith("rollback")] == [run]
    assert failed_because_of_a_shift(traffic) == []
    assert {one.release for one in traffic.samples() if one.status != 200} <= {late.fingerprint}
    again = plane.ask({"rollback": {"by": "three", "of": late.fingerprint}})
    assert again["answer"] == "ignored"
    assert plane.serves() == good


def test_an_alarm_whose_event_was_lost_is_found_by_the_watchdog(plane: Plane, good: Release) -> None:
    late = plane.release()
    assert plane.put_out(late)["outcome"] == "Promoted"
    events = plane.client("events")
    [rule] = [one["Name"] for one in events.list_rules()["Rules"] if "EventPattern" in one]
    events.disable_rule(Name=rule)
    try:
        plane.behave(late, "errors=60%")
        ended = plane.ended(plane.run_about(late, "rollback"))
    finally:
        events.enable_rule(Name=rule)
    assert ended["outcome"] == "Restored", str(ended)
    assert ended["incident"] == f"alarm-{late.fingerprint}"
    assert ended["automatic"]
    assert plane.serves() == good


def test_a_release_that_changed_data_is_not_rolled_back_without_a_person(plane: Plane, good: Release) -> None:
    late = plane.release(reversible=False)
    assert plane.put_out(late)["outcome"] == "Promoted"
    plane.behave(late, "errors=60%")
    ended = plane.ended(plane.run_about(late, "rollback"))
    assert ended["outcome"] == "Escalated", str(ended)
    assert "changed data" in ended["reason"]
    assert plane.serves() == late
    [page] = plane.told(ended["sk"])
    assert page["severity"] == "page"
    assert "lastgood flip" in page["text"]
    assert plane.roll_back()["outcome"] == "Restored"
    assert plane.serves() == good


def test_a_release_that_never_gets_healthy_gets_no_traffic_until_a_person_lifts_its_quarantine(
    plane: Plane, good: Release, traffic: Load
) -> None:
    never = plane.release("boot=never")
    ended = plane.put_out(never)
    assert ended["outcome"] == "Restored", str(ended)
    assert "AwaitHealthy" in ended["reason"]
    assert plane.serves() == good
    assert "quarantined (bad)" in plane.submit(never)["reason"]
    lifted = plane.ask({"lift": {"fingerprint": never.fingerprint, "by": "a test"}})
    assert "may be released again" in lifted["reason"]
    ticket = plane.submit(never)
    assert ticket["answer"] == "started"
    plane.at_step(ticket["run"], "AwaitHealthy")
    plane.wish("stop", ticket["run"])
    assert plane.ended(ticket["run"])["outcome"] == "Restored"
    assert not {one.release for one in traffic.samples()} & {never.fingerprint}


def test_two_submits_at_once_make_one_run_and_an_abort_returns_it(plane: Plane, good: Release) -> None:
    one, two = plane.release(), plane.release()
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(plane.submit, (one, one))
    assert {first["answer"], second["answer"]} <= {"started", "joined"}
    assert first["run"] == second["run"]
    run = first["run"]
    plane.until(lambda: plane.item("lease").get("run") == run, "it holds the lease")
    refused = plane.submit(two)
    assert refused["error"] == "RefusedError"
    assert run in refused["reason"]
    assert plane.wish("stop", "another-run")["answer"] == "ignored"
    assert plane.wish("stop", run)["run"] == run
    ended = plane.ended(run)
    assert ended["outcome"] == "Restored", str(ended)
    assert "aborted by a test" in ended["reason"]
    assert one.fingerprint not in plane.item("status").get("quarantined", {})
    assert plane.serves() == good
    assert plane.wish("stop", run)["answer"] == "ignored"


def test_a_paused_release_waits_and_takes_as_many_instances_as_serve_when_it_goes_on(
    plane: Plane, good: Release, traffic: Load
) -> None:
    """The live group grows while the release is paused, and loses an instance that is replaced."""
    release, serving = plane.release("boot=60s"), plane.serving()
    ticket = plane.submit(release)
    plane.at_step(ticket["run"], "AwaitHealthy")
    assert "paused" in plane.wish("pause", ticket["run"])["reason"]
    plane.resize(serving, DesiredCapacity=plane.minimum + 1)
    plane.terminate(serving)
    plane.until(lambda: plane.healthy(serving) == plane.minimum + 1, "one more serves")
    assert plane.serves() == good
    assert "resumed" in plane.wish("", ticket["run"])["reason"]
    ended = plane.ended(ticket["run"])
    assert ended["outcome"] == "Promoted", str(ended)
    assert plane.serves() == release
    assert plane.group(plane.serving())["DesiredCapacity"] == plane.minimum + 1
    assert failed_because_of_a_shift(traffic) == []


def test_an_operator_rolls_back_from_a_cold_group_though_the_first_instance_type_is_not_to_be_had(
    plane: Plane, good: Release
) -> None:
    late = plane.release()
    assert plane.put_out(late)["outcome"] == "Promoted"
    plane.resize(plane.other, MinSize=0, DesiredCapacity=0)
    plane.until(lambda: not plane.group(plane.other)["Instances"], "the other group is empty")
    plane.short_of("t4g.small")
    ended = plane.roll_back()
    assert ended["outcome"] == "Restored", str(ended)
    assert ended["profile"] == "rollback"
    assert plane.serves() == good
    kinds = {one["InstanceType"] for one in plane.group(plane.serving())["Instances"]}
    assert kinds == {"t4g.medium"}


def test_a_release_that_aws_has_no_instances_for_goes_back_without_blame(plane: Plane, good: Release) -> None:
    release = plane.release()
    plane.short_of()
    ended = plane.put_out(release)
    assert ended["outcome"] == "Restored", str(ended)
    assert "launches fail" in ended["reason"]
    assert release.fingerprint not in plane.item("status").get("quarantined", {})
    assert plane.serves() == good


def test_a_rollback_that_cannot_bring_the_last_good_release_up_puts_back_what_served(
    plane: Plane, good: Release
) -> None:
    assert good
    plane.restored = False
    late = plane.release()
    assert plane.put_out(late)["outcome"] == "Promoted"
    plane.resize(plane.other, MinSize=0, DesiredCapacity=0)
    plane.until(lambda: not plane.group(plane.other)["Instances"], "the other group is empty")
    plane.short_of()
    ended = plane.roll_back()
    assert ended["outcome"] == "Undone", str(ended)
    assert plane.serves() == late
    page, outcome = plane.told(ended["sk"])
    assert (page["severity"], outcome["severity"]) == ("page", "inform")
    assert "FAILED" in page["subject"]
    assert "UNDONE" in outcome["subject"]


def test_a_run_that_is_killed_is_cleared_away_by_the_watchdog(plane: Plane, good: Release, traffic: Load) -> None:
    release = plane.release()
    run = plane.submit(release)["run"]
    plane.at_step(run, "Bake")
    plane.stop(run)
    after = plane.until(
        lambda: next((one for one in plane.records().values() if run in str(one.get("cause"))), None),
        "the watchdog starts a run in its place",
    )
    ended = plane.ended(after["sk"])
    assert ended["outcome"] == "Restored", str(ended)
    assert plane.item("run", run)["taken_over_by"] == after["sk"]
    assert plane.serves() == good
    assert failed_because_of_a_shift(traffic) == []


def test_a_flip_works_while_hardly_anything_of_aws_does_and_is_followed(
    plane: Plane, good: Release, traffic: Load, witness: Witness
) -> None:
    late = plane.release()
    assert plane.put_out(late)["outcome"] == "Promoted"
    record = ControlRecord.of(plane.control, "Terraform's output")
    plane.faults(*({"service": service, "effect": "down"} for service in DOWN))
    with witness.by_hand():
        flipped = flip(record, asked=None, force=False, yes=True)
    assert flipped.done
    assert plane.serves() == good
    plane.well_behaved()
    followed = plane.until(
        lambda: next((one for one in plane.records().values() if "follow the flip" in str(one.get("cause"))), None),
        "the watchdog follows",
    )
    assert plane.ended(followed["sk"])["outcome"] == "Settled"
    assert plane.serves() == good
    assert plane.item("status")["quarantined"][late.fingerprint].startswith("suspect: follow the flip")
    assert failed_because_of_a_shift(traffic) == []


def test_weights_that_a_person_changes_in_a_bake_end_it_without_blame(
    plane: Plane, good: Release, witness: Witness
) -> None:
    release, before = plane.release(), plane.serving()
    run = plane.submit(release)["run"]
    plane.at_step(run, "Bake")
    with witness.by_hand():
        plane.weigh({"blue": 50, "green": 50})
    ended = plane.ended(run)
    assert ended["outcome"] == "Restored", str(ended)
    assert "somebody else moved traffic" in ended["reason"]
    assert (plane.serving(), plane.serves()) == (before, good)
    assert release.fingerprint not in plane.item("status").get("quarantined", {})


def test_a_group_that_a_person_changed_is_emptied_before_a_release_goes_into_it(plane: Plane, good: Release) -> None:
    stranger, release = plane.release(), plane.release()
    name = plane.service["record"]["groups"][plane.other]
    template = {"LaunchTemplateId": stranger.template_id, "Version": str(stranger.version)}
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": template}}
    plane.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, MixedInstancesPolicy=policy)
    plane.resize(plane.other, MinSize=0, MaxSize=4, DesiredCapacity=plane.group(plane.other)["DesiredCapacity"] + 1)
    plane.until(lambda: stranger.version in plane.versions(plane.other), "the group is half replaced")
    ended = plane.put_out(release)
    assert ended["outcome"] == "Promoted", str(ended)
    assert plane.versions(plane.serving()) == {release.version}
    assert plane.fingerprint_of(plane.other) == good.fingerprint


def test_a_drill_brings_the_last_good_release_up_and_touches_no_traffic(plane: Plane, good: Release) -> None:
    serving, asked = plane.serving(), {"drill": {"by": "a test", "id": "monday"}}
    # None is begun while something is suspect, or fires, and a test before this one may have left that.
    plane.lift_all()
    run = plane.until(lambda: plane.ask(asked).get("run"), "a drill may begin")
    assert plane.ask(asked)["run"] == run
    ended = plane.ended(run)
    assert ended["outcome"] == "Ready", str(ended)
    assert plane.serving() == serving
    assert plane.serves() == good
    assert plane.ask(asked)["answer"] == "joined"


def test_another_capacity_without_a_release_is_settled_without_moving_traffic(plane: Plane, good: Release) -> None:
    """With the release that Terraform knows: submitting goes with every change of release or capacity."""
    if good != plane.first():
        assert plane.put_out(plane.first())["outcome"] == "Promoted"
    serving, more = plane.serving(), plane.minimum + 1
    plane.capacity(minimum=more)
    plane.until(lambda: plane.healthy(serving) == more, "one more serves")
    settled = plane.ended(plane.run_about(plane.first(), "release"))
    assert settled["outcome"] == "Settled", settled
    assert plane.group(serving)["MinSize"] == more
    assert (plane.serving(), plane.serves()) == (serving, plane.first())


def firing(plane: Plane, colour: str) -> list[str]:
    prefix = f"{plane.service['record']['alarm_prefix']}-{colour}"
    alarms = plane.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
    return [one["AlarmName"] for one in alarms if one["StateValue"] == "ALARM"]
