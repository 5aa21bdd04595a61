"""The shapes of a picture as SVG text, and how wide a text comes out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STYLE = """
text { font: 11px Arial, "Liberation Sans", Helvetica, sans-serif; fill: #1b1f24; }
.name { font-size: 13px; font-weight: 700; }
.title { font-size: 18px; font-weight: 700; }
.quiet { fill: #57606a; }
.mark { font-style: italic; fill: #57606a; }
.box { fill: #ffffff; stroke: #8c959f; }
.pill { fill: #eef1f4; stroke: #8c959f; }
.line { fill: none; stroke-width: 1.6; }
"""
TEXT_SIZE, NAME_SIZE = 11, 13
PILL_HEIGHT = 20

Point = tuple[int, int]


def page(width: int, height: int, title: str, colours: Iterable[str], drawn: Iterable[str]) -> str:
    """The whole file. White below: GitHub's dark theme would swallow the ink."""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
            f'<title id="title">{escape(title)}</title>',
            f"<style>{STYLE}</style>",
            "<defs>",
            *(_head(colour) for colour in colours),
            "</defs>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def text(x: float, y: float, says: str, kind: str = "", anchor: str = "start") -> str:
    of = f' class="{kind}"' if kind else ""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}"{of}{where}>{escape(says)}</text>'


def line(points: Sequence[Point], colour: str, *, head: bool = True) -> str:
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    end = f' marker-end="url(#{_name(colour)})"' if head else ""
    return f'<path class="line" d="{path}" stroke="{colour}"{end}/>'


def bar(x: int, y: int, height: int, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="5" height="{height}" rx="2" fill="{colour}"/>'


def box(x: int, y: int, width: int, height: int) -> str:
    return f'<rect class="box" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>'


def pill(x: int, middle: int, says: str) -> str:
    wide = pill_width(says)
    shape = (
        f'<rect class="pill" x="{x}" y="{middle - PILL_HEIGHT // 2}" width="{wide}" height="{PILL_HEIGHT}" rx="10"/>'
    )
    return f"{shape}\n{text(x + wide // 2, middle + 4, says, anchor='middle')}"


def pill_width(says: str) -> int:
    return int(width(says, TEXT_SIZE)) + 24


def wrapped(says: str, room: float) -> list[str]:
    """In lines that are no wider than the room."""
    lines: list[str] = []
    for word in says.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, TEXT_SIZE) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def width(says: str, size: int) -> float:
    """About as wide as Arial sets it, and rather wider: another font may stand in for it."""
    return size * sum(
        0.31 if one in " ijltfr.,:;'|()-" else 0.86 if one in "mwMW%" else 0.72 if one.isupper() else 0.57
        for one in says
    )


def _head(colour: str) -> str:
    return (
        f'<marker id="{_name(colour)}" viewBox="0 0 8 8" refX="7.4" refY="4" markerWidth="8" markerHeight="8" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 Z" fill="{colour}"/></marker>'
    )


def _name(colour: str) -> str:
    return f"head-{colour.removeprefix('#')}"
