"""Series and alarms (CloudWatch API and guide; ELB guide, "CloudWatch metrics for your Application Load Balancer")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.aws.metrics import REQUESTS
from recovery.core.commands import SetProcesses
from recovery.core.observation import COLOURS, Series
from tests.contract.fakes.side import BAD_PERCENT

if TYPE_CHECKING:
    from recovery.core.incident import Alarm
    from tests.contract.fakes.side import Side

MINUTE = 60.0
EVALUATED = 25.0
"""Seconds after a minute's end when it is published and every alarm has been evaluated, on either side."""
PUBLISHED = 5.0
ERRORS, UNHEALTHY = "errors", "unhealthy"


def until(side: Side, into_the_next_minute: float) -> float:
    """Wait for it. When the minute ended that is over then."""
    now = side.now()
    end = now - now % MINUTE + MINUTE
    side.wait(end + into_the_next_minute - now)
    return end


def begin(side: Side, blue: int = 2, green: int = 0) -> float:
    """When the minute begins that is the first one of the case."""
    _ = side.metrics
    side.serve(blue=blue, green=green)
    side.requests(0)
    return until(side, EVALUATED)


def minutes(side: Side, *requests: int) -> None:
    """Whole minutes, each with so many requests."""
    for count in requests:
        side.requests(count)
        until(side, EVALUATED)


def series(side: Side, colour: str, name: str, since: float) -> Series:
    return side.metrics.series(since, side.now())[colour].get(name, Series())


def alarms(side: Side) -> dict[str, Alarm]:
    """By colour and signal."""
    return {f"{one.colour} {one.name.rpartition('-')[2]}": one for one in side.metrics.alarms()}


def firing(side: Side) -> list[str]:
    return sorted(name for name, one in alarms(side).items() if one.state == "ALARM")


def test_every_signal_of_both_groups_is_there(side: Side) -> None:
    since = begin(side, blue=1, green=1)
    minutes(side, 10)
    found = side.metrics.series(since, side.now())
    assert sorted(found) == sorted(COLOURS)
    for colour in COLOURS:
        assert sorted(found[colour]) == sorted([REQUESTS, *(one.name for one in side.rules.signals)])


def test_requests_are_counted_by_the_minute(side: Side) -> None:
    since = begin(side)
    minutes(side, 30, 0, 20)
    found = series(side, "blue", REQUESTS, since)
    assert found.at == (since, since + MINUTE, since + 2 * MINUTE)
    assert found.values == (30, 0, 20)


def test_requests_are_counted_for_the_group_that_got_them(side: Side) -> None:
    begin(side, blue=2, green=2)
    side.weigh({"blue": 75, "green": 25})
    since = until(side, EVALUATED)
    minutes(side, 40)
    assert [series(side, colour, REQUESTS, since).values for colour in COLOURS] == [(30,), (10,)]


def test_a_minute_that_is_not_over_is_not_told(side: Side) -> None:
    since = begin(side)
    side.requests(10)
    side.wait(20)
    assert series(side, "blue", REQUESTS, since).values == ()


def test_a_minute_is_told_once_it_is_published_and_not_as_none_before(side: Side) -> None:
    """A minute that nobody has heard of yet is no minute without errors."""
    since = begin(side)
    minutes(side, 10)
    side.requests(20)
    until(side, PUBLISHED - 2)
    assert [series(side, "blue", name, since).at for name in (REQUESTS, ERRORS)] == [(since,)] * 2
    side.wait(4)
    assert series(side, "blue", REQUESTS, since).values == (10, 20)


def test_minutes_before_are_left_out_and_the_one_of_the_moment_is_whole(side: Side) -> None:
    since = begin(side)
    minutes(side, 10, 20, 30)
    assert series(side, "blue", REQUESTS, since + MINUTE + 59).values == (20, 30)
    assert side.metrics.series(since, since + 2 * MINUTE + 59)["blue"][REQUESTS].values == (10, 20)


def test_no_time_has_no_values(side: Side) -> None:
    since = begin(side)
    minutes(side, 10)
    assert side.metrics.series(since + 20, since + 40) == {colour: {} for colour in COLOURS}


def test_a_warm_group_without_requests_has_none_and_no_errors(side: Side) -> None:
    since = begin(side, blue=1, green=2)
    minutes(side, 10, 10)
    for name in (ERRORS, UNHEALTHY):
        assert series(side, "green", name, since).values == (0, 0)


def test_an_empty_group_without_requests_has_no_bad_minute(side: Side) -> None:
    since = begin(side, blue=1, green=0)
    minutes(side, 10, 10)
    found = side.metrics.series(since, side.now())["green"]
    assert not any(value for one in found.values() for value in one.values)


