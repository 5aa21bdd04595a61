"""What serves now, and so which passage a run takes: every choice is made before anything is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Answer, Go
from recovery.core.capturing import capture
from recovery.core.lease import Kind
from recovery.core.protocol import Profile
from tests.unit.core.scenes import NOW, RULES, TEMPLATE, V1, V2, V3, empty, full, group, instances, run, seen

if TYPE_CHECKING:
    from recovery.core.observation import Group, Observation
    from recovery.core.passage import Passage
    from recovery.core.rules import Rules

LAUNCH_BY = NOW - 60 + RULES.launch_seconds
"""The run began a minute ago."""
GREEN = {"blue": 0, "green": 100}
STARTS = {
    Kind.RELEASE: Profile.RELEASE,
    Kind.ROLLBACK: Profile.ROLLBACK,
    Kind.DRILL: Profile.DRILL,
    Kind.RECONCILE: Profile.RECONCILE,
}


def captured(scene: Observation, passage: Passage | Kind, *, promoted: bool = True, rules: Rules = RULES) -> Answer:
    asked = run(STARTS[passage]) if isinstance(passage, Kind) else passage
    return capture(scene, asked, rules, promoted=promoted)


def profile(answer: Answer) -> str:
    assert answer.go is Go.ON, answer
    return answer.facts["profile"]


def test_a_release_goes_into_the_group_that_does_not_serve_as_large_as_the_one_that_does() -> None:
    answer = captured(seen(flip="ana 12:01"), Kind.RELEASE)
    assert answer == Answer(
        Go.ON,
        "blue serves; the release goes into green",
        facts={
            "profile": "release",
            "colour": "green",
            "needed": 4,
            "undo": {
                "weights": {"blue": 100, "green": 0},
                "serving": "blue",
                "template_id": TEMPLATE,
                "version": 1,
                "desired": 4,
            },
            "flip": "ana 12:01",
            "at": NOW,
        },
    )
    assert captured(seen(green=full("green", V1, 4), weights=GREEN), Kind.RELEASE).facts["colour"] == "blue"


def test_the_undo_point_is_what_most_instances_run_and_not_what_would_be_launched_next() -> None:
    changed = group("blue", V3, [*instances(V1, 3), *instances(V3, 1)])
    assert captured(seen(changed), Kind.RELEASE).facts["undo"]["version"] == 1
    assert captured(seen(empty("blue", V3)), Kind.RELEASE).facts["undo"]["version"] == 3


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.RELEASE, Go.REFUSED),
        (Kind.ROLLBACK, Go.ESCALATE),
        (Kind.DRILL, Go.REFUSED),
        (Kind.RECONCILE, Go.REFUSED),
    ],
)
def test_where_no_group_has_traffic_nothing_is_changed_and_a_rollback_calls_a_person(kind: Kind, expected: Go) -> None:
    answer = captured(seen(weights={"blue": 0, "green": 0}), kind)
    assert answer.go is expected
    assert "no group has traffic" in answer.reason


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("ago", "begins"), [(0, False), (149, False), (150, True), (5000, True)])
def test_nothing_begins_before_a_flip_by_hand_has_settled(kind: Kind, ago: int, begins: bool) -> None:
    """Nodes of the load balancer may still send requests to the group that was left."""
    flip = f"{NOW - ago:.0f} ana"
    answer = captured(seen(flip=flip), kind)
    if begins:
        assert answer.go is Go.ON
    else:
        reason = f"traffic was moved by hand {ago} s ago ({flip}): it has to settle first"
        assert answer == Answer(Go.REFUSED, reason)


def test_a_release_waits_for_a_split_to_be_ended() -> None:
    answer = captured(seen(green=full("green", V2, 4), weights={"blue": 90, "green": 10}), Kind.RELEASE)
    assert answer.go is Go.REFUSED
    assert "both groups have traffic ({'blue': 90, 'green': 10})" in answer.reason


def test_a_release_that_serves_already_only_has_its_sizes_settled() -> None:
    answer = captured(seen(full("blue", V2, 4)), Kind.RELEASE)
    assert (profile(answer), answer.facts["colour"]) == ("reconcile", "blue")
    assert answer.reason == "it serves already"


def test_the_first_release_of_all_is_watched_where_it_serves_and_nobody_is_left_in_doubt() -> None:
    answer = captured(seen(full("blue", V2, 4)), Kind.RELEASE, promoted=False)
    assert (profile(answer), answer.facts["colour"]) == ("first", "blue")
    assert answer.reason == (
        "it serves already, and nothing was promoted before: there is NOTHING TO GO BACK TO if it fails"
    )


@pytest.mark.parametrize(
    "blue",
    [
        group("blue", V2, [*instances(V2, 3), *instances(V1, 1)]),
        group("blue", V1, instances(V2, 4)),
        full("blue", replace(V2, template_id="lt-another"), 4),
    ],
)
def test_a_group_that_is_partly_another_release_does_not_serve_this_one(blue: Group) -> None:
    for promoted in (True, False):
        answer = captured(seen(blue), Kind.RELEASE, promoted=promoted)
        assert (profile(answer), answer.facts["colour"]) == ("release", "green")


def test_a_release_beside_firing_alarms_is_refused_unless_it_is_said_to_be_the_cure() -> None:
    scene = seen(alarms={"blue": ("shop-blue-errors", "shop-blue-latency")})
    answer = captured(scene, Kind.RELEASE)
    assert answer.go is Go.REFUSED
    assert "(shop-blue-errors, shop-blue-latency)" in answer.reason
    assert "--accept-degraded" in answer.reason
    assert profile(captured(scene, run(accepted=True))) == "release"
    idle = seen(alarms={"green": ("shop-green-errors",)})
    assert profile(captured(idle, Kind.RELEASE)) == "release"


def rolled_back(scene: Observation, **more: Any) -> Answer:
    """Green serves version 2, and version 1 is the last known good."""
    return captured(scene, run(Profile.ROLLBACK, target=V1), **more)


BAD = full("green", V2, 4)


def test_a_rollback_whose_target_is_warm_needs_nothing_launched() -> None:
    answer = rolled_back(seen(full("blue", V1, 4), BAD, weights=GREEN))
    assert (profile(answer), answer.facts["colour"], answer.facts["needed"]) == ("warm", "blue", 4)
    assert answer.reason == "4 healthy instances of version 1 are warm in blue"
    assert answer.facts["undo"]["serving"] == "green"


@pytest.mark.parametrize(
    "blue",
    [
        group("blue", V1, instances(V1, 4, healthy=3)),
        full("blue", V1, 3),
        full("blue", V3, 4),
        group("blue", V1),
    ],
)
def test_a_rollback_whose_target_is_not_warm_enough_is_launched(blue: Group) -> None:
    answer = rolled_back(seen(blue, BAD, weights=GREEN))
    ready = len(blue.healthy(V1))
    assert (profile(answer), answer.facts["colour"], answer.facts["needed"]) == ("rollback", "blue", 4)
    assert answer.reason == f"{ready} of 4 instances of version 1 are warm in blue: they are launched"


def test_a_group_that_the_rule_does_not_name_has_no_traffic_and_is_launched_into() -> None:
    assert profile(rolled_back(seen(full("blue", V1, 3), BAD, weights={"green": 100}))) == "rollback"


def test_a_warm_group_larger_than_what_serves_is_warm_too() -> None:
    assert profile(rolled_back(seen(full("blue", V1, 5), BAD, weights=GREEN))) == "warm"


def test_a_bad_group_that_has_shrunk_below_the_minimum_still_asks_for_the_minimum() -> None:
    answer = rolled_back(seen(full("blue", V1, 1), full("green", V2, 1), weights=GREEN))
    assert (profile(answer), answer.facts["needed"]) == ("rollback", 2)


@pytest.mark.parametrize(("left", "expected"), [(340.0, Go.ON), (339.0, Go.ESCALATE)])
def test_a_rollback_does_not_start_a_launch_that_it_could_not_finish(left: float, expected: Go) -> None:
    """Counted until it looks for the last time at what it launched, and not until its deadline."""
    answer = rolled_back(seen(full("blue", V1, 3), BAD, weights=GREEN, at=LAUNCH_BY - left))
    assert answer.go is expected
    if expected is Go.ESCALATE:
        assert answer.reason == "3 of 4 instances are warm; launching takes up to 340 s, 339 s are left"


def test_how_long_a_launch_takes_and_may_take_comes_from_the_settings() -> None:
    scene = seen(full("blue", V1, 3), BAD, weights=GREEN, at=LAUNCH_BY - 340)
    passage = run(Profile.ROLLBACK, target=V1)
    assert captured(scene, passage, rules=replace(RULES, cold_seconds=341)).go is Go.ESCALATE
    assert captured(scene, passage, rules=replace(RULES, launch_seconds=RULES.launch_seconds - 1)).go is Go.ESCALATE
    assert captured(scene, run(Profile.ROLLBACK, target=V1, began=NOW - 61)).go is Go.ESCALATE
    assert captured(scene, passage).go is Go.ON


def test_only_a_rollback_has_no_time_to_lose() -> None:
    for kind in (Kind.RELEASE, Kind.DRILL, Kind.RECONCILE):
        assert captured(seen(at=NOW + 5000), kind).go is Go.ON


def test_a_rollback_to_a_warm_group_starts_however_little_time_is_left() -> None:
    assert profile(rolled_back(seen(full("blue", V1, 4), BAD, weights=GREEN, at=NOW + 5000))) == "warm"


def test_a_rollback_to_what_serves_already_moves_nothing() -> None:
    answer = rolled_back(seen(full("blue", V1, 4), BAD))
    assert (profile(answer), answer.facts["colour"]) == ("reconcile", "blue")
    assert answer.reason == "blue serves the last known good release"


@pytest.mark.parametrize(
    ("weights", "blue", "green", "expected", "colour"),
    [
        # The good one has a little traffic, and can take all of it.
        ({"blue": 10, "green": 90}, full("blue", V1, 4), BAD, "warm", "blue"),
        # The good one has most of the traffic.
        ({"blue": 90, "green": 10}, full("blue", V1, 4), BAD, "warm", "blue"),
        # It has instances in both: the one with more traffic takes it all.
        ({"blue": 10, "green": 90}, full("blue", V1, 4), full("green", V1, 4), "warm", "green"),
    ],
)
def test_a_split_is_ended_in_favour_of_the_last_known_good(
    weights: dict[str, int], blue: Group, green: Group, expected: str, colour: str
) -> None:
    answer = rolled_back(seen(blue, green, weights=weights))
    assert (profile(answer), answer.facts["colour"]) == (expected, colour)


@pytest.mark.parametrize(
    ("blue", "green"), [(full("blue", V1, 3), BAD), (full("blue", V3, 4), BAD), (empty("blue"), BAD)]
)
def test_a_split_that_neither_group_can_end_needs_a_person(blue: Group, green: Group) -> None:
    answer = rolled_back(seen(blue, green, weights={"blue": 10, "green": 90}))
    assert answer.go is Go.ESCALATE
    assert f"neither can take all of it ({len(blue.healthy(V1))} of 4)" in answer.reason
    assert rolled_back(seen(blue, green, weights={"blue": 1, "green": 99})).go is Go.ESCALATE


def test_a_mixed_group_that_serves_is_left_for_a_whole_one() -> None:
    """It holds healthy instances of the target, and of another release: with no split the idle group is the way."""
    mixed = group("green", V2, [*instances(V2, 2), *instances(V1, 2)])
    answer = rolled_back(seen(full("blue", V1, 4), mixed, weights=GREEN))
    assert (profile(answer), answer.facts["colour"]) == ("warm", "blue")


def drilled(scene: Observation, rules: Rules = RULES) -> Answer:
    return captured(scene, Kind.DRILL, rules=rules)


def test_a_drill_goes_into_the_group_without_traffic() -> None:
    answer = drilled(seen())
    assert (profile(answer), answer.facts["colour"]) == ("drill", "green")
    assert answer.reason == "version 2 goes into green, which gets no traffic"


@pytest.mark.parametrize(("warm", "wanted"), [("full", 4), ("minimum", 2), ("none", 2)])
def test_a_drill_brings_up_what_would_be_kept_warm_and_at_least_the_minimum(warm: Any, wanted: int) -> None:
    """Where drills have no share of the requests: see test_sharing."""
    assert drilled(seen(), replace(RULES, warm=warm, drill_percent=0)).facts["needed"] == wanted


@pytest.mark.parametrize(
    ("scene", "why"),
    [
        (seen(green=BAD, weights={"blue": 90, "green": 10}), "both groups have traffic"),
        (seen(alarms={"blue": ("shop-blue-errors",)}), "alarms are firing (shop-blue-errors)"),
        (seen(alarms={"green": ("shop-green-errors",)}), "alarms are firing (shop-green-errors)"),
    ],
)
def test_a_drill_is_refused_while_anything_is_the_matter(scene: Observation, why: str) -> None:
    assert drilled(scene) == Answer(Go.REFUSED, f"no drill now: {why}")


def test_a_reconciliation_is_about_the_group_that_does_not_serve() -> None:
    answer = captured(seen(green=full("green", V2, 3), weights=GREEN), Kind.RECONCILE)
    assert (profile(answer), answer.facts["colour"], answer.facts["needed"]) == ("reconcile", "blue", 3)
    assert answer.reason == "sizes and processes are put right"


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.ROLLBACK])
def test_what_is_kept_warm_is_no_measure_for_what_gets_traffic(kind: Kind) -> None:
    assert captured(seen(), kind, rules=replace(RULES, warm="none")).facts["needed"] == 4


@pytest.mark.parametrize("desired", [1, 4, 9])
def test_never_fewer_than_the_minimum_nor_more_than_the_maximum_are_asked_for(desired: int) -> None:
    scene = seen(full("blue", V1, desired))
    assert captured(scene, Kind.RELEASE).facts["needed"] == min(max(desired, 2), 8)
