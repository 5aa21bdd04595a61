"""The network stack in its three forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]


@pytest.mark.parametrize(("variant", "zones", "nats"), [("dev", 2, 1), ("prod", 3, 3), ("no_nat", 2, 0)])
def test_a_subnet_of_each_kind_a_zone_and_nat_as_set(synth: Synth, variant: str, zones: int, nats: int) -> None:
    network = synth(variant)["network"]
    subnets = network.resources("aws_subnet")
    assert len(subnets) == 2 * zones
    assert len({subnet["cidr_block"] for subnet in subnets.values()}) == 2 * zones
    assert {subnet["map_public_ip_on_launch"] for subnet in subnets.values()} == {False}
    assert len(network.resources("aws_nat_gateway")) == nats


def test_nat_per_zone_keeps_a_zone_independent(synth: Synth) -> None:
    routes = synth("prod")["network"].resources("aws_route")
    used = {routes[f"network_private_{zone}_internet"]["nat_gateway_id"] for zone in range(3)}
    assert used == {f"${{aws_nat_gateway.network_nat_{zone}.id}}" for zone in range(3)}


def test_without_nat_instances_reach_what_they_need_by_endpoints(synth: Synth) -> None:
    network = synth("no_nat")["network"]
    services = {name.removeprefix("endpoints_") for name in network.resources("aws_vpc_endpoint")}
    assert services == {"s3", "ssm", "kms", "ssmmessages", "ec2messages", "logs"}
    assert not [name for name in network.resources("aws_route") if "private" in name]


def test_a_subnet_never_moves_when_aws_adds_a_zone(synth: Synth) -> None:
    for subnet in synth("dev")["network"].resources("aws_subnet").values():
        assert subnet["lifecycle"]["ignore_changes"] == ["availability_zone"]


def test_the_default_security_group_is_emptied(synth: Synth) -> None:
    group = synth("dev")["network"].resource("aws_default_security_group", "network_default_security_group")
    assert not {"ingress", "egress"} & set(group)


def test_an_existing_network_is_read_and_checked_never_changed(synth: Synth) -> None:
    network = synth("existing")["network"]
    assert "resource" not in network.json
    assert network.json["output"]["vpc_id"]["value"] == "${data.aws_vpc.existing_vpc.id}"
    second = network.json["data"]["aws_subnet"]["existing_private_1"]["lifecycle"]["postcondition"]
    assert [condition["condition"] for condition in second] == [
        '${self.vpc_id == "vpc-0a1b2c3d4e5f60718"}',
        "${self.availability_zone != data.aws_subnet.existing_private_0.availability_zone}",
    ]


def test_both_kinds_of_network_give_the_same_outputs(synth: Synth) -> None:
    assert set(synth("dev")["network"].json["output"]) == set(synth("existing")["network"].json["output"])
    assert synth("dev")["service"].text == synth("existing")["service"].text
