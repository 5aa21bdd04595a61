"""Token buckets as AWS describes them, and figures for every one."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from simulator.throttles import LIMITS, Bucket, Limit

DESCRIBE = Limit("describe", ("one.describe",), 40, 10, "a test")


def test_a_full_bucket_pays_for_a_burst_of_its_size_and_no_more() -> None:
    bucket = Bucket(DESCRIBE)
    assert [bucket.take(0.0) for _ in range(41)] == [True] * 40 + [False]
    assert (bucket.taken, bucket.refused) == (40, 1)


def test_an_empty_bucket_fills_at_its_rate_and_never_over_its_size() -> None:
    bucket = Bucket(DESCRIBE)
    for _ in range(40):
        bucket.take(0.0)
    assert [bucket.take(0.55) for _ in range(6)] == [True] * 5 + [False]
    assert [bucket.take(1000.0) for _ in range(41)] == [True] * 40 + [False]


@pytest.mark.parametrize("seed", range(20))
def test_in_no_stretch_of_time_more_is_granted_than_size_and_refill(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 it has to come again
    bucket, now = Bucket(DESCRIBE), 0.0
    granted: list[float] = []
    for _ in range(600):
        now += chance.choice((0.0, 0.01, 0.2, 6.0)) * chance.random()
        if bucket.take(now):
            granted.append(now)
    for first, since in enumerate(granted):
        for number, until in enumerate(granted[first:], start=1):
            assert number <= DESCRIBE.size + DESCRIBE.refill * (until - since) + 1e-6


def test_who_waits_gets_tokens_in_turn() -> None:
    bucket = Bucket(DESCRIBE)
    assert bucket.wait(0.0, 40) == 0.0
    assert bucket.wait(0.0, 10) == pytest.approx(1.0)
    assert bucket.wait(0.0, 10) == pytest.approx(2.0)
    assert bucket.wait(3.0, 10) == 0.0


def test_no_call_is_in_two_buckets_and_each_says_where_it_is_from() -> None:
    assert max(Counter(one for limit in LIMITS for one in limit.operations).values()) == 1
    assert all(limit.source and limit.size >= 1 and limit.refill > 0 for limit in LIMITS)
