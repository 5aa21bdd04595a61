"""Kinds of state lock, and which step from one to another is safe."""

from __future__ import annotations

from typing import Literal, get_args

from cli.errors import CommandError

Mode = Literal["dynamodb", "both", "lockfile"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""In the order of the way: each step goes to a neighbour."""


def check_step(now: Mode, to: Mode) -> None:
    """Refuse a step that would let two Terraforms in at once, each holding the lock that the other does not look at."""
    if abs(MODES.index(now) - MODES.index(to)) > 1:
        raise CommandError(
            f"from {now!r} to {to!r} goes by way of 'both': without it, somebody who still locks the old way and "
            "somebody who locks the new way would not see each other; run `lastgood state lock-mode --to both` first"
        )
