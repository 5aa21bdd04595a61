"""How commands talk: JSON on one line, tables for people, and a question before anything is changed."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.errors import CommandError, NotDoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from rich.console import RenderableType

# Where no terminal says how wide it is, a line is whole: a file or another program reads it.
WIDE = 240
SHORT = 12
"""Digits of a fingerprint that are shown: enough to tell any two apart."""
MINUTE, HOUR, DAY = 60, 3600, 86400


def console(stream: TextIO) -> Console:
    """A console that colours nothing by guess."""
    return Console(file=stream, highlight=False, width=None if stream.isatty() else WIDE)


def show(*lines: RenderableType) -> None:
    """On standard output. Texts are shown as they are: a reason may hold brackets."""
    out = console(sys.stdout)
    for line in lines:
        out.print(line, markup=False)


def show_json(document: Any) -> None:
    """One line on standard output."""
    print(json.dumps(document))


def rows(columns: Sequence[str], lines: Iterable[Sequence[str | Text]]) -> Table:
    """A plain table, whose last column takes what room is left."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        last = number == len(columns) - 1
        table.add_column(column, no_wrap=not last, overflow="fold" if last else "ellipsis")
    for line in lines:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in line))
    return table


def confirm(question: str, *, yes: bool, option: str) -> None:
    """Ask, on a terminal; anything but `y` or `yes` is a no.

    Raises:
        CommandError: there is no terminal to ask on, and `option` was not given.
        NotDoneError: the answer is no.
    """
    if yes:
        return
    require_terminal(option)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NotDoneError("nothing was changed")


def require_terminal(option: str) -> None:
    """Raises CommandError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise CommandError(f"there is no terminal to ask on; say {option} to go on without being asked")


def moment(at: float) -> str:
    """A time for people, in theirs."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else "-"


def ago(seconds: float) -> str:
    """How long ago, roughly."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"
