"""What becomes of a run that asks for the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.answers import Answer, Go
from recovery.core.lease import Acquisition, Busy, Claim, Expired, Granted, Joined, Kind, Preempts
from recovery.core.moments import timestamp
from recovery.core.protocol import Clock

if TYPE_CHECKING:
    from recovery.core.rules import Rules


def over(run: str, outcome: object) -> Answer | None:
    """The step's answer where the run has an outcome: a call that is delivered so late takes no lease."""
    return Answer(Go.JOINED, f"{run} has ended already") if outcome else None


def acquired(acquisition: Acquisition, claim: Claim, began: float, rules: Rules) -> Answer:
    """The step's answer, with the run's clocks. They count from when it `began`: waiting for the lease is in them."""
    clocks = {
        "started_at": began,
        "deadline_at": began + rules.recover_seconds,
        Clock.LEASE_BY: timestamp(began + rules.lease_seconds),
        Clock.LAUNCH_FROM: timestamp(began + rules.launch_seconds - rules.cold_seconds),
        Clock.LAUNCH_BY: timestamp(began + rules.launch_seconds),
    }
    match acquisition:
        case Granted():
            facts = {"epoch": acquisition.lease.epoch, **clocks}
            return Answer(Go.ON, acquisition.reason, facts=facts)
        case Joined():
            return Answer(Go.JOINED, acquisition.reason, facts={"joined": acquisition.run})
        case Preempts() | Expired():
            return Answer(Go.WAIT, acquisition.reason, facts=clocks)
        case Busy():
            go = Go.WAIT if claim.kind is Kind.ROLLBACK else Go.REFUSED
            return Answer(go, acquisition.reason, facts=clocks)
