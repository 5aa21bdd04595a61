"""A line chart as SVG: axes with ticks, curves with their names beside them, bounds as dashed lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.protocol import shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 860, 430
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 74, 52
# Colours that people with any colour vision tell apart (Okabe and Ito, "Color Universal Design", 2008).
BLUE, ORANGE, PINK, GREEN, GREY, BLACK = "#0072b2", "#d55e00", "#a6417f", "#00795c", "#6b7480", "#1b1f24"
GRID = "#e3e7eb"
CROWDED = 0.75
"""A name that stands farther right on the line goes to the left of what it names."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`; `log`: equal factors are equally long."""

    says: str
    low: float
    high: float
    ticks: Sequence[float]
    log: bool = False
    unit: str = ""

    def share(self, value: float) -> float:
        """Where on it a value lies, from 0 to 1; what lies beyond an end lies at it."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return (at - low) / (high - low)

    def tick(self, value: float) -> str:
        return f"{value:,.0f}{self.unit}"


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    colour: str
    points: Sequence[Place]
    label: Place
    """Where its name stands."""
    anchor: str = "start"
    dots: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across: what no curve may pass."""

    name: str
    colour: str
    x: float | None = None
    y: float | None = None
    label: float = 0.0
    """How far along the line its name stands, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    says: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    marks: Sequence[Mark] = ()

    def svg(self) -> str:
        drawn = [
            shapes.text(LEFT, 28, self.title, "title"),
            shapes.text(LEFT, 48, self.says, "quiet"),
            *self._grid(),
            *(row for mark in self.marks for row in self._mark(mark)),
            *(self._curve(curve) for curve in self.curves),
            *(self._name(curve) for curve in self.curves),
        ]
        return shapes.page(WIDTH, HEIGHT, self.title, (), drawn)

    def at(self, x: float, y: float) -> Place:
        """In pixels."""
        return (
            round(LEFT + self.x.share(x) * (WIDTH - LEFT - RIGHT), 1),
            round(HEIGHT - BOTTOM - self.y.share(y) * (HEIGHT - TOP - BOTTOM), 1),
        )

    def _grid(self) -> Iterable[str]:
        for value in self.x.ticks:
            x, bottom = self.at(value, self.y.low)
            yield _path([(x, bottom), (x, TOP)], GRID, 1)
            yield shapes.text(x, bottom + 18, self.x.tick(value), anchor="middle")
        for value in self.y.ticks:
            left, y = self.at(self.x.low, value)
            yield _path([(left, y), (WIDTH - RIGHT, y)], GRID, 1)
            yield shapes.text(left - 8, y + 4, self.y.tick(value), anchor="end")
        yield shapes.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, self.x.says, "quiet", anchor="middle")
        yield shapes.text(LEFT, TOP - 10, self.y.says, "quiet")

    def _mark(self, mark: Mark) -> Iterable[str]:
        if mark.x is not None:
            x, bottom = self.at(mark.x, self.y.low)
            y = bottom - mark.label * (bottom - TOP)
            yield _path([(x, bottom), (x, TOP)], mark.colour, 1.4, "5 4")
            beside = -5 if self.x.share(mark.x) > CROWDED else 5
            yield _halo(x + beside, y, mark.name, mark.colour, "end" if beside < 0 else "start")
        if mark.y is not None:
            left, y = self.at(self.x.low, mark.y)
            x = left + mark.label * (WIDTH - RIGHT - left)
            yield _path([(left, y), (WIDTH - RIGHT, y)], mark.colour, 1.4, "5 4")
            yield _halo(x, y - 6, mark.name, mark.colour, "start")

    def _curve(self, curve: Curve) -> str:
        points = [self.at(x, y) for x, y in curve.points]
        dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="3.5" fill="{curve.colour}"/>' for x, y in points)
        return _path(points, curve.colour, 2.2, "2 3" if curve.dashed else "") + (dots if curve.dots else "")

    def _name(self, curve: Curve) -> str:
        x, y = self.at(*curve.label)
        return _halo(x, y, curve.name, curve.colour, curve.anchor)


def _path(points: Iterable[Place], colour: str, width: float, dashes: str = "") -> str:
    path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dash}/>'


def _halo(x: float, y: float, says: str, colour: str, anchor: str) -> str:
    """A text in a line's colour, on white so that what it crosses does not blur it."""
    style = f'style="fill:{colour};font-weight:700;paint-order:stroke;stroke:#ffffff;stroke-width:4px"'
    return shapes.text(x, y, says, anchor=anchor).replace("<text ", f"<text {style} ", 1)
