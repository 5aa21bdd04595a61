"""Every way from the first bad minute to an outcome, each at its longest.

An outcome is that the last known good release has all new requests, or that a person was paged. What a run does after
it (watching, draining, tidying) is not in the bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from modules.bound import Clock, bound
from modules.bound.rows import number
from modules.proof.assumptions import ledger
from modules.proof.segments import Phase, Segment
from modules.recovery_budget import EVALUATION_SECONDS, METRIC_DELAY_SECONDS, PROPAGATION_SECONDS, TRANSITION_SECONDS
from modules.state_machine import LOOK_ROUND_SECONDS, STATE_MARGIN_SECONDS
from recovery.core.answers import Go
from recovery.core.lease import Kind
from recovery.core.protocol import FIRST_STEP, LOOK_TIMEOUT_SECONDS, Profile
from recovery.core.protocol import Clock as Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modules.bound import Bound, Row
    from modules.proof.assumptions import Assumption
    from modules.proof.deployed import Deployed

SERVED = "Confirm"
"""Entered once Shift has moved the traffic, and read it back."""
PAGED = ("Close", "Return")
"""Entered by a rollback once a person was paged: by Escalate, by Alert."""
SETTLED = ("Drain", "Retire", "Finish", "Joined", "Refused")
"""Entered where nothing has to be moved: the last known good release serves, or another run sees to it."""
RETURNED = "ConfirmReturn"
BACK = (RETURNED, "Retire", "Close")
"""Entered by a release that returned, or of which a person was told."""
SPREADS = "every node of the load balancer obeys"


@dataclass(frozen=True, slots=True)
class Case:
    """One way that it can begin and go on, at its longest."""

    name: str
    says: str
    path: tuple[Segment, ...]
    outcomes: Mapping[str, Fraction]
    """Each state that is entered with an outcome → when, at the latest."""
    run: Bound = field(repr=False)
    """What of it is the state machine's."""

    @property
    def seconds(self) -> Fraction:
        return _total(self.path)

    def of(self, phase: Phase) -> Fraction:
        """The seconds of one clock."""
        return _total(one for one in self.path if one.phase is phase)

    def json(self) -> dict[str, Any]:
        return {
            "case": self.name,
            "says": self.says,
            "seconds": number(self.seconds),
            "outcomes": {name: number(seconds) for name, seconds in self.outcomes.items()},
            "path": [one.json() for one in self.path],
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """Of one environment."""

    deadline_seconds: int
    cases: tuple[Case, ...]
    restored: tuple[Case, ...]
    """Warm and cold, where nothing goes wrong that a retry does not mend: the last known good release serves."""
    backstop_seconds: Fraction
    """When the watchdog pages, should the run itself die or stand still at the worst moment."""
    boot_seconds: Fraction
    """What instances have to boot, however long each step before took."""
    healthy_seconds: int
    assumptions: tuple[Assumption, ...]

    @property
    def worst(self) -> Case:
        return max(self.cases, key=lambda case: case.seconds)

    @property
    def problems(self) -> list[str]:
        """What it fails for; nothing where the deadline is proven."""
        found: list[str] = []
        if self.worst.seconds > self.deadline_seconds:
            found.append(
                f"recovery.deadline_seconds = {self.deadline_seconds}: {self.worst.says} may take "
                f"{number(self.worst.seconds)} s from the first bad minute to an outcome"
            )
        if self.backstop_seconds > self.deadline_seconds:
            found.append(
                f"recovery.deadline_seconds = {self.deadline_seconds}: of a run that stands still the watchdog pages "
                f"as late as {number(self.backstop_seconds)} s after the first bad minute"
            )
        if self.boot_seconds < self.healthy_seconds:
            found.append(
                f"recovery.healthy_seconds = {self.healthy_seconds}: a rollback may page though its instances boot in "
                f"time: it waits for {number(self.boot_seconds)} s where every step before takes its longest"
            )
        return found

    def json(self) -> dict[str, Any]:
        warm, cold = self.restored
        return {
            "deadline_seconds": self.deadline_seconds,
            "bound_seconds": number(self.worst.seconds),
            "detection_seconds": number(self.worst.of(Phase.DETECTION)),
            "warm_recovery_seconds": number(warm.of(Phase.RECOVERY)),
            "cold_recovery_seconds": number(cold.of(Phase.RECOVERY)),
            "backstop_seconds": number(self.backstop_seconds),
            "boot_seconds": number(self.boot_seconds),
            "case": self.worst.name,
            "path": [one.json() for one in self.worst.path],
            "cases": [case.json() for case in (*self.cases, *self.restored)],
            "assumptions": [one.json() for one in self.assumptions],
            "problems": self.problems,
        }


def prove(found: Deployed) -> Proof:
    """Of the synthesized stacks. Raises UnboundError."""
    machine, rules = found.machine, found.rules
    clocks = {_clock(Moment.LEASE_BY): Clock("", rules.lease_seconds)}
    clocks[_clock(Moment.LAUNCH_FROM)] = Clock("", rules.launch_seconds - rules.cold_seconds)
    clocks[_clock(Moment.LAUNCH_BY)] = Clock("", rules.launch_seconds)
    alarm, told = _alarmed(found), _told(found)
    look = _detected("the next look", LOOK_ROUND_SECONDS, "pause, lease, and the look itself")
    ends = (SERVED, *PAGED, *SETTLED)
    rollbacks = [
        _case(name, says, before, bound(machine, clocks=clocks, until=ends, given=_rollback(profile)))
        for name, says, profile, before in (
            ("cold", "a rollback that has to launch the last known good release", Profile.ROLLBACK, (*alarm, *told)),
            ("warm", "a rollback to the warm group", Profile.WARM, (*alarm, *told)),
            ("settled", "a rollback that finds it serving already", Profile.RECONCILE, (*alarm, *told)),
            ("cold, asked for", "the same as cold, from when a person asks", Profile.ROLLBACK, told[1:]),
            ("warm, asked for", "the same as warm, from when a person asks", Profile.WARM, told[1:]),
        )
    ]
    releases = [
        _case(
            f"release: {step}",
            f"a release that is bad in {step}",
            (*alarm[:-1], look),
            bound(_from(machine, step), until=BACK),
        )
        for step in ("WatchCanary", "Bake")
    ]
    booting = {**clocks, _clock(Moment.LAUNCH_BY): Clock("AwaitHealthy", rules.healthy_seconds)}
    restored = [
        _case(
            name,
            says,
            (*alarm, *told),
            bound(machine, clocks=booting, until=(SERVED,), given=_unhindered(profile), caught=False),
            (SERVED,),
        )
        for name, says, profile in (
            ("warm, unhindered", "a rollback to the warm group in which a retry mends whatever fails", Profile.WARM),
            ("cold, unhindered", "the same where it launches, and instances boot in time", Profile.ROLLBACK),
        )
    ]
    launching = bound(machine, until=("AwaitHealthy",), given=_unhindered(Profile.ROLLBACK), caught=False)
    return Proof(
        deadline_seconds=rules.deadline_seconds,
        cases=(*rollbacks, *releases),
        restored=tuple(restored),
        backstop_seconds=_total((*alarm, *told)) + rules.recover_seconds + _backstop(found),
        boot_seconds=rules.launch_seconds - LOOK_TIMEOUT_SECONDS - TRANSITION_SECONDS - launching.ends["AwaitHealthy"],
        healthy_seconds=rules.healthy_seconds,
        assumptions=ledger(found),
    )


def _alarmed(found: Deployed) -> list[Segment]:
    alarm = found.worst_alarm
    bad = alarm.bad_periods * alarm.period_seconds
    why = f"{alarm.name}: {alarm.bad_periods} of {alarm.periods} periods of {alarm.period_seconds} s"
    return [
        _detected("bad minutes", bad, why),
        _detected("the last of them is published", METRIC_DELAY_SECONDS, "as late as may be", "A4"),
        _detected("the alarm is evaluated", EVALUATION_SECONDS, "the evaluation before came just too early", "A5"),
    ]


def _told(found: Deployed) -> list[Segment]:
    """The alarm's event is lost, and the watchdog has just looked."""
    desk = max(found.timeouts["submit"], found.timeouts["watchdog"]) + STATE_MARGIN_SECONDS
    return [
        _detected("the watchdog's next look", found.watch_seconds, "the alarm's event was lost", "A6"),
        Segment(Phase.RECOVERY, "the watchdog starts the run", Fraction(desk), "its timeout, and a cold start", "A8"),
    ]


def _backstop(found: Deployed) -> int:
    """The watchdog's next look after a run is overdue, and the page."""
    return found.watch_seconds + sum(found.timeouts[name] + STATE_MARGIN_SECONDS for name in ("watchdog", "notify"))


def _detected(what: str, seconds: int, why: str, rests_on: str = "") -> Segment:
    return Segment(Phase.DETECTION, what, Fraction(seconds), why, rests_on)


def _case(
    name: str, says: str, before: Sequence[Segment], run: Bound, ends: Sequence[str] = (SERVED, *PAGED, *SETTLED, *BACK)
) -> Case:
    """To the outcome that is latest: weights have to reach every node first."""
    there = [one for one in dict.fromkeys(ends) if one in run.ends]
    end = max(there, key=lambda one: run.ends[one] + _spread(one))
    outcomes = {one: _total(before) + run.ends[one] for one in there}
    between = "all transitions of a path, outside of its loops"
    segments = [
        *before,
        *(_of(row) for row in run.paths[end] if row.seconds),
        Segment(Phase.RECOVERY, "between the states", Fraction(TRANSITION_SECONDS), between, "A9"),
    ]
    if _spread(end):
        why = f"{end} is entered: the weights are written"
        segments.append(Segment(Phase.RECOVERY, SPREADS, Fraction(_spread(end)), why, "A2"))
    return Case(name, says, tuple(segments), outcomes, run)


def _spread(end: str) -> int:
    return PROPAGATION_SECONDS if end in (SERVED, RETURNED) else 0


def _of(row: Row) -> Segment:
    return Segment(Phase.RECOVERY, row.state.rstrip("?"), row.seconds, row.why, "", row.states)


def _rollback(profile: Profile) -> dict[str, str]:
    return {"$.kind": str(Kind.ROLLBACK), "$.profile": str(profile), "$.said.Capture.profile": str(profile)}


def _unhindered(profile: Profile) -> dict[str, str]:
    """Each step says `on`, but for the one that looks until the instances are healthy."""
    steps = ("Acquire", "Load", "Capture", "Begin", "Prepare", "Shift")
    return {**_rollback(profile), **{f"$.said.{step}.go": str(Go.ON) for step in steps}}


def _from(machine: Mapping[str, Any], step: str) -> dict[str, Any]:
    """The machine from where a verdict against the release was given."""
    return {**machine, "StartAt": f"{step}Failed"}


def _clock(moment: Moment) -> str:
    return f"$.said.{FIRST_STEP}.{moment}"


def _total(segments: Iterable[Segment]) -> Fraction:
    return sum((one.seconds for one in segments), Fraction(0))
