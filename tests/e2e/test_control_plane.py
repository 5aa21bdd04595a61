"""Releases and rollbacks from the deployed zips, in the real state machine, with real requests all the while.

The tests share one deployment. Each leaves it with nobody at work and one good release serving, as it found it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.commands import PAUSED
from tests.contract.account import client

if TYPE_CHECKING:
    from cli.load import Load
    from recovery.core.release import Release
    from tests.e2e.plane import Plane

pytestmark = pytest.mark.xdist_group("plane")


def nothing_is_left(plane: Plane) -> None:
    """Invariants 1, 3, 4 and 5: one group serves and can; nobody holds the lease; nothing is paused; head is there."""
    assert plane.item("lease")["run"] == ""
    weights = plane.weights()
    assert sorted(weights.values()) == [0, 100], weights
    serving = plane.serving()
    assert plane.healthy(serving) >= 2
    assert len(plane.versions(serving)) == 1
    for colour in weights:
        paused = {one["ProcessName"] for one in plane.group(colour)["SuspendedProcesses"]}
        assert not paused & set(PAUSED), f"{colour}: {paused}"
    assert plane.group(serving)["MinSize"] == 2
    head = plane.item("head")
    stored = client("s3").get_object(Bucket=plane.control["bucket"], Key=head["checkpoint"])
    assert head["fingerprint"] in stored["Body"].read().decode()


def failed_because_of_a_shift(load: Load) -> list[Any]:
    """Requests that no release answered."""
    return [one for one in load.samples() if not one.release]


@pytest.fixture
def good(plane: Plane, traffic: Load) -> Release:
    """A promoted release that serves."""
    assert traffic
    plane.until(lambda: plane.item("head") == {} or plane.item("lease")["run"] == "", "nobody is at work")
    if not plane.item("head"):
        ended = plane.put_out(plane.first())
        assert ended["outcome"] == "Promoted", ended
    known = plane.good
    serves = known is not None and plane.versions(plane.serving()) == {known.version}
    if known is None or not serves or plane.item("head")["fingerprint"] != known.fingerprint:
        known = plane.good = plane.release()
        ended = plane.put_out(known)
        assert ended["outcome"] == "Promoted", ended
    nothing_is_left(plane)
    plane.told()
    return known


def test_a_good_release_is_promoted_and_the_one_before_stays_warm(plane: Plane, good: Release, traffic: Load) -> None:
    serving, idle = plane.serving(), "green" if plane.serving() == "blue" else "blue"
    assert plane.versions(serving) == {good.version}
    assert plane.group(idle)["DesiredCapacity"] == 2
    assert plane.item("head")["fingerprint"] == good.fingerprint
    assert failed_because_of_a_shift(traffic) == []
    again = plane.submit(good)
    assert again["answer"] == "already-live"
    assert plane.serving() == serving


def test_a_release_that_errs_in_its_bake_goes_back_by_itself(plane: Plane, good: Release, traffic: Load) -> None:
    bad = plane.release("errors=40%")
    ended = plane.put_out(bad)
    assert ended["outcome"] == "Restored", ended
    assert "errors" in ended["reason"]
    assert plane.versions(plane.serving()) == {good.version}
    nothing_is_left(plane)
    assert bad.fingerprint in plane.item("status")["quarantined"]
    refused = plane.submit(bad)
    assert refused["error"] == "RefusedError"
    assert "quarantined (bad)" in refused["reason"]
    assert failed_because_of_a_shift(traffic) == []
    assert any("RESTORED" in message["subject"] for message in plane.told())


def test_a_promoted_release_that_turns_bad_is_rolled_back_from_the_warm_group(
    plane: Plane, good: Release, traffic: Load
) -> None:
    late = plane.release()
    assert plane.put_out(late)["outcome"] == "Promoted"
    plane.behave(late, "errors=60%")
    run = plane.until(
        lambda: next((one for one in plane.runs() if late.fingerprint[:16] in one and "rollback" in one), ""),
        "a rollback starts",
    )
    ended = plane.ended(run)
    assert ended["outcome"] == "Restored", ended
    assert ended["profile"] == "warm"
    assert ended["compared"] == 2
    assert ended["differences"] == []
    assert plane.versions(plane.serving()) == {good.version}
    nothing_is_left(plane)
    assert plane.item("status")["quarantined"][late.fingerprint].startswith("bad")
    assert failed_because_of_a_shift(traffic) == []
    answers = Counter((one.release, one.status) for one in traffic.samples())
    assert {release for (release, status) in answers if status != 200} <= {late.fingerprint}


def test_a_release_that_never_gets_healthy_is_left_out_of_the_traffic(plane: Plane, good: Release) -> None:
    never = plane.release("boot=never")
    ended = plane.put_out(never)
    assert ended["outcome"] == "Restored", ended
    assert "AwaitHealthy" in ended["reason"]
    assert plane.versions(plane.serving()) == {good.version}
    nothing_is_left(plane)


def test_an_operator_rolls_back_from_a_cold_group(plane: Plane, good: Release) -> None:
    before = plane.item("head")["fingerprint"]
    assert before == good.fingerprint
    idle = "green" if plane.serving() == "blue" else "blue"
    name = plane.service["record"]["groups"][idle]
    client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, DesiredCapacity=0)
    ended = plane.roll_back()
    assert ended["outcome"] == "Restored", ended
    assert ended["profile"] == "rollback"
    assert plane.versions(plane.serving()) != {good.version}
    nothing_is_left(plane)


def test_a_second_submit_is_refused_and_an_abort_returns_the_first(plane: Plane, good: Release) -> None:
    one, two = plane.release(), plane.release()
    ticket = plane.submit(one)
    plane.until(lambda: plane.item("lease").get("run") == ticket["run"], "the first holds the lease")
    assert plane.submit(one)["answer"] == "joined"
    refused = plane.submit(two)
    assert refused["error"] == "RefusedError"
    assert ticket["run"] in refused["reason"]
    assert plane.ask({"wish": {"wish": "stop", "by": "a test"}})["run"] == ticket["run"]
    ended = plane.ended(ticket["run"])
    assert ended["outcome"] == "Restored", ended
    assert "aborted by a test" in ended["reason"]
    assert one.fingerprint not in plane.item("status")["quarantined"]
    assert plane.versions(plane.serving()) == {good.version}
    nothing_is_left(plane)
    assert plane.ask({"wish": {"wish": "stop", "by": "a test"}})["answer"] == "ignored"


def test_a_drill_brings_the_last_good_release_up_and_touches_no_traffic(plane: Plane, good: Release) -> None:
    serving = plane.serving()
    ended = plane.ended(plane.ask({"drill": {"by": "a test"}})["run"])
    assert ended["outcome"] == "Ready", ended
    assert plane.serving() == serving
    assert plane.versions(serving) == {good.version}
    nothing_is_left(plane)
