"""The two plots, one above the other on the same seconds: their place, their axes and what stands at them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cli.picture.scale import Scale, rate_step, rounded_up, second_step

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, LEFT, RIGHT = 1120.0, 50.0, 1106.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: between which heights it lies, and its rates."""

    title: str
    top: float
    bottom: float
    step: float
    rates: Scale

    @classmethod
    def of(cls, title: str, *, top: float, height: float, most: float, ticks: int) -> Panel:
        """High enough for `most`, with a round number at its upper edge."""
        step = rate_step(most, ticks)
        bottom = top + height
        return cls(title, top, bottom, step, Scale(0.0, rounded_up(most, step), bottom, top))

    def grid(self) -> Iterator[str]:
        """Rates at the left, a line for each, and what they are of above them."""
        yield f'<text class="panel" x="{LEFT:g}" y="{self.top - 9:g}">{escape(self.title)}</text>'
        for tick in range(round(self.rates.high / self.step) + 1):
            value = tick * self.step
            y = self.rates.at(value)
            kind = "grid" if tick else "axis"
            yield f'<line class="{kind}" x1="{LEFT:g}" x2="{RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="tick" x="{LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'


def time_axis(times: Scale, lowest: Panel) -> Iterator[str]:
    """Seconds since the beginning."""
    step = second_step(times.high)
    for tick in range(int(times.high // step) + 1):
        x, y = times.at(tick * step), lowest.bottom
        yield f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{y:g}" y2="{y + 5:g}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{y + 19:g}" text-anchor="middle">{tick * step} s</text>'
