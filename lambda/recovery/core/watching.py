"""What the watchdog finds that nobody has seen to: lost events, dead or silent runs, flips by hand, leftovers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recovery.core.commands import PAUSED
from recovery.core.incident import ALARM, ENDED, FLIP, Alarm, History, alarmed
from recovery.core.lease import DIED, Kind, Lease
from recovery.core.observation import Observation, UnclearError, flipped_at, other
from recovery.core.submission import NAMES_TRIED, run_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recovery.core.rules import Rules

# A run renews its lease between two looks; one that is on and does not is stuck, or cannot reach the control table.
SILENT_SECONDS = 120.0
# A run tells right after it has ended, in three tries.
TELL_SECONDS = 120.0
# Every run that is told late has been looked at several times by then.
LATELY_SECONDS = 900.0
# How long the watchdog leaves alone what a rollback of its own could not put right: that one has paged.
STRAY_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Start:
    """A run to start."""

    names: tuple[str, ...]
    """The first that is free: a run that died before it held the lease has used its name up."""
    kind: Kind
    bad: str
    incident: str
    cause: str
    automatic: bool
    alarming: bool = False
    """A person is told as well: a run ended as none should."""
    alarm: Alarm | None = None
    """The one that nobody has seen to."""


@dataclass(frozen=True, slots=True)
class Dead:
    """What the run that holds the lease was for."""

    bad: str = ""
    automatic: bool = True
    history: History = field(default_factory=History)
    """Of that release."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A run that should have ended: a person is told. Without a run: a state that none sees to."""

    run: str
    reason: str


def watch(  # noqa: PLR0911 one return a finding, the most urgent first
    seen: Observation,
    *,
    alarms: Sequence[Alarm],
    held: Lease,
    ended: bool,
    deadline_at: float,
    dead: Dead,
    watches: bool,
    followed: str,
    serves: str,
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
        dead: what is known of it, should it have ended.
        watches: whether that run watches what serves by itself (`incident.watches`).
        followed: the rule's flip tag that was followed last.
        serves: the fingerprint of the release that serves.
        history: of the release that serves.
        strays: of rollbacks that are about no release in particular.
        rules: the settings.
        minute: the watchdog's own, in the name of what it starts: a second delivery starts nothing.
    """
    now = seen.at
    if held.run is not None and not ended:
        late = _overdue(held.run, held.expires_at, deadline_at, now)
        return late or (None if watches else _unseen(seen, alarms, serves, history))
    try:
        seen.serving()
    except UnclearError as error:
        return Overdue(held.run or "", str(error))
    stray = _names("", strays)
    if held.run is not None:
        return _succeed(held.run, held.kind, dead, strays)
    if seen.split():
        # Nothing else can be put right before; and what could not end it has paged, and is left alone for a while,
        # unless requests are answered badly since: of the smaller share no event starts a run.
        fired = any(one.state == ALARM and one.at > strays.last_at for one in alarms)
        split = Start(stray, Kind.ROLLBACK, "", "split", "both groups have traffic, and no run is on", automatic=True)
        return split if fired or now - strays.last_at > STRAY_SECONDS else None
    if seen.flip != followed:
        return _follow(seen.flip, now, minute, rules)
    unseen = _unseen(seen, alarms, serves, history)
    if unseen is not None:
        return unseen
    left = leftovers(seen, rules)
    if left:
        return Start((f"reconcile-{minute}",), Kind.RECONCILE, "", "leftovers", "; ".join(left), automatic=True)
    return None


def _succeed(run: str, kind: Kind | None, dead: Dead, strays: History) -> Start:
    """Whoever takes a dead rollback's place does what it was for; of any other, it goes back to the last known good."""
    cause, incident = f"{run} died and left its lease", f"{DIED}{run}"
    if kind is not Kind.ROLLBACK:
        return Start(_names("", strays), Kind.ROLLBACK, "", incident, cause, automatic=True)
    names = _names(dead.bad, dead.history if dead.bad else strays)
    # Its deadline counts from long ago, and whoever takes its place has one of its own: a person is told.
    return Start(names, Kind.ROLLBACK, dead.bad, incident, cause, automatic=dead.automatic, alarming=True)


def untold(record: Mapping[str, Any], now: float) -> str:
    """What nobody was told of a run that has ended: it died in between, or could not tell. Empty where all is well."""
    if not record.get("outcome") or record.get("told_at") or now - float(record["ended_at"]) <= TELL_SECONDS:
        return ""
    return f"{ENDED} {record['outcome']}: {record.get('reason', '')}"


def run_before(record: Mapping[str, Any], now: float) -> str:
    """The run that ended before this one, while it was lately; empty where there is none to look at."""
    lately = bool(record.get("outcome")) and now - float(record["ended_at"]) <= LATELY_SECONDS
    return str(record.get("before", "")) if lately else ""


def _names(bad: str, history: History) -> tuple[str, ...]:
    return tuple(run_name(Kind.ROLLBACK, bad, history.rollbacks + number) for number in range(NAMES_TRIED))


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
    return Start((f"reconcile-flip-{minute}",), Kind.RECONCILE, "", FLIP, f"follow the flip {flip}", automatic=True)


def page_is_due(run: str, paged_at: float | None, now: float) -> bool:
    """Whether a person is told (again): of a run once, of a state that no run sees to every quarter of an hour."""
    return paged_at is None or (not run and now - paged_at > STRAY_SECONDS)


def _unseen(seen: Observation, alarms: Sequence[Alarm], bad: str, history: History) -> Start | None:
    """An alarm of what serves whose event was lost, or is on its way: whoever comes second starts nothing."""
    try:
        serving = seen.serving()
    except UnclearError:
        return None
    for one in alarms:
        if one.state == ALARM and one.colour == serving and one.at > history.last_at:
            cause = f"{one.name}: {one.reason}"
            return Start(_names(bad, history), Kind.ROLLBACK, bad, alarmed(bad), cause, automatic=True, alarm=one)
    return None


def delivered(alarm: Alarm | None, *, ended_at: float, flip: str) -> Alarm | None:
    """The alarm, where its change of state is what should have started the run: it fired for what serves now.

    `ended_at`: when the run before ended. What fired before then, or before a flip by hand, was seen to otherwise.
    """
    return alarm if alarm and alarm.at > max(ended_at, flipped_at(flip)) else None


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
