"""Exit statuses: what each means, and which one an outcome has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.lease import Kind
from recovery.core.protocol import Ending

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DONE, NOT_DONE, CHANGE_FIRST = 0, 1, 2
INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended: 128 + SIGINT."""
MEANINGS: Mapping[int, str] = {
    DONE: "it is done",
    NOT_DONE: "something that was started did not work, or was refused",
    CHANGE_FIRST: "something has to be changed first; nothing was started",
    INTERRUPTED: "interrupted",
}
# A release that returned, or a rollback that was undone, did not do what was asked for, however well it ended.
WANTED: Mapping[Kind, Collection[Ending]] = {
    Kind.RELEASE: (Ending.PROMOTED, Ending.SETTLED),
    Kind.ROLLBACK: (Ending.RESTORED,),
    Kind.DRILL: (Ending.READY,),
}


def of_ending(asked: Kind, ending: str) -> int:
    """Of a run that was followed to its end. `asked` is what was asked for: another kind of run may have done it.

    A rollback that finds a release in progress has that one return, and its Restored is what was wanted.
    """
    return DONE if ending in WANTED[asked] else NOT_DONE


def epilog(done: str = "", not_done: str = "") -> str:
    """A command's exit statuses for its help. `done` and `not_done` say what 0 and 1 mean for this one."""
    said = {**MEANINGS, **{status: text for status, text in ((DONE, done), (NOT_DONE, not_done)) if text}}
    return "Exit status: " + ". ".join(f"{status}: {text}" for status, text in said.items()) + "."
