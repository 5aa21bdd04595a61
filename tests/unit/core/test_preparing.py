"""Bring a release up beside what serves: never in a group that has traffic, and ready only when enough of it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Answer, Blame, Go
from recovery.core.commands import PAUSED, SetGroup, SetProcesses
from recovery.core.lease import Kind
from recovery.core.moments import timestamp
from recovery.core.preparing import awaiting, needed, prepare
from recovery.core.protocol import LOOK_TIMEOUT_SECONDS, Profile
from recovery.core.quarantine import Level
from tests.unit.core.scenes import NOW, RULES, V1, V2, V3, empty, full, group, instances, release, run, seen

if TYPE_CHECKING:
    from recovery.core.observation import Group
    from recovery.core.passage import Passage

TIMES = 30
LAST = TIMES - 1
TIME_UP = NOW - 60 + RULES.launch_seconds - LOOK_TIMEOUT_SECONDS
"""Of a rollback that began a minute before NOW: it counts no looks."""
PAUSE = SetProcesses("green", suspend=tuple(sorted(PAUSED)))


@pytest.mark.parametrize(("desired", "expected"), [(0, 2), (1, 2), (2, 2), (3, 3), (8, 8), (9, 8)])
def test_as_many_are_needed_as_serve_within_the_settings(desired: int, expected: int) -> None:
    assert needed(empty("blue", desired=desired), RULES) == expected


def test_an_empty_group_gets_the_release_as_large_as_what_serves_and_nothing_else_may_size_it() -> None:
    commands, answer = prepare(seen(green=empty("green")), run(), RULES)
    assert commands == [PAUSE, SetGroup("green", V2, 4, 4)]
    assert answer == Answer(Go.ON, "green gets 4 instances of version 2", facts={"size": 4, "launches": 4})


def test_a_group_that_is_set_already_is_not_set_again() -> None:
    green = full("green", V2, 4, suspended=PAUSED)
    commands, answer = prepare(seen(green=green), run(), RULES)
    assert commands == []
    assert (answer.go, answer.facts["size"]) == (Go.ON, 4)


@pytest.mark.parametrize(
    ("green", "sets"),
    [
        (full("green", V2, 4, minimum=4), False),
        (full("green", V2, 5, minimum=4), False),
        (full("green", V2, 5, minimum=5), False),
        (full("green", V2, 4, minimum=3), True),
        (full("green", V2, 4, desired=3, minimum=3), True),
        (group("green", V1, instances(V2, 4)), True),
        (full("green", replace(V2, template_id="lt-another"), 0, desired=4, minimum=4), True),
        (full("green", V2, 4, types=("m7g.large",)), True),
    ],
)
def test_a_group_is_set_where_its_version_types_or_sizes_are_not_enough(green: Group, sets: bool) -> None:
    commands, _ = prepare(seen(green=replace(green, suspended=PAUSED)), run(), RULES)
    assert commands == ([SetGroup("green", V2, 4, 4)] if sets else [])


def test_a_release_that_names_no_types_takes_the_groups() -> None:
    anything = release(2, instance_types=[])
    green = group("green", anything, instances(anything, 4), types=("m5.large",), suspended=PAUSED)
    commands, _ = prepare(seen(green=green), run(target=anything), RULES)
    assert commands == []


def test_a_group_that_holds_another_release_is_emptied_first() -> None:
    green = group("green", V2, [*instances(V1, 2), *instances(V3, 1), *instances(V2, 1)])
    commands, answer = prepare(seen(green=green), run(), RULES)
    assert commands == [PAUSE, SetGroup("green", V2, 0, 0)]
    assert answer.go is Go.ON
    assert "emptied of 3 instances of version 1, 3" in answer.reason
    assert "size" not in answer.facts


@pytest.mark.parametrize("weight", [1, 10, 100])
def test_a_group_that_has_traffic_is_not_changed(weight: int) -> None:
    scene = seen(green=full("green", V1, 4), weights={"blue": 100 - weight, "green": weight})
    commands, answer = prepare(scene, run(), RULES)
    assert (commands, answer.go) == ([], Go.FAIL)
    assert "green has traffic" in answer.reason


def test_a_group_that_the_rule_does_not_name_has_no_traffic() -> None:
    commands, _ = prepare(seen(green=empty("green"), weights={"blue": 100}), run(), RULES)
    assert commands == [PAUSE, SetGroup("green", V2, 4, 4)]


def test_what_serves_may_have_grown_since_the_run_began() -> None:
    scene = seen(full("blue", V1, 6), empty("green", suspended=PAUSED))
    commands, answer = prepare(scene, run(needed=4), RULES)
    assert commands == [SetGroup("green", V2, 6, 6)]
    assert answer.facts["size"] == 6


def test_what_serves_may_have_shrunk_since_the_run_began() -> None:
    scene = seen(full("blue", V1, 2), empty("green", suspended=PAUSED))
    assert prepare(scene, run(needed=4), RULES)[0] == [SetGroup("green", V2, 4, 4)]


def test_a_drill_launches_no_more_than_it_is_to_prove() -> None:
    scene = seen(full("blue", V1, 6), empty("green", suspended=PAUSED))
    assert prepare(scene, run(Profile.DRILL, needed=2), RULES)[0] == [SetGroup("green", V2, 2, 2)]


def test_preparing_twice_is_preparing_once() -> None:
    first, _ = prepare(seen(), run(), RULES)
    after = empty("green", V2, minimum=4, desired=4, suspended=PAUSED)
    assert [type(one) for one in first] == [SetProcesses, SetGroup]
    assert prepare(seen(green=after), run(), RULES)[0] == []


def awaited(
    green: Group | None = None,
    profile: Profile = Profile.RELEASE,
    *,
    looks: int = 0,
    at: float = NOW,
    streak: int = 0,
    said: dict[str, Any] | None = None,
    **more: Any,
) -> Answer:
    """The run began a minute ago."""
    steps: dict[str, Any] = {"AwaitHealthy": {"go": "wait", "streak": streak}, **(said or {})}
    passage: Passage = run(profile, said=steps, polls={"AwaitHealthy": looks}, **more)
    return awaiting(seen(green=green or full("green", V2, 4), at=at), passage, RULES, TIMES)


def test_enough_healthy_instances_twice_in_a_row_are_ready() -> None:
    first = awaited()
    assert (first.go, first.facts["streak"]) == (Go.WAIT, 1)
    second = awaited(streak=1)
    assert (second.go, second.facts["streak"]) == (Go.ON, 2)
    assert second.reason == "4 of 4 instances of version 2 are healthy"


def test_one_look_that_sees_too_few_starts_the_count_again() -> None:
    three = group("green", V2, instances(V2, 4, healthy=3))
    assert awaited(three, streak=1).facts["streak"] == 0
    assert awaited(three, streak=1).go is Go.WAIT


def test_a_group_that_was_prepared_again_is_counted_from_the_start() -> None:
    answer = awaited(said={"AwaitHealthy": {"go": "on", "streak": 2}})
    assert (answer.go, answer.facts["streak"]) == (Go.WAIT, 1)


def test_the_first_look_of_all_counts_as_one() -> None:
    assert awaited(said={"AwaitHealthy": {}}).facts["streak"] == 1


def test_a_look_at_a_paused_release_counts_for_none() -> None:
    """It says no streak."""
    assert awaited(said={"AwaitHealthy": {"go": "wait", "healthy_at": NOW - 10}}).facts["streak"] == 1


@pytest.mark.parametrize(("before", "since"), [(NOW - 21, NOW), (NOW - 20, NOW - 20), (NOW - 10, NOW - 10)])
def test_a_group_is_healthy_since_the_first_look_after_it_was_prepared(before: float, since: float) -> None:
    said = {
        "Prepare": {"go": "on", "entered": timestamp(NOW - 20)},
        "AwaitHealthy": {"go": "wait", "streak": 1, "healthy_at": before},
    }
    assert awaited(said=said).facts["healthy_at"] == since


def test_only_instances_of_the_release_that_are_in_service_and_healthy_count() -> None:
    pending = [replace(one, in_service=False) for one in instances(V2, 4)]
    assert awaited(group("green", V2, pending), streak=1).go is Go.WAIT
    assert "0 of 4 healthy in green" in awaited(group("green", V2, pending)).reason


def test_it_waits_for_as_many_as_prepare_asked_for() -> None:
    said = {"Prepare": {"go": "on", "size": 6}}
    assert awaited(group("green", V2, instances(V2, 6, healthy=4)), streak=1, said=said).go is Go.WAIT
    assert awaited(full("green", V2, 6), streak=1, said=said).go is Go.ON
    assert awaited(full("green", V2, 4), streak=1, said=said).go is Go.AGAIN


@pytest.mark.parametrize(("looks", "expected"), [(14, Go.WAIT), (15, Go.ON)])
def test_one_zone_is_enough_when_half_the_time_is_over(looks: int, expected: Go) -> None:
    one_zone = group("green", V2, instances(V2, 4, zones=["eu-west-1a"]))
    assert awaited(one_zone, streak=1, looks=looks).go is expected


@pytest.mark.parametrize(("polls", "expected"), [({}, Go.WAIT), ({"AwaitHealthy": 1}, Go.ON)])
def test_the_first_look_is_not_past_half_the_time_of_three(polls: dict[str, int], expected: Go) -> None:
    one_zone = group("green", V2, instances(V2, 4, zones=["eu-west-1a"]))
    passage = run(said={"AwaitHealthy": {"go": "wait", "streak": 1}}, polls=polls)
    assert awaiting(seen(green=one_zone), passage, RULES, 3).go is expected


@pytest.mark.parametrize(
    ("green", "expected"),
    [
        (group("green", V1, instances(V2, 4)), Go.AGAIN),
        (group("green", V2, [*instances(V2, 4), *instances(V1, 1)]), Go.AGAIN),
        (full("green", V2, 4, desired=3), Go.AGAIN),
        (group("green", V2, instances(V1, 2), desired=0, minimum=0), Go.WAIT),
        (empty("green", V2), Go.AGAIN),
    ],
)
def test_a_group_that_is_not_set_for_the_release_is_prepared_again_and_one_that_empties_is_waited_for(
    green: Group, expected: Go
) -> None:
    answer = awaited(green, streak=1)
    assert answer.go is expected
    if expected is Go.WAIT:
        assert answer.facts["streak"] == 0
        assert "2 instances of other releases leave" in answer.reason
    else:
        assert answer.reason == "green is not (or no longer) set for version 2"


def test_instances_that_do_not_leave_in_time_end_the_wait() -> None:
    leaving = group("green", V2, instances(V1, 2), desired=0, minimum=0)
    ends = {
        Profile.RELEASE: ((LAST - 1, NOW), (LAST, NOW)),
        Profile.ROLLBACK: ((LAST + 20, TIME_UP - 0.25), (0, TIME_UP)),
    }
    for profile, (before, last) in ends.items():
        assert awaited(leaving, profile, looks=before[0], at=before[1]).go is Go.WAIT
        answer = awaited(leaving, profile, looks=last[0], at=last[1])
        assert (answer.go, answer.blame) == (Go.FAIL, None)
        assert "time is up while 2 instances of other releases leave" in answer.reason


def test_the_first_release_waits_for_the_group_as_it_is() -> None:
    """It serves already: what runs beside it in its group, or launches next, is not the run's to change."""
    blue = group("blue", V1, [*instances(V2, 4), *instances(V1, 1)])
    answer = awaiting(
        seen(blue), run(Profile.FIRST, colour="blue", said={"AwaitHealthy": {"go": "wait", "streak": 1}}), RULES, TIMES
    )
    assert answer.go is Go.ON


