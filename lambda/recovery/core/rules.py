"""What an operator set: the numbers that the decisions are made by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from recovery.core.signals import Signal, signal

if TYPE_CHECKING:
    from collections.abc import Mapping

Warm = Literal["full", "minimum", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All times in seconds."""

    minimum: int
    """Instances that the serving group never goes below."""
    maximum: int
    warm: Warm
    """How much of the group that served before is kept after a promotion."""
    canary_percent: int
    canary_seconds: int
    bake_seconds: int
    evidence_seconds: int
    """How much longer than its bake a release may take to see enough requests."""
    healthy_seconds: int
    """How long a group may take until its instances are healthy."""
    drain_seconds: int
    """Propagation of the weights, and the target groups' deregistration delay."""
    minimum_requests: int
    """Fewer than these in a bake are no evidence."""
    lease_seconds: int
    """How long after its start a rollback waits for the lease."""
    launch_seconds: int
    """How long after its start a rollback waits for the instances that it launched."""
    deadline_seconds: int
    """From the first bad minute until the last known good release serves, or a person was paged."""
    recover_seconds: int
    """How long after its start a rollback is overdue."""
    cold_seconds: int
    """What must be left until `launch_seconds` for instances to be launched at all."""
    automatic_seconds: int
    """How long after its promotion an alarm may roll a release back by itself."""
    event_age_seconds: int
    """An older alarm event changes nothing."""
    drill_percent: int
    """The share of the requests that a drill moves; 0: it moves none."""
    drill_budget_percent: float
    """More errors than these in a minute of a drill's share end it."""
    blackout: tuple[str, ...]
    """Times in which no drill is begun (`blackout.Blackout`)."""
    signals: tuple[Signal, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Rules:
        """Of a JSON object. Raises KeyError, TypeError."""
        given = dict(document)
        signals = tuple(signal(one) for one in given.pop("signals"))
        return cls(signals=signals, blackout=tuple(given.pop("blackout")), **given)

    def document(self) -> dict[str, Any]:
        """The JSON object that `of` reads."""
        return {**asdict(self), "signals": [one.document() for one in self.signals]}

    def warm_size(self, serving: int) -> int:
        """How many instances the group that does not serve keeps, when the other one has `serving`."""
        match self.warm:
            case "full":
                return min(max(serving, self.minimum), self.maximum)
            case "minimum":
                return self.minimum
            case "none":
                return 0