def test_errors_are_a_share_of_the_requests(side: Side) -> None:
    since = begin(side)
    minutes(side, 20)
    assert series(side, "blue", ERRORS, since).values == (0,)
    side.turn(1)
    since = until(side, EVALUATED)
    minutes(side, 20)
    assert series(side, "blue", ERRORS, since).values == (BAD_PERCENT,)


def test_errors_are_of_the_release_that_makes_them(side: Side) -> None:
    begin(side, blue=1, green=1)
    side.weigh({"blue": 50, "green": 50})
    side.turn(2)
    since = until(side, EVALUATED)
    minutes(side, 40)
    assert [series(side, colour, ERRORS, since).values for colour in COLOURS] == [(0,), (BAD_PERCENT,)]


def test_an_instance_that_fails_its_checks_is_counted(side: Side) -> None:
    begin(side, blue=3)
    side.groups.processes(_keep("blue"))
    side.sicken("blue")
    since = until(side, EVALUATED)
    minutes(side, 10)
    assert series(side, "blue", UNHEALTHY, since).values == (1,)


def test_no_alarm_fires_while_all_is_well(side: Side) -> None:
    begin(side, blue=2, green=1)
    minutes(side, 20, 20)
    found = alarms(side)
    assert sorted(found) == sorted(f"{colour} {one.name}" for colour in COLOURS for one in side.rules.signals)
    assert {one.state for one in found.values()} == {"OK"}


def test_an_alarm_fires_after_so_many_bad_minutes_as_its_signal_says(side: Side) -> None:
    begin(side)
    side.turn(1)
    [signal] = [one for one in side.rules.signals if one.name == ERRORS]
    assert signal.bad_minutes == 2
    minutes(side, 20)
    assert firing(side) == []
    side.requests(20)
    end = until(side, EVALUATED)
    assert firing(side) == ["blue errors"]
    found = alarms(side)["blue errors"]
    assert end < found.at <= side.now()
    assert found.reason
    assert not found.forced


def test_an_alarm_that_goes_on_firing_says_when_it_began(side: Side) -> None:
    begin(side)
    side.turn(1)
    minutes(side, 20, 20)
    at = alarms(side)["blue errors"].at
    minutes(side, 20, 20)
    assert alarms(side)["blue errors"].at == at


def test_a_bad_group_without_traffic_fires_no_alarm_of_errors(side: Side) -> None:
    begin(side, blue=1, green=1)
    side.turn(2)
    minutes(side, 20, 20, 20)
    assert firing(side) == []


def test_an_alarm_is_over_once_too_few_minutes_are_bad(side: Side) -> None:
    begin(side, blue=1, green=1)
    side.turn(1)
    minutes(side, 20, 20)
    side.weigh({"blue": 0, "green": 100})
    minutes(side, 20)
    assert firing(side) == ["blue errors"], "the minute in which traffic moved, and the one before"
    minutes(side, 20, 20)
    assert firing(side) == []


def test_an_alarm_of_failing_instances_fires_whoever_has_the_traffic(side: Side) -> None:
    begin(side, blue=2, green=2)
    side.groups.processes(_keep("green"))
    side.sicken("green")
    until(side, EVALUATED)
    minutes(side, 20, 20)
    assert firing(side) == ["green unhealthy"]


def test_an_alarm_that_was_forced_fires_until_it_is_evaluated(side: Side) -> None:
    """CloudWatch API, SetAlarmState: "When the alarm is next evaluated, its state is updated"."""
    begin(side, blue=1, green=1)
    minutes(side, 10)
    before = side.now()
    side.metrics.force(alarms(side)["green errors"].name, "lastgood-drill drill-1")
    assert firing(side) == ["green errors"]
    found = alarms(side)["green errors"]
    assert before <= found.at <= side.now()
    assert found.reason == "lastgood-drill drill-1"
    assert found.forced
    minutes(side, 10)
    assert firing(side) == []


def test_an_alarm_that_fires_already_can_be_forced(side: Side) -> None:
    begin(side)
    side.turn(1)
    minutes(side, 20, 20)
    before = alarms(side)["blue errors"]
    side.metrics.force(before.name, "lastgood-drill drill-1")
    found = alarms(side)["blue errors"]
    assert found.at > before.at
    assert (before.forced, found.forced) == (False, True)
    minutes(side, 20)
    assert firing(side) == ["blue errors"]


def test_what_a_run_showed_is_taken_and_changes_no_series(side: Side) -> None:
    since = begin(side)
    side.metrics.put_measured({}, side.now())
    minutes(side, 10)
    assert series(side, "blue", REQUESTS, since).values == (10,)


def _keep(colour: str) -> SetProcesses:
    """It is there for as long as it takes to be counted."""
    return SetProcesses(colour, suspend=("ReplaceUnhealthy",))
