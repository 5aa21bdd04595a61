"""A release is watched until the verdict is clear: only PASS promotes it, and a FAIL ends it at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Answer, Blame, Go
from recovery.core.baking import bake, clear, watch_canary
from recovery.core.observation import Observation, Series
from recovery.core.passage import Undo
from recovery.core.protocol import Profile
from recovery.core.quarantine import Level
from tests.unit.core.scenes import NOW, RULES, TEMPLATE, minutes, run, seen

if TYPE_CHECKING:
    from collections.abc import Callable

BAD, GOOD = 40.0, 0.0
TIMES = 91
MOVED = NOW + 1
"""When green got its traffic: the minute that begins at NOW + 60 is the first whole one."""
EVIDENCE = "green: errors 40 over 5 in 2 of 3 minutes"
STOP: dict[str, Any] = {"Keep": {"wish": "stop", "reason": "aborted by ana"}}
FIRST = run(Profile.FIRST, undo=Undo({"blue": 0, "green": 100}, "green", TEMPLATE, 2, 4))
PAUSE: dict[str, Any] = {"Keep": {"wish": "pause", "reason": "paused by ana"}}


def after(seconds: float, *errors: float, requests: float = 50) -> Observation:
    """So long after the move, with the errors of each minute since NOW."""
    series = minutes(*errors)
    return seen(
        at=MOVED + seconds,
        weights={"blue": 0, "green": 100},
        requests={"green": minutes(*[requests] * len(errors))},
        signals={"green": {"errors": series, "latency": minutes(*[GOOD] * len(errors))}},
    )


def canary(scene: Observation, **said: Any) -> Answer:
    return watch_canary(scene, run(said={"Canary": {"go": "on", "at": MOVED}, **said}), RULES)


def baked(scene: Observation, profile: Profile = Profile.RELEASE, looks: int = 0, **said: Any) -> Answer:
    steps = {"Shift": {"go": "on", "at": MOVED}, **said}
    return bake(scene, run(profile, said=steps, polls={"Bake": looks}), RULES, TIMES)


@pytest.mark.parametrize(("seconds", "expected"), [(119, Go.WAIT), (119.9, Go.WAIT), (120, Go.ON), (121, Go.ON)])
def test_a_canary_without_a_breach_is_watched_for_as_long_as_the_settings_say(seconds: float, expected: Go) -> None:
    answer = canary(after(seconds, GOOD, GOOD))
    assert answer.go is expected
    assert ("1 s to go" in answer.reason) == (seconds == 119)


def test_a_canary_that_too_few_requests_reach_goes_on_to_the_bake() -> None:
    answer = canary(after(120, GOOD, requests=0))
    assert (answer.go, answer.facts) == (Go.ON, {"verdict": "no-evidence", "requests": 0})


def test_a_canary_with_a_breach_is_ended_at_once_and_blamed() -> None:
    answer = canary(after(20, GOOD, BAD, BAD, GOOD))
    assert answer == Answer(Go.FAIL, EVIDENCE, Blame(Level.BAD, EVIDENCE), {"verdict": "fail", "requests": 150})


def test_the_minute_in_which_traffic_moved_and_those_before_it_are_not_judged() -> None:
    assert canary(after(20, BAD, BAD, GOOD)).go is Go.WAIT
    assert baked(after(20, BAD, BAD, GOOD)).go is Go.WAIT


def test_a_release_that_passes_for_its_whole_bake_is_promoted() -> None:
    good = [GOOD] * 11
    answer = baked(after(599, *good))
    assert (answer.go, answer.reason) == (Go.WAIT, "1 s to go; 500 requests, no signal above its threshold")
    assert answer.facts == {"verdict": "pass", "requests": 500}
    answer = baked(after(600, *good))
    assert (answer.go, answer.facts) == (Go.ON, {"verdict": "pass", "requests": 500})
    assert answer.blame is None


def test_a_breach_in_the_bake_ends_it_at_once_and_blames_the_release() -> None:
    assert baked(after(200, GOOD, BAD, BAD, GOOD)).blame == Blame(Level.BAD, EVIDENCE)
    assert baked(after(200, GOOD, BAD, BAD, GOOD)).go is Go.FAIL
    assert baked(after(700, *[GOOD] * 9, BAD, BAD)).go is Go.FAIL


def test_a_bake_with_too_few_requests_goes_on_and_its_end_returns_the_release_without_blame() -> None:
    scene = after(600, *[GOOD] * 11, requests=5)
    answer = baked(scene, looks=TIMES - 2)
    assert (answer.go, answer.reason) == (Go.WAIT, "50 requests; fewer than 100 are no evidence")
    answer = baked(scene, looks=TIMES - 1)
    assert answer == Answer(Go.FAIL, "no verdict: 50 requests; fewer than 100 are no evidence")


def test_the_very_last_look_may_still_promote() -> None:
    assert baked(after(900, *[GOOD] * 11), looks=TIMES - 1).go is Go.ON


def test_the_first_release_is_watched_from_when_it_was_found_serving() -> None:
    """It was captured 30 s before NOW; nothing was shifted."""
    assert bake(after(568, *[GOOD] * 11), FIRST, RULES, TIMES).go is Go.WAIT
    assert bake(after(569, *[GOOD] * 11), FIRST, RULES, TIMES).go is Go.ON
    assert bake(after(600, BAD, BAD), FIRST, RULES, TIMES).go is Go.FAIL


def test_the_first_release_is_not_promoted_where_somebody_moved_its_traffic_away() -> None:
    """What was measured before is no proof: a person has chosen the other group."""
    scene = replace(after(600, *[GOOD] * 11), weights={"blue": 100, "green": 0})
    answer = bake(scene, FIRST, RULES, TIMES)
    assert (answer.go, answer.blame) == (Go.FAIL, None)
    assert "somebody else moved traffic" in answer.reason


def test_whoever_stops_a_release_ends_its_watch_at_once() -> None:
    assert canary(after(20, GOOD), **STOP) == Answer(Go.FAIL, "aborted by ana")
    assert baked(after(600, *[GOOD] * 11), **STOP) == Answer(Go.FAIL, "aborted by ana")


@pytest.mark.parametrize("watch", [canary, baked])
def test_a_release_whose_share_somebody_changed_goes_back_without_blame(watch: Callable[..., Answer]) -> None:
    scene = replace(after(600, *[GOOD] * 11), weights={"blue": 50, "green": 50})
    step, mine = ("Canary", {"blue": 90, "green": 10}) if watch is canary else ("Shift", {"blue": 0, "green": 100})
    said = {step: {"go": "on", "at": MOVED, "weights": mine}}
    answer = watch(scene, **said)
    assert (answer.go, answer.blame) == (Go.FAIL, None)
    assert "somebody else moved traffic" in answer.reason
    assert watch(replace(scene, weights=mine), **said).go is Go.ON


@pytest.mark.parametrize(("seconds", "expected"), [(29, Go.WAIT), (30, Go.FAIL)])
@pytest.mark.parametrize("watch", [canary, baked])
def test_a_rule_that_reads_as_before_the_move_for_a_moment_was_changed_by_nobody(
    watch: Callable[..., Answer], seconds: float, expected: Go
) -> None:
    before, mine = {"blue": 100, "green": 0}, {"blue": 90, "green": 10}
    step = "Canary" if watch is canary else "Shift"
    said = {step: {"go": "on", "at": MOVED, "weights": mine, "before": before}}
    assert watch(replace(after(seconds, GOOD), weights=before), **said).go is expected
    assert watch(replace(after(seconds, GOOD), weights={"blue": 50, "green": 50}), **said).go is Go.FAIL


def test_who_stops_a_bad_release_does_not_lose_the_evidence() -> None:
    stopped = baked(after(600, GOOD, BAD, BAD, GOOD), **STOP)
    assert stopped == baked(after(600, GOOD, BAD, BAD, GOOD))
    assert stopped.blame is not None


def test_a_paused_release_waits_and_is_still_ended_by_a_breach() -> None:
    assert canary(after(600, GOOD, GOOD), **PAUSE) == Answer(Go.WAIT, "paused by ana")
    assert baked(after(600, *[GOOD] * 11), **PAUSE) == Answer(Go.WAIT, "paused by ana")
    assert baked(after(600, GOOD, BAD, BAD, GOOD), **PAUSE).go is Go.FAIL


def cleared(*errors: float, latency: Series | None = None, looks: int = 0) -> Answer:
    """The last known good release got all requests in green."""
    series = {"errors": minutes(*errors), "latency": latency or minutes(*[GOOD] * len(errors))}
    said = {"Shift": {"go": "on", "at": MOVED}}
    scene = seen(at=NOW + 300, signals={"green": series, "blue": {"errors": minutes(*[BAD] * 5)}})
    return clear(scene, run(Profile.WARM, said=said, polls={"Clear": looks}), RULES, 24)


def test_a_breach_is_over_after_two_whole_minutes_without_one() -> None:
    """The one in which traffic moved is not counted."""
    assert cleared(BAD, GOOD) == Answer(Go.WAIT, "1 of 2 minutes without a breach")
    assert cleared(BAD, GOOD, GOOD) == Answer(Go.ON, "2 minutes without a breach")


def test_every_signal_has_to_be_measured() -> None:
    assert cleared(GOOD, GOOD, GOOD, latency=minutes(GOOD, GOOD)).go is Go.WAIT
    assert cleared(GOOD, GOOD, GOOD, latency=Series()) == Answer(Go.WAIT, "0 of 2 minutes without a breach")


@pytest.mark.parametrize(("looks", "expected"), [(22, Go.WAIT), (23, Go.ON)])
def test_a_breach_that_no_request_could_show_again_is_over_when_time_is_up(looks: int, expected: Go) -> None:
    assert cleared(GOOD, looks=looks).go is expected


def test_a_breach_that_goes_on_was_not_the_releases_alone() -> None:
    reason = "the breach goes on with the last known good release (errors 40 over 5 in 2 of 2 minutes)"
    assert cleared(GOOD, BAD, BAD, looks=22) == Answer(Go.WAIT, reason)
    assert cleared(GOOD, BAD, BAD, looks=23) == Answer(
        Go.FAIL, f"{reason}: the release was not its cause", Blame(Level.SUSPECT, reason)
    )


def test_every_signal_in_breach_is_named() -> None:
    answer = cleared(GOOD, BAD, BAD, latency=minutes(GOOD, 2, 2))
    assert "(errors 40 over 5 in 2 of 2 minutes; latency 2 over 1.5 in 2 of 2 minutes)" in answer.reason


def test_where_nothing_is_measured_time_decides() -> None:
    scene = seen(at=NOW + 300)
    said = {"Shift": {"go": "on", "at": MOVED}}
    assert clear(scene, run(Profile.WARM, said=said, polls={"Clear": 5}), RULES, 24).go is Go.WAIT
    assert clear(scene, run(Profile.WARM, said=said, polls={"Clear": 23}), RULES, 24).go is Go.ON
    without = clear(scene, run(Profile.WARM, said=said), replace(RULES, signals=()), 24)
    assert without == Answer(Go.WAIT, "0 of 2 minutes without a breach")