FEW = group("green", V2, instances(V2, 4, healthy=3))


@pytest.mark.parametrize("profile", [Profile.RELEASE, Profile.FIRST])
def test_a_release_that_does_not_come_up_in_time_is_to_blame(profile: Profile) -> None:
    assert awaited(FEW, profile, looks=LAST - 1).go is Go.WAIT
    answer = awaited(FEW, profile, looks=LAST)
    seen_ = "3 of 4 instances became healthy in green"
    assert answer == Answer(Go.FAIL, seen_, Blame(Level.BAD, seen_))


def test_a_release_that_aws_has_no_instances_for_is_not_to_blame() -> None:
    assert awaited(FEW).reason == "3 of 4 healthy in green"
    short = replace(FEW, trouble="InsufficientInstanceCapacity")
    assert "the newest launch failed: InsufficientInstanceCapacity" in awaited(short).reason
    reason = "3 of 4 instances became healthy in green; launches fail: InsufficientInstanceCapacity"
    facts = {"trouble": "InsufficientInstanceCapacity"}
    assert awaited(short, looks=LAST) == Answer(Go.FAIL, reason, facts=facts)


def test_a_drill_that_does_not_come_up_blames_no_release() -> None:
    answer = awaited(FEW, Profile.DRILL, looks=LAST)
    assert (answer.go, answer.blame) == (Go.FAIL, None)


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
@pytest.mark.parametrize(("healthy", "expected"), [(3, Go.ON), (2, Go.ON), (1, Go.FAIL), (0, Go.FAIL)])
def test_a_rollback_takes_what_can_serve_when_its_time_is_up(profile: Profile, healthy: int, expected: Go) -> None:
    green = group("green", V2, instances(V2, 4, healthy=healthy), trouble="InsufficientInstanceCapacity")
    assert awaited(green, profile, looks=LAST + 20, at=TIME_UP - 0.25).go is Go.WAIT
    answer = awaited(green, profile, at=TIME_UP)
    assert (answer.go, answer.blame) == (expected, None)
    assert answer.facts.get("granted") == (2 if expected is Go.ON else None)
    if expected is Go.ON:
        assert (
            answer.reason
            == f"{healthy} of 4 instances became healthy in green; 2 can serve, and more are not to be had"
        )


