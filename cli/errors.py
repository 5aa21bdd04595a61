"""What goes wrong for a user: one line each, with the remedy, and the exit status."""

from __future__ import annotations


class CommandError(Exception):
    """Ends a command with one clear line and exit status 2: the user has to change something first."""


class StepFailedError(Exception):
    """Ends a command with exit status 1: something that was started did not work.

    `tail` is the end of its output, `log` where all of it is.
    """

    def __init__(self, message: str, *, tail: list[str], log: str) -> None:
        super().__init__(message)
        self.tail = tail
        self.log = log


class NotDoneError(Exception):
    """Ends a command with one clear line and exit status 1: what was asked for was refused, or could not be done."""


class StoppedFollowingError(Exception):
    """Ctrl-C while a run was followed: the run goes on. Ends a command with one line and exit status 130."""

    def __init__(self, run: str) -> None:
        super().__init__(f"not followed any more; {run} goes on. Follow it again: lastgood runs {run} --follow")
