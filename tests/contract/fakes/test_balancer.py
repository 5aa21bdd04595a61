"""The rule's weights and the targets' health (Elastic Load Balancing API)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recovery.core.commands import SetGroup
from tests.contract.fakes.side import BOOT_SECONDS

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side


@pytest.mark.parametrize("blue", [0, 5, 50, 100])
def test_weights_read_back_as_they_were_written(side: Side, blue: int) -> None:
    side.balancer.move({"green": 100 - blue, "blue": blue})
    assert side.balancer.weights() == {"blue": blue, "green": 100 - blue}


def test_at_first_blue_has_every_request(side: Side) -> None:
    assert side.balancer.weights() == {"blue": 100, "green": 0}


def test_the_last_write_counts(side: Side) -> None:
    for green in (5, 100, 100):
        side.balancer.move({"blue": 100 - green, "green": green})
    assert side.balancer.weights() == {"blue": 0, "green": 100}


def test_weights_that_somebody_else_wrote_are_read(side: Side) -> None:
    side.balancer.move({"blue": 50, "green": 50})
    side.weigh({"blue": 1, "green": 3})
    assert side.balancer.weights() == {"blue": 1, "green": 3}


def test_the_tag_of_a_flip_is_read_and_stays_when_weights_are_written(side: Side) -> None:
    assert side.balancer.flip() == ""
    side.tag("1800000000 an operator")
    side.balancer.move({"blue": 0, "green": 100})
    assert side.balancer.flip() == "1800000000 an operator"


def test_nodes_are_found_in_order_one_in_each_zone(side: Side) -> None:
    found = side.balancer.nodes()
    assert found == sorted(set(found))
    assert len(found) == 2


def test_healthy_are_the_groups_own_instances(side: Side) -> None:
    side.serve(blue=3, green=2)
    seen = side.groups.look({})
    for colour, count in (("blue", 3), ("green", 2)):
        healthy = side.balancer.healthy(colour)
        assert len(healthy) == count
        assert healthy == {one.id for one in seen[colour].instances}


def test_a_group_without_instances_has_no_healthy_one(side: Side) -> None:
    side.serve(blue=1)
    assert side.balancer.healthy("green") == frozenset()


def test_an_instance_is_healthy_once_it_has_booted(side: Side) -> None:
    side.serve(blue=1)
    side.groups.set(SetGroup("green", side.release(3), 2, 2))
    side.wait(BOOT_SECONDS / 2)
    assert side.balancer.healthy("green") == frozenset()
    assert len(side.groups.look({})["green"].instances) == 2
    side.wait(BOOT_SECONDS)
    assert len(side.balancer.healthy("green")) == 2


def test_an_instance_that_never_boots_is_never_healthy(side: Side) -> None:
    side.serve(blue=1)
    side.groups.set(SetGroup("green", side.release(4), 2, 2))
    side.wait(4 * BOOT_SECONDS)
    assert side.balancer.healthy("green") == frozenset()
    assert len(side.groups.look({})["green"].instances) == 2


def test_an_instance_that_fails_its_checks_is_not_healthy_any_more(side: Side) -> None:
    side.serve(blue=3)
    before = side.balancer.healthy("blue")
    ill = side.sicken("blue")
    assert side.balancer.healthy("blue") == before - {ill}


def test_instances_that_were_taken_away_are_not_healthy(side: Side) -> None:
    side.serve(blue=1, green=2)
    side.groups.set(SetGroup("green", None, 0, 0))
    side.wait(10)
    assert side.balancer.healthy("green") == frozenset()
