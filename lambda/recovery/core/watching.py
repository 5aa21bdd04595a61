"""What the watchdog finds that nobody has seen to: lost events, dead or silent runs, flips by hand, leftovers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recovery.core.commands import PAUSED
from recovery.core.incident import ALARM, DIED, FLIP, Alarm, History
from recovery.core.lease import Kind, Lease
from recovery.core.observation import Observation, UnclearError, other
from recovery.core.submission import run_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recovery.core.rules import Rules

# How long an alarm's own event may take before the watchdog looks after it (Lambda retries an event twice).
EVENT_SECONDS = 60.0
# A run renews its lease between two looks; one that is on and does not is stuck, or cannot reach the control table.
SILENT_SECONDS = 120.0
# How long the watchdog leaves alone what a rollback of its own could not put right: that one has paged.
STRAY_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Start:
    """A run to start."""

    name: str
    kind: Kind
    bad: str
    incident: str
    cause: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """A run that should have ended: a person is told."""

    run: str
    reason: str


def watch(  # noqa: PLR0911 one return a finding, the most urgent first
    seen: Observation,
    *,
    alarms: Sequence[Alarm],
    held: Lease,
    ended: bool,
    deadline_at: float,
    followed: str,
    fingerprints: Mapping[str, str],
    history: History,
    strays: History,
    rules: Rules,
    minute: int,
) -> Start | Overdue | None:
    """What nobody has seen to.

    Args:
        seen: everything, now.
        alarms: every alarm of both groups.
        held: the lease.
        ended: whether the run that holds it has ended without giving it back.
        deadline_at: when that run has to be over.
        followed: the rule's flip tag that was followed last.
        fingerprints: colour → fingerprint of what its group runs.
        history: of the release that serves.
        strays: of rollbacks that are about no release in particular.
        rules: the settings.
        minute: the watchdog's own, in the name of what it starts: a second delivery starts nothing.
    """
    now = seen.at
    if held.run is not None and not ended:
        return _overdue(held.run, held.expires_at, deadline_at, now)
    try:
        serving = seen.serving()
    except UnclearError as error:
        return Overdue(held.run or "no run", str(error))
    bad = fingerprints.get(serving, "")
    stray = run_name(Kind.ROLLBACK, "", strays.rollbacks)
    if held.run is not None:
        cause = f"{held.run} died and left its lease"
        return Start(stray, Kind.ROLLBACK, "", f"{DIED}{held.run}", cause, automatic=True)
    if seen.split() and now - strays.last_at > STRAY_SECONDS:
        return Start(stray, Kind.ROLLBACK, "", "split", "both groups have traffic, and no run is on", automatic=True)
    if seen.flip != followed:
        return _follow(seen.flip, now, minute, rules)
    missed = next((one for one in alarms if _missed(one, serving, history.last_at, now)), None)
    if missed is not None:
        cause = f"{missed.name}: {missed.reason} (its event was lost)"
        name = run_name(Kind.ROLLBACK, bad, history.rollbacks)
        return Start(name, Kind.ROLLBACK, bad, missed.name, cause, automatic=True)
    left = leftovers(seen, rules)
    if left:
        return Start(f"reconcile-{minute}", Kind.RECONCILE, "", "leftovers", "; ".join(left), automatic=True)
    return None


def _overdue(run: str, expires_at: float, deadline_at: float, now: float) -> Overdue | None:
    """Of a run that is on."""
    if now > deadline_at > 0:
        return Overdue(run, f"{run} is {now - deadline_at:.0f} s over its deadline")
    if now > expires_at + SILENT_SECONDS:
        return Overdue(run, f"{run} is on, but let its lease expire {now - expires_at:.0f} s ago")
    return None


def _follow(flip: str, now: float, minute: int, rules: Rules) -> Start | None:
    """Not before the weights have reached every node: following may empty the group that was left."""
    if now - flipped_at(flip) < rules.drain_seconds:
        return None
    return Start(f"reconcile-flip-{minute}", Kind.RECONCILE, "", FLIP, f"follow the flip {flip}", automatic=True)


def page_is_due(run: str | None, paged_at: float | None, now: float) -> bool:
    """Whether a person is told (again): of a run once, of a state that no run sees to every quarter of an hour."""
    return paged_at is None or (run is None and now - paged_at > STRAY_SECONDS)


def flipped_at(flip: str) -> float:
    """When a flip's tag says that it was (`<seconds since 1970> <who>`); long ago where it is none of ours."""
    seconds = flip.partition(" ")[0]
    return float(seconds) if seconds.isdigit() else 0.0


def _missed(alarm: Alarm, serving: str, last_at: float, now: float) -> bool:
    ours = alarm.state == ALARM and alarm.colour == serving
    return ours and alarm.at > last_at and now - alarm.at > EVENT_SECONDS


def leftovers(seen: Observation, rules: Rules) -> list[str]:
    """What no run should have left: a pinned floor, a paused process, a warm group that is too small."""
    serving = seen.groups[seen.serving()]
    idle = seen.groups[other(serving.colour)]
    found: list[str] = []
    if serving.minimum != rules.minimum:
        found.append(f"{serving.colour} has a floor of {serving.minimum}, not {rules.minimum}")
    for group in (serving, idle):
        paused = sorted(set(group.suspended) & set(PAUSED))
        if paused:
            found.append(f"{group.colour} has {', '.join(paused)} suspended")
    if idle.desired and idle.desired < rules.warm_size(serving.desired):
        found.append(f"{idle.colour} keeps {idle.desired} warm while {serving.desired} serve")
    if idle.instances and idle.minimum < idle.desired:
        found.append(f"{idle.colour} is warm, but may scale in below {idle.desired}")
    return found
