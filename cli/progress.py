"""Steps with their time: a spinner on a terminal, plain lines elsewhere. All of it on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

from cli.output import is_screen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager


class Progress:
    """Shows the steps of a command and remembers how long each took."""

    def __init__(self, stream: TextIO = sys.stderr, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds: dict[str, float] = {}
        self._stream = stream
        self._clock = clock
        self._begin = clock()

    @contextmanager
    def step(self, label: str, note: str = "") -> Generator[None]:
        """One step; `note` says what the user is waiting for."""
        start = self._clock()
        try:
            with self._spinner(f"{label}{f' ({note})' if note else ''}"):
                yield
        finally:
            self.seconds[label] = round(self._clock() - start, 1)
        # After the spinner, which takes the line that it stands on with it.
        self.say(f"{self.seconds[label]:6.1f} s  {label}")

    def total(self) -> float:
        """Seconds since the beginning."""
        return round(self._clock() - self._begin, 1)

    def say(self, line: str) -> None:
        """A line of its own."""
        print(line, file=self._stream, flush=True)

    def _spinner(self, label: str) -> AbstractContextManager[object]:
        if not is_screen(self._stream):
            return nullcontext()
        from rich.console import Console  # noqa: PLC0415 only where there is a terminal
        from rich.progress import Progress as Bar  # noqa: PLC0415
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        bar = Bar(*columns, console=Console(file=self._stream), transient=True)
        bar.add_task(label, total=None)
        return bar
