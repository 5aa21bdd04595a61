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


class LostSightError(NotDoneError):
    """A run that was followed cannot be seen any more: it goes on."""

    def __init__(self, run: str, why: str) -> None:
        super().__init__(f"{run} cannot be seen any more ({why}). {goes_on(run)}")


class CutShortError(Exception):
    """Ctrl-C, where more has to be said than that. Ends a command with one line and exit status 130."""


class StoppedFollowingError(CutShortError):
    """Ctrl-C while a run was followed."""

    def __init__(self, run: str) -> None:
        super().__init__(f"not followed any more. {goes_on(run)}")


class UnansweredError(CutShortError):
    """Ctrl-C between a request and its answer: nobody knows what came of it."""

    def __init__(self) -> None:
        super().__init__("interrupted before the control plane had answered; a run may be on: lastgood status")


def goes_on(run: str) -> str:
    """Of a run that is not followed to its end, and how to look at it."""
    return f"{run} goes on; follow it again: lastgood runs {run} --follow"
