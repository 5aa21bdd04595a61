"""What each release answered, each on the ones before: areas, and the releases' names in them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cli.picture import colours, flags
from cli.story import NO_RELEASE, errors_per_second, requests_per_second

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.picture.colours import Paint
    from cli.picture.panel import Panel
    from cli.picture.scale import Scale
    from cli.story import Story

# A part of a band that is lower or shorter than this has no room for a name.
NAME_HEIGHT, NAME_WIDTH = 16.0, 26.0


@dataclass(frozen=True, slots=True)
class Band:
    """The line below and the line above it, a rate for each stretch of `width` seconds."""

    name: str
    paint: Paint
    width: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]

    @property
    def requests(self) -> int:
        return round((sum(self.upper) - sum(self.lower)) * self.width)


def stacked(story: Story, width: float) -> list[Band]:
    """A band for each release."""
    bands: list[Band] = []
    for place, (name, rates) in enumerate(requests_per_second(story, width).items()):
        kept = _whole(rates)
        lower = bands[-1].upper if bands else (0.0,) * len(kept)
        upper = tuple(below + rate for below, rate in zip(lower, kept, strict=True))
        paint = colours.UNNAMED if name == NO_RELEASE else colours.of_release(place)
        bands.append(Band(name, paint, width, lower, upper))
    return bands


def errors(story: Story, width: float) -> Band:
    """What failed, whose ever fault it was."""
    rates = _whole(errors_per_second(story, width))
    return Band("failed", colours.ERRORS, width, (0.0,) * len(rates), rates)


def area(band: Band, times: Scale, panel: Panel) -> str:
    """A closed path of steps: along the upper line, and back along the lower one. Nothing where there is no request."""
    if band.upper == band.lower:
        return ""
    there = _steps(band.upper, band.width, times, panel)
    back = reversed(_steps(band.lower, band.width, times, panel))
    path = f"M{'L'.join((*there, *back))}Z"
    title = f"{escape(band.name)}: {band.requests:,} requests"
    return f'<path fill="{band.paint.fill}" d="{path}"><title>{title}</title></path>'


def names(band: Band, times: Scale, panel: Panel) -> Iterator[str]:
    """The release's name in each part of its band that has room for it."""
    for first, last in roomy(band, panel):
        left, right = times.at(first * band.width), times.at((last + 1) * band.width)
        if right - left < max(NAME_WIDTH, flags.text_width(band.name)):
            continue
        middle = (first + last) // 2
        y = (panel.rates.at(band.lower[middle]) + panel.rates.at(band.upper[middle])) / 2
        yield (
            f'<text class="name" style="fill:{band.paint.ink}" x="{(left + right) / 2:.1f}" y="{y + 5:.1f}" '
            f'text-anchor="middle">{escape(band.name)}</text>'
        )


def roomy(band: Band, panel: Panel) -> list[tuple[int, int]]:
    """First and last stretch of each part that is high enough for a name."""
    parts: list[tuple[int, int]] = []
    for place, (lower, upper) in enumerate(zip(band.lower, band.upper, strict=True)):
        if panel.rates.at(lower) - panel.rates.at(upper) < NAME_HEIGHT:
            continue
        if parts and parts[-1][1] == place - 1:
            parts[-1] = (parts[-1][0], place)
        else:
            parts.append((place, place))
    return parts


def _whole(rates: Sequence[float]) -> tuple[float, ...]:
    """Without the stretch in which the load was stopped: it would look like a fall."""
    return tuple(rates[:-1] if len(rates) > 1 else rates)


def _steps(rates: Sequence[float], width: float, times: Scale, panel: Panel) -> list[str]:
    """The corners alone: a level that goes on needs none."""
    points: list[str] = []
    for place, rate in enumerate(rates):
        y = panel.rates.at(rate)
        if place and rate == rates[place - 1]:
            points.pop()
        else:
            points.append(f"{times.at(place * width):.1f},{y:.1f}")
        points.append(f"{times.at((place + 1) * width):.1f},{y:.1f}")
    return points
