"""The mark on a release that did harm, so that it is never released again unnoticed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    """How sure we are that the release was the cause."""

    BAD = "bad"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Mark:
    """On one fingerprint, with its evidence. A lifted mark stays, as history."""

    fingerprint: str
    level: Level
    evidence: str
    """What was seen, for a person: the signal, its value and threshold, or the step that failed."""
    run: str
    at: float
    """Seconds since 1970."""
    lifted_by: str = ""
    lifted_at: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the release is held back."""
        return not self.lifted_by

    def lift(self, by: str, now: float) -> Mark:
        """A person takes it back. Lifting twice keeps the first."""
        return replace(self, lifted_by=by, lifted_at=now) if self.holds else self


def forgiven(found: Mark | None, by: str, now: float) -> Mark | None:
    """The mark as it is lifted where a person flips to its release: what was only suspected holds no more."""
    if found is None or not found.holds or found.level is not Level.SUSPECT:
        return None
    return found.lift(by, now)


def mark(found: Mark | None, new: Mark) -> Mark:
    """The mark to keep when a release is marked again: bad stays bad, and nothing weaker hides it.

    A mark that was lifted says nothing about what was seen since, so the new one stands.
    """
    if found is None or not found.holds:
        return new
    if found.level is Level.BAD or new.level is Level.SUSPECT:
        return found
    return new
