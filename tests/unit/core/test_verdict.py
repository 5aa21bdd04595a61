"""Is the release bad? The boundaries of each signal, what is no evidence, and what a release is not blamed for."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recovery.core.verdict import Judgement, Verdict, breach, judge, next_minute
from tests.unit.core.scenes import ERRORS, LATENCY, MINUTE, NOW, RULES, minutes, seen

if TYPE_CHECKING:
    from recovery.core.observation import Observation, Series

GOOD, BAD = 0.0, 40.0
ENOUGH = minutes(50, 50, 50)
"""Requests: over the 100 that are evidence."""
SLOW = LATENCY.threshold + 1


def watched(
    *,
    errors: Series | None = None,
    latency: Series | None = None,
    requests: Series = ENOUGH,
    their_errors: Series | None = None,
    their_latency: Series | None = None,
    their_requests: Series | None = None,
) -> Observation:
    """Green is the release's group, blue served before it. What is not said is good, for three minutes."""
    fine = minutes(GOOD, GOOD, GOOD)
    return seen(
        weights={"blue": 50, "green": 50},
        requests={"green": requests, "blue": ENOUGH if their_requests is None else their_requests},
        signals={
            "green": {"errors": errors or fine, "latency": latency or fine},
            "blue": {"errors": their_errors or fine, "latency": their_latency or fine},
        },
    )


def judged(scene: Observation, *, since: float = NOW) -> Judgement:
    return judge(scene, "green", since=since, rules=RULES)


@pytest.mark.parametrize(
    ("value", "bad"), [(ERRORS.threshold - 0.01, False), (ERRORS.threshold, False), (ERRORS.threshold + 0.01, True)]
)
def test_a_value_is_bad_above_the_threshold_and_not_at_it(value: float, bad: bool) -> None:
    assert (breach(ERRORS, minutes(value, value, value), NOW) is not None) == bad


@pytest.mark.parametrize(
    ("values", "bad"),
    [
        ([], False),
        ([BAD], False),
        ([BAD, BAD], True),
        ([BAD, GOOD, GOOD], False),
        ([GOOD, GOOD, BAD], False),
        ([BAD, GOOD, BAD], True),
        ([GOOD, BAD, BAD], True),
        ([BAD, BAD, GOOD], True),
        ([BAD, BAD, GOOD, GOOD], False),
        ([BAD, GOOD, GOOD, BAD], False),
        ([BAD, BAD, BAD, GOOD, GOOD, BAD], False),
        ([GOOD, GOOD, GOOD, BAD, GOOD, BAD], True),
    ],
)
def test_two_of_the_last_three_minutes_are_a_breach(values: list[float], bad: bool) -> None:
    assert (breach(ERRORS, minutes(*values), NOW) is not None) == bad


@pytest.mark.parametrize(("values", "bad"), [([SLOW, GOOD], False), ([GOOD, SLOW], False), ([SLOW, SLOW], True)])
def test_two_of_two_minutes_must_both_be_bad(values: list[float], bad: bool) -> None:
    assert (breach(LATENCY, minutes(*values), NOW) is not None) == bad


def test_minutes_before_the_moment_do_not_count_and_the_one_that_begins_with_it_does() -> None:
    series = minutes(BAD, BAD, GOOD, BAD)
    assert breach(ERRORS, series, NOW + MINUTE) is not None
    assert breach(ERRORS, series, NOW + MINUTE + 0.1) is None


def test_a_breach_says_the_worst_value_the_threshold_and_how_many_minutes() -> None:
    assert breach(ERRORS, minutes(7, 40, 0), NOW) == "errors 40 over 5 in 2 of 3 minutes"
    assert breach(ERRORS, minutes(7.126, 6), NOW) == "errors 7.13 over 5 in 2 of 2 minutes"


@pytest.mark.parametrize(
    ("moment", "begins"), [(NOW, NOW + 60), (NOW + 0.5, NOW + 60), (NOW + 59.9, NOW + 60), (NOW + 60, NOW + 120)]
)
def test_the_minute_in_which_something_was_changed_is_left_out(moment: float, begins: float) -> None:
    assert next_minute(moment) == begins


def test_a_release_passes_without_a_breach_and_with_enough_requests() -> None:
    assert judged(watched()) == Judgement(Verdict.PASS, "150 requests, no signal above its threshold", 150)


def test_a_breach_of_the_release_alone_fails_it() -> None:
    found = judged(watched(errors=minutes(BAD, BAD, GOOD)))
    assert found == Judgement(Verdict.FAIL, "green: errors 40 over 5 in 2 of 3 minutes", 150)


def test_a_breach_of_any_signal_fails_it() -> None:
    found = judged(watched(latency=minutes(GOOD, SLOW, SLOW)))
    assert found == Judgement(Verdict.FAIL, "green: latency 2.5 over 1.5 in 2 of 2 minutes", 150)


def test_a_breach_of_what_served_before_alone_is_no_breach_of_the_release() -> None:
    assert judged(watched(their_errors=minutes(BAD, BAD, BAD))).verdict is Verdict.PASS


def test_a_breach_of_both_by_the_same_signal_is_blamed_on_no_release() -> None:
    found = judged(watched(errors=minutes(BAD, BAD, BAD), their_errors=minutes(BAD, GOOD, BAD)))
    assert found.verdict is Verdict.NO_EVIDENCE
    assert found.evidence == (
        "green: errors 40 over 5 in 3 of 3 minutes, and of blue too: a dependency, not the release"
    )
    assert found.requests == 150


