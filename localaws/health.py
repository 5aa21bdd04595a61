"""A target's health, decided in one place for DescribeTargetHealth and for the listeners alike.

Follows the ELB guide, "Health checks for Application Load Balancer target groups" (states and reason codes), and the
API's TargetHealth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from localaws.behaviour import Behaviour

State = Literal["initial", "healthy", "unhealthy", "unused"]


@dataclass(frozen=True, slots=True)
class Health:
    """State, reason code and description as the API words them."""

    state: State
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The part of a target group's settings that decides."""

    interval_seconds: int
    unhealthy_threshold: int
    matcher: str  # "200", "200,204" or "200-299"
    healthy_threshold: int = 5


HEALTHY = Health("healthy")
REGISTERING = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
FAILED = Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
NOT_IN_USE = Health(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
STOPPED = Health("unused", "Target.InvalidState", "Target is in the stopped state")


def judge(behaviour: Behaviour, check: Check, *, age_seconds: float) -> Health:
    """The health of a running, registered target in a group that a rule uses.

    One passed check makes a new target healthy; it is `initial` until `unhealthy_threshold` checks of it have failed.
    A healthy one that dies is unhealthy after as many failed checks.
    """
    if age_seconds < min(behaviour.boot_seconds, behaviour.dies_seconds):
        return REGISTERING if _still_initial(check, age_seconds) else FAILED
    if age_seconds >= behaviour.dies_seconds:
        return _dead(behaviour, check, age_seconds)
    if accepts(check.matcher, behaviour.health_status):
        return HEALTHY
    if _still_initial(check, age_seconds - behaviour.boot_seconds):
        return REGISTERING
    return Health(
        "unhealthy",
        "Target.ResponseCodeMismatch",
        f"Health checks failed with these codes: [{behaviour.health_status}]",
    )


def judge_changed(before: Health, after: Health, check: Check, *, seconds_since: float) -> Health:
    """The health of a target whose behaviour was changed: it turns once the checks have noticed.

    ELB API, CreateTargetGroup: a healthy target is unhealthy after UnhealthyThresholdCount failed checks in a row, an
    unhealthy one healthy after HealthyThresholdCount passed ones.
    """
    needed = check.unhealthy_threshold if before == HEALTHY else check.healthy_threshold
    return before if seconds_since < needed * check.interval_seconds else after


def _dead(behaviour: Behaviour, check: Check, age_seconds: float) -> Health:
    if not _still_initial(check, age_seconds - behaviour.dies_seconds):
        return FAILED
    was_up = behaviour.boot_seconds < behaviour.dies_seconds
    return judge(behaviour, check, age_seconds=_just_before(behaviour.dies_seconds)) if was_up else REGISTERING


def _just_before(seconds: float) -> float:
    return math.nextafter(seconds, 0.0)


def _still_initial(check: Check, seconds: float) -> bool:
    return seconds < check.interval_seconds * check.unhealthy_threshold


def accepts(matcher: str, status: int) -> bool:
    """Whether a matcher takes a status (ELB API, Matcher: a value, values with commas, or a range)."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
