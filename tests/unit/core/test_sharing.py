"""A drill's share of the requests: who gets one, what ends it, and that it is given back before anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recovery.core.answers import Answer, Go
from recovery.core.capturing import capture
from recovery.core.commands import PAUSED, SetGroup, SetWeights
from recovery.core.outcome import decide
from recovery.core.protocol import Ending, Profile
from recovery.core.retiring import retire
from recovery.core.sharing import share, unshared, watch_share
from recovery.core.shifting import confirm_return, give_back
from recovery.core.watching import leftovers
from tests.unit.core.scenes import NOW, RULES, V1, V2, full, group, instances, minutes, run, seen

SHARED = {"blue": 95, "green": 5}
ALL_BLUE = {"blue": 100, "green": 0}
READY = full("green", V2, 4)
LOADED = {"Load": {"go": "on", "release": V2.document(), "unshared": ""}}
SAID: dict[str, Any] = {**LOADED, "Share": {"go": "on", "weights": SHARED, "before": ALL_BLUE, "at": NOW + 1}}
STOP = {"wish": "stop", "reason": "rollback-2 goes first: errors"}


def drill(**said: Any) -> Any:
    return run(Profile.DRILL, needed=4, said={**SAID, **said})


def test_a_share_is_as_large_as_the_settings_say() -> None:
    commands, answer = share(seen(green=READY), drill(), RULES)
    assert commands == [SetWeights(SHARED)]
    assert (answer.go, answer.facts["weights"]) == (Go.ON, SHARED)


def test_a_group_that_is_not_healthy_enough_gets_no_share() -> None:
    sick = group("green", V2, instances(V2, 4, healthy=3))
    assert share(seen(green=sick), drill(), RULES)[1].go is Go.AGAIN
    assert share(seen(green=full("green", V1, 4)), drill(), RULES)[0] == []


def test_without_a_share_in_the_settings_nothing_is_moved() -> None:
    commands, answer = share(seen(green=READY), drill(), replace(RULES, drill_percent=0))
    assert (commands, answer) == ([], Answer(Go.SETTLE, "drills move no traffic here"))


def test_where_nothing_is_said_against_it_a_release_gets_its_share() -> None:
    commands, _ = share(seen(green=READY), drill(Load={"go": "on", "release": V2.document()}), RULES)
    assert commands == [SetWeights(SHARED)]


def test_a_release_that_may_not_read_the_data_gets_no_request() -> None:
    loaded = {**LOADED["Load"], "unshared": "what serves changed data"}
    commands, answer = share(seen(green=READY), drill(Load=loaded), RULES)
    assert (commands, answer) == ([], Answer(Go.SETTLE, "no traffic is moved: what serves changed data"))


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ({}, True),
        ({"reversible": False}, False),
        ({"promoted": False}, False),
        # The same release in both groups: whatever it changed, it reads.
        ({"target": "a", "reversible": False, "promoted": False}, True),
    ],
)
def test_only_a_release_that_what_serves_can_be_taken_back_to_gets_requests(given: dict[str, Any], may: bool) -> None:
    asked: dict[str, Any] = {"serves": "a", "target": "b", "promoted": True, "reversible": True, **given}
    assert (unshared(**asked) == "") is may


def test_who_has_a_share_could_take_all_of_the_requests() -> None:
    rules = replace(RULES, warm="minimum", drill_percent=1)
    scene = seen(blue=full("blue", V1, 7))
    assert capture(scene, drill(), rules, promoted=True).facts["needed"] == 7
    assert capture(scene, drill(), replace(rules, drill_percent=0), promoted=True).facts["needed"] == 2


def test_where_more_serve_by_now_than_came_up_nothing_is_moved() -> None:
    commands, answer = share(seen(blue=full("blue", V1, 5), green=READY), drill(), RULES)
    assert (commands, answer.go) == ([], Go.SETTLE)
    assert "5 are needed by now, and 4 came up" in answer.reason


def watched(*errors: float, at: float = NOW + 100, weights: Any = SHARED, **said: Any) -> Answer:
    """The share began a second after NOW; the errors of its minutes from NOW on."""
    scene = seen(
        green=READY,
        weights=weights,
        at=at,
        requests={"green": minutes(*(100.0 for _ in errors))},
        signals={"green": {"errors": minutes(*errors)}},
    )
    return watch_share(scene, drill(**said), RULES)


def test_a_share_is_watched_for_three_minutes_and_says_how_many_requests_it_had() -> None:
    waits = watched(0, 0, at=NOW + 180)
    assert waits == Answer(Go.WAIT, "1 s to go; 100 requests", facts={"requests": 100})
    assert watched(0, 0, 1.0, at=NOW + 181) == Answer(
        Go.ON, "200 requests within the error budget", facts={"requests": 200}
    )


def test_a_share_that_nobody_used_is_no_failure() -> None:
    assert watched(at=NOW + 181).go is Go.ON
    assert watch_share(seen(weights=SHARED, at=NOW + 181), drill(), RULES).go is Go.ON


def test_one_minute_over_the_error_budget_ends_it_at_once_and_blames_nobody() -> None:
    answer = watched(0, 1.5)
    assert (answer.go, answer.blame) == (Go.FAIL, None)
    assert "over the drill's budget of 1 %" in answer.reason


def test_the_minute_that_traffic_moved_in_does_not_count() -> None:
    assert watched(80, 0).go is Go.WAIT


def test_any_other_signal_ends_it_too() -> None:
    slow = {"latency": minutes(0, 9, 9)}
    scene = seen(weights=SHARED, at=NOW + 200, requests={"green": minutes(9, 9, 9)}, signals={"green": slow})
    assert watch_share(scene, drill(), RULES) == Answer(Go.FAIL, "green: latency 9 over 1.5 in 2 of 2 minutes")


def test_whoever_moves_the_weights_or_goes_first_ends_it() -> None:
    assert "somebody else moved traffic" in watched(0, weights={"blue": 50, "green": 50}).reason
    assert watched(0, Keep=STOP) == Answer(Go.FAIL, STOP["reason"])


def test_what_was_shared_is_given_back_and_read_again() -> None:
    commands, answer = give_back(seen(green=READY, weights=SHARED), drill(), RULES)
    assert (commands, answer.go) == ([SetWeights(ALL_BLUE)], Go.ON)
    # What it wrote may not be read yet.
    assert give_back(seen(green=READY), drill(), RULES)[0] == [SetWeights(ALL_BLUE)]
    # A step that is done again says only its last answer.
    again = drill(Share={"go": "again"}, WatchShare={"go": "wait"})
    assert give_back(seen(green=READY), again, RULES)[0] == [SetWeights(ALL_BLUE)]
    untouched = run(Profile.DRILL, said={**LOADED, "Share": {"go": "settle"}})
    assert give_back(seen(green=READY), untouched, RULES)[1].go is Go.SETTLE


def test_a_drill_that_a_rollback_waits_for_does_not_drain() -> None:
    assert confirm_return(seen(), drill()).go is Go.ON
    assert confirm_return(seen(), drill(Keep={**STOP, "hurry": False})).go is Go.ON, "a release empties the group"
    hurried = confirm_return(seen(), drill(Keep={**STOP, "hurry": True}))
    assert hurried == Answer(Go.SETTLE, "the rule reads back as before the run, and a rollback waits")
    assert confirm_return(seen(weights=SHARED), drill(Keep={**STOP, "hurry": True})).go is not Go.SETTLE
    release = run(Profile.RELEASE, said={"Keep": {**STOP, "hurry": True}, "Return": {}})
    assert confirm_return(seen(), release).go is Go.ON


def test_a_drill_that_leaves_in_a_hurry_shrinks_nothing_and_leaves_nothing_to_tidy() -> None:
    shared = full("green", V2, 4, suspended=PAUSED)
    scene = seen(green=shared)
    kept = [one for one in retire(scene, drill(Keep={**STOP, "hurry": True}), RULES)[0] if isinstance(one, SetGroup)]
    assert [(one.colour, one.minimum, one.desired) for one in kept] == [("blue", 2, 4)]
    calm = [one for one in retire(scene, drill(), RULES)[0] if isinstance(one, SetGroup)]
    assert ("green", 0, 0) in [(one.colour, one.minimum, one.desired) for one in calm]
    after = seen(blue=full("blue", V1, 4, minimum=2), green=full("green", V2, 4))
    assert leftovers(after, RULES) == []


VERIFIED = {"Verify": {"go": "on", "at": NOW + 30}}


def test_a_drill_is_ready_where_its_share_was_and_says_so() -> None:
    good = {"go": "on", "reason": "200 requests within the error budget"}
    ready = decide(drill(**VERIFIED, WatchShare=good))
    assert (ready.ending, ready.blamed) == (Ending.READY, None)
    assert ready.reason.endswith("answered within 60 s; 200 requests within the error budget")
    bad = {"go": "fail", "reason": "3 % errors in a minute"}
    failed = replace(drill(**VERIFIED, WatchShare=bad), failed="WatchShare")
    assert (decide(failed).ending, decide(failed).blamed) == (Ending.NOT_READY, None)
    assert "3 % errors" in decide(failed).reason
