"""Whether a run's end is what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli import exits
from recovery.core.lease import Kind
from recovery.core.protocol import Ending

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# A release that returned, or a rollback that was undone, did not do what was asked for, however well it ended.
WANTED: Mapping[Kind, Collection[Ending]] = {
    Kind.RELEASE: (Ending.PROMOTED, Ending.SETTLED),
    Kind.ROLLBACK: (Ending.RESTORED,),
    Kind.DRILL: (Ending.READY,),
}


def status(asked: Kind, ending: str) -> int:
    """The exit status of a run that was followed to its end.

    `asked` is what was asked for: another kind of run may have done it. A rollback that finds a release in progress has
    that one return, and its Restored is what was wanted.
    """
    return exits.DONE if ending in WANTED[asked] else exits.NOT_DONE
