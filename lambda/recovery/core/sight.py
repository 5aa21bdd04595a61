"""What is seen of all that a rollback stands on, or why it could not be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recovery.core.observation import UnclearError, other
from recovery.core.parts import AlarmRule, Image, Listening, Room, Unseen
from recovery.core.preparing import needed
from recovery.core.watching import SILENT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.incident import Alarm
    from recovery.core.lease import Lease
    from recovery.core.observation import Group, Observation
    from recovery.core.release import Release
    from recovery.core.rules import Rules
    from recovery.core.way_back import WayBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What things are called, for the remedies."""

    app: str
    environment: str
    bucket: str
    groups: Mapping[str, str]
    """Colour → Auto Scaling group."""
    alarms: tuple[str, ...]
    """Every alarm that there should be."""
    alarm_rule: str
    parameter_key: str
    topic: str
    dead_letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything that was seen, or why it could not be."""

    at: float
    rules: Rules
    places: Places
    lease: Lease | Unseen
    seen: Observation | Unseen
    back: WayBack | Unseen
    template: bool | Unseen
    image: Image | Unseen
    parameters: tuple[str, ...] | Unseen
    """Those that are gone."""
    key: str | Unseen
    """Its state."""
    rooms: tuple[Room, ...] | Unseen
    addresses: Mapping[str, int] | Unseen
    """Subnet → how many are free."""
    listening: Listening | Unseen
    alarms: tuple[Alarm, ...] | Unseen
    alarm_rule: AlarmRule | Unseen | None
    dead_letters: int | Unseen

    def target(self) -> Release | Unseen:
        """The release that would be gone back to."""
        return self.target_of(self.back)

    @staticmethod
    def target_of(back: WayBack | Unseen) -> Release | Unseen:
        """The same, before the rest is seen, which is of that release."""
        if isinstance(back, Unseen):
            return back
        if back.checkpoint is None:
            return Unseen("there is no checkpoint to go back to", "the checkpoint first, see its own line")
        return back.checkpoint.release

    def at_work(self) -> str | None:
        """The run that sees to the groups now. One that let its lease run out long ago sees to nothing."""
        if isinstance(self.lease, Unseen) or self.at > self.lease.expires_at + SILENT_SECONDS:
            return None
        return self.lease.run

    def sides(self) -> tuple[Group, Group] | Unseen:
        """The group that serves, and the other one."""
        if isinstance(self.seen, Unseen):
            return self.seen
        try:
            serving = self.seen.groups[self.seen.serving()]
        except UnclearError as error:
            return Unseen(str(error), "`lastgood flip --to` the group that `lastgood status` shows healthy")
        return serving, self.seen.groups[other(serving.colour)]

    def more(self) -> int | Unseen:
        """How many instances going back would launch beyond what the idle group has: those make room as they leave."""
        sides = self.sides()
        if isinstance(sides, Unseen):
            return sides
        serving, idle = sides
        return max(needed(serving, self.rules) - len(idle.instances), 0)
