"""From seconds and rates to places in the picture, and the round numbers at its axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

TICKS = 10
ROUND = (1, 2, 5, 10)
ROUND_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels, of which nothing leaves the plot."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def rate_step(most: float, ticks: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that needs no more than so many ticks."""
    least = max(most, 1.0) / ticks
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in ROUND if step * power >= least)


def rounded_up(most: float, step: float) -> float:
    return max(step, math.ceil(most / step) * step)


def second_step(seconds: float) -> int:
    """Between two ticks of the time axis."""
    return next((step for step in ROUND_SECONDS if seconds / step <= TICKS), math.ceil(seconds / TICKS))


def bucket_width(seconds: float) -> float:
    """How many seconds make one step of the curves: finer than this, nobody sees it."""
    return float(max(1, math.ceil(seconds / 600)))
