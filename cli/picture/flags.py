"""The steps: a line down through both plots, and a label at its upper end that covers no other one."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import count
from typing import TYPE_CHECKING

from cli.picture.panel import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.picture.scale import Scale
    from cli.story import Mark, Story

ROWS = 5
ROW_HEIGHT = 17.0
TOP = 4.0
MARGIN = 5.0
# Of the page's fonts at the labels' size, rather too wide than too narrow.
CHARACTER_WIDTH = 6.4


@dataclass(frozen=True, slots=True)
class Flag:
    """A mark with its place."""

    mark: Mark
    x: float
    leftwards: bool
    """The label stands left of its line: right of it the picture ends."""
    row: int

    @property
    def top(self) -> float:
        return TOP + self.row * ROW_HEIGHT

    def line(self, bottom: float) -> str:
        x = f"{self.x:.1f}"
        return f'<line class="mark {self.mark.kind}" x1="{x}" x2="{x}" y1="{self.top:g}" y2="{bottom:g}"/>'

    def label(self) -> str:
        x, anchor = (self.x - MARGIN, "end") if self.leftwards else (self.x + MARGIN, "start")
        more = f"<title>{escape(self.mark.detail)}</title>" if self.mark.detail else ""
        return (
            f'<text class="label {self.mark.kind}" x="{x:.1f}" y="{self.top + 11:g}" text-anchor="{anchor}">'
            f"{more}{escape(self.mark.label)}</text>"
        )


def flags(story: Story, times: Scale) -> list[Flag]:
    """One for each mark, from left to right."""
    marks = sorted(story.marks, key=lambda mark: mark.at)
    places = [times.at(mark.at - story.began) for mark in marks]
    widths = [text_width(mark.label) + 2 * MARGIN for mark in marks]
    leftwards = [x + width > WIDTH for x, width in zip(places, widths, strict=True)]
    stretches = [
        (x - width, x) if left else (x, x + width) for x, width, left in zip(places, widths, leftwards, strict=True)
    ]
    return [Flag(*each) for each in zip(marks, places, leftwards, rows(stretches), strict=True)]


def rows(stretches: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """For each label, by where it starts and ends, its row; they come from left to right, row 0 is on top.

    A label that would meet others goes below them, so that its line passes none of them, until the rows are used up;
    then it takes the first that is free.
    """
    placed: list[int] = []
    ends: dict[int, float] = {}
    for start, end in stretches:
        taken = {row for row, until in ends.items() if until > start}
        below = max(taken, default=-1) + 1
        row = below if below < ROWS else next(row for row in count() if row not in taken)
        placed.append(row)
        ends[row] = end
    return tuple(placed)


def text_width(text: str) -> float:
    """About; no font is at hand to measure it."""
    return len(text) * CHARACTER_WIDTH
