"""What an alarm or an operator sets off.

Defined for every state; what is late, or about another release, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recovery.core.lease import DIED, Kind, Lease
from recovery.core.observation import COLOURS
from recovery.core.submission import Answer, Ticket, run_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.core.rules import Rules

ALARM = "ALARM"
WISHES = {"stop": "aborted", "pause": "paused", "": "resumed"}
"""What an operator may wish of a run in progress → what is said of it then."""
FLIP = "flip"
OVERDUE = "overdue"
UNTOLD = "untold"
# AWS gives no figure for EventBridge's way to a function. Seconds are usual; what comes later than this was tried
# again, or is delivered once more.
LATE_SECONDS = 30.0
UNANSWERED = "unanswered"
"""A drill's alarm that nobody handed on."""
DRILLED = "lastgood-drill"
"""Begins the reason of an alarm that a drill put into its state."""
REPLACED = "replaced"
ENDED = "it ended"
"""Begins the cause of what is told late, before the outcome."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of one group as it stands, or as an event told."""

    name: str
    colour: str
    state: str
    at: float
    reason: str = ""
    bad_until: float = 0.0
    """When the newest minute ended that it fired for; 0 where it does not say."""

    @property
    def forced(self) -> bool:
        """Whether it says that a drill put it into its state."""
        return self.reason.startswith(f"{DRILLED} ")


@dataclass(frozen=True, slots=True)
class History:
    """What was done about one release before."""

    rollbacks: int = 0
    """Ended ones, whoever asked for them."""
    automatic: int = 0
    releases: int = 0
    last_at: float = 0.0
    """When the newest rollback of it began."""


def firing(alarms: Iterable[Alarm], weights: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Colour → the names of its alarms that fire; not one that a drill has put into ALARM where no request goes."""
    counted = [one for one in alarms if one.state == ALARM and not (one.forced and weights.get(one.colour, 0) == 0)]
    return {colour: tuple(sorted(one.name for one in counted if one.colour == colour)) for colour in COLOURS}


def watches(held: Lease, *, candidate: str, accepted: bool, bad: str) -> bool:
    """Whether the run that holds the lease sees by itself that what serves (`bad`) is bad.

    A rollback is on its way already. A release watches its candidate once that serves; what served before it is none
    of its business, unless a person `accepted` that it is bad, and the release is the cure.
    """
    match held.kind:
        case Kind.ROLLBACK:
            return True
        case Kind.RELEASE:
            return accepted or (bool(candidate) and candidate == bad)
        case _:
            return False


def late(alarm: Alarm, now: float) -> bool:
    """Whether its event is believed only where the alarm fires still: a run that has ended may have seen to it."""
    return now - alarm.at > LATE_SECONDS


def on_alarm(
    alarm: Alarm,
    *,
    fires: bool,
    serving: str,
    bad: str,
    history: History,
    held: Lease,
    watched: bool,
    now: float,
    rules: Rules,
) -> Ticket:
    """Of an alarm event. `bad` is the fingerprint that serves now; `watched`: the holder sees to it (`watches`).

    `fires`: it does so now, as far as anybody has looked.
    A rollback that starts while another run holds the lease asks it to make way.
    """
    ignored = _ignored(alarm, now - alarm.at, fires=fires, serving=serving, rules=rules)
    if ignored:
        return Ticket(Answer.IGNORED, "", ignored)
    if held.run is not None and now < held.expires_at and watched:
        return Ticket(Answer.JOINED, held.run, f"{held.run} watches the same signals")
    if alarm.at <= history.last_at:
        return Ticket(Answer.IGNORED, "", f"{alarm.name} fired before the last rollback of this release began")
    name = run_name(Kind.ROLLBACK, bad, history.rollbacks)
    return Ticket(Answer.STARTED, name, f"{alarm.name}: {alarm.reason}")


def _ignored(alarm: Alarm, age: float, *, fires: bool, serving: str, rules: Rules) -> str:
    """Why an event changes nothing, whatever else is going on; empty where it may."""
    if alarm.state != ALARM:
        return f"{alarm.name} is {alarm.state}"
    if age > rules.event_age_seconds:
        return f"the event is {age:.0f} s old, over the limit of {rules.event_age_seconds} s"
    if alarm.colour != serving:
        return f"{alarm.name} is of {alarm.colour or 'no group'}, and {serving} serves"
    return "" if fires else f"{alarm.name} fired {age:.0f} s ago, and does not any more"


def on_request(*, bad: str, of: str, history: History, held: Lease, now: float, by: str) -> Ticket:
    """Of an operator's rollback. A release in progress is told to return instead, which is the same place.

    `of` is the fingerprint that the operator saw serving, if they said so: two people may ask at once, and the second
    must not take back what the first one's rollback brought.
    """
    if held.run is not None and now < held.expires_at and held.kind in (Kind.RELEASE, Kind.ROLLBACK):
        doing = "goes back already" if held.kind is Kind.ROLLBACK else "is told to return"
        return Ticket(Answer.JOINED, held.run, f"{held.run} {doing}")
    if of and of != bad:
        return Ticket(Answer.IGNORED, "", f"release {of[:12]} does not serve (any more): {bad[:12] or 'unknown'} does")
    return Ticket(Answer.STARTED, run_name(Kind.ROLLBACK, bad, history.rollbacks), f"asked for by {by}")


def on_wish(wish: str, *, of: str, held: Lease) -> Ticket:
    """Of an operator's wish about the run in progress. `of` is the run that is meant, if they said so."""
    if held.run is None:
        return Ticket(Answer.IGNORED, "", "no run is in progress")
    if of and of != held.run:
        return Ticket(Answer.IGNORED, held.run, f"{of} is not in progress: {held.run} is")
    if held.kind is not Kind.RELEASE and wish != "stop":
        return Ticket(Answer.IGNORED, held.run, f"{held.run} is a {held.kind}, which cannot be paused")
    if held.kind is Kind.ROLLBACK:
        return Ticket(Answer.IGNORED, held.run, f"{held.run} is a rollback, which is not stopped half-way")
    return Ticket(Answer.JOINED, held.run, f"{held.run} is {WISHES[wish]}")


def alarmed(bad: str) -> str:
    """The incident that all alarms of one release are."""
    return f"alarm-{bad}"


def died(incident: str) -> str:
    """The run that an incident is the death of, or nothing."""
    return incident.removeprefix(DIED) if incident.startswith(DIED) else ""
