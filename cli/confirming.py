"""A question before anything is changed."""

from __future__ import annotations

import sys

from cli.errors import CommandError, NotDoneError


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
    try:
        answer = sys.stdin.readline().strip().lower()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise
    if answer not in ("y", "yes"):
        raise NotDoneError("nothing was changed")


def require_terminal(option: str) -> None:
    """Raises CommandError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise CommandError(f"there is no terminal to ask on; say {option} to go on without being asked")
