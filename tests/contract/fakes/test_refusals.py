"""What cannot be told now may be asked again (AwsBusyError); whose answer is lost may have happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.commands import SetGroup
from recovery.core.lease import Kind, Lease
from recovery.errors import AwsBusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.fakes.side import Side

DOCUMENT = {"kind": "release", "cause": "a test"}
LEASE = Lease(1, "one", Kind.RELEASE, "an incident", 1_800_000_000.0, 1.0)
CALLS: dict[str, Callable[[Side], Any]] = {
    "dynamodb": lambda side: side.store.lease(),
    "elb": lambda side: side.balancer.weights(),
    "autoscaling": lambda side: side.groups.look({}),
    "ec2": lambda side: side.templates.fingerprint(side.release(1).template_id, side.release(1).version),
    "s3": lambda side: side.archive.keys(),
    "states": lambda side: side.runs.status("release-1"),
}


@pytest.fixture
def ready(side: Side) -> Side:
    """With everything there that the calls need."""
    side.serve(blue=1)
    for call in CALLS.values():
        call(side)
    return side


def test_a_service_that_is_asked_too_often_is_busy_and_answers_again(ready: Side) -> None:
    for service, call in CALLS.items():
        with ready.fault("busy", service), pytest.raises(AwsBusyError):
            call(ready)
        call(ready)


@pytest.mark.parametrize("service", ["elb", "dynamodb"])
def test_a_service_that_is_out_of_reach_is_busy_and_the_others_are_not(ready: Side, service: str) -> None:
    with ready.fault("down", service):
        with pytest.raises(AwsBusyError):
            CALLS[service](ready)
        CALLS["states"](ready)
    CALLS[service](ready)


def test_a_refused_change_changes_nothing(ready: Side) -> None:
    with ready.fault("busy", "elb"), pytest.raises(AwsBusyError):
        ready.balancer.move({"blue": 0, "green": 100})
    assert ready.balancer.weights() == {"blue": 100, "green": 0}
    with ready.fault("busy", "autoscaling"), pytest.raises(AwsBusyError):
        ready.groups.set(SetGroup("green", None, 1, 1))
    assert ready.groups.look({})["green"].desired == 0


def test_weights_whose_answer_is_lost_are_written(ready: Side) -> None:
    with ready.fault("lost", "elb"), pytest.raises(AwsBusyError):
        ready.balancer.move({"blue": 0, "green": 100})
    assert ready.balancer.weights() == {"blue": 0, "green": 100}


def test_a_lease_whose_answer_is_lost_is_taken_and_taking_it_again_is_no_conflict(ready: Side) -> None:
    with ready.fault("lost", "dynamodb"), pytest.raises(AwsBusyError):
        ready.store.take(LEASE, Lease(0))
    assert ready.store.lease() == LEASE
    ready.store.take(LEASE, Lease(0))


def test_a_run_whose_answer_is_lost_is_started_and_starting_it_again_joins_it(ready: Side) -> None:
    with ready.fault("lost", "states"), pytest.raises(AwsBusyError):
        ready.runs.start("release-1", DOCUMENT)
    assert ready.runs.status("release-1") == "RUNNING"
    assert ready.runs.start("release-1", DOCUMENT) is True


def test_a_checkpoint_whose_answer_is_lost_is_written_and_writing_it_again_is_no_conflict(ready: Side) -> None:
    with ready.fault("lost", "s3"), pytest.raises(AwsBusyError):
        ready.archive.write("checkpoints/1", "text")
    assert ready.archive.read("checkpoints/1") == "text"
    ready.archive.write("checkpoints/1", "text")
