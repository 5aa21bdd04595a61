"""What is counted from a story, exactly."""

from __future__ import annotations

import pytest

from cli.load import Sample
from cli.story import (
    NO_RELEASE,
    Mark,
    RunSpan,
    Story,
    errors_per_second,
    failed_by_release,
    failures_because_of_a_shift,
    incidents,
    requests_by_release,
    requests_per_second,
    rollback_seconds,
    table,
)

BEGAN = 1000.0
NAMES = {"aaaa": "v1", "bbbb": "v2"}
SAMPLES = (
    Sample(1000.0, 200, "aaaa", 0.1),
    Sample(1000.9, 200, "aaaa", 0.1),
    Sample(1001.0, 500, "bbbb", 0.1),
    Sample(1003.2, 0, "", 0.1),
    Sample(1003.5, 200, "aaaa", 0.1),
)


def story(samples: tuple[Sample, ...] = SAMPLES, marks: tuple[Mark, ...] = (), runs: tuple[RunSpan, ...] = ()) -> Story:
    return Story(began=BEGAN, samples=samples, marks=marks, releases=(), names=NAMES, runs=runs)


def test_rates_are_counted_in_stretches_that_begin_with_the_story() -> None:
    assert requests_per_second(story()) == {
        "v1": (2.0, 0.0, 0.0, 1.0),
        "v2": (0.0, 1.0, 0.0, 0.0),
        NO_RELEASE: (0.0, 0.0, 0.0, 1.0),
    }
    assert errors_per_second(story()) == (0.0, 1.0, 0.0, 1.0)


def test_a_wider_stretch_is_still_a_rate_per_second() -> None:
    assert requests_per_second(story(), width=2.0) == {"v1": (1.0, 0.5), "v2": (0.5, 0.0), NO_RELEASE: (0.0, 0.5)}
    assert errors_per_second(story(), width=2.0) == (0.5, 0.5)


def test_what_was_sent_before_the_story_is_no_part_of_its_rates() -> None:
    early = Sample(BEGAN - 5, 500, "aaaa", 0.1)
    assert errors_per_second(story((early, *SAMPLES))) == (0.0, 1.0, 0.0, 1.0)


def test_releases_are_counted_in_their_order_and_those_without_a_request_too() -> None:
    assert list(requests_by_release(story()).items()) == [("v1", 3), ("v2", 1), (NO_RELEASE, 1)]
    assert failed_by_release(story()) == {"v1": 0, "v2": 1, NO_RELEASE: 1}
    assert failed_by_release(story(())) == {"v1": 0, "v2": 0}


def test_a_release_that_nobody_named_goes_by_its_fingerprint() -> None:
    stranger = Sample(1002.0, 200, "cccc" * 16, 0.1)
    assert requests_by_release(story((stranger,))) == {"v1": 0, "v2": 0, "cccccccc": 1}


@pytest.mark.parametrize(
    ("status", "release", "lost"),
    [
        (0, "", True),
        (502, "", True),
        (503, "", True),
        (504, "", True),
        (503, "bbbb", True),
        (500, "", True),
        (500, "bbbb", False),
        (501, "bbbb", False),
        (404, "", False),
        (200, "", False),
        (200, "aaaa", False),
    ],
)
def test_a_release_s_own_error_is_not_a_shift_s(status: int, release: str, lost: bool) -> None:
    sample = Sample(BEGAN, status, release, 0.1)
    assert failures_because_of_a_shift((sample,)) == ((sample,) if lost else ())


def test_the_table_counts_from_the_beginning_and_from_the_first_alarm_until_traffic_is_back() -> None:
    marks = (
        Mark(1020.0, "rolled back", kind="back"),
        Mark(1005.0, "v2 submitted", "by Terraform"),
        Mark(1010.0, "alarm", kind="alarm"),
        Mark(1012.0, "another alarm", kind="alarm"),
        Mark(1030.0, "v3 submitted"),
        Mark(1040.0, "alarm", kind="alarm"),
        Mark(1041.5, "returned", kind="back"),
    )
    rows = table(story(marks=marks))
    assert [(row.event, row.seconds, row.since_alarm) for row in rows] == [
        ("v2 submitted", 5.0, None),
        ("alarm", 10.0, 0.0),
        ("another alarm", 12.0, 2.0),
        ("rolled back", 20.0, 10.0),
        ("v3 submitted", 30.0, None),
        ("alarm", 40.0, 0.0),
        ("returned", 41.5, 1.5),
    ]
    assert rows[0].detail == "by Terraform"
    assert rollback_seconds(story(marks=marks)) == (10.0, 1.5)


def test_traffic_that_is_back_without_an_alarm_took_no_known_time() -> None:
    assert rollback_seconds(story(marks=(Mark(1020.0, "flipped", kind="back"),))) == ()


def test_a_story_is_as_long_as_the_last_thing_in_it() -> None:
    assert story().seconds == 3.5
    assert story(marks=(Mark(1010.0, "late"),)).seconds == 10.0
    assert story(runs=(RunSpan(1001.0, 1020.0, "v1", "PROMOTED"),)).seconds == 20.0
    assert story(()).seconds == 0.0


def test_an_incident_lasts_from_the_alarm_to_the_last_answer_of_the_bad_release() -> None:
    alarms = (Mark(1001.05, "alarm", kind="alarm"), Mark(1003.0, "late alarm", kind="alarm"))
    marks = incidents(alarms, (*SAMPLES, Sample(1002.0, 500, "bbbb", 0.5)), {"bbbb": "v2"})
    assert [(mark.at, mark.label, mark.kind) for mark in marks] == [
        (1001.05, "alarm", "alarm"),
        (1002.5, "v2's last answer", "back"),
        (1003.0, "late alarm", "step"),
    ]
    assert rollback_seconds(story(marks=marks)) == (pytest.approx(1.45),)


def test_a_bad_release_that_never_answered_makes_no_incident() -> None:
    assert incidents((), SAMPLES, {"cccc": "v3"}) == ()
