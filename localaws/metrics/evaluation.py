"""What state an alarm is in: CloudWatch's documented rules, as a function of data points, settings and state.

CloudWatch guide, "Evaluating an alarm", "Configuring how CloudWatch alarms treat missing data" and "Avoiding premature
transitions to alarm state".
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]
Comparison = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
BREACHES = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
SAID = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
# The guide's one figure is a range of 5 for 3 evaluation periods; it says no more than that the range is longer.
FURTHER_BACK = 2


@dataclass(frozen=True, slots=True)
class Datapoint:
    """A period's value, or None where it is missing."""

    at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Rule:
    """The settings of an alarm that decide."""

    comparison: Comparison
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: Missing = "missing"

    def breaches(self, point: Datapoint) -> bool:
        return point.value is not None and BREACHES[self.comparison](point.value, self.threshold)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The state, why, and the values it rests on, the newest last."""

    state: State
    reason: str
    values: tuple[float, ...] = ()


def evaluation_range(evaluation_periods: int) -> int:
    """How many of the newest data points are looked at in case some are missing."""
    return evaluation_periods + FURTHER_BACK


def evaluate(points: Sequence[Datapoint], rule: Rule, previous: State) -> Evaluated:
    """The state by the points of the evaluation range, oldest first."""
    needed = rule.evaluation_periods
    newest = list(points[-needed:])
    real = [point for point in points if point.value is not None]
    used = newest if all(point.value is not None for point in newest) else real[-needed:]
    state = _state(points, used, rule, previous)
    return Evaluated(state, _reason(state, used, rule), tuple(p.value for p in used if p.value is not None))


def _state(points: Sequence[Datapoint], used: Sequence[Datapoint], rule: Rule, previous: State) -> State:
    breaching = sum(rule.breaches(point) for point in used)
    filled = rule.evaluation_periods - len(used)
    if breaching >= rule.datapoints_to_alarm:
        return "ALARM"
    if not filled or rule.missing == "notBreaching":
        return "OK"
    if rule.missing == "breaching":
        return "ALARM" if breaching + filled >= rule.datapoints_to_alarm else "OK"
    if breaching < len(used):
        return "OK"  # a real data point is within the threshold, and too few are not
    if rule.missing == "ignore":
        return previous
    return "ALARM" if _oldest_age(points) >= rule.datapoints_to_alarm else "INSUFFICIENT_DATA"


def _oldest_age(points: Sequence[Datapoint]) -> int:
    """How many periods ago the oldest real data point is, the newest period being 1; 0 without any.

    All of them breach where this is asked: one that is at least as old as Datapoints to Alarm and has only breaching or
    missing ones after it is an alarm; a younger one is a premature alarm.
    """
    return next((len(points) - index for index, point in enumerate(points) if point.value is not None), 0)


def _reason(state: State, used: Sequence[Datapoint], rule: Rule) -> str:
    """In CloudWatch's words (guide, "Alarm events and EventBridge")."""
    missing = rule.evaluation_periods - len(used)
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {missing} datapoint{_were(missing)} unknown."
    treated = TREATED_AS.get(rule.missing)
    tail = f" and {missing} missing datapoint{_were(missing)} treated as [{treated}]" if missing and treated else ""
    if not used:
        spell = f"{missing} period" + ("s" if missing > 1 else "")
        return f"Threshold Crossed: no datapoints were received for {spell}{tail}."
    counted = [point for point in used if rule.breaches(point) == (state == "ALARM")]
    listed = ", ".join(f"{point.value} ({point.at:%d/%m/%y %H:%M:%S})" for point in reversed(counted))
    enough, change = (
        (rule.datapoints_to_alarm, "OK -> ALARM")
        if state == "ALARM"
        else (rule.evaluation_periods - rule.datapoints_to_alarm + 1, "ALARM -> OK")
    )
    verb = ("was" if len(counted) == 1 else "were") + ("" if state == "ALARM" else " not")
    return (
        f"Threshold Crossed: {len(counted)} out of the last {len(used)} datapoints [{listed}] {verb} "
        f"{SAID[rule.comparison]} the threshold ({rule.threshold}){tail} "
        f"(minimum {enough} datapoint{'s' if enough > 1 else ''} for {change} transition)."
    )


def _were(count: int) -> str:
    return " was" if count == 1 else "s were"
