"""What becomes of a run that asks for the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.answers import Answer, Go
from recovery.core.lease import Acquisition, Busy, Claim, Expired, Granted, Joined, Kind, Preempts

if TYPE_CHECKING:
    from recovery.core.rules import Rules


def over(run: str, outcome: object) -> Answer | None:
    """The step's answer where the run has an outcome: a call that is delivered so late takes no lease."""
    return Answer(Go.JOINED, f"{run} has ended already") if outcome else None


def acquired(acquisition: Acquisition, claim: Claim, now: float, rules: Rules, before: float | None) -> Answer:
    """The step's answer. `before` is when the run first got the lease, where this is its second time.

    The deadline counts from there: what a rollback waits for the lease is in its bound, and cannot be waited for twice.
    """
    match acquisition:
        case Granted():
            started = now if before is None else before
            facts = {
                "epoch": acquisition.lease.epoch,
                "started_at": started,
                "deadline_at": started + rules.deadline_seconds,
            }
            return Answer(Go.ON, acquisition.reason, facts=facts)
        case Joined():
            return Answer(Go.JOINED, acquisition.reason, facts={"joined": acquisition.run})
        case Preempts() | Expired():
            return Answer(Go.WAIT, acquisition.reason)
        case Busy():
            return Answer(Go.WAIT if claim.kind is Kind.ROLLBACK else Go.REFUSED, acquisition.reason)
