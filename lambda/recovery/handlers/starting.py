"""Start a run once, whoever asks how often."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from recovery.aws.runs import RUNNING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recovery.aws.runs import Runs


class Begun(StrEnum):
    """What became of it."""

    STARTED = "started"
    ON = "on"
    """A run of this name is at work."""
    USED = "used"
    """Every name is one of a run that has ended."""


def start(runs: Runs, names: Sequence[str], document: Mapping[str, Any]) -> tuple[str, Begun]:
    """Under the first name that is free. A run that ended before it held the lease has used its name up."""
    for name in names:
        if runs.start(name, {**document, "run": name}):
            return name, Begun.STARTED
        if runs.status(name) == RUNNING:
            return name, Begun.ON
    return names[-1], Begun.USED
