"""What a run shows of the times that the proof takes for granted, and what it must not be taken to show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.bad_minutes import bad_until
from recovery.core.lease import Kind
from recovery.core.measuring import Quantity, measure
from recovery.core.moments import timestamp
from recovery.core.preparing import awaiting, prepare
from recovery.core.protocol import Profile
from recovery.core.shifting import confirm
from tests.unit.core.scenes import MINUTE, NOW, RULES, V2, empty, group, instances, minutes, run, seen

if TYPE_CHECKING:
    from recovery.core.passage import Passage

GREEN = {"blue": 0, "green": 100}
LAUNCHED = {"Prepare": {"go": "on", "size": 4, "launches": 4, "entered": timestamp(NOW)}}


def boot(passage: Passage) -> float | None:
    return measure(passage).get(Quantity.BOOT)


def booting(*looks: tuple[float, int], profile: Profile = Profile.ROLLBACK, **more: Any) -> Passage:
    """A run whose looks, so many seconds after Prepare, saw so many of four instances healthy."""
    said: dict[str, Any] = {**LAUNCHED, **more.pop("said", {})}
    for number, (after, healthy) in enumerate(looks):
        scene = seen(green=group("green", V2, instances(V2, 4, healthy=healthy)), at=NOW + after)
        passage = run(profile, said=said, polls={"AwaitHealthy": number}, **more)
        answer = {**awaiting(scene, passage, RULES, 30).document(), "entered": timestamp(NOW + after)}
        said = {**said, "AwaitHealthy": answer}
    return run(profile, said=said, **more)


@pytest.mark.parametrize("profile", [Profile.RELEASE, Profile.ROLLBACK, Profile.DRILL])
def test_a_boot_lasts_from_the_launch_to_the_first_look_of_those_in_a_row_that_saw_all_healthy(
    profile: Profile,
) -> None:
    assert boot(booting((20, 0), (40, 3), (60, 4), (80, 4), profile=profile)) == 60
    assert boot(booting((40, 4), (60, 3), (80, 4), (100, 4), profile=profile)) == 80


def test_instances_that_are_healthy_as_they_are_launched_take_no_time() -> None:
    assert boot(booting((0, 4), (20, 4))) == 0


def test_a_release_that_is_paused_while_it_boots_is_not_slow_for_it() -> None:
    pause = {"Keep": {"wish": "pause", "reason": "paused by ana"}}
    paused = booting((40, 4), (900, 4), profile=Profile.RELEASE, said=pause)
    assert boot(booting((920, 4), (940, 4), profile=Profile.RELEASE, said={**paused.said, "Keep": {}})) == 40


def test_instances_that_are_launched_anew_are_measured_anew() -> None:
    once = booting((40, 4), (60, 4))
    again = {"Prepare": {**LAUNCHED["Prepare"], "entered": timestamp(NOW + 200)}}
    assert boot(booting((250, 4), (270, 4), said={**once.said, **again})) == 50


def test_what_was_healthy_before_a_launch_says_nothing_of_it() -> None:
    """The run ended before anybody looked again."""
    before = {"AwaitHealthy": {"go": "again", "healthy_at": NOW - 1, "entered": timestamp(NOW - 1)}}
    assert boot(run(Profile.DRILL, said={**LAUNCHED, **before})) is None


def test_what_was_there_already_shows_nothing_of_a_boot() -> None:
    warm = group("green", V2, instances(V2, 4))
    _, answer = prepare(seen(green=warm), run(Profile.DRILL, said={}), RULES)
    prepared = {**answer.document(), "entered": timestamp(NOW)}
    assert answer.facts["launches"] == 0
    assert boot(booting((10, 4), (20, 4), profile=Profile.DRILL, said={"Prepare": prepared})) is None
    _, answer = prepare(seen(green=empty("green", V2)), run(Profile.DRILL), RULES)
    assert answer.facts["launches"] == 4


def test_a_good_release_that_was_given_up_takes_at_least_as_long() -> None:
    looks = [(float(after), 2) for after in range(10, 310, 10)]
    late = booting(*looks, profile=Profile.DRILL)
    assert boot(run(Profile.DRILL, said=late.said, failed="AwaitHealthy")) == 300
    stopped = {**late.said, "Keep": {"wish": "stop", "reason": "a release goes first"}}
    assert boot(run(Profile.DRILL, said=stopped, failed="AwaitHealthy")) is None
    trouble = {**late.said, "AwaitHealthy": {**late.said["AwaitHealthy"], "trouble": "no capacity"}}
    assert boot(run(Profile.DRILL, said=trouble, failed="AwaitHealthy")) is None
    # Of a candidate nobody knows that it ever gets healthy.
    assert boot(run(Profile.RELEASE, said=late.said, failed="AwaitHealthy")) is None


def shifted(*requests: float, at: float = NOW + 1) -> float | None:
    """Blue lost its requests a second after NOW; these are its minutes from NOW on."""
    said = {"Shift": {"go": "on", "weights": GREEN, "at": at}}
    scene = seen(weights=GREEN, at=NOW + 600, requests={"blue": minutes(*requests)})
    answer = confirm(scene, run(Profile.WARM, said=said), 18).document()
    return measure(run(Profile.WARM, said={**said, "Confirm": answer})).get(Quantity.SHIFT)


def test_a_shift_lasts_until_the_last_minute_with_a_request_has_ended() -> None:
    assert shifted(500, 20, 0) == 2 * MINUTE - 1
    assert shifted(500, 20, 3, 0) == 3 * MINUTE - 1


def test_the_minute_of_the_shift_itself_does_not_count() -> None:
    assert shifted(500, 0) == 0
    assert shifted(500, 3) is None, "it is not over yet"


def test_a_shift_that_never_read_back_shows_nothing() -> None:
    assert Quantity.SHIFT not in measure(run(Profile.WARM, said={"Shift": {"go": "on", "at": NOW}}))
    failed = {"Shift": {"Error": "AwsBusyError"}, "Confirm": {"last_minute": NOW}}
    assert Quantity.SHIFT not in measure(run(Profile.WARM, said=failed))


def test_the_way_from_the_bad_minute_to_the_run_is_measured_in_two_parts() -> None:
    found = measure(run(Profile.WARM, began=NOW + 200, alarmed_at=NOW + 170, bad_until=NOW))
    assert (found[Quantity.ALARM], found[Quantity.DELIVERY]) == (170, 30)
    asked = measure(run(Profile.WARM, began=NOW))
    assert not {Quantity.ALARM, Quantity.DELIVERY} & set(asked), "a person asked"
    forced = measure(run(Profile.WARM, began=NOW + 200, alarmed_at=NOW + 170))
    assert Quantity.ALARM not in forced


def test_times_are_told_to_the_millisecond() -> None:
    assert measure(run(Profile.WARM, began=NOW + 1.23456, alarmed_at=NOW))[Quantity.DELIVERY] == 1.235


def test_each_has_a_name_of_its_own_in_cloudwatch() -> None:
    assert [one.metric for one in Quantity] == [
        "BootSeconds",
        "ShiftSeconds",
        "AlarmSeconds",
        "DeliverySeconds",
        "RecoverySeconds",
    ]


def test_a_clock_that_is_ahead_makes_no_time_less_than_nothing() -> None:
    assert measure(run(Profile.WARM, began=NOW, alarmed_at=NOW + 0.5))[Quantity.DELIVERY] == 0


@pytest.mark.parametrize(("profile", "expected"), [(Profile.WARM, 42), (Profile.ROLLBACK, 42), (Profile.RELEASE, None)])
def test_a_rollback_has_recovered_when_its_weights_are_written(profile: Profile, expected: float | None) -> None:
    said = {"Shift": {"go": "on", "at": NOW + 42}}
    assert measure(run(profile, said=said, began=NOW)).get(Quantity.RECOVERY) == expected
    stuck = {"Shift": {"go": "again", "at": NOW + 42}}
    assert Quantity.RECOVERY not in measure(run(profile, said=stuck, began=NOW))


def test_a_run_that_did_nothing_shows_nothing() -> None:
    for kind in Kind:
        assert measure(run(Profile(kind), said={"Capture": {"go": "refused"}})) == {}


def reason(*values: float, **more: Any) -> str:
    """As CloudWatch's guide has it."""
    document = {
        "version": "1.0",
        "queryDate": "2019-10-02T17:04:40.989+0000",
        "startDate": "2019-10-02T16:59:00.000+0000",
        "period": 60,
        "recentDatapoints": list(values),
        "threshold": 50.0,
    }
    return json.dumps({**document, **more})


STARTED = 1570035540.0
"""2019-10-02T16:59:00 UTC."""


def test_an_alarm_says_when_its_newest_bad_minute_ended() -> None:
    assert bad_until(reason(99.5)) == STARTED + 60
    assert bad_until(reason(0, 99.5, 80, 50)) == STARTED + 180, "50 is not over the threshold"
    assert bad_until(reason(99.5, period=300)) == STARTED + 300


@pytest.mark.parametrize("data", ["", "{}", "null", "[]", "no JSON", '{"a": "drill"}', reason(), reason(1, 2)])
def test_an_alarm_that_was_forced_rests_on_no_minute(data: str) -> None:
    assert bad_until(data) == 0