def test_a_rollback_that_fails_for_want_of_instances_blames_nobody() -> None:
    answer = awaited(group("green", V2, instances(V2, 4, healthy=1)), Profile.ROLLBACK, at=TIME_UP)
    assert answer == Answer(Go.FAIL, "1 of 4 instances became healthy in green")


@pytest.mark.parametrize(
    ("profile", "expected"), [(Profile.ROLLBACK, Go.ON), (Profile.WARM, Go.ON), (Profile.RELEASE, Go.WAIT)]
)
def test_a_rollback_whose_instances_are_healthy_at_the_very_last_look_goes_on(profile: Profile, expected: Go) -> None:
    """With fewer it would; a release has to be seen twice."""
    answer = awaited(profile=profile, looks=LAST, at=TIME_UP)
    assert (answer.go, answer.reason) == (expected, "4 of 4 instances of version 2 are healthy")
    assert awaited(profile=profile, looks=LAST, at=TIME_UP - 0.25).go is Go.WAIT


@pytest.mark.parametrize(
    ("profile", "expected", "granted"),
    [
        # It boots more, and Shift would not take it with fewer.
        (Profile.RELEASE, Go.AGAIN, None),
        # What is bad grows under its own errors; the way back does not wait for another boot.
        (Profile.ROLLBACK, Go.ON, 4),
        (Profile.WARM, Go.ON, 4),
        (Profile.DRILL, Go.ON, None),
    ],
)
def test_what_serves_may_have_grown_since_the_group_was_prepared(
    profile: Profile, expected: Go, granted: int | None
) -> None:
    said = {"Prepare": {"go": "on", "size": 4}, "AwaitHealthy": {"go": "wait", "streak": 1}}
    scene = seen(full("blue", V1, 5), full("green", V2, 4))
    answer = awaiting(scene, run(profile, said=said), RULES, TIMES)
    assert (answer.go, answer.facts.get("granted")) == (expected, granted)


