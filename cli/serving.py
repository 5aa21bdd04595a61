"""What serves, what stands by, and what else an operator wants to know at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.output import SHORT, ago, moment
from cli.rows import Rows, Styled
from recovery.core.observation import COLOURS, UnclearError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.plane import Plane
    from cli.rows import Line
    from recovery.core.incident import Alarm
    from recovery.core.lease import Lease
    from recovery.core.loading import Head
    from recovery.core.observation import Group, Observation
    from recovery.core.quarantine import Mark

NOTHING_TO_GO_BACK_TO = (
    "NO RELEASE WAS EVER PROMOTED: there is no checkpoint, so nothing can be rolled back to. If what serves fails, "
    "only a new release, or an operator, helps. `lastgood deploy` promotes what passes its bake."
)


@dataclass(frozen=True)
class Status:
    """One look at everything, and what the control table says."""

    seen: Observation
    alarms: Sequence[Alarm]
    fingerprints: Mapping[str, str]
    """Colour → what its group runs."""
    head: Head | None
    marks: Sequence[Mark]
    held: Lease
    run: Mapping[str, Any]
    """The record of the run that holds the lease."""
    followed_flip: str
    environment: str = ""

    @classmethod
    def of(cls, plane: Plane, marks: Sequence[Mark]) -> Status:
        """Now."""
        seen, alarms = plane.look()
        held = plane.store.lease()
        return cls(
            seen=seen,
            alarms=alarms,
            fingerprints=plane.fingerprints(seen),
            head=plane.store.head(),
            marks=[mark for mark in marks if mark.holds],
            held=held,
            run=(plane.store.get("run", held.run) if held.run else None) or {},
            followed_flip=plane.store.followed_flip(),
            environment=plane.name,
        )

    @property
    def firing(self) -> list[Alarm]:
        return [alarm for alarm in self.alarms if alarm.state == "ALARM"]

    @property
    def serving(self) -> str:
        """The colour that serves; empty where none has traffic."""
        try:
            return self.seen.serving()
        except UnclearError:
            return ""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "environment": self.environment,
            "serving": self.serving or None,
            "release": self.fingerprints.get(self.serving) or None,
            "version": _version(self.seen.groups[self.serving]) if self.serving else None,
            "weights": dict(self.seen.weights),
            "groups": {colour: self._group(self.seen.groups[colour]) for colour in COLOURS},
            "head": _head(self.head),
            "quarantine": {mark.fingerprint: f"{mark.level}: {mark.evidence}" for mark in self.marks},
            "run": self._run(),
            "alarms": [alarm.name for alarm in self.firing],
            "flip": self.seen.flip or None,
            "flip_followed": self.seen.flip == self.followed_flip,
        }

    def lines(self) -> list[Line]:
        """For people, what matters most first."""
        lines: list[Line] = [self._headline()]
        if self.head is None:
            lines.append(Styled(NOTHING_TO_GO_BACK_TO, "bold red"))
        columns = ("group", "traffic", "min", "desired", "max", "healthy", "version", "release", "instances")
        lines += ["", Rows(columns, [self._row(self.seen.groups[colour]) for colour in COLOURS]), ""]
        lines.append(f"environment     {self.environment}")
        if self.head:
            age = ago(self.seen.at - self.head.at)
            lines.append(
                f"last promotion  checkpoint {self.head.number}, release {self.head.fingerprint[:SHORT]}, {age} ago"
            )
        lines += [f"in progress     {self._progress()}", *self._troubles()]
        return lines

    def _headline(self) -> Styled:
        if not self.serving:
            return Styled(f"NO GROUP HAS TRAFFIC: the rule's weights are {dict(self.seen.weights)}", "bold red")
        said = f"{self.serving} serves {says(self.seen.groups[self.serving], self.fingerprints[self.serving])}"
        return Styled(
            f"{said}, with {self.seen.weights[self.serving]} % of the requests" if self.seen.split() else said, "bold"
        )

    def _progress(self) -> str:
        if self.held.run is None:
            return "no run"
        at = f" in {self.run['step']}" if self.run.get("step") else ""
        said = f": {self.run['says']}" if self.run.get("says") else ""
        late = "" if self.seen.at < self.held.expires_at else " (its lease has expired: the watchdog looks after it)"
        return f"{self.held.run}{at}{said}{late}"

    def _troubles(self) -> list[Line]:
        said = [
            f"held back       release {one.fingerprint[:SHORT]} ({one.level}): {one.evidence}" for one in self.marks
        ]
        said += [f"alarm           {one.name}, since {moment(one.at)}: {one.reason}" for one in self.firing]
        troubles = {colour: self.seen.groups[colour].trouble for colour in COLOURS}
        said += [f"trouble         launches in {colour} fail: {why}" for colour, why in troubles.items() if why]
        lines: list[Line] = [Styled(line, "red") for line in said]
        if self.seen.flip != self.followed_flip:
            lines.append(f"by hand         traffic was moved ({self.seen.flip}); the watchdog follows within minutes")
        return lines

    def _group(self, group: Group) -> dict[str, Any]:
        return {
            "weight": self.seen.weights[group.colour],
            "minimum": group.minimum,
            "desired": group.desired,
            "maximum": group.maximum,
            "healthy": _healthy(group),
            "version": group.version,
            "release": self.fingerprints.get(group.colour) or None,
            "instances": {one.id: one.version for one in group.instances},
            "suspended": list(group.suspended),
            "trouble": group.trouble or None,
        }

    def _row(self, group: Group) -> list[str]:
        versions = sorted({one.version for one in group.instances})
        mixed = f"of versions {', '.join(map(str, versions))}" if versions not in ([], [group.version]) else ""
        return [
            group.colour,
            f"{self.seen.weights[group.colour]} %",
            *map(str, (group.minimum, group.desired, group.maximum, _healthy(group), group.version)),
            self.fingerprints.get(group.colour, "")[:SHORT] or "-",
            f"{len(group.instances)} {mixed}".rstrip(),
        ]

    def _run(self) -> dict[str, Any] | None:
        if self.held.run is None:
            return None
        told = {name: self.run.get(name) for name in ("step", "says", "cause")}
        return {"run": self.held.run, "kind": str(self.held.kind), "expires_at": self.held.expires_at, **told}


def says(group: Group, fingerprint: str) -> str:
    """What a group runs, in words."""
    return f"version {_version(group)} (release {fingerprint[:SHORT] or 'unknown'})"


def _version(group: Group) -> int:
    runs = group.runs()
    return runs[1] if runs else group.version


def _healthy(group: Group) -> int:
    return sum(one.in_service and one.healthy for one in group.instances)


def _head(head: Head | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {"checkpoint": head.key, "number": head.number, "release": head.fingerprint, "at": head.at}
