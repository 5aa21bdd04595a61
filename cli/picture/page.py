"""The file: what one sees in one sentence, the picture with its legend, and the figures behind it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cli.picture import colours
from cli.picture.chart import chart
from cli.picture.style import STYLE
from cli.story import (
    NO_RELEASE,
    failed,
    failed_by_release,
    failures_because_of_a_shift,
    requests_by_release,
    rollback_seconds,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cli.story import Row, Story

TITLE = "Lastgood: releases that went back"
FINGERPRINT_SHOWN = 12


def render(story: Story) -> str:
    """One HTML file (well-formed XML too) that needs nothing beside it."""
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8"/>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            '<meta name="color-scheme" content="light dark"/>',
            f"<title>{escape(TITLE)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{escape(TITLE)}</h1>",
            f"<p>{escape(sentence(story))}</p>",
            # Wider than a phone: there it can be moved sideways, by keyboard too.
            f'<figure><div class="wide" tabindex="0">{chart(story)}</div>{_legend(story)}</figure>',
            "<h2>What happened when</h2>",
            _events(table(story)),
            "<h2>The releases</h2>",
            _releases(story),
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def sentence(story: Story) -> str:
    """What one sees, true of this story."""
    asked = len(story.samples)
    went = sum(failed(sample) for sample in story.samples)
    lost = len(failures_because_of_a_shift(story.samples))
    back = _listed([f"{seconds:.1f} s" for seconds in rollback_seconds(story)])
    return (
        f"{asked:,} real requests in {story.seconds:.0f} s, and which release answered them: "
        f"{went:,} failed, {lost or 'none'} of them because traffic was moved"
        f"{f'; from the alarm to the last good release serving all new requests it took {back}' if back else ''}."
    )


def _legend(story: Story) -> str:
    paints = [
        (name, colours.UNNAMED if name == NO_RELEASE else colours.of_release(place))
        for place, name in enumerate(requests_by_release(story))
    ]
    keys = [
        f'<li><span class="key" style="background:{paint.fill}"></span>{escape(name)}</li>' for name, paint in paints
    ]
    keys.append(f'<li><span class="key" style="background:{colours.ERRORS.fill}"></span>failed</li>')
    keys.append('<li><span class="key line step"></span>step</li>')
    keys.append('<li><span class="key line alarm"></span>alarm</li>')
    keys.append('<li><span class="key line back"></span>last good serves all</li>')
    if story.runs:
        keys.append('<li><span class="key run-key"></span>a run is on</li>')
    return f"<figcaption><ul>{''.join(keys)}</ul></figcaption>"


def _events(rows: Sequence[Row]) -> str:
    return _table(
        ("event", "", "s", "s since the alarm"),
        (
            (
                row.kind,
                (
                    row.event,
                    row.detail,
                    f"{row.seconds:.1f}",
                    "" if row.since_alarm is None else f"{row.since_alarm:.1f}",
                ),
            )
            for row in rows
        ),
        figures=(2, 3),
    )


def _releases(story: Story) -> str:
    asked, wrong = requests_by_release(story), failed_by_release(story)
    rows = [
        (
            "step",
            (
                release.name,
                f"{release.version}",
                release.fingerprint[:FINGERPRINT_SHOWN],
                release.outcome,
                f"{release.seconds:.1f}",
                f"{asked.get(release.name, 0):,}",
                f"{wrong.get(release.name, 0):,}",
                release.reason,
            ),
        )
        for release in story.releases
    ]
    if NO_RELEASE in asked:
        rows.append(("step", (NO_RELEASE, "", "", "", "", f"{asked[NO_RELEASE]:,}", f"{wrong[NO_RELEASE]:,}", "")))
    heads = ("release", "version", "fingerprint", "outcome", "s", "requests", "failed", "reason")
    return _table(heads, rows, figures=(1, 4, 5, 6))


def _table(heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], *, figures: Sequence[int]) -> str:
    """Rows with the kind of each; the columns of figures are set flush right."""

    def line(cells: Sequence[str], tag: str) -> str:
        kinds = ["figure" if place in figures else "text" for place in range(len(cells))]
        return "".join(f'<{tag} class="{kind}">{escape(cell)}</{tag}>' for kind, cell in zip(kinds, cells, strict=True))

    body = "\n".join(f'<tr class="{kind}">{line(cells, "td")}</tr>' for kind, cells in rows)
    return (
        f'<div class="wide" tabindex="0"><table><thead><tr>{line(heads, "th")}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
