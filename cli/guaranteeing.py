"""What can be said of an environment: proven, assumed, best effort, out of scope. Never wider than its proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modules.bound.rows import number
from modules.proof.segments import Phase

if TYPE_CHECKING:
    from modules.proof import Proof
    from modules.settings import Settings

GOING_BACK = {
    "full": "The group that served before stays warm at full size until the next release: going back is warm.",
    "minimum": "The group that served before stays warm at capacity.min: going back is cold where more serve.",
    "none": "Nothing is kept warm: going back is cold.",
}
OUT_OF_SCOPE = (
    "Open connections: a WebSocket, or a request longer than the deregistration delay, is cut with its instance.",
    "What both groups share: security groups, IAM, subnets, the load balancer. Terraform changes it under both.",
    "Data: a rollback moves code and the parameters that it pins, no database.",
    "An outage of the load balancer's own API: neither the control plane nor `lastgood flip` can move anything then.",
)


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is its key in JSON."""

    name: str
    title: str
    says: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        return {"section": self.name, "title": self.title, "says": list(self.says)}


def guarantees(settings: Settings, proof: Proof) -> tuple[Section, ...]:
    """Of one environment's settings, and of what was proven of its stacks."""
    return (
        Section("proven", "Proven, where what is assumed holds", _proven(settings, proof)),
        Section("assumed", "Assumed", tuple(f"{one.id} {one.says}{_value(one.seconds)}" for one in proof.assumptions)),
        Section("best-effort", "Best effort", _best_effort(settings)),
        Section("out-of-scope", "Out of scope", OUT_OF_SCOPE),
    )


def _proven(settings: Settings, proof: Proof) -> tuple[str, ...]:
    warm, cold = proof.restored
    worst, recovery = proof.worst, settings.recovery
    theorem = (
        f"Within {number(worst.seconds)} s of the first bad minute of a release that serves, the last known good "
        "release has all new requests, or a person was paged with the command to run (deadline: "
        f"{proof.deadline_seconds} s)."
    )
    clocks = (
        f"Detection takes at most {number(worst.of(Phase.DETECTION))} s; then a warm rollback at most "
        f"{number(warm.of(Phase.RECOVERY))} s, and a cold one {number(cold.of(Phase.RECOVERY))} s."
    )
    automatic = (
        f"An alarm takes a release back by itself once, and within {recovery.automatic_hours} h of its promotion; "
        "later, or where both groups are bad, it pages."
    )
    evidence = (
        f"A release is promoted only on evidence: {recovery.minimum_requests} requests in {recovery.bake_minutes} min "
        f"of bake, or up to {recovery.evidence_minutes} min more."
    )
    return (
        theorem,
        f"Should the run die or stand still, the watchdog's page comes within {number(proof.backstop_seconds)} s.",
        clocks,
        GOING_BACK[settings.capacity.warm],
        f"A cold rollback gives instances {number(proof.boot_seconds)} s to boot, however slow the steps before are.",
        automatic,
        evidence,
    )


def _best_effort(settings: Settings) -> tuple[str, ...]:
    addresses = len(settings.notifications.email)
    preempted = (
        "A release in progress makes way for a rollback of what serves; where it had requests already, they drain "
        "first, and the rollback may only page."
    )
    told = {0: "There is nobody to be told.", 1: "There is one address to be told."}.get(addresses, "")
    unprotected = (
        "" if settings.protect else "Nothing keeps this environment from `terraform destroy` (protect = false)."
    )
    said = (
        "A cold rollback needs instances of EC2, which may have none: then a person is paged.",
        "Who is paged has to see it: an e-mail's arrival cannot be proven (SNS keeps no delivery status of e-mail).",
        preempted,
        told,
        unprotected,
    )
    return tuple(one for one in said if one)


def _value(seconds: float | None) -> str:
    return "" if seconds is None else f" {seconds:g} s"
