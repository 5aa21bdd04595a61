"""A terminal, drawn on with rich. NO_COLOR is rich's to honour."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cli.rows import Rows, Styled

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import RenderableType

    from cli.rows import Cell, Line

LEAST_LAST = 20
"""Columns that the last column of a table needs to be worth folding into."""


def console(stream: TextIO) -> Console:
    """A console that colours nothing by guess."""
    return Console(file=stream, highlight=False)


def draw(stream: TextIO, *lines: Line) -> None:
    """Texts are shown as they are: a reason may hold brackets."""
    out = console(stream)
    for line in lines:
        if isinstance(line, Rows) and fits(line, out):
            out.print(drawn(line))
        else:
            # Cut off or broken, a name cannot be copied: the terminal breaks the lines itself.
            for text in line.plain() if isinstance(line, Rows) else [line]:
                out.print(_text(text), soft_wrap=True)


def drawn(line: Line) -> RenderableType:
    """As rich draws it."""
    if not isinstance(line, Rows):
        return _text(line)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, column in enumerate(line.columns):
        last = number == len(line.columns) - 1
        table.add_column(column, no_wrap=not last, overflow="fold")
    for row in line.lines:
        table.add_row(*map(_text, row))
    return table


def fits(rows: Rows, out: Console) -> bool:
    """Whether every column is whole in the terminal's width, but for a last one that has room to be folded in."""
    but_last = Rows(rows.columns[:-1], [line[:-1] for line in rows.lines])
    return _width(rows, out) <= out.width or _width(but_last, out) + LEAST_LAST <= out.width


def _width(rows: Rows, out: Console) -> int:
    return Measurement.get(out, out.options.update(width=sys.maxsize), drawn(rows)).maximum


def _text(cell: Cell) -> Text:
    return Text(cell.text, cell.style) if isinstance(cell, Styled) else Text(cell)
