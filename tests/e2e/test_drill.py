"""Drills on a deployed control plane: what they measure, when none is begun, and that they leave all as it was.

The tests share the deployment of test_control_plane.py, with traffic all the while and its witness.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cli import exits, proving
from cli.__main__ import main
from cli.control import ControlRecord
from cli.drilling import fired
from cli.plane import Plane as Operator
from recovery.core.drilling import marked
from tests.e2e.witness import witnessed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cli.load import Load
    from recovery.core.release import Release
    from tests.e2e.plane import Plane
    from tests.e2e.witness import Witness

    Judged = tuple[int, dict[str, dict[str, Any]]]

BLACKOUT = 'blackout = ["daily 00:00-24:00"], traffic_percent = 10'
OFF = r'drill = { schedule = "off" }'


@pytest.fixture
def witness(plane: Plane, traffic: Load) -> Iterator[Witness]:
    """Two promoted releases, the older one warm; it sees the whole test, and then everything is looked at."""
    assert traffic
    plane.first_promoted()
    plane.idle()
    with witnessed(plane) as looking:
        held = plane.item("status").get("quarantined", {})
        # Nothing is drilled while something is suspect, and a test before this one may have left such a mark.
        plane.lift_all()
        serving = plane.serves()
        if serving is None or not plane.fingerprint_of(plane.other) or plane.fingerprint_of(plane.other) in held:
            assert plane.put_out(plane.release())["outcome"] == "Promoted"
            assert plane.put_out(plane.release())["outcome"] == "Promoted"
        yield looking


@pytest.fixture
def serves(plane: Plane, witness: Witness) -> Release:
    assert witness
    found = plane.serves()
    assert found is not None
    return found


@pytest.fixture
def somebody(plane: Plane) -> Iterator[str]:
    """The queue of a subscriber of the notifications."""
    sns, sqs = plane.client("sns"), plane.client("sqs")
    queue = sqs.create_queue(QueueName="who-hears-of-alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = plane.control["environment"]["LASTGOOD_TOPIC_ARN"]
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    yield queue
    sns.unsubscribe(SubscriptionArn=subscribed)
    sqs.delete_queue(QueueUrl=queue)


@pytest.fixture
def judged(plane: Plane, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], Judged]:
    """`lastgood bound --measured` of this deployment: the exit status, and what is measured by assumption."""

    def records(_environment: str) -> list[Mapping[str, Any]]:
        store = operator(plane).store
        return [*store.all("run"), *store.all("drill")]

    monkeypatch.setattr(proving, "records", records)
    monkeypatch.setattr("cli.project.Project.chosen", lambda: plane.site.project)

    def shown() -> Judged:
        capsys.readouterr()
        status = main(["bound", "--measured", "--json"])
        measured: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["measured"]
        return status, {str(one["assumption"]): one for one in measured}

    return shown


def emptied(plane: Plane, witness: Witness) -> None:
    """By hand: whatever comes next has to launch."""
    with witness.by_hand():
        plane.resize(plane.other, MinSize=0, DesiredCapacity=0)
        plane.until(lambda: not plane.group(plane.other)["Instances"], "the other group is empty")


def operator(plane: Plane) -> Operator:
    return Operator(ControlRecord.of(plane.control, "Terraform's output"))


def highest(plane: Plane, metric: str) -> float | None:
    found = plane.client("cloudwatch").get_metric_statistics(
        Namespace="Lastgood/shop-dev",
        MetricName=metric,
        StartTime=0,
        EndTime=time.time() + 10 * 86_400,
        Period=86_400,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((float(one["Maximum"]) for one in found), default=None)


def test_a_drill_launches_the_last_good_release_and_measures_how_long_that_takes(
    plane: Plane, serves: Release, witness: Witness
) -> None:
    emptied(plane, witness)
    serving, rollbacks = plane.serving(), [name for name in plane.runs() if name.startswith("rollback")]
    asked = {"drill": {"by": "a test", "id": "measured", "alarm": "too"}}
    ticket = plane.ask(asked)
    assert ticket["answer"] == "started", ticket
    assert plane.ask(asked)["run"] == ticket["run"]
    ended = plane.ended(ticket["run"])
    assert ended["outcome"] == "Ready", str(ended)
    assert float(ended["measured"]["boot_seconds"]) > 0
    booted = [one["measured"].get("boot_seconds") for one in plane.records().values() if "measured" in one]
    assert highest(plane, "BootSeconds") == pytest.approx(max(float(one) for one in booted if one))
    alarm = plane.until(lambda: _answered(plane, "drill-measured"), "the drill's alarm is answered")
    assert float(alarm["measured"]["delivery_seconds"]) >= 0
    assert (plane.serving(), plane.serves()) == (serving, serves)
    assert [name for name in plane.runs() if name.startswith("rollback")] == rollbacks
    plane.until(lambda: state(plane, alarm["alarm"]) != "ALARM", "the alarm falls back by itself")


def test_the_alarms_way_is_measured_alone_too(
    plane: Plane, serves: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plane.runs()
    assert fired(operator(plane), {"by": "a test", "id": "path"}, followed=True, as_json=True) == exits.DONE
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert said["alarm"].startswith(f"shop-dev-{plane.other}-")
    assert said["delivery_seconds"] >= 0
    assert plane.runs() == before
    assert plane.serves() == serves


def test_an_alarm_that_is_not_handed_on_is_told(plane: Plane, serves: Release) -> None:
    assert serves
    events = plane.client("events")
    [rule] = [one["Name"] for one in events.list_rules()["Rules"] if "EventPattern" in one]
    events.disable_rule(Name=rule)
    try:
        assert plane.ask({"drill": {"by": "a test", "id": "lost", "alarm": "alone"}})["answer"] == "started"
        [told] = plane.until(lambda: plane.told("drill-lost"), "somebody is told")
    finally:
        events.enable_rule(Name=rule)
    assert "the alarms' way is NOT READY" in told["subject"]
    assert not plane.item("drill", "drill-lost").get("answered_at")


def test_no_drill_is_begun_in_a_blackout_unless_a_person_says_so_and_its_share_goes_back(
    plane: Plane, serves: Release, traffic: Load
) -> None:
    plane.site.configure((OFF, f'drill = {{ schedule = "off", {BLACKOUT} }}'))
    plane.site.terraform("control_plane").apply()
    try:
        refused = plane.ask({"drill": {"by": "a test", "id": "never", "alarm": "too"}})
        assert refused["answer"] == "refused"
        assert "this is a blackout time (daily 00:00-24:00)" in refused["reason"]
        assert plane.item("drill", "drill-never") == {}
        assert plane.status("drill-never") == "gone"

        serving = plane.serving()
        ticket = plane.ask({"drill": {"by": "a test", "id": "shared", "in_blackout": True}})
        plane.at_step(ticket["run"], "WatchShare")
        assert plane.weights()[plane.other] == 10
        ended = plane.ended(ticket["run"])
        assert ended["outcome"] == "Ready", str(ended)
        assert "requests within the error budget" in ended["reason"]
        assert plane.weights()[serving] == 100
        assert plane.serves() == serves

        bad = next(one for one in plane.releases if one.fingerprint == plane.fingerprint_of(plane.other))
        plane.behave(bad, "errors=50%")
        ended = plane.ended(plane.ask({"drill": {"by": "a test", "id": "broken", "in_blackout": True}})["run"])
        assert ended["outcome"] == "NotReady", str(ended)
        assert "over the drill's budget" in ended["reason"]
        assert plane.weights()[serving] == 100
        assert bad.fingerprint not in plane.item("status").get("quarantined", {})
    finally:
        plane.well_behaved()
        plane.site.configure()
        plane.site.terraform("control_plane").apply()
    assert [one for one in traffic.samples() if not one.release] == []


def test_an_alarm_that_only_says_that_it_is_a_drills_is_as_real_as_any(plane: Plane, serves: Release) -> None:
    alarm = f"shop-dev-{plane.serving()}-errors"
    plane.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason=marked("drill-nobodys"))
    ended = plane.ended(plane.run_about(serves, "rollback"))
    assert ended["outcome"] == "Restored", str(ended)
    assert plane.serves() != serves
    assert {"delivery_seconds", "shift_seconds", "recovery_seconds"} <= set(ended["measured"])


def test_a_boot_that_takes_longer_than_assumed_is_a_violated_assumption(
    plane: Plane,
    serves: Release,
    witness: Witness,
    somebody: str,
    judged: Callable[[], Judged],
) -> None:
    """The rollback is in time all the same: its deadline leaves more than what is assumed."""
    status, found = judged()
    assert (status, found["A1"]["holds"]) in {(exits.DONE, None), (exits.DONE, True)}
    assert plane.put_out(plane.release())["outcome"] == "Promoted"
    plane.site.configure((r"healthy_seconds = \d+", "healthy_seconds = 60"))
    plane.site.terraform("control_plane").apply()
    try:
        # Those of it that are launched later, too.
        plane.behave(serves, "boot=100s")
        emptied(plane, witness)
        ended = plane.roll_back()
        assert ended["outcome"] == "Restored", str(ended)
        assert float(ended["measured"]["boot_seconds"]) >= 100
        status, found = judged()
        assert status == exits.NOT_DONE
        assert (found["A1"]["holds"], found["A1"]["most_seconds"]) == (False, 60)
        assert found["A2"]["n"] > 0
        plane.until(lambda: "shop-dev-control-boot-seconds" in heard(plane, somebody), "whoever listens is told")
    finally:
        plane.site.configure()
        plane.site.terraform("control_plane").apply()


def heard(plane: Plane, queue: str) -> set[str]:
    """The alarms that a subscriber was told of since they were asked last."""
    messages = plane.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    told = [json.loads(json.loads(one["Body"])["Message"]) for one in messages if "AlarmName" in one["Body"]]
    return {str(one["AlarmName"]) for one in told}


def state(plane: Plane, alarm: str) -> str:
    [found] = plane.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return str(found["StateValue"])


def _answered(plane: Plane, drill: str) -> dict[str, Any]:
    found = plane.item("drill", drill)
    return found if found.get("answered_at") else {}
