"""The picture: who answered, what failed, and the steps between, over one time axis."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cli.picture.bands import area, errors, names, stacked
from cli.picture.flags import ROW_HEIGHT, TOP, flags
from cli.picture.panel import LEFT, RIGHT, WIDTH, Panel, time_axis
from cli.picture.runs import HEIGHT, bar, shade
from cli.picture.scale import Scale, bucket_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.picture.bands import Band
    from cli.picture.flags import Flag
    from cli.story import Story

TITLE = "Requests per second by release, and failed requests, over time"
ANSWERED, ANSWERED_HEIGHT, ANSWERED_TICKS = "requests per second, by the release that answered", 250.0, 4
FAILED, FAILED_HEIGHT, FAILED_TICKS = "failed requests per second", 90.0, 3
GAP, AXIS = 34.0, 26.0


def chart(story: Story) -> str:
    """One SVG element."""
    times = Scale(0.0, max(story.seconds, 1.0), LEFT, RIGHT)
    width = bucket_width(times.high)
    bands, wrong = stacked(story, width), errors(story, width)
    placed = flags(story, times)
    bars = TOP + (max((flag.row for flag in placed), default=-1) + 1) * ROW_HEIGHT + 4
    above, below = _panels(bands, wrong, top=bars + HEIGHT + GAP)
    parts = [
        *(shade(run, story.began, times, panel) for run in story.runs for panel in (above, below)),
        *(line for panel in (above, below) for line in panel.grid()),
        *time_axis(times, below),
        *(area(band, times, above) for band in bands),
        area(wrong, times, below),
        *(bar(run, story.began, times, bars) for run in story.runs),
        *(flag.line(below.bottom) for flag in placed),
        *(name for band in bands for name in names(band, times, above)),
        *(flag.label() for flag in placed),
    ]
    return _svg(parts, below.bottom + AXIS, _spoken(placed, story.began))


def _panels(bands: Sequence[Band], wrong: Band, *, top: float) -> tuple[Panel, Panel]:
    most = max((rate for band in bands for rate in band.upper), default=0.0)
    above = Panel.of(ANSWERED, top=top, height=ANSWERED_HEIGHT, most=most, ticks=ANSWERED_TICKS)
    worst = max(wrong.upper, default=0.0)
    return above, Panel.of(FAILED, top=above.bottom + GAP, height=FAILED_HEIGHT, most=worst, ticks=FAILED_TICKS)


def _spoken(placed: Sequence[Flag], began: float) -> str:
    """The steps for those who hear the picture; all figures are in the tables."""
    return "; ".join(f"{flag.mark.label} at {flag.mark.at - began:.1f} s" for flag in placed) or "No step was marked."


def _svg(parts: Sequence[str], height: float, spoken: str) -> str:
    def lines() -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
            'aria-labelledby="picture-title picture-text">'
        )
        yield f'<title id="picture-title">{TITLE}</title>'
        yield f'<desc id="picture-text">{escape(spoken)}</desc>'
        yield from filter(None, parts)
        yield "</svg>"

    return "\n".join(lines())
