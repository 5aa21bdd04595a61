from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.contract.account import exchange
from tests.contract.blue_green import COLOUR_HEADER, HEALTH_PATH

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import RuleConditionTypeDef

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen


@pytest.fixture
def served(stage: BlueGreen) -> BlueGreen:
    """Both groups up: release b in blue, g in green."""
    stage.group(stage.version("boot=0s", release="b"), 2)
    stage.group(stage.version("boot=0s", release="g"), 2, colour="green")
    return stage


@pytest.mark.parametrize(
    ("blue", "green", "expected"),
    [(100, 0, {"b": 20}), (0, 100, {"g": 20}), (50, 50, {"b": 10, "g": 10}), (90, 10, {"b": 18, "g": 2})],
)
def test_requests_follow_the_weights(served: BlueGreen, blue: int, green: int, expected: dict[str, int]) -> None:
    """ELB guide, "Weighted target groups"; a weight of 0 gets nothing."""
    served.weigh(blue=blue, green=green)
    assert Counter(served.releases(20)) == expected


def test_without_any_weight_nobody_answers(served: BlueGreen) -> None:
    """ELB guide, "Weighted target groups": a target group with weight 0 receives no traffic."""
    served.weigh(blue=0, green=0)
    assert served.get().status == 503


def test_a_change_of_weights_takes_the_next_request(served: BlueGreen) -> None:
    """ELB API, ModifyRule (AWS gives no time for it; here it is at once)."""
    assert set(served.releases(4)) == {"b"}
    served.weigh(blue=0, green=100)
    assert set(served.releases(4)) == {"g"}


def test_the_answer_names_who_gave_it(served: BlueGreen) -> None:
    reply = served.get()
    answer = json.loads(reply.body)
    assert reply.status == 200
    assert answer["release"] == "b"
    assert answer["launch_template_version"] == "2"
    assert answer["zone"] in {"eu-west-1a", "eu-west-1b"}
    assert answer["target_group"].startswith("blue")
    assert answer["instance"].startswith("i-")


def test_healthy_targets_take_turns(served: BlueGreen) -> None:
    """ELB guide, "Routing algorithms": round robin."""
    zones = Counter(json.loads(served.get().body)["zone"] for _ in range(4))
    assert zones == {"eu-west-1a": 2, "eu-west-1b": 2}


def test_a_header_rule_reaches_a_group_whatever_the_weights(served: BlueGreen) -> None:
    """ELB guide, "Condition types for listener rules": HTTP header conditions, values not case-sensitive."""
    listener = served.add_listener(8443)
    condition: RuleConditionTypeDef = {
        "Field": "http-header",
        "HttpHeaderConfig": {"HttpHeaderName": COLOUR_HEADER, "Values": ["green"]},
    }
    served.account.elbv2.create_rule(
        ListenerArn=listener, Priority=1, Conditions=[condition], Actions=[served.forward(green=1)]
    )
    assert json.loads(served.get(listener=listener, X_Group="GREEN").body)["release"] == "g"
    assert served.get(listener=listener, X_Group="blue").body == "no rule"


def test_the_lowest_priority_number_decides(served: BlueGreen) -> None:
    """ELB guide, "Listener rules": evaluated in priority order, as numbers, whatever order they were made in."""
    served.add_rule(9, served.forward(green=1), {"path-pattern": ["/v?/*"]})
    served.add_rule(100, served.forward(green=1), {"path-pattern": ["/*"]})
    assert json.loads(served.get("/v1/x").body)["release"] == "g"
    assert json.loads(served.get("/V1/x").body)["release"] == "b"  # paths are case-sensitive


def test_a_host_rule_ignores_case(served: BlueGreen) -> None:
    """ELB guide, "Condition types for listener rules": host conditions."""
    served.add_rule(1, served.forward(green=1), {"host-header": ["*.example.com"]})
    assert json.loads(served.get(Host="WWW.example.com:80").body)["release"] == "g"
    assert json.loads(served.get(Host="example.com").body)["release"] == "b"


def test_without_a_matching_rule_the_default_action_answers(stage: BlueGreen) -> None:
    """ELB guide, "Listener rules": the default rule is evaluated last; fixed-response actions."""
    reply = stage.get(listener=stage.add_listener(8080))
    assert (reply.status, reply.body) == (503, "no rule")


def test_a_group_without_targets_answers_503(stage: BlueGreen) -> None:
    """ELB guide, "Troubleshoot ...", HTTP 503: "The target groups for the load balancer have no registered targets"."""
    assert stage.get().status == 503


def test_weighted_groups_do_not_stand_in_for_each_other(stage: BlueGreen) -> None:
    """ELB guide, "Weighted target groups": a share goes to its group, be there a target or not."""
    stage.group(stage.version("boot=0s"), 1)
    stage.weigh(blue=50, green=50)
    address = stage.address()
    assert Counter(exchange(address, "/").status for _ in range(8)) == {200: 4, 503: 4}


def test_only_healthy_targets_are_asked(account: Account, stage: BlueGreen) -> None:
    """ELB guide, "Health checks ...": requests go to the healthy targets alone."""
    group = stage.group(stage.version("boot=0s", release="good"), 1)
    account.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group,
        MixedInstancesPolicy=stage.policy(stage.version("boot=0s health=500", release="bad")),
        DesiredCapacity=3,
    )
    assert set(stage.releases(6)) == {"good"}


def test_if_no_target_is_healthy_all_are_asked(account: Account, stage: BlueGreen) -> None:
    """ELB guide, "Health checks ...": "If a target group contains only unhealthy registered targets ..."."""
    stage.group(stage.version("boot=0s health=500", release="sick"), 2)
    account.advance(10)
    assert {state for state, _ in stage.health()} == {"unhealthy"}
    assert stage.releases(4) == ["sick"] * 4


def test_a_target_that_does_not_listen_yet_gives_502(stage: BlueGreen) -> None:
    """ELB guide, "Troubleshoot ...", HTTP 502: the target closed or refused the connection."""
    stage.group(stage.version("boot=never"), 1)
    assert stage.get().status == 502


def test_the_app_answers_as_its_user_data_says(stage: BlueGreen) -> None:
    """No AWS behaviour: the emulator's own line in the user data."""
    stage.group(stage.version("boot=0s status=500 latency=1ms"), 1)
    assert stage.get().status == 500
    assert stage.get(HEALTH_PATH).status == 200


def test_a_redirect_fills_in_the_request(stage: BlueGreen) -> None:
    """ELB API, RedirectActionConfig."""
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
    listener = stage.add_listener(8081, redirect)
    reply = stage.get("/a/b?c=d", listener=listener, Host="shop.example")
    assert (reply.status, reply.location) == (301, "https://shop.example:443/a/b?c=d")


def test_the_list_of_ports_follows_the_listeners(account: Account, stage: BlueGreen) -> None:
    """No AWS behaviour: GET /_localaws/listeners."""
    row = account.listeners()[stage.listener]
    assert (row["protocol"], row["port"]) == ("HTTP", 80)
    assert account.listeners()[stage.listener]["address"] == row["address"]
    account.elbv2.delete_listener(ListenerArn=stage.listener)
    assert stage.listener not in account.listeners()
    with pytest.raises(ConnectionRefusedError):
        exchange(row["address"], "/")