def test_a_paused_release_is_prepared_again_when_what_serves_grows() -> None:
    said = {"Keep": {"wish": "pause", "reason": "paused by ana"}}
    paused = run(said=said)
    assert awaiting(seen(full("blue", V1, 5), full("green", V2, 4)), paused, RULES, TIMES).go is Go.AGAIN
    assert awaiting(seen(full("blue", V1, 5), full("green", V2, 5)), paused, RULES, TIMES).go is Go.WAIT


def test_whoever_stops_a_release_stops_it_while_it_waits() -> None:
    stop = {"Keep": {"wish": "stop", "reason": "aborted by ana"}}
    assert awaited(streak=1, said=stop) == Answer(Go.FAIL, "aborted by ana")
    assert awaited(empty("green", V2), said=stop) == Answer(Go.FAIL, "aborted by ana")
    assert awaited(profile=Profile.ROLLBACK, streak=1, said=stop, kind=Kind.ROLLBACK).go is Go.ON
    assert awaited(streak=1, said={"Keep": {"wish": "pause", "reason": "paused by ana"}}).go is Go.WAIT


PAUSE_WISH = {"Keep": {"wish": "pause", "reason": "paused by ana"}}


def test_a_paused_release_gets_no_traffic_though_it_is_ready_and_its_group_is_still_seen_to() -> None:
    assert awaited(streak=1, said=PAUSE_WISH) == Answer(Go.WAIT, "paused by ana", facts={"healthy_at": NOW})
    assert awaited(empty("green", V2), said=PAUSE_WISH).go is Go.AGAIN


def test_a_release_that_stays_paused_too_long_goes_back_without_blame() -> None:
    """The table's way for a last look that still waits."""
    assert awaited(FEW, looks=LAST, said=PAUSE_WISH) == Answer(Go.WAIT, "paused by ana")
