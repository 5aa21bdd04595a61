"""The runs: a bar for each above the plots, with its outcome, and its time shaded in them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cli.picture.flags import text_width

if TYPE_CHECKING:
    from cli.picture.panel import Panel
    from cli.picture.scale import Scale
    from cli.story import RunSpan

HEIGHT = 22.0
MARGIN = 6.0
# Outcome → how its bar looks; what is not listed needs a person.
LOOKS = {"PROMOTED": "good", "READY": "good", "RESTORED": "restored"}


def bar(run: RunSpan, began: float, times: Scale, top: float) -> str:
    """As much of what it was as it has room for, and the rest under the pointer."""
    left, right = times.at(run.began - began), times.at(run.ended - began)
    whole = f"{run.label}: {run.outcome}"
    room = right - left - 2 * MARGIN
    text = next((text for text in (whole, run.outcome) if text_width(text) <= room), "")
    return (
        f"<g><title>{escape(whole)}, {run.ended - run.began:.1f} s</title>"
        f'<rect class="run {LOOKS.get(run.outcome, "bad")}" x="{left:.1f}" y="{top:g}" '
        f'width="{max(right - left, MARGIN):.1f}" height="{HEIGHT:g}" rx="3"/>'
        f'<text class="run-text" x="{left + MARGIN:.1f}" y="{top + 15:g}">{escape(text)}</text></g>'
    )


def shade(run: RunSpan, began: float, times: Scale, panel: Panel) -> str:
    left, right = times.at(run.began - began), times.at(run.ended - began)
    return (
        f'<rect class="shade" x="{left:.1f}" y="{panel.top:g}" width="{right - left:.1f}" '
        f'height="{panel.bottom - panel.top:g}"/>'
    )
