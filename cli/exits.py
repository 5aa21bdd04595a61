"""Exit statuses: what each means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DONE, NOT_DONE, CHANGE_FIRST = 0, 1, 2
INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended: 128 + SIGINT."""
MEANINGS: Mapping[int, str] = {
    DONE: "it is done",
    NOT_DONE: "something that was started did not work, or was refused",
    CHANGE_FIRST: "something has to be changed first; nothing was started",
    INTERRUPTED: "interrupted",
}


def epilog(done: str = "", not_done: str = "") -> str:
    """A command's exit statuses for its help. `done` and `not_done` say what 0 and 1 mean for this one."""
    said = {**MEANINGS, **{status: text for status, text in ((DONE, done), (NOT_DONE, not_done)) if text}}
    return "Exit status: " + ". ".join(f"{status}: {text}" for status, text in said.items()) + "."
