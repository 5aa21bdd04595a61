"""A statistic of the values in a period.

CloudWatch guide, "CloudWatch statistics definitions". A percentile is the smallest value that so many percent of the
values do not exceed; CloudWatch interpolates between its own buckets, which it does not document.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PERCENTILE = re.compile(r"p(?P<percent>\d{1,2}(?:\.\d{1,10})?|100)")


class StatisticError(ValueError):
    """A statistic that this emulator does not calculate."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Values of which only this is known (CloudWatch API, StatisticSet)."""

    count: float
    total: float
    least: float
    most: float


@dataclass(slots=True)
class Values:
    """What was measured in a period: each value with the number of times it came, and summaries of others."""

    counts: Counter[float] = field(default_factory=Counter[float])
    summaries: list[Summary] = field(default_factory=list[Summary])

    def __bool__(self) -> bool:
        return bool(self.counts or self.summaries)

    def count(self) -> float:
        return self.counts.total() + sum(one.count for one in self.summaries)

    def total(self) -> float:
        counted = math.fsum(value * times for value, times in self.counts.items())
        return counted + sum(one.total for one in self.summaries)

    def average(self) -> float | None:
        return self.total() / self.count() if self.count() else None

    def least(self) -> float:
        return min([*self.counts, *(one.least for one in self.summaries)])

    def most(self) -> float:
        return max([*self.counts, *(one.most for one in self.summaries)])


SIMPLE: Mapping[str, Callable[[Values], float | None]] = {
    "SampleCount": Values.count,
    "Sum": Values.total,
    "Average": Values.average,
    "Minimum": Values.least,
    "Maximum": Values.most,
}


def require_known(name: str) -> None:
    """Raises StatisticError for a name that is none of those calculated here."""
    if name not in SIMPLE and not PERCENTILE.fullmatch(name):
        raise StatisticError(f"localaws does not calculate the statistic {name}")


def statistic(name: str, values: Values) -> float | None:
    """The statistic, or None where these values have none."""
    require_known(name)
    if not values:
        return None
    return SIMPLE[name](values) if name in SIMPLE else _percentile(float(name[1:]), values)


def _percentile(percent: float, values: Values) -> float | None:
    """PutMetricData's StatisticSet has percentiles only where all its values are one and the same."""
    counts = Counter(values.counts)
    for one in values.summaries:
        if one.least != one.most:
            return None
        counts[one.least] += round(one.count)
    wanted, passed = percent / 100 * counts.total(), 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= wanted:
            return value
    return None
