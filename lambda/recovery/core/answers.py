"""What a step says when it is done: which way to go on, why, and what later steps need to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from recovery.core.quarantine import Level

if TYPE_CHECKING:
    from collections.abc import Mapping


class Go(StrEnum):
    """The ways that a step can lead to; which of them a step has stands in the protocol's table."""

    ON = "on"
    """To the profile's next step."""
    WAIT = "wait"
    """Look again after a pause."""
    AGAIN = "again"
    """Back to Prepare: the group is not, or no longer, what the release needs."""
    FAIL = "fail"
    """This passage does not succeed: back to the undo point."""
    JOINED = "joined"
    """Another run does this already."""
    REFUSED = "refused"
    """Nothing was or will be changed."""
    ESCALATE = "escalate"
    """A person is needed."""
    SETTLE = "settle"
    """Nothing is left to move: tidy up."""


@dataclass(frozen=True, slots=True)
class Blame:
    """How sure it is that the release itself is bad, and what was seen."""

    level: Level
    evidence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A step's answer. `reason` is for people, in one line."""

    go: Go
    reason: str
    blame: Blame | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def document(self) -> dict[str, Any]:
        """The JSON object that travels through the state machine."""
        blame = {"level": str(self.blame.level), "evidence": self.blame.evidence} if self.blame else None
        return {"go": str(self.go), "reason": self.reason, "blame": blame, **self.facts}


def blame(document: Mapping[str, Any] | None) -> Blame | None:
    """Of an answer's document."""
    found: Mapping[str, str] | None = (document or {}).get("blame")
    return Blame(Level(found["level"]), found["evidence"]) if found else None
