"""A run while it is followed: a table that moves on a terminal, a line a finished step elsewhere, or nothing."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from cli.output import is_screen
from cli.rows import Rows, Styled
from cli.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from rich.console import RenderableType

    from cli.rows import Line
    from cli.timeline import Entry

COLUMNS = ("seconds", "step", "says")
BAD = ("fail", "escalate", "refused")


class Display(Protocol):
    """Used as a context manager for as long as runs are followed."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def begin(self, run: str) -> None:
        """This run is followed from now on."""
        ...

    def show(self, seen: Timeline) -> None:
        """As it stands."""
        ...

    def trouble(self, why: str) -> None:
        """It cannot be seen for the moment; empty when it can again."""
        ...


class Silent:
    """For programs: they read the result."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, run: str) -> None:
        pass

    def show(self, seen: Timeline) -> None:
        pass

    def trouble(self, why: str) -> None:
        pass


class Lines:
    """For logs: each step once, when it is done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = 0
        self._trouble = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, run: str) -> None:
        self._shown = 0
        self._say(following(run))

    def show(self, seen: Timeline) -> None:
        done = [entry for entry in seen.entries if entry.left is not None]
        for entry in done[self._shown :]:
            self._say(line(entry, seen.at))
        self._shown = len(done)

    def trouble(self, why: str) -> None:
        if why and why != self._trouble:
            self._say(unseen(why))
        self._trouble = why

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class Screen:
    """For people: the steps so far, the one that it stands in counting up, as many as the terminal has room for."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        from rich.live import Live  # noqa: PLC0415 rich is slow to import, and only a terminal needs it

        from cli.screen import console  # noqa: PLC0415 as above

        self._console, self._clock = console(stream), clock
        self._seen, self._trouble, self._over = Timeline(), "", False
        self._live = Live(console=self._console, get_renderable=self._now, refresh_per_second=4, redirect_stdout=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._live.stop()

    def begin(self, run: str) -> None:
        self._seen = Timeline()
        self._console.print(following(run), markup=False)

    def show(self, seen: Timeline) -> None:
        self._seen = seen
        self._live.refresh()

    def trouble(self, why: str) -> None:
        self._trouble = why
        self._live.refresh()

    def _now(self) -> RenderableType:
        """All of it once it is over; before, as many of the last steps as there is room for."""
        shown = self._last(len(self._seen.entries))
        if not self._over:
            for count in range(len(self._seen.entries) - 1, 0, -1):
                if len(self._console.render_lines(shown)) < self._console.height:
                    break
                shown = self._last(count)
        return shown

    def _last(self, count: int) -> RenderableType:
        from rich.console import Group  # noqa: PLC0415 as above

        from cli.screen import drawn  # noqa: PLC0415 as above

        entries = self._seen.entries[-count:] if count else ()
        shown = replace(self._seen, entries=entries)
        said: list[Line] = [table(shown, max(self._clock(), shown.at))] if entries else []
        if self._trouble and not self._over:
            said.append(Styled(unseen(self._trouble), "yellow"))
        return Group(*map(drawn, said))


def chosen(*, as_json: bool, stream: TextIO | None = None) -> Display:
    """What suits the stream (standard error)."""
    if as_json:
        return Silent()
    there = stream or sys.stderr
    return Screen(there) if is_screen(there) else Lines(there)


def following(run: str) -> str:
    """What a follower is told first."""
    return f"following {run}; Ctrl-C stops following, not the run"


def unseen(why: str) -> str:
    """What a follower is told while AWS does not answer."""
    return f"it cannot be seen for the moment ({why}); trying on"


def line(entry: Entry, now: float) -> str:
    """A step on a line, as `lastgood`'s other steps are shown."""
    return f"{entry.seconds(now):6.1f} s  {entry.step:<13} {entry.says}".rstrip()


def table(seen: Timeline, now: float) -> Rows:
    """The steps as a table."""
    return Rows(COLUMNS, [_row(entry, now) for entry in seen.entries])


def _row(entry: Entry, now: float) -> tuple[Styled, ...]:
    style = "bold" if entry.left is None else "red" if entry.go in BAD else ""
    says = entry.says or ("…" if entry.left is None else "")
    return tuple(Styled(text, style) for text in (f"{entry.seconds(now):7.1f}", entry.step, says))
