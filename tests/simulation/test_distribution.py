"""Latencies are drawn as they are told, and worlds within what is assumed keep to the budget."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from modules.recovery_budget import METRIC_DELAY_SECONDS, budget
from simulator.distribution import CASES, Case, Times, one_world, percentile, timed
from simulator.latencies import TABLE, Latency, Skewed, Uniform, slowest_boot
from simulator.site import site
from tests.conftest import CONFIG

if TYPE_CHECKING:
    from simulator.site import Site

WORLDS = 25
DRAWS = 4000


@cache
def place() -> Site:
    return site(CONFIG, "prod")


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 no secret, and it has to come again


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([7.0], 0.5, 7.0),
        ([1.0, 2.0], 0.5, 1.0),
        ([1.0, 2.0], 0.51, 2.0),
        ([3.0, 1.0, 2.0], 1.0, 3.0),
        ([3.0, 1.0, 2.0], 0.0, 1.0),
        ([float(number) for number in range(1, 101)], 0.99, 99.0),
    ],
)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[float], share: float, found: float
) -> None:
    assert percentile(values, share) == found


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        percentile([], 0.5)


@pytest.mark.parametrize("row", TABLE, ids=[one.what for one in TABLE])
def test_values_are_drawn_as_the_table_says(row: Latency) -> None:
    chance = seeded(1)
    drawn = sorted(row.draw.of(chance) for _ in range(DRAWS))
    match row.draw:
        case Uniform(low, high):
            assert low <= drawn[0] < low + (high - low) / 100 < drawn[-1] <= high
            assert percentile(drawn, 0.5) == pytest.approx((low + high) / 2, rel=0.06)
        case Skewed(median, rank, at_rank, most):
            assert 0 < drawn[0] < drawn[-1] <= most
            assert percentile(drawn, 0.5) == pytest.approx(median, rel=0.1)
            assert sum(one <= at_rank for one in drawn) / DRAWS == pytest.approx(rank, abs=0.02)
        case other:
            pytest.fail(f"{other} is no distribution of the table")


def test_of_more_instances_the_slowest_is_slower() -> None:
    medians = [percentile([slowest_boot(count, seeded(seed)) for seed in range(300)], 0.5) for count in (1, 4, 16)]
    assert all(fewer < more for fewer, more in pairwise(medians))


@pytest.mark.parametrize("case", CASES, ids=[one.name for one in CASES])
def test_a_seed_is_a_world_and_none_that_is_as_assumed_is_detected_late(case: Case) -> None:
    rules = place().rules
    most = budget(rules.deadline_seconds, rules.healthy_seconds, rules.signals).detection
    with timed(place()):
        found = [one_world(place(), case, seed, float(METRIC_DELAY_SECONDS)) for seed in range(WORLDS)]
        assert one_world(place(), case, 3, float(METRIC_DELAY_SECONDS)) == found[3]
    served = [one for one in found if isinstance(one, Times)]
    assert len({one.total for one in served}) == len(served) > WORLDS // 2
    for one in served:
        assert 120 < one.detection <= most or one.published_late
        # A minute that is bad for a moment at its end is none that counts: the clock begins with the next.
        assert one.felt - 60 < one.total < rules.deadline_seconds
        assert one.recovery > 0
