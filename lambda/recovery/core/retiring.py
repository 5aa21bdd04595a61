"""What a run leaves behind: floors and processes as the settings say, and no group larger than its use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.core.answers import Answer, Go
from recovery.core.commands import Command, SetGroup, processes
from recovery.core.incident import FLIP
from recovery.core.lease import Kind
from recovery.core.observation import other
from recovery.core.protocol import Ending, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.observation import Group, Observation
    from recovery.core.passage import Passage
    from recovery.core.rules import Rules


def retire(seen: Observation, passage: Passage, rules: Rules) -> tuple[list[Command], Answer]:
    """The serving group scales freely again; the other is kept warm, or emptied where nobody would go back to it."""
    serving = seen.groups[seen.serving()]
    commands = [
        *processes(serving, paused=False),
        *_resized(serving, rules.minimum, max(serving.desired, rules.minimum)),
    ]
    reason = f"{serving.colour} serves with at least {rules.minimum}"
    idle = seen.groups[other(serving.colour)]
    if seen.weights.get(idle.colour, 0) > 0:
        return commands, Answer(Go.ON, f"{reason}; {idle.colour} has traffic and is left alone")
    size = rules.warm_size(serving.desired) if keeps_idle(passage, idle) else 0
    if passage.kind is Kind.DRILL and passage.hurried:
        # It may have had requests a moment ago. The rollback that waits sees to its size.
        size = max(size, idle.desired)
    commands += [*processes(idle, paused=False), *_resized(idle, size, size)]
    kept = (
        f"{size} instances of version {idle.version} stay warm in {idle.colour}"
        if size
        else f"{idle.colour} is emptied"
    )
    return commands, Answer(Go.ON, f"{reason}; {kept}")


def at_once(passage: Passage, *, took_over: str, before: Mapping[str, Any], now: float, rules: Rules) -> bool:
    """Whether a run may go on to Retire without a wait: nobody has moved traffic in the last `drain_seconds`.

    `before` is the record of the run that ended last; only such an outcome says nothing of a wait of its own.
    """
    if passage.profile is not Profile.RECONCILE or took_over:
        return False
    # After a flip the watchdog has waited, and no other run has changed anything since.
    if passage.incident == FLIP or before.get("outcome") not in (Ending.ESCALATED, Ending.REFUSED):
        return True
    return now - float(before["ended_at"]) >= rules.drain_seconds


def keeps_idle(passage: Passage, idle: Group) -> bool:
    """Whether anybody would go back to what the idle group holds."""
    if not idle.instances:
        return False
    match passage.profile:
        case Profile.RELEASE:
            return not passage.failed
        case Profile.ROLLBACK | Profile.WARM:
            # After an undo it holds the last known good release, which could not be restored: a person will want it.
            return "Return" in passage.said
        case Profile.FIRST | Profile.DRILL | Profile.RECONCILE:
            return bool(passage.answer("Capture").get("keep_idle"))


def _resized(group: Group, minimum: int, desired: int) -> list[Command]:
    if (group.minimum, group.desired) == (minimum, desired):
        return []
    return [SetGroup(group.colour, None, minimum, desired)]
