"""A part of the way from the first bad minute to an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from modules.bound.rows import number

if TYPE_CHECKING:
    from fractions import Fraction


class Phase(StrEnum):
    """The clock that a segment is on."""

    DETECTION = "detection"
    """From the first bad minute until the control plane is told."""
    RECOVERY = "recovery"
    """From then on, until the last known good release serves, or a person was paged."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`rests_on`: the assumption that its seconds are one of, where they are not a limit that AWS enforces."""

    phase: Phase
    what: str
    seconds: Fraction
    why: str
    rests_on: str = ""
    states: tuple[str, ...] = ()
    """Of the state machine, where it is spent there."""

    def json(self) -> dict[str, Any]:
        return {
            "phase": str(self.phase),
            "what": self.what,
            "seconds": number(self.seconds),
            "why": self.why,
            "rests_on": self.rests_on or None,
            "states": list(self.states),
        }
