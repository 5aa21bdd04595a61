"""Traffic moves only to a group that can take it, is moved when it reads back, and goes back only where it can be served."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Answer, Go
from recovery.core.commands import PAUSED, SetProcesses, SetWeights
from recovery.core.observation import Series
from recovery.core.passage import Undo
from recovery.core.protocol import Profile
from recovery.core.shifting import confirm, confirm_return, give_back, shift
from tests.unit.core.scenes import MINUTE, NOW, RULES, TEMPLATE, V1, V2, full, group, instances, minutes, run, seen

if TYPE_CHECKING:
    from recovery.core.observation import Group, Observation

BLUE = {"blue": 100, "green": 0}
GREEN = {"blue": 0, "green": 100}
READY = full("green", V2, 4)
SHORT = group("green", V2, instances(V2, 4, healthy=3))
STOP = {"Keep": {"wish": "stop", "reason": "aborted by ana"}}
GRANTED = {"AwaitHealthy": {"go": "on", "granted": 2}}


@pytest.mark.parametrize(("share", "weights"), [(100, GREEN), (10, {"blue": 90, "green": 10})])
def test_a_group_that_is_ready_gets_its_share(share: int, weights: dict[str, int]) -> None:
    commands, answer = shift(seen(green=READY), run(), RULES, share)
    assert commands == [SetWeights(weights)]
    facts = {"weights": weights, "before": BLUE, "at": NOW}
    assert answer == Answer(Go.ON, f"{share} % to green, 4 healthy", facts=facts)


@pytest.mark.parametrize(("share", "resumed"), [(100, [SetProcesses("green", resume=PAUSED)]), (10, [])])
def test_what_serves_everything_scales_again(share: int, resumed: list[SetProcesses]) -> None:
    scene = seen(green=full("green", V2, 4, suspended=PAUSED))
    assert shift(scene, run(), RULES, share)[0][1:] == resumed
    assert shift(replace(scene, weights={"blue": 100 - share, "green": share}), run(), RULES, share)[0] == resumed


@pytest.mark.parametrize("colour", ["blue", "green"])
def test_the_share_is_the_targets_whichever_colour_it_has(colour: str) -> None:
    scene = seen(full("blue", V2, 4), READY, weights={"blue": 50, "green": 50})
    [command], _ = shift(scene, run(colour=colour), RULES, 100)
    assert command == SetWeights({"blue": 0, "green": 0, colour: 100})


def test_moving_twice_is_moving_once() -> None:
    commands, answer = shift(seen(green=SHORT, weights=GREEN), run(), RULES, 100)
    assert commands == []
    facts = {"weights": GREEN, "before": GREEN, "at": NOW}
    assert answer == Answer(Go.ON, "green has 100 % already", facts=facts)


def test_a_group_with_one_healthy_instance_too_few_gets_nothing() -> None:
    commands, answer = shift(seen(green=SHORT), run(), RULES, 100)
    assert (commands, answer.go) == ([], Go.AGAIN)
    assert answer.reason == "3 of 4 instances of version 2 are healthy in green now"


def test_instances_of_another_release_do_not_count_and_keep_traffic_away() -> None:
    four_and_one = group("green", V2, [*instances(V2, 4), *instances(V1, 1)])
    commands, answer = shift(seen(green=four_and_one), run(), RULES, 100)
    assert (commands, answer.go) == ([], Go.AGAIN)
    assert answer.reason == "green holds 1 instances of other releases"
    assert shift(seen(green=full("green", V1, 4)), run(), RULES, 100)[0] == []


def test_what_served_may_have_grown_since_the_run_began() -> None:
    grown = seen(full("blue", V1, 5), READY)
    assert shift(grown, run(), RULES, 100)[1].go is Go.AGAIN
    assert (
        shift(replace(grown, groups={**grown.groups, "green": full("green", V2, 5)}), run(), RULES, 100)[1].go is Go.ON
    )


def test_what_served_may_have_shrunk_since_the_run_began_and_as_many_as_then_are_needed() -> None:
    assert shift(seen(full("blue", V1, 2), SHORT), run(needed=4), RULES, 100)[1].go is Go.AGAIN


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
@pytest.mark.parametrize(
    ("healthy", "said", "expected"),
    [(3, {}, Go.AGAIN), (3, {"AwaitHealthy": {"go": "on"}}, Go.AGAIN), (2, GRANTED, Go.ON), (1, GRANTED, Go.AGAIN)],
)
def test_a_rollback_needs_all_of_them_unless_it_was_granted_fewer(
    profile: Profile, healthy: int, said: dict[str, Any], expected: Go
) -> None:
    scene = seen(green=group("green", V2, instances(V2, 4, healthy=healthy)))
    assert shift(scene, run(profile, said=said), RULES, 100)[1].go is expected


def test_whoever_stops_a_release_keeps_its_traffic_from_moving() -> None:
    assert shift(seen(green=READY), run(said=STOP), RULES, 100) == ([], Answer(Go.FAIL, "aborted by ana"))
    pause = {"Keep": {"wish": "pause", "reason": "paused by ana"}}
    assert shift(seen(green=READY), run(said=pause), RULES, 100)[1].go is Go.ON


def confirmed(requests: Series | None, *, at: float = NOW + 300, looks: int = 0, weights: Any = GREEN) -> Answer:
    """Green was given all requests a moment after NOW, so the minute that begins at NOW + 60 is the first whole one."""
    scene = seen(weights=weights, at=at, requests={} if requests is None else {"blue": requests})
    said = {"Shift": {"go": "on", "weights": GREEN, "at": NOW + 1}}
    return confirm(scene, run(said=said, polls={"Confirm": looks}), 18)


def test_a_shift_is_confirmed_by_a_whole_minute_without_requests_to_the_other_group() -> None:
    answer = confirmed(minutes(500, 20, 0))
    assert (answer.go, answer.reason) == (Go.ON, "blue has had no request for a whole minute")
    assert confirmed(minutes(500, 20, 3)).go is Go.WAIT
    waits = confirmed(minutes(500, 0, 3))
    assert waits == Answer(Go.WAIT, "the rule reads back; waiting for a minute without requests in blue")


@pytest.mark.parametrize(
    ("requests", "ended"), [((500, 20, 1, 0), NOW + 180), ((500, 0), 0.0), ((0, 20, 0), NOW + 120), ((), 0.0)]
)
def test_how_long_requests_went_on_is_told(requests: tuple[float, ...], ended: float) -> None:
    """Until the last minute that had one, though it was a single one, and not the minute in which traffic moved."""
    assert confirmed(minutes(*requests)).facts == {"last_minute": ended}


def test_the_minute_in_which_traffic_moved_does_not_count() -> None:
    assert confirmed(minutes(0), at=NOW + 179).go is Go.WAIT
    assert confirmed(minutes(0, 0), at=NOW + 179).go is Go.ON


@pytest.mark.parametrize(("after", "expected"), [(179.9, Go.WAIT), (180, Go.ON)])
def test_two_whole_minutes_without_a_figure_are_without_requests(after: float, expected: Go) -> None:
    """A group without requests publishes nothing."""
    assert confirmed(None, at=NOW + after).go is expected
    assert confirmed(minutes(500), at=NOW + after).go is expected


def test_requests_of_the_group_that_won_do_not_keep_it_from_being_confirmed() -> None:
    scene = seen(weights=GREEN, at=NOW + 300, requests={"green": minutes(500, 500, 500), "blue": minutes(1, 0, 0)})
    said = {"Shift": {"go": "on", "weights": GREEN, "at": NOW + 1}}
    assert confirm(scene, run(said=said), 18).go is Go.ON


def test_a_rule_that_reads_otherwise_is_written_again() -> None:
    answer = confirmed(minutes(0, 0, 0), weights=BLUE)
    assert answer.go is Go.AGAIN
    assert str(BLUE) in answer.reason


@pytest.mark.parametrize(("after", "expected"), [(0.0, Go.WAIT), (29.9, Go.WAIT), (30.0, Go.AGAIN)])
def test_a_rule_that_still_reads_as_before_the_shift_is_read_again_before_it_is_written_again(
    after: float, expected: Go
) -> None:
    """What was just written may be read a little later. Anything else that reads was written by somebody."""
    shifted = {"Shift": {"go": "on", "weights": GREEN, "before": BLUE, "at": NOW}}
    answer = confirm(seen(weights=BLUE, at=NOW + after), run(said=shifted), 18)
    assert answer.go is expected
    assert str(BLUE) in answer.reason
    assert confirm(seen(weights={"blue": 50, "green": 50}, at=NOW + after), run(said=shifted), 18).go is Go.AGAIN
    returned = {"Return": {"go": "on", "before": GREEN, "at": NOW}}
    assert confirm_return(seen(weights=GREEN, at=NOW + after), run(said=returned)).go is expected
    assert confirm_return(seen(weights={"blue": 50, "green": 50}, at=NOW + after), run(said=returned)).go is Go.AGAIN


@pytest.mark.parametrize(("looks", "expected"), [(16, Go.WAIT), (17, Go.ON)])
def test_open_connections_do_not_undo_a_shift_that_reads_back(looks: int, expected: Go) -> None:
    answer = confirmed(minutes(500, 5, 5), looks=looks)
    assert answer.go is expected
    if expected is Go.ON:
        assert answer.reason == "the rule reads back; blue still counts requests: open connections, perhaps"
        assert answer.facts == {"last_minute": NOW + 180}
    assert confirmed(minutes(500, 5, 5), looks=looks, weights=BLUE).go is Go.AGAIN


def returned(blue: Group, green: Group = READY, profile: Profile = Profile.RELEASE, weights: Any = GREEN) -> Any:
    return give_back(seen(blue, green, weights=weights), run(profile), RULES)


def test_traffic_goes_back_to_where_it_was_when_the_run_began() -> None:
    commands, answer = returned(full("blue", V1, 4))
    assert commands == [SetWeights(BLUE)]
    assert answer == Answer(Go.ON, f"back to {BLUE}", facts={"before": GREEN, "at": NOW})
    split = {"blue": 90, "green": 10}
    undo = Undo(split, "blue", TEMPLATE, 1, 4)
    assert give_back(seen(green=READY, weights=GREEN), run(undo=undo), RULES)[0] == [SetWeights(split)]


def test_where_nothing_was_moved_nothing_is_moved_back_and_nothing_is_waited_for() -> None:
    commands, answer = returned(group("blue", V1), weights=BLUE)
    assert (commands, answer) == ([], Answer(Go.SETTLE, "blue serves as before", facts={"at": NOW}))


HUNG = {"Error": "States.Timeout", "Cause": ""}
LATE = {"go": "again", "reason": "3 of 4 instances of version 2 are healthy in green now"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Canary": LATE}, Go.SETTLE),
        ({"Shift": LATE}, Go.SETTLE),
        ({"Canary": {"go": "fail"}, "AwaitHealthy": {"go": "fail"}}, Go.SETTLE),
        ({"Canary": {"go": "on"}}, Go.ON),
        ({"Shift": {"go": "on"}}, Go.ON),
        ({"Canary": {"go": "on"}, "Shift": LATE}, Go.ON),
        # The weights may have been written all the same.
        ({"Canary": HUNG}, Go.ON),
        ({"Shift": HUNG}, Go.ON),
        # What was written was written over by somebody, and then the group was not ready for it any more.
        ({"Shift": LATE, "Confirm": {"go": "again"}}, Go.ON),
        ({"Canary": LATE, "WatchCanary": {"go": "on"}}, Go.ON),
    ],
)
def test_open_requests_are_waited_for_wherever_traffic_may_have_moved(said: dict[str, Any], expected: Go) -> None:
    """And the weights are written, though they read as before the run: that may be read too early."""
    commands, answer = give_back(seen(weights=BLUE), run(said=said), RULES)
    assert (commands, answer.go) == ([SetWeights(BLUE)] if expected is Go.ON else [], expected)


def test_a_confirmation_that_could_not_look_was_one_of_traffic_that_moved() -> None:
    passage = replace(run(Profile.WARM, said={"Shift": LATE}), missed={"Confirm": HUNG})
    assert give_back(seen(weights=BLUE), passage, RULES)[1].go is Go.ON


def test_the_first_release_has_nothing_to_go_back_to_and_a_person_is_needed() -> None:
    commands, answer = returned(full("blue", V1, 4), profile=Profile.FIRST, weights=BLUE)
    assert (commands, answer.go) == ([], Go.ESCALATE)
    assert "nothing to go back to" in answer.reason


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (4, 4, Go.ON),
        (2, 4, Go.ON),
        (1, 0, Go.ON),
        (1, 1, Go.ESCALATE),
        (1, 4, Go.ESCALATE),
        (0, 1, Go.ESCALATE),
        (0, 0, Go.ESCALATE),
    ],
)
def test_traffic_goes_back_only_where_the_minimum_or_more_than_here_can_serve_it(
    before: int, now: int, expected: Go
) -> None:
    blue = group("blue", V1, instances(V1, 4, healthy=before))
    green = group("green", V2, instances(V2, 4, healthy=now))
    commands, answer = returned(blue, green)
    assert answer.go is expected
    assert commands == ([SetWeights(BLUE)] if expected is Go.ON else [])
    if expected is Go.ESCALATE:
        assert f"{before} of its instances are healthy now and {now} in green" in answer.reason


@pytest.mark.parametrize(
    "wrong",
    [
        instances(V2, 4),
        [replace(one, in_service=False) for one in instances(V1, 4)],
        [replace(one, template_id="lt-another") for one in instances(V1, 4)],
    ],
)
def test_only_healthy_instances_of_what_served_count_for_going_back(wrong: Any) -> None:
    assert returned(group("blue", V1, wrong))[1].go is Go.ESCALATE


def test_a_return_is_over_when_the_rule_reads_as_before() -> None:
    def looked(weights: dict[str, int]) -> Answer:
        scene: Observation = seen(weights=weights)
        return confirm_return(scene, run())

    assert looked(BLUE) == Answer(Go.ON, "the rule reads back as before the run")
    assert looked(GREEN).go is Go.AGAIN
    assert str(GREEN) in looked(GREEN).reason


def test_a_series_of_the_wrong_group_confirms_nothing() -> None:
    scene = seen(weights=GREEN, at=NOW + 100, requests={"green": Series((NOW + MINUTE,), (0.0,))})
    said = {"Shift": {"go": "on", "weights": GREEN, "at": NOW + 1}}
    assert confirm(scene, run(said=said), 18).go is Go.WAIT


@pytest.mark.parametrize(("healthy", "stays"), [(2, True), (4, True), (1, False)])
def test_a_rollback_that_has_moved_the_traffic_does_not_take_it_back_to_what_was_bad(healthy: int, stays: bool) -> None:
    """The step's answer was lost, twice: what it was for is done."""
    green = group("green", V2, instances(V2, 4, healthy=healthy))
    scene = seen(full("blue", V1, 4), green, weights=GREEN)
    commands, answer = give_back(scene, run(Profile.WARM, said={"Shift": {"Error": "States.Timeout"}}), RULES)
    assert (commands == [], answer.go is Go.ESCALATE) == (stays, stays)
    assert ("they stay there" in answer.reason) == stays


@pytest.mark.parametrize("step", ["Canary", "Share", "Shift"])
@pytest.mark.parametrize(("after", "expected"), [(29.9, Go.WAIT), (30.0, Go.ON)])
def test_a_return_is_looked_at_until_a_lost_move_must_have_arrived(step: str, after: float, expected: Go) -> None:
    said = {step: {"Error": "States.Timeout"}, "Return": {"go": "on", "at": NOW}}
    answer = confirm_return(seen(at=NOW + after), run(said=said))
    assert answer.go is expected
    if expected is Go.WAIT:
        assert answer.reason == "a move of traffic that was not heard of may arrive still"
    heard = {step: {"go": "on"}, "Return": {"go": "on", "at": NOW}}
    assert confirm_return(seen(at=NOW + after), run(said=heard)).go is Go.ON
