"""Whether a drill may begin now, and what its alarm is told from a real one by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.core.blackout import blacked_out
from recovery.core.incident import DRILLED
from recovery.core.quarantine import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.core.incident import Alarm
    from recovery.core.lease import Lease
    from recovery.core.quarantine import Mark

# The clocks of CloudWatch and of a function's host differ by far less, and no alarm is asked for twice so soon.
EXPECTED_SECONDS = 120.0
# An event comes within seconds. Longer than this it has not come.
ANSWERED_SECONDS = 180.0


def may_drill(
    now: float,
    *,
    held: Lease,
    marks: Iterable[Mark],
    firing: Iterable[str],
    blackout: tuple[str, ...],
) -> str:
    """Why no drill begins now, or nothing where it may.

    Args:
        now: seconds since 1970.
        held: the lease.
        marks: the quarantine.
        firing: the alarms that fire, of either group.
        blackout: the settings' blackout times.
    """
    if held.run is not None:
        return f"{held.run} is in progress"
    suspects = sorted(one.fingerprint[:12] for one in marks if one.holds and one.level is Level.SUSPECT)
    if suspects:
        return (
            f"release {', '.join(suspects)} is quarantined as suspect: what was wrong is not known yet; "
            "`lastgood quarantine lift` when it is"
        )
    alarms = sorted(firing)
    if alarms:
        return f"alarms are firing ({', '.join(alarms)})"
    return blacked_out(blackout, now)


def name_of(asked: Mapping[str, Any], now: float) -> str:
    """A drill's: whoever asks names it, or the hour of a schedule does, so that asking twice is asking once."""
    if asked.get("at"):
        return f"drill-{''.join(one for one in str(asked['at'])[:13] if one not in '-:')}"
    return f"drill-{asked.get('id') or int(now)}"


def marked(drill: str) -> str:
    """The reason that a drill gives for the state that it puts an alarm in."""
    return f"{DRILLED} {drill}"


def drill_of(alarm: Alarm) -> str:
    """The drill that an alarm says it is of, or nothing. Anybody can say so: see `expected`."""
    return alarm.reason.removeprefix(f"{DRILLED} ") if alarm.forced else ""


def expected(record: Mapping[str, Any] | None, alarm: Alarm) -> bool:
    """Whether a drill's record says that this very alarm was to fire now."""
    if not record or record.get("alarm") != alarm.name:
        return False
    return abs(alarm.at - float(record["asked_at"])) <= EXPECTED_SECONDS


def unanswered(record: Mapping[str, Any] | None, now: float) -> str:
    """What is to be told of a drill whose alarm nobody handed on, or nothing."""
    if not record or record.get("answered_at") or record.get("told_at"):
        return ""
    waited = now - float(record["asked_at"])
    if waited <= ANSWERED_SECONDS:
        return ""
    return f"{record['sk']} put {record['alarm']} into ALARM {waited:.0f} s ago, and the alarm was not handed on"
