"""The settings as the numbers that the control plane decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.recovery_budget import PROPAGATION_SECONDS, budget
from modules.signals import signals
from recovery.core.rules import Rules

if TYPE_CHECKING:
    from modules.settings import Settings

MINUTE = 60
HOUR = 3600
# How long a connection may finish after its target leaves. The default of 300 s would be a third of the whole deadline.
DEREGISTRATION_SECONDS = 30
EVENT_AGE_SECONDS = 300


def rules(settings: Settings) -> Rules:
    """Of one environment."""
    recovery, chosen = settings.recovery, signals(settings.alarms)
    spent = budget(recovery.deadline_seconds, recovery.healthy_seconds, chosen)
    return Rules(
        minimum=settings.capacity.min,
        maximum=settings.capacity.max,
        warm=settings.capacity.warm,
        canary_percent=recovery.canary_percent,
        canary_seconds=recovery.canary_minutes * MINUTE,
        bake_seconds=recovery.bake_minutes * MINUTE,
        evidence_seconds=recovery.evidence_minutes * MINUTE,
        healthy_seconds=recovery.healthy_seconds,
        drain_seconds=PROPAGATION_SECONDS + DEREGISTRATION_SECONDS,
        minimum_requests=recovery.minimum_requests,
        lease_seconds=spent.lease,
        launch_seconds=spent.launch,
        deadline_seconds=recovery.deadline_seconds,
        recover_seconds=spent.recover,
        cold_seconds=spent.cold,
        automatic_seconds=recovery.automatic_hours * HOUR,
        event_age_seconds=EVENT_AGE_SECONDS,
        drill_percent=recovery.drill.traffic_percent,
        drill_budget_percent=recovery.drill.error_budget_percent,
        blackout=recovery.drill.blackout,
        signals=chosen,
    )
