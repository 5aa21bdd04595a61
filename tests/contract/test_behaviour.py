"""The one line of the user data that says how an instance behaves, and what is changed while it runs."""

from __future__ import annotations

import json
import math
from collections import Counter
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import pytest

from localaws.behaviour import Behaviour, BehaviourError, parse
from tests.contract.account import exchange
from tests.contract.blue_green import HEALTH_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        ("", Behaviour()),
        ("#!/bin/bash\necho localaws: boot=9s\n", Behaviour()),
        ("#!/bin/bash\n# localaws: boot=3s status=500 latency=250ms\n", Behaviour(3.0, 500, 0.25)),
        ("  #localaws: boot=never health=503", Behaviour(math.inf, health_status=503)),
        ("# localaws: boot=1.5m\r\n# localaws: status=404\r\n", Behaviour(90.0, 404)),
        ("# localaws: boot=1s\n# localaws: boot=2s", Behaviour(2.0)),
        (
            "# localaws: errors=12.5% fails=90s dies=2m",
            Behaviour(error_percent=12.5, fails_seconds=90, dies_seconds=120),
        ),
    ],
)
def test_it_is_read_from_comments(user_data: str, expected: Behaviour) -> None:
    assert parse(user_data) == expected


@pytest.mark.parametrize(
    "word",
    [
        "boot=soon",
        "boot=3",
        "status=99",
        "status=600",
        "health=ok",
        "latency=-1s",
        "errors=20",
        "errors=101%",
        "fails=never",
        "dies=",
        "Boot=1s",
        "x",
    ],
)
def test_what_it_does_not_say_rightly_is_refused(word: str) -> None:
    with pytest.raises(BehaviourError, match=f"'{word}'"):
        parse(f"# localaws: {word}")


@pytest.fixture
def live(account: Account) -> Iterator[Account]:
    """Live changes are taken back at the end."""
    yield account
    account.own("behaviour", HTTPMethod.DELETE)


def statuses(stage: BlueGreen, count: int, path: str = "/") -> Counter[int]:
    address = stage.address()
    return Counter(exchange(address, path).status for _ in range(count))


def change(account: Account, line: str, **selected: str) -> list[str]:
    """Which instances were changed."""
    reply = account.own("behaviour", HTTPMethod.PUT, {**selected, "line": line})
    assert reply.status == 200, reply.body
    instances: list[str] = json.loads(reply.body)["instances"]
    return instances


def test_a_share_of_requests_fails_in_turn(stage: BlueGreen) -> None:
    stage.group(stage.version("boot=0s errors=20%"), 1)
    assert statuses(stage, 50) == {200: 40, 500: 10}
    assert statuses(stage, 5, HEALTH_PATH) == {200: 5}
    assert stage.health() == [("healthy", None)]


@pytest.mark.parametrize(("said", "status"), [("", 500), ("status=503", 503)])
def test_it_fails_from_an_age_on_and_stays_healthy(account: Account, stage: BlueGreen, said: str, status: int) -> None:
    stage.group(stage.version(f"boot=0s fails=90s {said}"), 1)
    assert statuses(stage, 3) == {200: 3}
    account.advance(90)
    assert statuses(stage, 3) == {status: 3}
    assert stage.health() == [("healthy", None)]


def test_it_dies_and_health_checks_notice_a_while_later(account: Account, stage: BlueGreen) -> None:
    """ELB API, CreateTargetGroup: unhealthy after UnhealthyThresholdCount checks, an interval apart (2 x 5 s here)."""
    stage.group(stage.version("boot=0s dies=30s"), 1)
    account.advance(29)
    assert statuses(stage, 2) == {200: 2}
    account.advance(1)
    assert statuses(stage, 2) == {502: 2}
    assert stage.health() == [("healthy", None)]
    account.advance(10)
    assert stage.health() == [("unhealthy", "Target.FailedHealthChecks")]


def test_a_running_release_can_start_to_fail_until_it_is_taken_back(live: Account, stage: BlueGreen) -> None:
    release = live.fresh("release")
    group = stage.group(stage.version("boot=0s", release=f"{release}-bad"), 2)
    stage.group(stage.version("boot=0s", release="other"), 2, colour="green")
    stage.weigh(blue=50, green=50)
    assert sorted(change(live, "errors=100%", release=release)) == sorted(stage.instance_ids(group))
    assert statuses(stage, 8) == {500: 4, 200: 4}
    assert json.loads(live.own("behaviour").body) == [{"release": release, "line": "errors=100%"}]
    live.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=4)
    stage.weigh(blue=100)
    assert statuses(stage, 8) == {500: 8}  # those launched meanwhile as well
    live.own("behaviour", HTTPMethod.DELETE)
    assert statuses(stage, 8) == {200: 8}


def test_a_change_is_on_top_of_what_user_data_says(live: Account, stage: BlueGreen) -> None:
    group = stage.group(stage.version("boot=0s status=404"), 1)
    [instance] = stage.instance_ids(group)
    assert change(live, "errors=50%", instance=instance) == [instance]
    assert statuses(stage, 4) == {404: 2, 500: 2}


def test_health_checks_notice_a_change_a_while_later(live: Account, stage: BlueGreen) -> None:
    """ELB API, CreateTargetGroup: UnhealthyThresholdCount failed checks (2 x 5 s), HealthyThresholdCount passed (5 x 5 s)."""
    group = stage.group(stage.version("boot=0s"), 1)
    [instance] = stage.instance_ids(group)
    live.advance(60)
    change(live, "health=503", instance=instance)
    assert stage.health() == [("healthy", None)]
    live.advance(10)
    assert stage.health() == [("unhealthy", "Target.ResponseCodeMismatch")]
    live.own("behaviour", HTTPMethod.DELETE)
    live.advance(20)
    assert stage.health() == [("unhealthy", "Target.ResponseCodeMismatch")]
    live.advance(5)
    assert stage.health() == [("healthy", None)]


@pytest.mark.parametrize(
    ("sent", "status", "complaint"),
    [
        ({"release": "nobody's", "line": "errors=1%"}, 404, "no instance of nobody's is running"),
        ({"line": "errors=1%"}, 400, "one of the two is needed"),
        ({"release": "r"}, 400, "send {"),
        ([], 400, "send {"),
        ({"release": "b", "line": "errors=lots"}, 400, "'errors=lots' in the localaws line: write a share"),
    ],
)
def test_a_wrong_change_is_refused(live: Account, stage: BlueGreen, sent: Any, status: int, complaint: str) -> None:
    stage.group(stage.version(release="b"), 1)
    reply = live.own("behaviour", HTTPMethod.PUT, sent)
    assert reply.status == status
    assert complaint in json.loads(reply.body)["error"]
    assert json.loads(live.own("behaviour").body) == []