def test_breaches_of_both_by_different_signals_are_still_the_releases() -> None:
    found = judged(watched(errors=minutes(BAD, BAD, BAD), their_latency=minutes(SLOW, SLOW)))
    assert found.verdict is Verdict.FAIL


def test_a_signal_that_both_share_does_not_hide_one_that_is_the_releases_own() -> None:
    scene = watched(
        errors=minutes(BAD, BAD, BAD), their_errors=minutes(BAD, BAD, BAD), latency=minutes(GOOD, SLOW, SLOW)
    )
    found = judged(scene)
    assert found.verdict is Verdict.FAIL
    assert found.evidence == "green: latency 2.5 over 1.5 in 2 of 2 minutes"


@pytest.mark.parametrize(("theirs", "verdict"), [(99, Verdict.FAIL), (100, Verdict.NO_EVIDENCE)])
def test_a_group_with_too_few_requests_is_not_compared_with(theirs: float, verdict: Verdict) -> None:
    """A group that gets nothing may look bad by the requests of its health checks."""
    bad = minutes(BAD, BAD, BAD)
    assert judged(watched(errors=bad, their_errors=bad, their_requests=minutes(theirs))).verdict is verdict


@pytest.mark.parametrize(("theirs", "verdict"), [(0, Verdict.FAIL), (1, Verdict.NO_EVIDENCE)])
def test_where_no_request_is_too_few_one_is_compared_with_and_none_is_not(theirs: float, verdict: Verdict) -> None:
    bad = minutes(BAD, BAD, BAD)
    scene = watched(errors=bad, their_errors=bad, their_requests=minutes(theirs))
    rules = replace(RULES, minimum_requests=0)
    assert judge(scene, "green", since=NOW, rules=rules).verdict is verdict


def test_requests_of_theirs_before_the_moment_are_not_compared_with() -> None:
    bad = minutes(BAD, BAD, BAD, BAD)
    scene = watched(
        errors=bad, their_errors=bad, requests=minutes(50, 50, 50, 50), their_requests=minutes(500, 0, 0, 0)
    )
    assert judged(scene, since=NOW).verdict is Verdict.NO_EVIDENCE
    assert judged(scene, since=NOW + MINUTE).verdict is Verdict.FAIL


@pytest.mark.parametrize("measured", [0, 1, 2])
def test_nothing_passes_before_the_longest_window_is_measured(measured: int) -> None:
    found = judged(watched(requests=minutes(*[500.0] * measured)))
    assert found.verdict is Verdict.NO_EVIDENCE
    assert found.evidence == f"{measured} of 3 whole minutes measured"
    assert found.requests == 500 * measured


def test_a_breach_fails_a_release_before_the_longest_window_is_measured() -> None:
    assert judged(watched(requests=minutes(10, 10), errors=minutes(BAD, BAD))).verdict is Verdict.FAIL


@pytest.mark.parametrize(("last", "verdict"), [(0, Verdict.NO_EVIDENCE), (1, Verdict.PASS)])
def test_fewer_requests_than_the_settings_say_are_no_evidence(last: int, verdict: Verdict) -> None:
    found = judged(watched(requests=minutes(50, 49, last)))
    assert (found.verdict, found.requests) == (verdict, 99 + last)
    if verdict is Verdict.NO_EVIDENCE:
        assert found.evidence == "99 requests; fewer than 100 are no evidence"


def test_requests_before_the_moment_are_no_evidence() -> None:
    scene = watched(requests=minutes(1000, 30, 30, 30))
    assert judged(scene, since=NOW + MINUTE).requests == 90
    assert judged(scene, since=NOW + MINUTE).verdict is Verdict.NO_EVIDENCE


def test_what_is_not_seen_at_all_is_no_evidence() -> None:
    found = judge(seen(), "green", since=NOW, rules=RULES)
    assert (found.verdict, found.requests) == (Verdict.NO_EVIDENCE, 0)


def test_without_signals_requests_alone_decide() -> None:
    rules = replace(RULES, signals=())
    assert judge(watched(errors=minutes(BAD, BAD, BAD)), "green", since=NOW, rules=rules).verdict is Verdict.PASS
    unseen = judge(watched(requests=minutes()), "green", since=NOW, rules=rules)
    assert unseen.evidence == "0 requests; fewer than 100 are no evidence"


NUMENTA = Path(__file__).parent / "numenta" / "ec2_request_latency_system_failure.csv"
"""A real service's latency around a failure that people labelled (Numenta Anomaly Benchmark), here a row a minute."""
LABELLED = ("2014-03-18 17:06:00", "2014-03-19 04:16:00")


def breaches(bad_minutes: int, window_minutes: int) -> list[str]:
    """When the real series is in breach, looked at after each of its rows."""
    with NUMENTA.open(encoding="utf-8") as file:
        rows = [(row["timestamp"], float(row["value"])) for row in csv.DictReader(file)]
    signal = replace(LATENCY, threshold=51, bad_minutes=bad_minutes, window_minutes=window_minutes)
    series = minutes(*(value for _, value in rows))
    return [
        moment
        for number, (moment, _) in enumerate(rows, start=1)
        if breach(signal, replace(series, at=series.at[:number], values=series.values[:number]), NOW) is not None
    ]


def test_a_real_failure_is_seen_at_its_second_bad_minute_of_three_and_nothing_else_is() -> None:
    found = breaches(2, 3)
    assert found[0] == "2014-03-18 22:41:00"
    assert all(LABELLED[0] <= moment <= LABELLED[1] for moment in found)


def test_one_bad_minute_alone_would_have_been_four_false_alarms() -> None:
    assert len([moment for moment in breaches(1, 1) if not LABELLED[0] <= moment <= LABELLED[1]]) == 4
