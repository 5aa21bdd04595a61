"""Who serves, what a group runs, and which of its instances count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recovery.core.observation import Series, UnclearError, flipped_at, other
from tests.unit.core.scenes import MINUTE, NOW, V1, V2, empty, full, group, instances, minutes, seen


@pytest.mark.parametrize(
    ("weights", "serves", "split"),
    [
        ({"blue": 100, "green": 0}, "blue", False),
        ({"blue": 0, "green": 100}, "green", False),
        ({"blue": 90, "green": 10}, "blue", True),
        ({"blue": 49, "green": 51}, "green", True),
        ({"blue": 50, "green": 50}, "blue", True),
        ({"blue": 99, "green": 1}, "blue", True),
        ({"green": 1}, "green", False),
        ({"blue": 1}, "blue", False),
    ],
)
def test_the_group_with_the_most_traffic_serves(weights: dict[str, int], serves: str, split: bool) -> None:
    scene = seen(weights=weights)
    assert (scene.serving(), scene.split()) == (serves, split)


def test_where_no_group_has_traffic_none_serves_and_the_weights_are_told() -> None:
    scene = seen(weights={"blue": 0, "green": 0})
    with pytest.raises(UnclearError, match=r"no group has traffic: the rule's weights are \{'blue': 0, 'green': 0\}"):
        scene.serving()
    assert not scene.split()
    with pytest.raises(UnclearError, match=r"weights are \{\}"):
        replace(scene, weights={}).serving()
    assert not replace(scene, weights={}).split()


@pytest.mark.parametrize(
    ("flip", "at"), [("1700000040 ana", NOW), ("1700000040 ana, on call", NOW), ("", 0.0), ("by ana", 0.0)]
)
def test_a_flips_tag_says_when_it_was_and_what_is_no_flips_tag_was_never(flip: str, at: float) -> None:
    assert flipped_at(flip) == at


def test_each_group_is_the_others_other() -> None:
    assert (other("blue"), other("green")) == ("green", "blue")


def test_an_instance_is_a_releases_by_template_and_version_together() -> None:
    stranger = replace(instances(V1, 1)[0], id="i-stranger", template_id="lt-another")
    mixed = group("blue", V2, [*instances(V1, 2), *instances(V2, 1), stranger])
    assert [one.version for one in mixed.of(V1)] == [1, 1]
    assert stranger not in mixed.of(V1)
    assert set(mixed.foreign(V1)) == {*instances(V2, 1), stranger}


@pytest.mark.parametrize(("in_service", "healthy", "counts"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_an_instance_counts_that_is_in_service_and_passes_the_load_balancers_check(
    in_service: bool, healthy: bool, counts: int
) -> None:
    one = replace(instances(V1, 1)[0], in_service=in_service, healthy=healthy)
    assert len(group("blue", V1, [one]).healthy(V1)) == counts
    assert len(group("blue", V1, [one]).healthy(V2)) == 0


@pytest.mark.parametrize(
    ("zones", "healthy", "needed", "covered"),
    [
        (["a", "b"], 2, 2, True),
        (["a"], 2, 2, False),
        (["a"], 1, 1, True),
        (["a", "b"], 1, 2, False),
        (["a", "b"], 2, 4, True),
        ([], 0, 0, True),
    ],
)
def test_zones_are_covered_by_healthy_instances_as_far_as_the_needed_ones_can(
    zones: list[str], healthy: int, needed: int, covered: bool
) -> None:
    has = instances(V1, 2, healthy=healthy, zones=zones) if zones else []
    assert group("blue", V1, has).covers_zones(V1, needed) == covered


def test_a_group_runs_what_most_of_its_instances_run() -> None:
    mostly = group("blue", V1, [*instances(V2, 3), *instances(V1, 2)])
    assert mostly.runs() == (V2.template_id, 2)
    assert group("blue", V2, [*instances(V2, 2), *instances(V1, 3)]).runs() == (V1.template_id, 1)
    assert full("blue", V1, 2).runs() == (V1.template_id, 1)
    assert empty("blue").runs() is None


def test_a_group_without_an_instance_holds_what_it_launches() -> None:
    """Traffic that is moved to it by hand meets that release, whose alarms fire before an instance is there."""
    assert group("blue", V2).holds() == (V2.template_id, 2)
    assert group("blue", V2, instances(V1, 2)).holds() == (V1.template_id, 1)


def test_of_as_many_the_newer_version_is_what_a_group_runs() -> None:
    for order in ([*instances(V1, 1), *instances(V2, 1)], [*instances(V2, 1), *instances(V1, 1)]):
        assert group("blue", V1, order).runs() == (V2.template_id, 2)


def test_a_series_is_cut_at_the_minute_that_begins_with_the_moment() -> None:
    series = minutes(1, 2, 3)
    assert series.since(NOW) == (1, 2, 3)
    assert series.since(NOW + 0.1) == (2, 3)
    assert series.since(NOW + 2 * MINUTE) == (3,)
    assert series.since(NOW + 2 * MINUTE + 1) == ()
    assert Series().since(NOW) == ()


def test_a_series_that_lacks_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Series((NOW, NOW + MINUTE), (1.0,)).since(NOW)


FILLED = Series((60.0, 120.0, 180.0, 240.0), (40.0, 0.0, 0.0, 0.0))


def test_a_filled_series_ends_with_the_newest_published_minute() -> None:
    errors, hosts = Series((60.0,), (40.0,)), Series((60.0, 120.0), (0.0, 0.0))
    assert FILLED.published(errors, hosts) == Series((60.0, 120.0), (40.0, 0.0))


def test_of_a_group_that_publishes_nothing_nothing_is_known() -> None:
    assert FILLED.published(Series(), Series()) == Series()
    assert FILLED.published() == Series()
