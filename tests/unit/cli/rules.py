"""The rules that these tests go by."""

from __future__ import annotations

from recovery.core.rules import Rules

RULES = Rules(
    minimum=2,
    maximum=4,
    warm="minimum",
    canary_percent=10,
    canary_seconds=60,
    bake_seconds=240,
    evidence_seconds=360,
    healthy_seconds=300,
    drain_seconds=150,
    minimum_requests=100,
    deadline_seconds=900,
    automatic_seconds=86400,
    event_age_seconds=300,
    signals=(),
)
