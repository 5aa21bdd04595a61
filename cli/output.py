"""How commands talk: JSON on one line for programs, lines and tables for people."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from cli.rows import Rows

if TYPE_CHECKING:
    from typing import TextIO

    from cli.rows import Line

SHORT = 12
"""Digits of a fingerprint that are shown: enough to tell any two apart."""
MINUTE, HOUR, DAY = 60, 3600, 86400


def show(*lines: Line) -> None:
    """On standard output: drawn on a terminal, plain elsewhere."""
    if is_screen(sys.stdout):
        from cli.screen import draw  # noqa: PLC0415 rich is slow to import, and only a terminal needs it

        draw(sys.stdout, *lines)
        return
    for line in lines:
        print(*(line.plain() if isinstance(line, Rows) else (line,)), sep="\n")


def show_json(document: Any) -> None:
    """One line on standard output."""
    print(json.dumps(document))


def is_screen(stream: TextIO) -> bool:
    """Whether it is a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def moment(at: float) -> str:
    """A time for people, in theirs."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else "-"


def ago(seconds: float) -> str:
    """How long ago, roughly."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"
