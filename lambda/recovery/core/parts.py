"""The parts of what a rollback stands on, each as it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GONE = ""
"""The state of what is not there."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A look that failed, and why. `remedy` where more is known than that the function's log says more."""

    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A machine image; its state is GONE where there is none of this id."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class Room:
    """What one quota of EC2 leaves for the instance types that count against it, in vCPUs."""

    quota: str
    """Its code, which a request for more names."""
    called: str
    types: Mapping[str, int]
    """Instance type → its vCPUs."""
    limit: float
    used: float | None
    """None where CloudWatch has no figure of late."""

    @property
    def free(self) -> float:
        return self.limit - (self.used or 0)

    def wanted(self, more: int) -> int:
        """What so many more instances take at the most."""
        return more * max(self.types.values(), default=0)


@dataclass(frozen=True, slots=True)
class Listening:
    """Who hears of notifications, by how many subscriptions of the topic."""

    confirmed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """The rule that hands the alarms' events on."""

    enabled: bool
    alarms: tuple[str, ...]
    reaches_submit: bool
