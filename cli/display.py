"""A run while it is followed: a table that moves on a terminal, a line a finished step elsewhere, or nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, Self

from rich.live import Live
from rich.text import Text

from cli.output import console, rows

if TYPE_CHECKING:
    from typing import TextIO

    from rich.table import Table

    from cli.timeline import Entry, Timeline

COLUMNS = ("seconds", "step", "says")


class Display(Protocol):
    """Used as a context manager for as long as runs are followed."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def begin(self, run: str) -> None:
        """This run is followed from now on."""
        ...

    def show(self, seen: Timeline, now: float) -> None:
        """As it stands."""
        ...


class Silent:
    """For programs: they read the result."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, run: str) -> None:
        pass

    def show(self, seen: Timeline, now: float) -> None:
        pass


class Lines:
    """For logs: each step once, when it is done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, run: str) -> None:
        self._shown = 0
        print(f"following {run}; Ctrl-C stops following, not the run", file=self._stream, flush=True)

    def show(self, seen: Timeline, now: float) -> None:
        done = [entry for entry in seen.entries if entry.left is not None]
        for entry in done[self._shown :]:
            print(line(entry, now), file=self._stream, flush=True)
        self._shown = len(done)


class Screen:
    """For people: all steps so far, the one that it stands in counting up."""

    def __init__(self, stream: TextIO) -> None:
        self._console = console(stream)
        self._live = Live(console=self._console, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def begin(self, run: str) -> None:
        self._console.print(f"following {run}; Ctrl-C stops following, not the run", markup=False)

    def show(self, seen: Timeline, now: float) -> None:
        self._live.update(table(seen, now))


def chosen(*, as_json: bool, stream: TextIO = sys.stderr) -> Display:
    """What suits the stream."""
    if as_json:
        return Silent()
    return Screen(stream) if stream.isatty() else Lines(stream)


def line(entry: Entry, now: float) -> str:
    """A step on a line, as `lastgood`'s other steps are shown."""
    return f"{entry.seconds(now):6.1f} s  {entry.step:<13} {entry.says}".rstrip()


def table(seen: Timeline, now: float) -> Table:
    """The steps as a table."""
    return rows(COLUMNS, [_row(entry, now) for entry in seen.entries])


def _row(entry: Entry, now: float) -> tuple[Text, Text, Text]:
    style = "bold" if entry.left is None else "red" if entry.go in ("fail", "escalate", "refused") else ""
    says = entry.says or ("…" if entry.left is None else "")
    return Text(f"{entry.seconds(now):7.1f}", style), Text(entry.step, style), Text(says, style)
