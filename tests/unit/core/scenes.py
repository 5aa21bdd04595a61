"""An app at one moment and a run on its way, made small: what the decisions are asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recovery.core.checkpoint import Capacity, Checkpoint
from recovery.core.fingerprint import fingerprint
from recovery.core.incident import Alarm
from recovery.core.lease import Kind, Lease
from recovery.core.moments import timestamp
from recovery.core.observation import Group, Instance, Observation, Series
from recovery.core.passage import Passage, Undo
from recovery.core.protocol import Profile
from recovery.core.release import Release
from recovery.core.rules import Rules
from recovery.core.signals import Metric, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOW = 1_700_000_040.0
"""A whole minute."""
MINUTE = 60.0
TEMPLATE = "lt-0a1b2c3d4e5f"
ZONES = ("eu-west-1a", "eu-west-1b")
ERRORS = Signal(
    name="errors",
    metrics=(Metric(id="errors", name="HTTPCode_Target_5XX_Count", statistic="Sum"),),
    expression="FILL(errors, 0)",
    threshold=5,
    bad_minutes=2,
    window_minutes=3,
    says="percent of requests answered with 5xx",
)
LATENCY = Signal(
    name="latency",
    metrics=(Metric(id="p99", name="TargetResponseTime", statistic="p99"),),
    expression="FILL(p99, 0)",
    threshold=1.5,
    bad_minutes=2,
    window_minutes=2,
)
RULES = Rules(
    minimum=2,
    maximum=8,
    warm="full",
    canary_percent=10,
    canary_seconds=120,
    bake_seconds=600,
    evidence_seconds=300,
    healthy_seconds=300,
    drain_seconds=150,
    minimum_requests=100,
    lease_seconds=240,
    launch_seconds=400,
    deadline_seconds=900,
    recover_seconds=600,
    cold_seconds=340,
    automatic_seconds=4 * 3600,
    event_age_seconds=300,
    drill_percent=5,
    drill_budget_percent=1.0,
    blackout=(),
    signals=(ERRORS, LATENCY),
)
KIND_OF = {
    Profile.RELEASE: Kind.RELEASE,
    Profile.FIRST: Kind.RELEASE,
    Profile.ROLLBACK: Kind.ROLLBACK,
    Profile.WARM: Kind.ROLLBACK,
    Profile.DRILL: Kind.DRILL,
    Profile.RECONCILE: Kind.RECONCILE,
}


def release(version: int, *, reversible: bool = True, **content: object) -> Release:
    content = {"artifact": f"web-{version}.tar.gz", "instance_types": ["m7g.large", "m6g.large"], **content}
    return Release(TEMPLATE, version, fingerprint(content), content, reversible)


V1, V2, V3 = release(1), release(2), release(3)


def promoted(number: int, of: Release, **more: Any) -> Checkpoint:
    checkpoint = Checkpoint(
        number=number,
        release=of,
        colour="green",
        capacity=Capacity(2, 4, 8, ("AZRebalance",)),
        weights={"blue": 0, "green": 100},
        terraform_state="3sL4kqtJlcpXroDTDmJ",
        revision="0a1b2c3",
        recovery_points={"orders": "arn:aws:backup:eu-west-1:111111111111:recovery-point:1"},
        run="release-1",
        at=NOW + 0.25,
    )
    return replace(checkpoint, **more)


def instances(of: Release, count: int, *, healthy: int | None = None, zones: Sequence[str] = ZONES) -> list[Instance]:
    """`count` of a release, the first `healthy` of them healthy (all, where nothing is said)."""
    good = count if healthy is None else healthy
    return [
        Instance(
            f"i-{of.version}{number:02d}", zones[number % len(zones)], of.template_id, of.version, True, number < good
        )
        for number in range(count)
    ]


def group(
    colour: str,
    launches: Release,
    has: Sequence[Instance] = (),
    *,
    minimum: int | None = None,
    desired: int | None = None,
    types: tuple[str, ...] | None = None,
    suspended: tuple[str, ...] = (),
    trouble: str = "",
) -> Group:
    """A group as large as what it has, where nothing else is said."""
    return Group(
        colour=colour,
        template_id=launches.template_id,
        version=launches.version,
        instance_types=launches.instance_types if types is None else types,
        minimum=len(has) if minimum is None else minimum,
        desired=len(has) if desired is None else desired,
        maximum=RULES.maximum,
        zones=ZONES,
        suspended=suspended,
        instances=tuple(has),
        trouble=trouble,
    )


def full(colour: str, of: Release, count: int, **more: Any) -> Group:
    """A group of nothing but healthy instances of one release."""
    return group(colour, of, instances(of, count), **more)


def empty(colour: str, launches: Release = V1, **more: Any) -> Group:
    return group(colour, launches, (), **more)


def seen(
    blue: Group | None = None,
    green: Group | None = None,
    *,
    weights: Mapping[str, int] | None = None,
    at: float = NOW,
    **more: Any,
) -> Observation:
    """Blue serves with four of version 1, and green is empty, where nothing else is said."""
    groups = {"blue": blue or full("blue", V1, 4), "green": green or empty("green")}
    return Observation(at=at, weights=weights or {"blue": 100, "green": 0}, groups=groups, **more)


def minutes(*values: float, since: float = NOW) -> Series:
    """A value a minute from a whole minute on."""
    return Series(tuple(since + MINUTE * number for number in range(len(values))), values)


def run(
    profile: Profile = Profile.RELEASE,
    *,
    kind: Kind | None = None,
    target: Release = V2,
    colour: str = "green",
    needed: int = 4,
    undo: Undo | None = None,
    said: Mapping[str, Mapping[str, Any]] | None = None,
    polls: Mapping[str, int] | None = None,
    began: float = NOW - 60,
    alarmed_at: float = 0.0,
    bad_until: float = 0.0,
    failed: str = "",
    automatic: bool = False,
    accepted: bool = False,
    bad: str = "",
    cause: str = "somebody asked",
) -> Passage:
    """A run that has captured that blue serves with four of version 1. `said` adds to what its steps said, or replaces it."""
    kind = kind or KIND_OF[profile]
    undo = undo or Undo({"blue": 100, "green": 0}, "blue", TEMPLATE, 1, 4)
    steps: dict[str, Mapping[str, Any]] = {
        "Acquire": {
            "go": "on",
            "reason": "",
            "epoch": 7,
            "started_at": began,
            "launch_by": timestamp(began + RULES.launch_seconds),
        },
        "Load": {"go": "on", "reason": "it was loaded", "release": target.document()},
        "Capture": {
            "go": "on",
            "reason": "it was captured",
            "profile": str(profile),
            "colour": colour,
            "needed": needed,
            "undo": undo.document(),
            "flip": "",
            "at": NOW - 30,
        },
    }
    return Passage(
        run=f"{kind}-1",
        kind=kind,
        profile=profile,
        incident="the incident",
        cause=cause,
        automatic=automatic,
        accepted=accepted,
        alarmed_at=alarmed_at,
        bad_until=bad_until,
        bad=bad,
        candidate=target if kind is Kind.RELEASE else None,
        said={**steps, **(said or {})},
        polls=polls or {},
        began=began,
        missed={},
        failed=failed,
    )


FREE = Lease(epoch=7)
FIRED = Alarm("shop-green-errors", "green", "ALARM", NOW - 30, "40 over 5")
ROLLBACK = f"rollback-{V2.fingerprint[:16]}"


def held(kind: Kind, *, expires_at: float = NOW + 60) -> Lease:
    return Lease(epoch=7, run=f"a-{kind}", kind=kind, incident="theirs", expires_at=expires_at)
