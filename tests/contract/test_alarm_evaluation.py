"""CloudWatch guide, "Configuring how CloudWatch alarms treat missing data": its two tables, and the text under them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from localaws.metrics.evaluation import Datapoint, Rule, evaluate, evaluation_range

if TYPE_CHECKING:
    from localaws.metrics.evaluation import Missing, State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES = {"0": 0.0, "X": 9.0, "-": None}
TREATMENTS: tuple[Missing, ...] = ("missing", "ignore", "breaching", "notBreaching")


def points(text: str) -> list[Datapoint]:
    """As the guide draws them: the newest on the right, X breaching, 0 not, - missing."""
    return [Datapoint(NOON + timedelta(minutes=number), VALUES[one]) for number, one in enumerate(text.split())]


def rule(needed: int, of: int, missing: Missing = "missing") -> Rule:
    return Rule("GreaterThanThreshold", 5.0, of, needed, missing)


# Retain stands for the state that the alarm was in.
@pytest.mark.parametrize(
    ("needed", "data", "expected"),
    [
        (3, "0 - X - X", "OK OK OK OK"),
        (3, "0 - - - -", "OK OK OK OK"),
        (3, "- - - - -", "INSUFFICIENT_DATA Retain ALARM OK"),
        (3, "0 X X - X", "ALARM ALARM ALARM ALARM"),
        (3, "- - X - -", "ALARM Retain ALARM OK"),
        (2, "0 - X - X", "ALARM ALARM ALARM ALARM"),
        (2, "0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
        (2, "0 - X - -", "OK OK ALARM OK"),
        (2, "- - - - 0", "OK OK ALARM OK"),
        (2, "- - - X -", "ALARM Retain ALARM OK"),
    ],
)
@pytest.mark.parametrize("previous", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_the_guides_tables(needed: int, data: str, expected: str, previous: State) -> None:
    states = [evaluate(points(data), rule(needed, 3, missing), previous).state for missing in TREATMENTS]
    assert states == [previous if state == "Retain" else state for state in expected.split()]


@pytest.mark.parametrize("data", ["- - - - X", "- - - X -"])
def test_a_premature_alarm_is_avoided(data: str) -> None:
    """Guide, "Avoiding premature transitions to alarm state": not in ALARM yet with 3 of 3."""
    assert evaluate(points(data), rule(3, 3), "OK").state == "INSUFFICIENT_DATA"
    assert evaluate(points(data), rule(3, 3, "ignore"), "OK").state == "OK"


def test_old_points_do_not_count_when_none_of_the_newest_is_missing() -> None:
    """Guide: "The extra data points from farther back in the evaluation range are not needed and are ignored"."""
    assert evaluate(points("X X 0 0 0"), rule(2, 3), "ALARM").state == "OK"
    assert evaluate(points("X X 0 0 X"), rule(2, 3), "ALARM").state == "OK"


def test_sparse_errors_stay_in_alarm_for_as_long_as_the_range_goes_back() -> None:
    """Guide, note: alarms "might repeatedly re-evaluate the last set of data points" of a metric that stopped."""
    alarm = rule(1, 1, "notBreaching")
    states = [evaluate(points(data), alarm, "ALARM").state for data in ("- - X", "- X -", "X - -", "- - -")]
    assert states == ["ALARM", "ALARM", "ALARM", "OK"]


def test_the_range_is_the_guides() -> None:
    assert evaluation_range(3) == 5


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [6.0]),
        ("GreaterThanOrEqualToThreshold", [5.0, 6.0]),
        ("LessThanThreshold", [4.0]),
        ("LessThanOrEqualToThreshold", [4.0, 5.0]),
    ],
)
def test_comparisons(comparison: str, breaching: list[float]) -> None:
    """CloudWatch API, PutMetricAlarm.ComparisonOperator: the statistic is the first operand."""
    one = Rule(comparison, 5.0, 1, 1)  # pyright: ignore[reportArgumentType] parametrize hands over plain strings
    found = [value for value in (4.0, 5.0, 6.0) if evaluate([Datapoint(NOON, value)], one, "OK").state == "ALARM"]
    assert found == breaching


@pytest.mark.parametrize(
    ("data", "given", "reason"),
    [
        (
            "X",
            rule(1, 1),
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/01/26 12:00:00)] was greater than the threshold "
                "(5.0) (minimum 1 datapoint for OK -> ALARM transition)."
            ),
        ),
        (
            "0 0",
            rule(1, 2),
            (
                "Threshold Crossed: 2 out of the last 2 datapoints [0.0 (01/01/26 12:01:00), 0.0 (01/01/26 12:00:00)] were not "
                "greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition)."
            ),
        ),
        (
            "- -",
            rule(1, 2, "notBreaching"),
            (
                "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
                "[NonBreaching]."
            ),
        ),
        ("-", rule(1, 1), "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_reasons_read_as_cloudwatchs(data: str, given: Rule, reason: str) -> None:
    """CloudWatch guide, "Alarm events and EventBridge": sample events."""
    assert evaluate(points(data), given, "OK").reason == reason
