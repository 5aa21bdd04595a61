"""Many apps under throttles: one alone is served at once, too many are not, and what asks for less lets more through."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from simulator.many import (
    AS_IT_IS,
    BEST,
    DESIGNS,
    DESK,
    HEALTH,
    LEAN,
    WATCH,
    WAYS,
    Design,
    Way,
    calls_of,
    counted,
    holds_up_to,
    replayed,
    watchdogs_fit,
)
from simulator.throttles import LIMITS
from tests.conftest import CONFIG

ELB = "elbv2: Describe calls"
BOUND = 820.0


@cache
def ways() -> dict[str, Way]:
    return counted(CONFIG, "prod")


@pytest.mark.parametrize("way", WAYS)
def test_one_app_alone_is_served_and_refused_nothing(way: str) -> None:
    outcome = replayed(ways()[way], AS_IT_IS, 1)
    assert outcome.all_served
    assert (outcome.paged, outcome.silent, outcome.first_to_break) == (0, 0, "")
    # The alarm comes four minutes after the first bad minute began at the earliest.
    assert outcome.slowest is not None
    assert 240 < outcome.slowest < BOUND


def test_the_same_seed_is_the_same_outcome_and_another_one_another() -> None:
    first, second, third = (replayed(ways()["warm"], AS_IT_IS, 10, seed=seed) for seed in (1, 1, 2))
    assert first == second
    assert first.served != third.served


@pytest.mark.parametrize("way", WAYS)
def test_too_many_apps_are_refused_describe_calls_and_each_is_accounted_for(way: str) -> None:
    outcome = replayed(ways()[way], AS_IT_IS, 200, deadline=BOUND)
    assert not outcome.all_served
    assert outcome.slowest is None
    assert outcome.first_to_break == ELB
    assert len(outcome.served) + outcome.paged + outcome.silent == outcome.apps
    assert outcome.paged > len(outcome.served)


@pytest.mark.parametrize("way", WAYS)
def test_who_asks_for_less_and_more_patiently_lets_more_apps_through(way: str) -> None:
    fits, breaks = holds_up_to(ways()[way], AS_IT_IS, 500, bound=BOUND)
    assert breaks == ELB
    assert 1 < fits < holds_up_to(ways()[way], Design("", "", left_out=LEAN), 500, bound=BOUND)[0]
    assert fits < holds_up_to(ways()[way], BEST, 500, bound=BOUND)[0]


def test_with_plenty_of_tokens_as_many_as_are_looked_at_fit() -> None:
    assert holds_up_to(ways()["warm"], replace(AS_IT_IS, more=1000.0), 60, bound=BOUND) == (60, "")


def test_what_is_left_out_was_asked_for() -> None:
    way = ways()["cold"]
    asked = {DESK: way.desk, WATCH: way.watch, **{one.step: one.calls for one in way.visits}}
    for step, calls in LEAN.items():
        assert Counter(calls) <= Counter(asked[step]), step
    assert all(calls_of(way, BEST)[ELB][column] < calls_of(way)[ELB][column] for column in (1, 2))


def test_of_two_equal_calls_one_can_be_left_out() -> None:
    way = ways()["warm"]
    without = Design("", "", left_out={"Shift": (HEALTH,)})
    assert calls_of(way, without)[ELB][1] == calls_of(way)[ELB][1] - 1


def test_the_more_often_boto3_tries_the_more_is_refused() -> None:
    refused = [replayed(ways()["warm"], replace(AS_IT_IS, tries=tries), 150).refused[ELB] for tries in (1, 2, 4)]
    assert refused[0] < refused[1] < refused[2]


def test_calls_are_those_of_the_steps() -> None:
    way = ways()["warm"]
    watch, until, whole = calls_of(way)[ELB]
    describes = next(limit.operations for limit in LIMITS if limit.name == ELB)
    assert watch == sum(one in describes for one in way.watch)
    steps = {one.step: sum(call in describes for call in one.calls) for one in way.visits}
    desk = sum(one in describes for one in way.desk)
    assert until == desk + sum(steps[name] for name in ("Load", "Capture", "Shift"))
    assert whole > until


def test_the_watchdogs_alone_are_as_many_as_their_narrowest_bucket_pays_for() -> None:
    fits, bucket = watchdogs_fit(ways()["warm"])
    assert bucket == ELB
    quiet = replace(ways()["warm"], desk=(), visits=())
    assert not replayed(quiet, AS_IT_IS, int(0.8 * fits)).refused[ELB]
    assert replayed(quiet, AS_IT_IS, int(1.5 * fits)).refused[ELB]


def test_designs_have_names_of_their_own() -> None:
    assert len({one.name for one in DESIGNS}) == len(DESIGNS)
